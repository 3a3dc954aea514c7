#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What an association can make our servers hold: many at a time, each at its worst, and the growth of
the resident memory for each. The bound of every form follows from `codimse::limits`."""
import contextlib
import pathlib
import re
import struct
import sys
import tempfile
import time

from _cases import Scp, eventually, good_echo, open_connections
from _wire import (ASSOCIATE_RQ, C_FIND_RQ, COMMAND, CT_IMAGE, LAST, MPPS, N_CREATE_RQ,
                   STUDY_ROOT_FIND, VERIFICATION, Wire, _peers, associate_rq, context_rq, ct_data_set, echo_rq,
                   element, fragments, item, p_data, pdu, pdv, release_rq, request, store_rq, user_information)

COUNT = 200
FEW = 8     # of those that fill the socket's buffers first
KIB = 1024

# include/codimse/core/limits.hpp, and what an association costs in any case (KiB). A receive buffer
# (bytes/buffer_pool.hpp) is held only while what came in it cannot be handled yet.
BASE = 40
ASSOCIATE_LENGTH = 1024
COMMAND_SET_LENGTH = 64
HEAD_LENGTH = 256
IDENTIFIER_LENGTH = 256
MPPS_ATTRIBUTES_LENGTH = 1024   # examples/mppsscp.cpp
SLAB = 1024
SEND = 256                      # what is being written while the peer does not read
IDENTITY = 128                  # two fields with lengths of 16 bits


def resident(server):
    status = pathlib.Path(f"/proc/{server.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1])


def settled(server):
    """The resident memory once it no longer changes."""
    before, end = resident(server), time.monotonic() + 30
    while time.monotonic() < end:
        time.sleep(0.3)
        now = resident(server)
        if abs(now - before) < 64:
            return now
        before = now
    return before


def associated(more):
    """Opens an association, then sends bytes."""
    def begin(wire):
        wire.send(REQUEST_ALL)
        if wire.receive() != "AC":
            raise RuntimeError("no association")
        wire.send(more)
    return begin


def plain(data):
    return lambda wire: wire.send(data)


def until_full(again, first=b""):
    """Sends until the peer takes no more, and reads nothing."""
    def begin(wire):
        associated(first)(wire)
        wire.timeout = 1
        with contextlib.suppress(TimeoutError):
            for _ in range(200):
                wire.send(again)
    return begin


CONTEXTS = (context_rq(1) + context_rq(3, CT_IMAGE) + context_rq(5, MPPS) + context_rq(9, STUDY_ROOT_FIND))
REQUEST_ALL = associate_rq(CONTEXTS)
STORE = fragments(3, COMMAND, store_rq(CT_IMAGE, b"1.2.826.0.9.8"))
FIND = fragments(9, COMMAND, request(C_FIND_RQ, STUDY_ROOT_FIND, 1, 1, {0x0700: 0}))
EVERYTHING = (element(8, 0x52, b"STUDY ") + element(0x10, 0x10, b"") + element(0x10, 0x20, b"") +
              element(0x20, 0xD, b"") + element(8, 0x1030, b""))
CREATE = fragments(5, COMMAND, request(N_CREATE_RQ, MPPS, 1, 1, {0x1000: b"1.2.826.0.9.9"}))


def unfinished(context, size):
    """So much of a data set, in values that nobody looks for, and not its end."""
    data = element(9, 0x10, bytes(30)) * (size // 38 + 1)
    return b"".join(p_data(pdv(context, 0, data[at:min(at + 16000, size)])) for at in range(0, size, 16000))


def unfinished_command(size):
    data = element(0, 2, bytes(size))
    return b"".join(p_data(pdv(1, COMMAND, data[at:min(at + 16000, size)])) for at in range(0, size, 16000))


def many_contexts():
    return associate_rq(b"".join(context_rq(2 * i + 1, VERIFICATION) for i in range(128)))


def identity():
    field = struct.pack(">H", 32000) + bytes(32000)
    return associate_rq(CONTEXTS, user=user_information(more=item(0x58, b"\2\1" + field + field)))


# form, server, what each association does, bound in KiB, how many
FORMS = [
    ("a connection that says nothing", "storescp", plain(b""), BASE),
    ("half an A-ASSOCIATE-RQ of 1 MiB", "storescp",
     plain(pdu(ASSOCIATE_RQ, bytes(1024 * KIB - 1), 1024 * KIB)), BASE + ASSOCIATE_LENGTH),
    ("an idle association", "storescp", associated(b""), BASE),
    ("an idle association, 128 contexts", "storescp", plain(many_contexts()), BASE + 48),
    ("an idle association, an identity of 64 KB", "storescp", plain(identity()), BASE + IDENTITY),
    ("an idle association behind a command set of 60 KiB", "storescp",
     associated(fragments(1, COMMAND, element(0, 0x9999, bytes(60 * KIB)) + echo_rq())),
     BASE + 2 * COMMAND_SET_LENGTH),
    ("half a command set of 64 KiB", "storescp", associated(unfinished_command(64 * KIB - 2)),
     BASE + 2 * COMMAND_SET_LENGTH),
    ("half a data set, to a file", "storescp", associated(STORE + unfinished(3, 500 * KIB)), BASE + 16),
    ("half a data set, no Study Instance UID in 256 KiB", "by study",
     associated(STORE + unfinished(3, HEAD_LENGTH * KIB - 100)), BASE + 2 * HEAD_LENGTH),
    ("half a data set, no Study Instance UID in 500 KiB", "by study",
     associated(STORE + unfinished(3, 500 * KIB)), BASE + 2 * HEAD_LENGTH),
    ("C-ECHO, the responses never read", "storescp", until_full(fragments(1, COMMAND, echo_rq()) * 1000),
     BASE + SLAB, FEW),
    ("half an identifier of 256 KiB", "archive",
     associated(FIND + unfinished(9, IDENTIFIER_LENGTH * KIB - 100)), BASE + 2 * IDENTIFIER_LENGTH),
    ("C-FIND of everything, the responses never read", "archive",
     until_full((FIND + fragments(9, 0, EVERYTHING)) * 20), BASE + SLAB + SEND, FEW),
    ("half the attributes of an N-CREATE", "mppsscp",
     associated(CREATE + unfinished(5, MPPS_ATTRIBUTES_LENGTH * KIB - 100)),
     BASE + 2 * MPPS_ATTRIBUTES_LENGTH),
    ("A-RELEASE-RQ, then nothing", "storescp", associated(release_rq()), BASE),
]


def fill(archive, count=2000):
    """Studies to find."""
    with Wire.connect(archive.port) as wire:
        wire.send(REQUEST_ALL)
        wire.receive()
        for i in range(count):
            uid = b"1.2.826.0.9.7.%d" % i
            wire.send(fragments(3, COMMAND, store_rq(CT_IMAGE, uid)) + fragments(3, 0, ct_data_set(uid, uid)))
            if wire.status() != "0000":
                raise RuntimeError("the archive does not store")


def start(name, folder):
    options = {"storescp": ("storescp", "--output-directory", f"{folder}/store"),
               "by study": ("storescp", "--by-study", "--output-directory", f"{folder}/study"),
               "archive": ("archive", "--directory", f"{folder}/archive", "--durability", "none"),
               "mppsscp": ("mppsscp",)}[name]
    return Scp(options[0], 120, *options[1:])


def measure(begin, server, count):
    """KiB that one association of this form takes."""
    good_echo(server.port)
    before = settled(server)
    wires = []
    try:
        for _ in range(count):
            wires.append(Wire.connect(server.port, 20, 4096))
            begin(wires[-1])
        if good_echo(server.port) is None:
            raise RuntimeError("a good C-ECHO is not answered")
        took = (settled(server) - before) / count
        # Else what was measured had been let go of.
        if not eventually(lambda: open_connections(server) >= count):
            raise RuntimeError(f"only {open_connections(server)} of {count} connections are held")
        return took
    finally:
        for wire in wires:
            wire.reset()


def hoard():
    """Procedure steps of empty items, which take the most memory for their bytes: those that are kept
    have a bound together (memory_procedure_steps: 256 MiB), and the one that is taken apart has its
    own. Yields the statuses, the growth in MiB, and the bound."""
    items = element(8, 0x1140, 100000 * element(0xFFFE, 0xE000, b""))
    with Scp("mppsscp", 120, "--lenient") as server, Wire.connect(server.port, 60) as wire:
        before = resident(server)
        wire.send(REQUEST_ALL)
        wire.receive()
        statuses = []
        for i in range(60):
            uid = b"1.2.826.0.9.10.%d" % i
            wire.send(fragments(5, COMMAND, request(N_CREATE_RQ, MPPS, 1, 1, {0x1000: uid})))
            wire.send(fragments(5, 0, element(0x40, 0x252, b"IN PROGRESS ") + items))
            statuses.append(wire.status())
        return statuses, (settled(server) - before) / 1024, 256 + 64


def long_head():
    """An object with 150 MB before its Pixel Data, to the archive, which looks into what it has stored.
    Yields the status, the peak in MiB, and the bound (archive/instance_reader.cpp: 64 MiB)."""
    uid = b"1.2.826.0.9.44.1"
    value = element(0x21, 0x1010, bytes(1000000))
    part = b"".join(p_data(pdv(3, 0, value[at:at + 100000])) for at in range(0, len(value), 100000))
    with tempfile.TemporaryDirectory(prefix="codimse-fire-") as folder, start("archive", folder) as server, \
            Wire.connect(server.port, 60) as wire:
        wire.send(REQUEST_ALL)
        wire.receive()
        wire.send(fragments(3, COMMAND, store_rq(CT_IMAGE, uid)) + p_data(pdv(3, 0, ct_data_set(uid, uid))))
        for _ in range(150):
            wire.send(part)
        wire.send(p_data(pdv(3, LAST)))
        return wire.status(), server.peak_kib() / 1024, 64 + 32


def main():
    if _peers.SANITIZED:
        print("SKIPPED: memory means nothing under a sanitizer")
        return _peers.SKIPPED
    failed = 0
    print(f"{'KiB':>8} {'bound':>8}  for each association")
    for form, name, begin, bound, *count in FORMS:
        with tempfile.TemporaryDirectory(prefix="codimse-fire-") as folder, start(name, folder) as server:
            if name == "archive":
                fill(server)
            took = measure(begin, server, *count or [COUNT])
        good = took <= bound
        failed += not good
        print(f"{took:8.1f} {bound:8}  {form} ({name}){'' if good else '  FAILED'}", flush=True)
    statuses, took, bound = hoard()
    good = statuses[0] == "0000" and statuses[-1] in ("0110", "0213") and took <= bound
    print(f"{took:8.1f} {bound:8}  MiB in all: procedure steps of empty items, {statuses.count('0000')} kept"
          f"{'' if good else '  FAILED ' + str(statuses)}")
    failed += not good
    status, took, bound = long_head()
    good = status == "C000" and took <= bound
    print(f"{took:8.1f} {bound:8}  MiB in all: an object with a head of 150 MB, status {status}"
          f"{'' if good else '  FAILED'}")
    return 1 if failed or not good else 0


if __name__ == "__main__":
    sys.exit(main())
