#!/usr/bin/env python3
"""Writes the first seeds of the fuzz targets acceptor, requestor, part10, part10_source and values
beside this file: what usual peers say, in the events that event_peer.hpp reads, and small files.
The others, named by their digest, were found by fuzzing from these."""
from pathlib import Path

here = Path(__file__).parent
KINDS = """echo store find get move cancel object answer pending release release_answer abort
associate accept reject raw any_pdu any_pdv wait short_wait reading pieces end again
command""".split()


def event(kind, *arguments, deviation=0):
    return bytes([KINDS.index(kind) + 32 * deviation, *arguments])


def write(target, name, *parts):
    (here / target).mkdir(exist_ok=True)
    (here / target / name).write_bytes(b"".join(parts))


def store(message, fragment=0, size=4, mark=1, **more):
    return event("store", message, fragment + 5 * size, mark, **more)


def thing(request, message, with_data=True, *more):
    return event("object", 16 * message + 2 * request + (0 if with_data else 1), *more)


release, answer = event("release"), event("answer", 0)
waiting = [event("wait", deviation=n) for n in range(8)]
not_reading, reading = event("reading", deviation=1), event("reading")

# Behaviour: how the connection is and ends; options; the request for an association.
good, slow, refused = bytes([4, 0, 0, 0]), bytes([4, 0, 6, 0]), bytes([4, 0, 7, 0])
silent, windows, tight = bytes([0, 0]), bytes([4, 4, 8, 2]), bytes([4, 0x20, 8, 0])
narrow, leaves = bytes([5, 0, 16, 0]), bytes([4 + 3 * 32, 0, 0, 0])

acceptor = {
    "echo": [good, event("echo", 1), release],
    "echo_slow": [slow, event("echo", 9), waiting[5], release],
    "refused": [refused],
    "silent": [silent, waiting[6], waiting[6]],
    "http": [silent, event("raw", 14), b"GET / HTTP/1.1"],
    "store": [good, *(store(n) for n in range(1, 4)), release],
    "store_each_way": [good, *(store(n, size=4) + waiting[4] for n in range(8, 16)), release],
    "store_sizes": [good, *(store(1, f, s) for f in range(5) for s in range(7)), release],
    "store_broken_off": [good, store(1, size=6, deviation=4) + b"\x20\x01", event("end")],
    "store_window": [windows, *(store(n, size=5, deviation=0) for n in (10, 1, 11, 2, 12)), release],
    "store_limits": [tight, store(15, size=5), store(1, size=5), release],
    "find": [good, *(event("find", n) for n in (0, 3, 7)), release],
    "find_cancelled": [good, event("find", 15), waiting[2], event("cancel", 15), waiting[4], release],
    "find_not_read": [narrow, not_reading, event("find", 7), waiting[7], reading, release],
    "get": [good, event("get", 3), answer, answer, answer, release],
    "get_failures": [good, event("get", 2), event("answer", 2), event("answer", 1), release],
    "get_cancelled": [good, event("get", 3), event("cancel", 3), answer, release],
    "move": [good, event("move", 1), event("move", 2), release],
    "things": [good, *(thing(r, r) for r in range(5)), thing(5, 7, True, 5), answer,
               thing(5, 7, True, 6), waiting[5], answer, release],
    "pieces": [good, event("pieces", deviation=1), event("echo", 1), store(1, 3, 3), release],
    "aborts": [good, store(1, size=5, deviation=1), event("abort", 0, 0)],
    "collision": [good, event("echo", 1), event("release_answer"), release],
    "unexpected": [good, event("associate", 0, 0)],
    "foreign_context": [good, event("echo", 0xD1, deviation=1)],
    "pdvs": [good, event("any_pdv", 1, 4), b"abcd", event("any_pdv", 2, 0), waiting[7]],
    "commands": [good, event("command", 5, 3, 2, 0, 1, 6, 0, 1, 0), release],
    "leaves": [leaves, store(10, size=6), waiting[1]],
    "loop_goes_away": [bytes([4 + 7 * 32, 0, 0, 0]), store(10, size=6), event("find", 15)],
}
for name, parts in acceptor.items():
    write("acceptor", name, *parts)


def program(*steps, how=4, cancel=0, options=0):
    return bytes([how, cancel, options, len(steps), *(b for step in steps for b in step)])


ECHO, STORE, FIND, RETRIEVE, THING, BESIDE, SLEEP, LEAVE = 0, 1, 3, 5, 6, 7, 8, 9
answered = event("release_answer")
requestor = {
    "echo": [program((ECHO, 0)), answer, answered],
    "store": [program((STORE, 1), (STORE, 2), (STORE, 3)), answer, answer, answer, answered],
    "store_warned": [program((STORE, 2), (STORE, 2)), event("answer", 1), event("answer", 2), answered],
    "source_fails": [program((STORE, 0x1F), (STORE, 0x9F)), answered],
    "find": [program((FIND, 0xFA)), event("pending", 1), event("pending", 2), answer, answered],
    "find_dropped": [program((FIND, 8)), event("pending", 1), event("pending", 1), answer, answered],
    "find_cancelled": [program((FIND, 9)), event("pending", 1), event("answer", 3), answered],
    "find_limits": [program((FIND, 0xFA), options=0x20), *[event("pending", 7)] * 9, answer, answered],
    "get": [program((RETRIEVE, 0xF0)), store(1), event("pending", 0), answer, answered],
    "move": [program((RETRIEVE, 0xF1)), event("pending", 0), answer, answered],
    "thing": [program((THING, 1)), event("answer", 7), thing(4, 1), answered],
    "beside": [program((BESIDE, 0), (BESIDE, 1), (STORE, 2), options=4), answer, answer, answer, answered],
    "rejected": [program((ECHO, 0), how=0), event("reject", 1, 1, 7)],
    "some_refused": [program((FIND, 0), how=0), event("accept", 4), answered],
    "silent": [program((ECHO, 0), how=0), waiting[7]],
    "never_answers": [program((THING, 0), (ECHO, 0)), waiting[7], waiting[7]],
    "aborted": [program((STORE, 3), how=5), event("abort", 2, 0)],
    "cancelled": [program((ECHO, 0), cancel=17), event("short_wait", 1), event("short_wait", 1), answer],
    "partly_cancelled": [program((FIND, 0xFA), cancel=21), event("pending", 1), event("pending", 1), answer],
    "collision": [program((SLEEP, 0)), release, answered],
    "leaves": [program((STORE, 3), (LEAVE, 0), how=4 + 32)],
    "loop_goes_away": [program((STORE, 3), (FIND, 0), how=4 + 7 * 32), event("pending", 1)],
}
for name, parts in requestor.items():
    write("requestor", name, *parts)


def element(group, number, vr, value):
    tag = group.to_bytes(2, "little") + number.to_bytes(2, "little")
    long = vr in (b"OB", b"OW", b"SQ", b"UN")
    length = len(value).to_bytes(4 if long else 2, "little")
    return tag + vr + (b"\0\0" if long else b"") + length + value


def meta(syntax):
    elements = (element(2, 1, b"OB", b"\0\1") + element(2, 2, b"UI", b"1.2.840.10008.5.1.4.1.1.2\0")
                + element(2, 3, b"UI", b"1.2.3\0") + element(2, 0x10, b"UI", syntax))
    return element(2, 0, b"UL", len(elements).to_bytes(4, "little")) + elements


item = b"\xfe\xff\0\xe0" + (14).to_bytes(4, "little") + element(8, 0x1155, b"UI", b"1.2.4\0")
data = (element(8, 0x16, b"UI", b"1.2.840.10008.5.1.4.1.1.2\0") + element(8, 0x18, b"UI", b"1.2.3\0")
        + element(8, 0x1140, b"SQ", item) + element(0x20, 0xD, b"UI", b"1.2.9\0")
        + element(0x28, 0x10, b"US", b"\4\0") + element(0x7FE0, 0x10, b"OW", bytes(8)))
explicit = b"1.2.840.10008.1.2.1\0"
files = {
    "explicit": meta(explicit) + data,
    "private_syntax": meta(b"2.25.5") + data,
    "deflated": meta(b"1.2.840.10008.1.2.1.99") + b"\x63\x60\x60\0\0",
    "cut": (meta(explicit) + data)[:-5],
    "wrong_group_length": b"\2\0\0\0UL\4\0\xff\0\0\0" + meta(explicit)[12:] + data,
    "no_meta": data,
}
for name, content in files.items():
    write("part10", name, b"\1", content)
    write("part10", "bare_" + name, b"\0", content)
    write("part10_source", name, b"\x07\0", bytes(128), b"DICM", content)

values = ["20260131", "2026.01.31", "235960.123456", "10:30", "20260131103000.5+0100", "2026-0500",
          "20260101-20261231", "-1030", "202601-", "Doe^John^^Dr^Jr=\xe5\xb1\xb1=x", "1.2.840.10008.1.1",
          "1..2", "../../etc"]
for number, text in enumerate(values):
    write("values", f"text{number}", text.encode("latin-1"))
