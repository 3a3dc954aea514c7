# SPDX-License-Identifier: BSL-1.0
"""Cases of hostile peers and how they are run: many at once, each followed by a good C-ECHO."""
import collections
import concurrent.futures
import contextlib
import os
import pathlib
import threading
import time

from _wire import (CT_IMAGE, EXPLICIT_LITTLE, PATIENT_ROOT_FIND, STUDY_ROOT_FIND, COMMAND, Wire, _peers,
                   abort, associate_rq, context_rq, echo_rq, fragments)

PATIENCE = 25.0     # seconds: what takes longer counts as never
ENDS = ("closed", "reset", "torn", "silent")

# What every case proposes unless it says otherwise; storescp refuses the queries.
CONTEXTS = (context_rq(1) + context_rq(3, CT_IMAGE) + context_rq(5, CT_IMAGE, [EXPLICIT_LITTLE]) +
            context_rq(7, b"1.2.3.4.5.6") + context_rq(9, STUDY_ROOT_FIND) +
            context_rq(11, PATIENT_ROOT_FIND))
REQUEST = associate_rq(CONTEXTS)


class Case:
    """`steps`: bytes to send, seconds to wait, or `expect` of an answer at that point. `expected`:
    the answers from then on; statuses are words too ("0000"). What becomes of the connection:

    lives    a C-ECHO on the same association is answered
    at once  the server closes, long before its ARTIM (which is a minute in such cases)
    ARTIM    the server closes when ARTIM expires, and not before
    ends     the server closes, whenever
    """

    def __init__(self, name, steps, expected, then, server="short"):
        self.name, self.steps, self.expected, self.then, self.server = name, steps, expected, then, server


class expect:
    def __init__(self, word):
        self.word = word


def opened(name, data, expected, then, server="short", request=REQUEST):
    """A case on an established association."""
    steps = [request, expect("AC"), *(data if isinstance(data, list) else [data])]
    return Case(name, steps, expected, then, server)


def word_of(wire, timeout):
    """Like Wire.receive, but with the statuses of responses."""
    found = wire.message(timeout)
    if isinstance(found, str):
        return "closed" if found == "reset" else found
    return "%04X" % int.from_bytes(found[0x0900][:2], "little") if 0x0900 in found else "request"


def good_echo(port, timeout=PATIENCE):
    """A good peer's whole association; the seconds it took, or None."""
    start = time.monotonic()
    try:
        with Wire.connect(port, timeout) as wire:
            wire.send(associate_rq())
            good = wire.receive() == "AC" and wire.send(fragments(1, COMMAND, echo_rq()))
            good = good and wire.status() == "0000"
            wire.send(abort())
    except OSError:
        good = False
    return time.monotonic() - start if good else None


def perform(case, server):
    """What came and whether it is what should have come."""
    got, start = [], time.monotonic()
    with Wire.connect(server.port, PATIENCE) as wire:
        for step in case.steps:
            if isinstance(step, expect):
                got.append(word_of(wire, PATIENCE))
                if got[-1] != step.word:
                    return got + [f"in place of {step.word}"], False
            elif isinstance(step, float):
                time.sleep(step)
            else:
                wire.send(step)
        got = []
        if case.then == "lives":
            for _ in case.expected:
                got.append(word_of(wire, PATIENCE))
            wire.send(fragments(1, COMMAND, echo_rq(999)))
            got.append("echo " + word_of(wire, PATIENCE))
            wire.send(abort())
            got.append(word_of(wire, PATIENCE))
            return got, got == [*case.expected, "echo 0000", "closed"]
        while not got or got[-1] not in ENDS:
            got.append(word_of(wire, PATIENCE))
    seconds = time.monotonic() - start
    good = got == [*case.expected, "closed"]
    if case.then == "ARTIM" and seconds < 0.8 * server.artim:
        got.append(f"before ARTIM, after {seconds:.1f} s")
        good = False
    return got, good


def open_connections(server):
    """Sockets that the process holds, beside the one it listens on."""
    count = 0
    for one in pathlib.Path(f"/proc/{server.pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            count += os.readlink(one).startswith("socket:")
    return count - 1


def eventually(condition, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


class Prober:
    """Runs cases and keeps count."""

    def __init__(self, servers, threads=64):
        self.servers = servers
        self.run = collections.Counter()
        self.failures = []
        self.slowest_echo = 0.0
        self.lock = threading.Lock()
        self.pool = concurrent.futures.ThreadPoolExecutor(threads)

    def fail(self, name, expected, got, seconds=0.0):
        with self.lock:
            self.failures.append(name)
            print(f"FAILED {name}\n  expected {expected}\n  got      {got}  ({1000 * seconds:.0f} ms)", flush=True)

    def check(self, group, name, good, expected, got, seconds=0.0):
        with self.lock:
            self.run[group] += 1
        if not good:
            self.fail(f"{group}: {name}", expected, got, seconds)
        return good

    def alive(self, group, name, server):
        """The process runs, and a good peer is served."""
        took = good_echo(server.port)
        with self.lock:
            self.slowest_echo = max(self.slowest_echo, took or 0.0)
        if took is None or not server.alive():
            self.fail(f"{group}: {name}", "a good C-ECHO afterwards", "none" if server.alive() else "process gone")

    def one(self, group, case):
        server, start = self.servers[case.server], time.monotonic()
        try:
            got, good = perform(case, server)
        except Exception as problem:
            got, good = [f"{type(problem).__name__}: {problem}"], False
        self.check(group, case.name, good, f"{case.expected}, {case.then}", got, time.monotonic() - start)
        self.alive(group, case.name, server)

    def many(self, group, cases):
        start = time.monotonic()
        for done in [self.pool.submit(self.one, group, case) for case in cases]:
            done.result()
        print(f"{group}: {len(cases)} cases, {time.monotonic() - start:.1f} s", flush=True)

    def finish(self):
        for name, server in self.servers.items():
            if not server.alive():
                self.fail(name, "a process that lives", server.output()[-2000:])
        total = sum(self.run.values())
        print(f"{total} cases, {len(self.failures)} failed; slowest good C-ECHO "
              f"{1000 * self.slowest_echo:.0f} ms")
        return 1 if self.failures else 0


class Scp(_peers.OurScp):
    """One of our servers that logs what it sees, and its ARTIM in seconds."""

    def __init__(self, name, artim, *options, **more):
        self.artim = artim
        super().__init__(name, "-v", "--acse-timeout", str(artim), *options, **more)


class ThinkingScp(_peers.OurScp):
    """tests/fire/active_acceptor.cpp."""

    def __init__(self, path, artim):
        self.artim = artim
        _peers.Server.__init__(self, [path, str(artim), "0"])
