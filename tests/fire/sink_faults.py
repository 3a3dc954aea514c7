#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What happens to objects that cannot be stored: every system call that storescp and the archive
make for an object fails once, with the errors of a full and of a broken disk; writes do less than
they were asked for; the disk is slow; the folder is gone, is a file, may not be written. Each time:
A700, nothing left behind, the next object on the same association is stored, and so is the one that
failed when it is sent again.

Environment: see tests/interop/_peers.py, and CODIMSE_FAULTS_LIBRARY. Exit code 77: something was
skipped.
"""
import errno
import os
import pathlib
import shutil
import sqlite3
import threading
import time

import _faults
import _objects
import _raw
from _faults import Faults
from _wire import _peers

checks = _peers.Checks()
SMALL, LARGE = 100, 1_200_000   # within one receive buffer, and not
SIZES = (SMALL,) if _peers.SANITIZED else (SMALL, LARGE)
OUT_OF_RESOURCES, ALREADY_THERE = 0xA700, 0xC001
# Faults after which the object has its name already; and those that nobody needs to hear of.
TOO_LATE = _faults.SYNC_FOLDER | _faults.OPEN
HARMLESS = _faults.UNLINK | _faults.CLOSE | _faults.OPEN


class Store:
    """A server with faults, an association with it, and the folder that it writes to."""

    def __init__(self, name, folder, options, faults, env=None):
        self.root = pathlib.Path(os.path.realpath(folder))
        where = "--directory" if name == "archive" else "--output-directory"
        self.server = _peers.OurScp(name, where, self.root, *options, ready=60,
                                    env=faults.environment if faults else env)
        self.raw, self.number, self.what = None, 0, f"{name} {' '.join(options)}"
        self.as_sent = "--store-as" not in options

    def __enter__(self):
        self.raw = _raw.Association(self.server.port, [(_raw.CT_IMAGE, [_raw.EXPLICIT_LITTLE]),
                                                       (_raw.VERIFICATION, [_raw.IMPLICIT_LITTLE])],
                                    timeout=60)
        return self

    def __exit__(self, *kind):
        if self.raw:
            self.raw.close()
        self.server.__exit__(*kind)

    def object(self, size, seed=0):
        """A new one, in a study of its own."""
        self.number += 1
        return self.same_object(self.number, size, seed)

    @staticmethod
    def same_object(number, size, seed):
        instance = f"1.2.826.0.1.{number}"
        return instance, _objects.data_set(instance, f"1.2.826.0.2.{number}", size, seed)

    def send(self, one):
        instance, data = one
        return self.raw.store(_raw.CT_IMAGE, instance.encode(), data)

    def files(self, instance=None):
        """What there is of one object, or half-written files."""
        return list(self.root.rglob("*.part" if instance is None else f"{instance}.dcm"))

    def holds(self, one):
        found = self.files(one[0])
        if len(found) != 1 or not self.as_sent:     # transcoded: that it is whole, others show
            return len(found) == 1
        return _objects.data_set_of(found[0].read_bytes()) == one[1]

    def folders(self):
        return sorted(str(one) for one in self.root.rglob("*") if one.is_dir())

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.server.pid}/fd"))


def judge(store, one, old, answer, hit, what):
    """One object was answered; `hit`: the kinds of calls that failed. `old`: what it replaces."""
    if answer.status == 0:
        checks.check(hit & HARMLESS or not hit, f"{what}: success")
        checks.check(store.holds(one), f"{what}: what was acknowledged is there, whole")
        for left in store.files():      # it could not be removed; it is another name of the object
            checks.check(hit & _faults.UNLINK, f"{what}: {left.name} is left")
            left.unlink()
        return
    checks.equal(f"{answer.status:04X}", f"{OUT_OF_RESOURCES:04X}", f"{what}: status")
    checks.check(answer.comment, f"{what}: an error comment")
    checks.equal(store.files(), [], f"{what}: half-written files")
    if hit & TOO_LATE and store.files(one[0]):
        checks.check(store.holds(one) or (old and store.holds(old)), f"{what}: whole, if at all")
    elif old:
        checks.check(store.holds(old), f"{what}: the old object is as it was")
    else:
        checks.equal(store.files(one[0]), [], f"{what}: nothing under its name")


def try_all_points(store, size, error, kinds, replaces=False, for_ever=False):
    """Every call that is made for one object fails once; yields at how many points."""
    for at in range(1, 200):
        what = f"{store.what}, {size} bytes, {errno.errorcode[error]} at call {at}"
        one = store.object(size)
        old = None
        if replaces:
            old = one
            checks.equal(store.send(old).status, 0, f"{what}: the old object")
            one = store.same_object(store.number, size, 1)
        folders = store.folders()
        faults.arm(at, error, kinds, for_ever)
        answer = store.send(one)
        hit = faults.disarm()
        what += f" ({_faults.names(hit)})"
        judge(store, one, old, answer, hit, what)
        if answer.status != 0 and not store.files(one[0]):
            checks.equal(store.folders(), folders, f"{what}: folders")
        if not hit:
            checks.equal(answer.status, 0, f"{what}: without a fault")
            return at - 1
        other = store.object(SMALL)
        checks.equal(store.send(other).status, 0, f"{what}: the next object")
        if answer.status != 0:
            again = store.send(one).status
            there = "refuse" in store.what and again == ALREADY_THERE
            checks.check(again == 0 or there, f"{what}: sent again: {again:04X}")
            checks.check(store.holds(one), f"{what}: sent again, it is there")
    checks.fail(f"{store.what}: no end of faults")
    return 0


STORESCP = [
    [],
    ["--durability", "folder", "--by-study"],
    ["--durability", "folder", "--on-duplicate", "keep", "--by-study", "--file-threads", "2"],
    ["--durability", "file", "--on-duplicate", "refuse", "--threads", "2"],
    ["--durability", "folder", "--store-as", "implicit"],
]


def storescp():
    for options in STORESCP:
        with _peers.folder() as folder, Store("storescp", folder, options, faults) as store:
            store.send(store.object(SMALL))
            before, points = store.descriptors(), []
            overwrites = "--on-duplicate" not in options and store.as_sent
            for size in SIZES:
                for replaces in (False, True) if overwrites else (False,):
                    points += [
                        try_all_points(store, size, errno.ENOSPC, _faults.WHEN_FULL, replaces),
                        try_all_points(store, size, errno.ENOSPC, _faults.WHEN_FULL, replaces, True),
                        try_all_points(store, size, errno.EIO, _faults.ALL, replaces)]
            checks.equal(store.descriptors(), before, f"{store.what}: descriptors at the end")
            checks.check(min(points) >= 4, f"{store.what}: points {points}")
            print(f"   {store.what}: faults at {points} calls", flush=True)


def archive():
    with _peers.folder() as folder, Store("archive", folder, [], faults) as store:
        store.send(store.object(SMALL))
        # Larger objects are storescp's: the same sink.
        before = store.descriptors()
        points = [try_all_points(store, SMALL, errno.ENOSPC, _faults.WHEN_FULL),
                  try_all_points(store, SMALL, errno.EIO, _faults.ALL)]
        checks.equal(store.descriptors(), before, f"{store.what}: descriptors at the end")
        print(f"   archive: faults at {points} calls", flush=True)
        with sqlite3.connect(f"file:{store.root}/index.sqlite?mode=ro", uri=True) as index:
            known = {row[0] for row in index.execute("SELECT sop_uid FROM instances")}
        stored = {f"1.2.826.0.1.{i + 1}" for i in range(store.number)}
        checks.equal(sorted(stored - known), [], "stored, and not in the index")


def short_writes():
    for options in ([], ["--durability", "folder", "--by-study"], ["--store-as", "implicit"]):
        with _peers.folder() as folder, Store("storescp", folder, options, faults) as store:
            for size, most in ((SMALL, 1), (SMALL, 7), (50_000, 100), (LARGE, 1000), (LARGE, 65_537)):
                one = store.object(size)
                faults.short(most)
                answer = store.send(one)
                faults.disarm()
                checks.equal(answer.status, 0, f"{store.what}: {most} bytes a write")
                checks.check(store.holds(one), f"{store.what}: whole, {most} bytes a write")
                checks.equal(store.files(), [], f"{store.what}: half-written files")


def slow_disk():
    """One association waits for the disk; the other one is served meanwhile."""
    for options in (["--file-threads", "1"], ["--durability", "folder"]):
        with _peers.folder() as folder, Store("storescp", folder, options, faults) as store:
            slow = _raw.Association(store.server.port, timeout=120,
                                    contexts=[(_raw.CT_IMAGE, [_raw.EXPLICIT_LITTLE])])
            size = LARGE if "--file-threads" in options else SMALL
            one, answers = store.object(size), []
            faults.delay(1500, _faults.WRITE if size == LARGE else _faults.SYNC | _faults.SYNC_FOLDER)

            def send():
                answers.append(slow.store(_raw.CT_IMAGE, one[0].encode(), one[1]).status)

            thread = threading.Thread(target=send)
            thread.start()
            served = 0
            while thread.is_alive():
                checks.equal(store.raw.echo(), 0, "echo")
                served += not answers
                time.sleep(0.02)
            faults.disarm()
            thread.join()
            slow.release()
            checks.equal(answers, [0], f"{store.what}: slow, but stored")
            checks.check(store.holds(one), f"{store.what}: slow, but whole")
            checks.check(served >= 10, f"{store.what}: {served} echoes while the disk was waited for")


def folder_trouble():
    for options in ([], ["--by-study", "--durability", "folder"], ["--on-duplicate", "keep"]):
        with _peers.folder() as above:
            root = above / "store"
            with Store("storescp", root, options, None) as store:
                checks.equal(store.send(store.object(LARGE)).status, 0, "before")
                shutil.rmtree(root)
                one = store.object(LARGE)
                checks.equal(store.send(one).status, 0, f"{store.what}: the folder was removed")
                checks.check(store.holds(one), f"{store.what}: made again")

                shutil.rmtree(root)
                root.write_bytes(b"precious")
                answer = store.send(store.object(SMALL))
                checks.equal(answer.status, OUT_OF_RESOURCES, f"{store.what}: it is a file")
                checks.equal(answer.comment, "cannot store: Not a directory", f"{store.what}: it is a file")
                checks.equal(root.read_bytes(), b"precious", f"{store.what}: the file")

                root.unlink()
                instance, data = store.object(LARGE)
                store.raw.send(store.raw.fragments(
                    store.raw.context_of(_raw.CT_IMAGE),
                    store.raw.store_command(_raw.CT_IMAGE, instance.encode()), True))
                store.raw.send(store.raw.fragments(store.raw.context_of(_raw.CT_IMAGE),
                                                   data[:1_000_000], False, last=False))
                end = time.monotonic() + 20
                while not store.files() and time.monotonic() < end:
                    time.sleep(0.01)
                shutil.rmtree(root)
                store.raw.send(store.raw.fragments(store.raw.context_of(_raw.CT_IMAGE),
                                                   data[1_000_000:], False))
                answer = store.raw.response()
                checks.equal(answer.status, OUT_OF_RESOURCES, f"{store.what}: removed in the middle")
                checks.check(not root.exists() or not store.files(instance), f"{store.what}: no object")
                one = store.object(SMALL)
                checks.equal(store.send(one).status, 0, f"{store.what}: the next object")
                checks.check(store.holds(one), f"{store.what}: the next object is there")


def unwritable():
    """As a user who may not write there."""
    if os.geteuid() != 0:
        raise _peers.Absent("only root can become somebody who may not write")
    with _peers.folder() as above:
        root = above / "store"
        root.mkdir()
        os.chmod(above, 0o755)
        os.chown(root, 65534, 65534)
        # That user may not come to where we are built, which may be below a home of ours.
        program = shutil.copy(_peers.program("storescp"), above)
        with _peers.OurScp(program, "--output-directory", root, before=lambda: os.setuid(65534)) as server:
            with _raw.Association(server.port, [(_raw.CT_IMAGE, [_raw.EXPLICIT_LITTLE])]) as raw:
                for mode, status in ((0o700, 0), (0o500, OUT_OF_RESOURCES), (0o000, OUT_OF_RESOURCES), (0o700, 0)):
                    os.chmod(root, mode)
                    instance = f"1.2.826.0.3.{mode}"
                    answer = raw.store(_raw.CT_IMAGE, instance.encode(), _objects.data_set(instance))
                    checks.equal(answer.status, status, f"mode {mode:o}: {answer.comment}")
                    checks.equal([one.name for one in root.glob("*.part")], [], f"mode {mode:o}")


def really_full():
    """A small file system that fills up, and is emptied again."""
    for options in ([], ["--durability", "folder", "--by-study"]):
        try:
            disk = _peers.small_disk(4)
            root = disk.__enter__()
        except PermissionError as why:
            raise _peers.Absent(f"no small file system can be mounted: {why}") from why
        try:
            with Store("storescp", root, options, None) as store:
                stored, refused = [], 0
                for i in range(60):
                    one = store.object((50_000, 400_000, 900_000)[i % 3])
                    answer = store.send(one)
                    if answer.status == 0:
                        stored.append(one)
                        continue
                    refused += 1
                    checks.equal(answer.status, OUT_OF_RESOURCES, "status")
                    checks.equal(answer.comment, "cannot store: No space left on device", "comment")
                    checks.equal(store.files() + store.files(one[0]), [], "left behind")
                checks.check(refused > 10 and len(stored) > 5, f"{len(stored)} stored, {refused} refused")
                checks.equal([one[0] for one in stored if not store.holds(one)], [], "not whole")
                for one in stored:
                    store.files(one[0])[0].unlink()
                checks.equal(store.send(store.object(900_000)).status, 0, "when there is room again")
                Faults.injected += refused
                print(f"   {store.what}: {len(stored)} stored, {refused} refused on a full disk")
        finally:
            disk.__exit__(None, None, None)


with _peers.folder() as some_folder:
    with checks.part("the library of faults"):
        faults = Faults(some_folder.parent)     # the folders of all parts lie there
        for name, part in (("storescp, every call fails", storescp),
                           ("archive, every call fails", archive), ("short writes", short_writes),
                           ("slow disk", slow_disk), ("the folder", folder_trouble),
                           ("unwritable", unwritable), ("a full disk", really_full)):
            with checks.part(name):
                part()
        print(f"{Faults.injected} faults injected")
checks.finish()
