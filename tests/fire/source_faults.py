#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What storescu does about files that cannot be sent whole: gone, shorter, longer, others, folders,
unreadable, on a disk that fails at any call. The peer never gets a data set that looks complete and
is not: what breaks in the middle is aborted. The other files are sent, the exit code is 1, and one
line names the file.

Environment: see tests/interop/_peers.py, and CODIMSE_FAULTS_LIBRARY. Exit code 77: something was
skipped.
"""
import contextlib
import errno
import os
import pathlib
import shutil
import socket
import struct
import threading
import time

import _faults
import _objects
import _raw
from _faults import Faults
from _wire import _peers, parse_command

checks = _peers.Checks()
SMALL, LARGE = 1000, 12_000_000     # more than sockets hold


class Taker:
    """An acceptor that takes objects, one association after the other, and remembers each that was
    complete. `on_associate` is called before the first answer, `on_data` when 500,000 bytes of a data
    set have come: the rest is still on the disk of the sender then."""

    def __init__(self, on_associate=None, on_data=None):
        self.on_associate, self.on_data = on_associate, on_data
        self.objects, self.aborts, self.problem = {}, 0, None
        self.unfinished, self.under_way = 0, False     # messages that an A-ABORT cut short
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(8)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            try:
                self._serve(_raw.Stream(connection, 60))
            except _raw.Aborted:
                self.aborts += 1
                self.unfinished += self.under_way
            except Exception as problem:
                self.problem = repr(problem)
            finally:
                connection.close()

    def _serve(self, stream):
        _, body = stream.receive()
        if self.on_associate:
            self.on_associate()
            self.on_associate = None
        stream.send(_raw.SlowReader._answer(self, body))
        command, data = bytearray(), bytearray()
        self.under_way = False
        while True:
            kind, body = stream.receive()
            if kind == _raw.RELEASE_RQ:
                stream.send(_raw.pdu(_raw.RELEASE_RP, bytes(4)))
                return
            at = 0
            while at < len(body):
                size, context, flags = struct.unpack_from(">IBB", body, at)
                fragment = body[at + 6:at + 4 + size]
                (command if flags & 1 else data).extend(fragment)
                at += 4 + size
                self.under_way = flags != 2
                if flags == 2:
                    request = parse_command(bytes(command))
                    self.objects[request[0x1000].rstrip(b"\0").decode()] = bytes(data)
                    stream.send(_raw.SlowReader._success(context, request))
                    command, data = bytearray(), bytearray()
            if self.on_data and len(data) >= 500_000:
                time.sleep(0.3)     # until the sender's buffers are full, and it waits
                self.on_data()
                self.on_data = None

    max_pdu = 16384

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)    # ends accept(), which close() does not
        self.listener.close()


class Files:
    """a (small), b (large, the one with the trouble) and c (small)."""

    def __init__(self, folder):
        self.folder = pathlib.Path(os.path.realpath(folder))
        self.data, self.paths = {}, {}
        for i, (name, size) in enumerate((("a", SMALL), ("b", LARGE), ("c", SMALL))):
            instance = f"1.2.826.0.1.{i + 1}"
            self.data[name] = _objects.data_set(instance, size=size)
            self.paths[name] = self.folder / f"{name}.dcm"
            self.paths[name].write_bytes(_objects.part10(instance, self.data[name]))
        self.b = self.paths["b"]

    def got(self, taker):
        """Which files the peer has whole, in letters; anything else it takes for whole is a `!`."""
        names = {f"1.2.826.0.1.{i + 1}": name for i, name in enumerate("abc")}
        return "".join(names[one] if data == self.data[names[one]] else "!"
                       for one, data in sorted(taker.objects.items()))


def send(taker, files, env=None, program=None, **more):
    return _peers.run([program or _peers.program("storescu"), "--dimse-timeout", "30", "127.0.0.1", taker.port,
                       *files.paths.values()], timeout=90, env=env, **more)


def judge(what, done, taker, files, got, aborts):
    """`got`: the files that the peer has; the others are failures with a line of their own."""
    checks.equal(files.got(taker), got, f"{what}: what the peer has")
    checks.equal(taker.aborts, aborts, f"{what}: A-ABORTs")
    checks.equal(taker.problem, None, f"{what}: the peer")
    checks.equal(done.code, 0 if got == "abc" else 1, f"{what}: {done}")
    for name, path in files.paths.items():
        lines = [line for line in done.err.splitlines() if str(path) in line]
        checks.equal(len(lines), 0 if name in got else 1, f"{what}: lines about {name}: {lines}")


def overwrite(path):
    with open(path, "r+b") as file:
        file.seek(-1000, os.SEEK_END)
        file.write(bytes(1000))


def replace(path):
    other = _objects.part10("1.2.826.0.9", _objects.data_set("1.2.826.0.9", size=LARGE))
    path.write_bytes(other)
    os.utime(path, (1, 1))


def grow(path):
    with open(path, "ab") as file:
        file.write(bytes(100_000))


BETWEEN = [     # after it was looked at, before it is sent
    ("gone", lambda path: path.unlink(), "ac", 0),
    ("a folder", lambda path: (path.unlink(), path.mkdir()), "ac", 0),
    ("empty", lambda path: os.truncate(path, 0), "ac", 0),
    ("shorter", lambda path: os.truncate(path, LARGE // 2), "ac", 0),
    ("longer", grow, "ac", 0),
    ("another object", replace, "ac", 0),
    ("only touched", lambda path: os.utime(path, (1, 1)), "abc", 0),
]
WHILE = [       # while it is sent
    ("gone", lambda path: path.unlink(), "abc", 0),     # open already
    ("shorter", lambda path: os.truncate(path, LARGE // 2), "ac", 1),
    ("longer", grow, "ac", 1),
    ("written to", overwrite, "ac", 1),
]


def changed_files():
    for when, rows in (("on_associate", BETWEEN), ("on_data", WHILE)):
        for what, change, got, aborts in rows:
            with _peers.folder() as folder:
                files = Files(folder)
                with Taker(**{when: lambda: change(files.b)}) as taker:
                    done = send(taker, files)
                    judge(f"{what} {'before' if when == 'on_associate' else 'while'} it is sent",
                          done, taker, files, got, aborts)
                    Faults.injected += 1


def unreadable():
    if os.geteuid() != 0:
        raise _peers.Absent("only root can become somebody who may not read")
    with _peers.folder() as folder:
        files = Files(folder)
        os.chmod(folder, 0o755)
        # That user may not come to where we are built, which may be below a home of ours.
        program = shutil.copy(_peers.program("storescu"), folder)
        with Taker(on_associate=lambda: os.chmod(files.b, 0)) as taker:
            judge("unreadable", send(taker, files, program=program, user=65534), taker, files, "ac", 0)
        with Taker() as taker:
            judge("unreadable from the start", send(taker, files, program=program, user=65534),
                  taker, files, "ac", 0)


def failing_disk():
    """Every call on the files fails once."""
    with _peers.folder() as folder:
        files = Files(folder)
        faults = Faults(folder)
        for at in range(1, 400):
            with Taker() as taker:
                faults.arm(at, errno.EIO, _faults.OPEN | _faults.READ)
                done = send(taker, files, env=faults.environment)
                hit = faults.disarm()
                what = f"EIO at call {at} ({_faults.names(hit)})"
                got = files.got(taker)
                checks.check(got == "abc" if not hit else got in ("ab", "ac", "bc"), f"{what}: {got}")
                # Only a message that has begun is aborted, and no file that cannot be opened has begun one.
                judge(what, done, taker, files, got, taker.unfinished)
                checks.check(taker.aborts <= (hit == _faults.READ), f"{what}: {taker.aborts} A-ABORTs")
            if not hit:
                checks.check(at > 10, f"{at - 1} calls")
                print(f"   {at - 1} calls failed", flush=True)
                return
        checks.fail("no end of faults")


def short_and_slow_reads():
    with _peers.folder() as folder:
        files = Files(folder)
        faults = Faults(folder)
        for most, delay in ((1001, 0), (65_537, 0), (0, 20)):
            with Taker() as taker:
                faults.short(most)
                faults.delay(delay, _faults.READ)
                done = send(taker, files, env=faults.environment)
                faults.disarm()
                judge(f"{most} bytes a read, {delay} ms", done, taker, files, "abc", 0)


def main():
    for name, part in (("changed files", changed_files), ("unreadable", unreadable),
                       ("a disk that fails", failing_disk), ("short and slow reads", short_and_slow_reads)):
        with checks.part(name):
            part()
    print(f"{Faults.injected} faults injected")
    checks.finish()


main()
