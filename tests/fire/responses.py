#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Our clients against SCPs that lie in messages: responses that are wrong, late, twice or endless,
every status, peers that do not read, and what a C-GET brings (PS3.7 9, PS3.4 C.4.3). Each row ends
soon, with an exit code that says whether everything succeeded and one clear line for what failed.

usage: responses.py [part of a row's name]

A warning status is a success with a remark of storescu and mppsscu: the object is stored, the step
changed. Of a query or retrieve it says that some of it failed, and is a failure.
"""
import re
import struct
import time

import _liar
from _liar import PENDING, REQUESTS, Gone, Message, Row, counters, drip, match, part10
from _wire import (COMMAND, CT_IMAGE, NO_DATA_SET, SECONDARY_CAPTURE, VERIFICATION, command_set,
                   ct_data_set, element, explicit_element, fragments, p_data, parse_command, pdu, pdv,
                   release_rp, store_rq)

rows = []
QUERIES = ("findscu", "movescu", "getscu")


def add(program, name, script, **expected):
    rows.append(Row(f"{program}: {name}", program, script, **expected))


def answering(make):
    """Answers the first request with what `make(peer, request)` yields, the others honestly."""
    def script(peer):
        to = peer.open().accept().message()
        peer.send(make(peer, to))
        try:
            while True:
                peer.exchange(1)
        except Gone as gone:
            if str(gone) != "RELEASE-RQ":
                raise
            peer.send(release_rp())
    return script


def with_elements(changes):
    """The right response but for these elements of its command set; b"none": left out."""
    return lambda peer, to: peer.reply(to, elements=changes)


def commands(data):
    """Command set bytes as they are."""
    return lambda peer, to: fragments(to.context, COMMAND, data)


def of_another_command(peer, to):
    return peer.reply(to, elements={0x0100: to.field ^ 0x0011 | 0x8000})


def the_request_itself(peer, to):
    command = command_set({number: value for number, value in to.command.items() if number != 0})
    return fragments(to.context, COMMAND, command) + (fragments(to.context, 0, to.data) if to.data else b"")


# --- wrong in place of a response ---------------------------------------------------------------------

WRONG = {   # what comes, what the line says, and the source and reason of the A-ABORT
    "another message ID": (with_elements({0x0120: 4711}), "never sent", "2/0"),
    "message ID 0": (with_elements({0x0120: 0}), "never sent", "2/0"),
    "the response of another command": (of_another_command, "in place of", "2/0"),
    "a command field of nothing": (with_elements({0x0100: 0xBEEF}), "in place of", "2/0"),
    "no command field": (with_elements({0x0100: b"none"}), "malformed", "2/6"),
    "no status": (with_elements({0x0900: b"none"}), "status 0110", None),
    "a presentation context that there is not": (
        lambda peer, to: peer.reply(to, context=254), "the peer sent a message on a presentation context",
        "2/6"),
    "presentation context 0": (
        lambda peer, to: peer.reply(to, context=0), "the peer sent a message on a presentation context",
        "2/6"),
    "an empty command set": (commands(b""), "malformed", "2/6"),
    "a command set of garbage": (commands(bytes(range(256))), "malformed", "2/6"),
    "an element beyond the command set": (commands(element(0, 0x0100, b"\0\0", 0xFFFFFFFF)), "malformed", "2/6"),
    "an endless command set": (
        lambda peer, to: p_data(pdv(to.context, COMMAND, bytes(16000))) * 8, "malformed", "2/6"),
    "a data set before the command": (
        lambda peer, to: fragments(to.context, 0, bytes(100)), "malformed|unexpected parameter", "2/5"),
    "a PDV of length 0": (lambda peer, to: p_data(struct.pack(">I", 0)), "malformed", "2/6"),
    "a PDV of length 1": (lambda peer, to: p_data(struct.pack(">IB", 1, to.context)), "malformed", "2/6"),
    "a PDV beyond its PDU": (
        lambda peer, to: p_data(pdv(to.context, 3, b"", 0x7FFFFFFF)), "malformed", "2/6"),
    "two contexts in a message": (
        lambda peer, to: p_data(pdv(to.context, COMMAND, bytes(8)), pdv(99, COMMAND, bytes(8))), "malformed",
        "2/6"),
    "a PDU too long for us": (lambda peer, to: pdu(4, b"", 2000000), "longer than allowed|malformed", "2/6"),
}
TIMED_OUT = {   # after these only the clock helps
    "the request itself": the_request_itself,
    "half a response": lambda peer, to: peer.reply(to)[:-7],
    "half a command set": lambda peer, to: p_data(pdv(to.context, COMMAND, bytes(8))),
    "empty P-DATA-TF": lambda peer, to: p_data() + p_data(pdv(to.context, COMMAND)),
    "a data set announced that never comes": lambda peer, to: peer.reply(to, data=b"")[:-12],
    "a drip": lambda peer, to: drip(peer, peer.reply(to)),
}
FINE = {    # wrong, and no harm done
    "the final response twice": lambda peer, to: peer.answers(to) + peer.reply(to),
    "a data set where none is allowed": lambda peer, to: peer.reply(to, data=b"\x1b[2J" * 20),
    "no message ID": with_elements({0x0120: b"none"}),
    "no SOP Class": with_elements({0x0002: b"none"}),
    "a SOP Class of control characters": with_elements({0x0002: b"\x1b[2J\r\n"}),
    "a group length of nonsense": lambda peer, to: fragments(
        to.context, COMMAND, element(0, 0, b"\xff\xff\xff\xff") + peer.reply(to)[24:]),
}
for program in REQUESTS:
    many = (1, REQUESTS[program])
    for name, (make, says, wire) in WRONG.items():
        add(program, f"answer: {name}", answering(make), says=says, lines=many, wire=wire)
    for name, make in TIMED_OUT.items():
        add(program, f"answer: {name}", answering(make), says="timeout", lines=many, short=("dimse",),
            wire="0/0")
    for name, make in FINE.items():
        add(program, f"answer: {name}", answering(make), code=0)
    # mppsscu goes on with the name that it is told, which must then be one.
    add(program, "answer: an instance of control characters",
        answering(with_elements({0x1000: b"\x1b[2J\r\n"})), code=1 if program == "mppsscu" else 0, says="the peer named")


def on_another_context(peer, to):
    number = next(one for one in peer.contexts if one != to.context)
    return peer.reply(to, context=number)


for program in ("storescu", "getscu"):
    add(program, "answer: another presentation context", answering(on_another_context), lines=(1, 2),
        says="on another presentation context", wire="2/0")

# --- statuses -------------------------------------------------------------------------------------------

WARNINGS = (0x0001, 0x0107, 0x0116, 0xB000, 0xB006, 0xB007)
FAILURES = (0x0105, 0x0110, 0x0111, 0x0112, 0x0117, 0x0122, 0x0124, 0x0210, 0x0211, 0x0212, 0x0213, 0xA700,
            0xA701, 0xA801, 0xA900, 0xC000, 0xC123, 0xFE00, 0xFF00, 0xFFFF, 0x7777)
COMMENT = b"\x1b[31mred\r\nstorescu: error: forged\x07"
for program in REQUESTS:
    for status in WARNINGS + FAILURES:
        if status == PENDING and program in QUERIES:
            continue    # below
        stored = status in WARNINGS and program in ("storescu", "mppsscu")
        for name, more in (("", {}), (" with a comment", {0x0902: COMMENT})):
            add(program, f"status {status:04X}{name}",
                answering(lambda peer, to, status=status, more=more: peer.reply(to, status, elements=more)),
                code=0 if stored else 1, says=f"{status:04X}", lines=1)


def statuses_of_files(first, second):
    def script(peer):
        peer.open().accept()
        for status in (first, second):
            to = peer.message()
            peer.send(peer.reply(to, status))
        peer.release()
    return script


def summary(text):
    def check(folder, done, liar):
        if text not in done.out:
            yield f"the summary does not say {text!r}: {done.out!r}"
    return check


for name, both, code, lines, text in (
        ("both warned", (0xB000, 0xB007), 0, 2, "sent 2 (2 with warnings), failed 0"),
        ("one failed", (0, 0xC000), 1, 1, "sent 1 (0 with warnings), failed 1"),
        ("both failed", (0xA700, 0x0110), 1, 2, "sent 0 (0 with warnings), failed 2")):
    add("storescu", name, statuses_of_files(*both), code=code, lines=lines, after=summary(text))

# --- pending responses and identifiers --------------------------------------------------------------------


def many_pending(peer):
    to = peer.open().accept().message()
    one = peer.reply(to, PENDING, match() if to.field == 0x20 else None)
    for _ in range(20):
        peer.send(one * 100)
    peer.send(peer.reply(to)).release()


def drip_in_a_data_set(peer):
    """The command set at once, the data set byte by byte."""
    to = peer.open().accept().message()
    whole = peer.reply(to, PENDING, match() * 20)
    first = 6 + struct.unpack_from(">I", whole, 2)[0]
    peer.send(whole[:first])
    drip(peer, whole[first:])


for program in QUERIES:
    add(program, "2,000 pending responses", many_pending, code=0)
    add(program, "pending without a data set",
        answering(lambda peer, to: peer.reply(to, PENDING) * 3 + peer.reply(to)), code=0)
    add(program, "pending after the final response",
        answering(lambda peer, to: peer.reply(to) + peer.reply(to, PENDING, match())), code=0)
    add(program, "pending, then silence", answering(lambda peer, to: peer.reply(to, PENDING, match())),
        says="timeout", short=("dimse",), wire="0/0")
    add(program, "silence in a data set", answering(lambda peer, to: peer.reply(to, PENDING, match())[:-5]),
        says="timeout", short=("dimse",), wire="0/0")
    add(program, "a drip in a data set", drip_in_a_data_set, says="timeout", short=("dimse",), wire="0/0")

ENDLESS_ITEM = element(0x0040, 0xA730, b"", 0xFFFFFFFF) + struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
GARBAGE = {
    "high bytes": b"\xff" * 64, "text": b"GET / HTTP/1.1\r\n\r\n\x1b[2J",
    "a length beyond the end": element(0x0010, 0x0010, b"x", 0xFFFFFFF0),
    "half an element": element(0x0010, 0x0010, b"x" * 40)[:21], "endless sequences": ENDLESS_ITEM * 2000}
for name, data in GARBAGE.items():
    add("findscu", f"a match of garbage: {name}",
        answering(lambda peer, to, data=data: peer.reply(to, PENDING, data) + peer.reply(to)),
        says="data set of a response: ", wire="0/0")
    add("movescu", f"a failed list of garbage: {name}",
        answering(lambda peer, to, data=data: peer.reply(to, 0xB000, data)), says="B000")
CONTROLS = match(b"\x1b[2J\r\n\x07\x9b31m")
add("findscu", "a match of control characters",
    answering(lambda peer, to: peer.reply(to, PENDING, CONTROLS) + peer.reply(to)), code=0)

# --- peers that do not read, or answer before they have read ------------------------------------------------


def big_file(folder):
    """More than any socket buffers hold."""
    pixels = explicit_element(0x7FE0, 0x0010, b"OW", bytes(24 << 20))
    (folder / "big.dcm").write_bytes(part10(b"1.2.3.99", more=pixels))


def deaf(peer):
    peer.open().accept()
    time.sleep(5)


def refused_early(peer):
    """A failure while the data set is on its way: the rest need not be sent (PS3.7 9.3.1.3)."""
    peer.open().accept()
    context, _, command = peer.piece()
    peer.send(peer.reply(Message(context, parse_command(command), b""), 0xA700))
    while peer.wire.receive() == "DATA":
        pass
    peer.send(release_rp())


add("storescu", "the peer does not read", deaf, says="the peer does not read", short=("write",), wire="cut",
    prepare=big_file)
add("storescu", "refused while it sends", refused_early, says="A700", prepare=big_file)

# --- what a C-GET brings ------------------------------------------------------------------------------------

BAD_UIDS = (b"../../../tmp/evil", b"/etc/passwd", b"..", b".", b"", b"1.2/../../3", b"1.2.3\0.dcm", b"\x1b[2J",
            b"1.2.3\\..\\4", b"con", b"1" * 65, b"a" * 64, b"1..2", b"01.2", b"1.2.3 ; rm -rf .")


def nothing_stored(folder, done, liar):
    for path in (folder / "out").iterdir():
        yield f"stored {path.name}"


def objects(send, status=0, completed=1, failed=0):
    """A C-GET in which `send` sends objects; then the final response."""
    def script(peer):
        to = peer.open().accept().message()
        send(peer, to)
        peer.send(peer.reply(to, status, elements=counters(None, completed, failed, 0))).release()
    return script


def answered(wanted, **what):
    """One object, whose response has a status that fits the pattern."""
    def send(peer, to):
        given = {name: value(peer, to) if callable(value) else value for name, value in what.items()}
        status = peer.send_object(**{"instance": b"1.2.3.4", **given})
        if not re.fullmatch(wanted, status):
            raise AssertionError(f"the object was answered with {status}")
    return send


for uid in BAD_UIDS:
    bad = answered("[^0].*|0[^0].*", instance=uid)
    add("getscu", f"an object called {uid!r}", objects(bad, 0xB000, 0, 1), says="B000", after=nothing_stored)
    add("getscu", f"an object called {uid!r}, and success", objects(bad), says="could not be stored here",
        after=nothing_stored)
add("getscu", "an object of another SOP Class",
    objects(answered("0122", sop_class=SECONDARY_CAPTURE, context=lambda peer, to: peer.storage_context()),
            0xB000, 0, 1), says="B000", after=nothing_stored)
add("getscu", "an object on the context of the query",
    objects(answered("0122|0211", context=lambda peer, to: to.context), 0xB000, 0, 1), says="B000",
    after=nothing_stored)
add("getscu", "an object on a context that there is not", objects(answered("", context=254)),
    says="on a presentation context that was not accepted", wire="2/6", after=nothing_stored)
add("getscu", "an object with another name in its data set",
    objects(answered("....", data=ct_data_set(b"1.2.3.5"))), code=(0, 1), lines=(0, 1))
add("getscu", "an object of garbage", objects(answered("....", data=b"\xff" * 500)), code=(0, 1), lines=(0, 1))


def half_an_object(peer):
    peer.to = peer.open().accept().message()
    number = peer.storage_context()
    peer.send(fragments(number, COMMAND, store_rq(CT_IMAGE, b"1.2.3.4", 7)),
              p_data(pdv(number, 0, ct_data_set(b"1.2.3.4"))))


def half_an_object_then(how):
    def script(peer):
        half_an_object(peer)
        how(peer)
    return script


add("getscu", "half an object, then the final response",
    half_an_object_then(lambda peer: peer.send(peer.reply(peer.to))), says="malformed|unexpected",
    after=nothing_stored)
def drip_of_an_object(peer):
    peer.open().accept().message()
    number = peer.storage_context()
    peer.send(fragments(number, COMMAND, store_rq(CT_IMAGE, b"1.2.3.4", 7)))
    drip(peer, fragments(number, 0, ct_data_set(b"1.2.3.4")))


add("getscu", "a drip in an object", drip_of_an_object, says="timeout", short=("dimse",), wire="0/0",
    after=nothing_stored)
add("getscu", "half an object, then silence", half_an_object, says="timeout", short=("dimse",), wire="0/0",
    after=nothing_stored)
add("getscu", "half an object, then the end", half_an_object_then(lambda peer: peer.wire.reset()),
    says="the peer closed", after=nothing_stored)


def object_after_the_final(peer):
    to = peer.open().accept().message()
    number = peer.storage_context()
    peer.send(peer.reply(to, 0, elements=counters(None, 1, 0, 0)) +
              fragments(number, COMMAND, store_rq(CT_IMAGE, b"1.2.3.4", 7)) +
              fragments(number, 0, ct_data_set(b"1.2.3.4")))
    while peer.wire.receive() == "DATA":
        pass
    peer.send(release_rp())


def object_and_the_final(peer):
    """In one write, without waiting for the response to the object."""
    to = peer.open().accept().message()
    number = peer.storage_context()
    peer.send(fragments(number, COMMAND, store_rq(CT_IMAGE, b"../1", 7)) +
              fragments(number, 0, ct_data_set(b"../1")) +
              peer.reply(to, 0, elements=counters(None, 1, 0, 0)))
    peer.message()
    peer.release()


add("getscu", "a bad object and success in one write", object_and_the_final, says="could not be stored here",
    after=nothing_stored)
def objects_without_pending(peer):
    """Longer than a response may take, all in all: pending responses are the peer's to send or not."""
    to = peer.open().accept().message()
    for number in range(1, 9):
        time.sleep(0.4)
        peer.send_object(b"1.2.3.%d" % number)
    peer.send(peer.reply(to, 0, elements=counters(None, 8, 0, 0))).release()


add("getscu", "eight objects without pending responses", objects_without_pending, code=0, short=("dimse",))
add("getscu", "an object after the final response", object_after_the_final, code=(0, 1), lines=(0, 1))

# --- requests of the peer in place of responses, before it answers --------------------------------------------


def asking(field, count):
    def script(peer):
        to = peer.open().accept().message()
        command = command_set({0x0002: VERIFICATION, 0x0100: field, 0x0110: 9, 0x0120: 9, 0x0800: NO_DATA_SET})
        peer.send(fragments(to.context, COMMAND, command))
        if field != 0x0FFF:     # which has no response
            got = peer.message()
            if got.field != field | 0x8000 or got.command[0x0900] == b"\0\0":
                raise AssertionError(f"the client answered with {got.command}")
        peer.send(peer.answers(to)).exchange(count - 1).release()
    return script


for program in ("echoscu", "storescu", "findscu"):
    for field in (0x0001, 0x0020, 0x0030, 0x0100, 0x0FFF, 0x4242):
        add(program, f"asked for {field:04X}", asking(field, REQUESTS[program]), code=0)

if __name__ == "__main__":
    _liar.main(rows)
