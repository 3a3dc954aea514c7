#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""kill -9 at random moments while several clients store: whatever was acknowledged is there, byte
for byte, under its name and, in the archive, in the index; no torn file has an object's name; the
next start removes what was left half-written.

usage: killed.py [--kills N] [--seed N] [--program storescp|archive]

Environment: see tests/interop/_peers.py. Exit code 77: something was skipped.
"""
import argparse
import itertools
import pathlib
import random
import signal
import sqlite3
import threading
import time

from _wire import _peers
import _objects
import _raw

CLIENTS = 4
checks = _peers.Checks()

STORESCP_OPTIONS = [
    [], ["--by-study"], ["--on-duplicate", "keep"], ["--durability", "folder"],
    ["--durability", "file", "--by-study"], ["--file-threads", "2"],
    ["--threads", "2", "--by-study", "--durability", "folder", "--on-duplicate", "refuse"]]
ARCHIVE_OPTIONS = [[], ["--threads", "2"], ["--durability", "none"]]


class Server(_peers.OurScp):
    def __init__(self, name, root, options, port=0):
        where = "--directory" if name == "archive" else "--output-directory"
        super().__init__(name, where, root, *options, port=port, ready=60)


class Ledger:
    """What the clients know: for each instance what it may hold, and whether that was promised."""

    def __init__(self):
        self.lock = threading.Lock()
        self.may_hold = {}          # instance -> digests: what was promised last, and later ones
        self.acknowledged = set()
        self.count = 0

    def trying(self, instance, digest):
        with self.lock:
            self.may_hold.setdefault(instance, []).append(digest)

    def success(self, instance, digest):
        with self.lock:
            self.may_hold[instance] = [digest]
            self.acknowledged.add(instance)
            self.count += 1


def client(port, ledger, number, seed, overwrites, stop):
    """Stores objects of all sizes until the server is gone."""
    dice = random.Random(f"{seed}/{number}")
    try:
        with _raw.Association(port, [(_raw.CT_IMAGE, [_raw.EXPLICIT_LITTLE])], timeout=30) as raw:
            for i in itertools.count():
                if stop.is_set():
                    raw.reset()
                    return
                again = overwrites and i > 0 and dice.random() < 0.2
                instance = f"1.2.826.0.1.{seed + 1}.{number}.{dice.randrange(i) if again else i}"
                size = dice.choice([0, 100, 5_000, 60_000, 300_000, 1_500_000])
                data = _objects.data_set(instance, f"1.2.826.0.2.{dice.randrange(6)}.{number}"
                                         if not overwrites else "1.2.3", size, i)
                digest = _objects.digest(data)
                ledger.trying(instance, digest)
                status = raw.store(_raw.CT_IMAGE, instance.encode(), data).status
                if status == 0:
                    ledger.success(instance, digest)
                else:
                    checks.fail(f"status {status:04X} for {instance}")
    except (OSError, _raw.Closed, _raw.Aborted):
        pass


def files_of(root):
    """What lies under the names of objects: {instance: path}; and what is left half-written."""
    objects = {one.name[:-len(".dcm")]: one for one in root.rglob("*.dcm")}
    return objects, [one for one in root.rglob("*.part")]


def torn(path, digests):
    data = _objects.data_set_of(path.read_bytes())
    return data is None or _objects.digest(data) not in digests


class Run:
    def __init__(self, name, seed, options):
        self.name, self.seed, self.options = name, seed, options
        self.ledger = Ledger()
        self.known = set()      # files that were looked at in an earlier round
        self.kills = self.left = self.rounds_with_left = self.lost = self.torn = self.unpromised = 0

    def round(self, root, number):
        """One life of the server, from start to kill."""
        dice = random.Random(f"{self.seed}/{self.name}/{number}")
        options = self.options[number % len(self.options)]
        with Server(self.name, root, options) as server:
            left = files_of(root)[1]
            checks.equal(left, [], f"round {number}: left half-written after the start")
            overwrites = self.name == "storescp" and "--on-duplicate" not in options
            stop = threading.Event()
            clients = [threading.Thread(target=client, args=(
                server.port, self.ledger, i, self.seed * 100_000 + number, overwrites, stop))
                for i in range(CLIENTS)]
            for one in clients:
                one.start()
            time.sleep(dice.uniform(0.01, 0.25 if self.name == "storescp" else 0.6))
            server.stop(signal.SIGKILL)
            stop.set()
            for one in clients:
                one.join(60)
            checks.equal(server.code, -signal.SIGKILL, f"round {number}: it was alive until killed")
        self.kills += 1
        self.look(root)

    def look(self, root, everything=False):
        """Every object that was promised is whole, and nothing else has an object's name."""
        objects, left = files_of(root)
        self.left += len(left)
        self.rounds_with_left += bool(left)
        fresh = set(objects) if everything else set(objects) - self.known
        for instance in fresh:
            if torn(objects[instance], self.ledger.may_hold.get(instance, ())):
                self.torn += 1
                checks.fail(f"torn: {objects[instance]}")
        missing = self.ledger.acknowledged - set(objects)
        self.lost += len(missing)
        checks.equal(sorted(missing)[:3], [], "acknowledged, and not there")
        self.unpromised = len(set(objects) - self.ledger.acknowledged)
        self.known |= fresh

    def finish(self, root):
        """A last start and a good end; then all of it once more."""
        with Server(self.name, root, self.options[0]):
            pass
        self.look(root, everything=True)
        checks.equal(files_of(root)[1], [], "left half-written in the end")
        if self.name == "archive":
            with sqlite3.connect(f"file:{root}/index.sqlite?mode=ro", uri=True) as index:
                known = {row[0] for row in index.execute("SELECT sop_uid FROM instances")}
            missing = self.ledger.acknowledged - known
            self.lost += len(missing)
            checks.equal(sorted(missing)[:3], [], "acknowledged, and not in the index")
        checks.check(self.ledger.count > self.kills, f"{self.ledger.count} objects acknowledged before {self.kills} kills")
        checks.check(self.rounds_with_left > 0, "no kill left an unfinished file")
        print(f"   {self.name}: {self.kills} kills, {self.ledger.count} objects acknowledged, "
              f"{self.lost} lost, {self.torn} torn; {self.left} unfinished files found after "
              f"{self.rounds_with_left} of the kills, and removed; {self.unpromised} whole objects "
              f"that nobody had been told of", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--program", choices=["storescp", "archive"])
    chosen = parser.parse_args()
    for name, options, share in (("storescp", STORESCP_OPTIONS, 0.75), ("archive", ARCHIVE_OPTIONS, 0.25)):
        if chosen.program not in (None, name):
            continue
        with checks.part(name), _peers.folder() as folder:
            root = pathlib.Path(folder) / "store"
            root.mkdir()
            run = Run(name, chosen.seed, options)
            for i in range(chosen.kills if chosen.program else max(1, round(chosen.kills * share))):
                run.round(root, i)
            run.finish(root)
    checks.finish()


main()
