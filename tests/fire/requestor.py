#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Our clients against SCPs that lie about associations, in every state of a requestor (PS3.8 9.2): each
ends soon, with an exit code that says whether everything succeeded, one clear line for what failed,
and the A-ABORT of Table 9-10. What lies in messages is in responses.py.

usage: requestor.py [part of a row's name]

storescu's exit code is about its files: an unclean end after all are stored is none of its failures.
"""
import struct

import _liar
from _liar import REQUESTS, Gone, Row, black_hole, drip, nobody_listens
from _wire import (APPLICATION_CONTEXT, COMMAND, CT_IMAGE, abort, associate_ac, associate_rj,
                   associate_rq, context_ac, echo_rq, fragments, item, p_data, pdu, pdv, release_rp,
                   release_rq, user_information)

rows = []


def add(program, name, script, **expected):
    rows.append(Row(f"{program}: {name}", program, script, **expected))


def up_to(count):
    """Lines on standard error: storescu and mppsscu may fail once for each request."""
    return (1, count)


# --- how a script gets to a state, and what it does there -------------------------------------------

def in_sta5(what):
    return lambda peer: peer.open().send(what)


def with_the_ac(what):
    """In one write with the A-ASSOCIATE-AC: the request may cross it."""
    return lambda peer: peer.open().send(peer.ac() + what)


def in_place_of_the_answer(what):
    def script(peer):
        peer.open().accept().message()
        peer.send(what)
    return script


def within_the_answer(what):
    """Between two fragments of its command set."""
    def script(peer):
        to = peer.open().accept().message()
        peer.send(p_data(pdv(to.context, COMMAND, peer.reply(to)[12:20])) + what)
    return script


def in_sta7(what, count):
    """In place of the A-RELEASE-RP."""
    return lambda peer: peer.open().accept().exchange(count).until_release().send(what)


def in_sta11(what, count):
    """After a release collision: the client has answered our A-RELEASE-RQ (Sta9)."""
    def script(peer):
        peer.open().accept().exchange(count).until_release().send(release_rq())
        got = peer.wire.receive()
        if got != "RELEASE-RP":
            raise Gone(got)
        peer.send(what)
    return script


def in_sta13(what):
    """After the client's A-ABORT, while it waits for the end of the connection."""
    def script(peer):
        peer.open().send(pdu(8))
        got = peer.wire.receive()
        if got == "ABORT 2/1":
            peer.send(what)
        peer.tail.append(got)
    return script


def then(how, script):
    def both(peer):
        script(peer)
        how(peer)
    return both


# --- Sta4: the transport ----------------------------------------------------------------------------

for program in REQUESTS:
    add(program, "refused", None, before=nobody_listens, says="cannot connect to 127.0.0.1:[0-9]+: ")
    add(program, "black hole", None, before=black_hole, short=("connect",),
        says="timeout while connecting to 127.0.0.1")

# --- every PDU and other bytes, in every state ------------------------------------------------------

UNEXPECTED = "the peer sent a PDU that does not belong here"
MALFORMED = "the peer sent a malformed PDU|malformed A-ASSOCIATE|longer than allowed|does not belong"
OTHER = "2/1 2/1 2/1 2/1"
# What is sent; how the connection ends in Sta5, Sta6, Sta7 and Sta11 (an A-ABORT's source and reason, or
# "close": without one; "good": it belongs there; "any"); what the line says.
PDUS = {
    "A-ASSOCIATE-RQ": (associate_rq(), "2/2 2/2 2/2 2/2", UNEXPECTED),
    "A-ASSOCIATE-AC": (associate_ac(), "good 2/2 2/2 2/2", UNEXPECTED),
    "A-ASSOCIATE-RJ": (associate_rj(), "close 2/2 2/2 2/2", UNEXPECTED + "|association rejected"),
    "P-DATA-TF": (fragments(1, COMMAND, echo_rq()), "2/2 good good 2/2", UNEXPECTED),
    "A-RELEASE-RQ": (release_rq(), "2/2 good good 2/2", UNEXPECTED),
    "A-RELEASE-RP": (release_rp(), "2/2 2/2 good good", UNEXPECTED),
    "A-ABORT": (abort(), "close close close close", "association aborted by the peer"),
    "type 0": (pdu(0), OTHER, "the peer sent"),
    "type 8": (pdu(8, bytes(4)), OTHER, "the peer sent"),
    "type FF": (pdu(0xFF, bytes(100)), OTHER, "the peer sent"),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200), OTHER, "TLS|unknown PDU type"),
    "TLS alert": (b"\x15\x03\x01\x00\x02\x02\x46", OTHER, "TLS|unknown PDU type"),
    "HTTP": (b"HTTP/1.1 400 Bad Request\r\n\r\n", OTHER, "HTTP|unknown PDU type"),
    "SSH banner": (b"SSH-2.0-OpenSSH_9.2p1\r\n", OTHER, "the peer sent"),
    "SMTP banner": (b"220 \x1b[2Jmail.example ESMTP\r\n", OTHER, "the peer sent"),
    "HL7": (b"\x0bMSH|^~\\&|A|B|\r\x1c\r", OTHER, "HL7|unknown PDU type"),
    "zeros": (bytes(4096), OTHER, "the peer sent"),
    "an endless length": (pdu(2, bytes(100), 0xFFFFFFFF), "2/6 2/6 2/6 2/6", MALFORMED),
    "endless P-DATA": (pdu(4, bytes(100), 0xFFFFFFFF), "2/6 2/6 2/6 2/6", MALFORMED),
    "short A-RELEASE-RP": (pdu(6, b"\0\0"), "any any any any", "."),
    "short A-ABORT": (pdu(7, b"\0\0"), "2/6 2/6 2/6 2/6", MALFORMED),
    "empty A-ASSOCIATE-AC": (pdu(2), "2/6 any any any", MALFORMED),
    "empty A-ASSOCIATE-RJ": (pdu(3), "2/6 any any any", MALFORMED),
}

for program in ("echoscu", "storescu", "findscu", "getscu"):
    count = REQUESTS[program]
    code_after_all = 0 if program == "storescu" else 1
    for name, (what, outcomes, says) in PDUS.items():
        sta5, sta6, sta7, sta11 = (None if one == "any" else one for one in outcomes.split())
        if sta5 != "good":
            add(program, f"{name} in Sta5", in_sta5(what), says=says, wire=sta5)
        if sta6 != "good":
            for where, script in (("with the A-ASSOCIATE-AC", with_the_ac),
                                  ("in place of the answer", in_place_of_the_answer),
                                  ("within the answer", within_the_answer)):
                add(program, f"{name} {where}", script(what), says=says, lines=up_to(count), wire=sta6)
        if sta7 != "good":
            add(program, f"{name} in Sta7", in_sta7(what, count), says=says, code=code_after_all, wire=sta7)
        if sta11 != "good":
            add(program, f"{name} in Sta11", in_sta11(what, count), says=says, code=code_after_all, wire=sta11)
    add(program, "a release collision", in_sta11(release_rp(), count), code=0)

for name, (what, _, _) in PDUS.items():
    add("echoscu", f"{name} in Sta13", in_sta13(what), says="the peer sent", wire="2/1")

for program in REQUESTS:
    for where, script in (("with the A-ASSOCIATE-AC", with_the_ac),
                          ("in place of the answer", in_place_of_the_answer),
                          ("within the answer", within_the_answer)):
        add(program, f"the peer releases {where}", script(release_rq()), says="the peer released",
            lines=up_to(2))
    add(program, "all is well", lambda peer, n=REQUESTS[program]: peer.honest(n), code=0)

# --- silence and the end of the connection, in every state ------------------------------------------

ENDS = {
    "FIN": (lambda peer: peer.wire.finish(), (), None, "the peer closed the connection|cannot connect"),
    "RST": (lambda peer: peer.wire.reset(), (), None, "the peer closed the connection|cannot connect"),
    "silence": (lambda peer: None, ("acse", "dimse"), "0/0", "timeout"),
}
for program in ("echoscu", "storescu", "findscu", "getscu"):
    count = REQUESTS[program]
    code_after_all = 0 if program == "storescu" else 1
    for name, (how, short, wire, says) in ENDS.items():
        acse, dimse = short[:1], short[1:]
        for where, script in (("before the A-ASSOCIATE-RQ", lambda peer: None),
                              ("in Sta5", lambda peer: peer.open())):
            add(program, f"{name} {where}", then(how, script), says=says, short=acse)
        for where, script, end in (
                ("after the A-ASSOCIATE-AC", lambda peer: peer.open().accept(), None),
                ("in place of the answer", in_place_of_the_answer(b""), wire),
                ("within the answer", within_the_answer(b"\x04\0\0\0"), wire)):
            add(program, f"{name} {where}", then(how, script), says=says, short=dimse, lines=up_to(count),
                wire=end)
        for where, script in (("in Sta7", in_sta7), ("in Sta11", in_sta11)):
            add(program, f"{name} {where}", then(how, script(b"", count)), says=says, short=acse,
                code=code_after_all, wire=wire)
    add(program, "a drip in Sta5", lambda peer: drip(peer.open(), peer.ac()), says="timeout", short=("acse",))

for cut in (1, 2, 5, 6, 7, 8, 10, 26, 42, 73, 74, 75, 78, 80):
    for back in (False, True):
        def script(peer, cut=cut, back=back):
            whole = peer.open().ac()
            peer.send(whole[:-cut] if back else whole[:cut])
        where = f"{cut} bytes {'before the end of' if back else 'into'} the A-ASSOCIATE-AC"
        for name in ("FIN", "RST"):
            add("echoscu", f"{name} {where}", then(ENDS[name][0], script), says="the peer closed")

# --- A-ASSOCIATE-RJ and A-ABORT, in the table and out of it -------------------------------------------

for result in (0, 1, 2, 3, 255):
    kind = {1: "permanent", 2: "transient"}.get(result, f"result {result}")
    for source in (0, 1, 2, 3, 4, 255):
        for reason in (0, 1, 2, 3, 4, 7, 8, 255) if result in (1, 2) else (0, 1, 255):
            add("echoscu", f"rejected {result}/{source}/{reason}",
                in_sta5(associate_rj(result, source, reason)), says=f"association rejected, {kind}: ",
                wire="close")
for source in (0, 1, 2, 3, 255):
    says = "aborted by " + ("a service provider" if source == 2 else "the peer")
    for reason in (0, 1, 2, 3, 4, 5, 6, 7, 255):
        for where, script in (("Sta5", in_sta5), ("Sta6", in_place_of_the_answer)):
            add("echoscu", f"aborted {source}/{reason} in {where}", script(abort(source, reason)), says=says,
                wire="close")
for program in list(REQUESTS)[1:]:
    add(program, "rejected", in_sta5(associate_rj(2, 3, 1)), says="transient: temporary congestion")
    add(program, "aborted", in_place_of_the_answer(abort()), says="aborted by the peer",
        lines=up_to(REQUESTS[program]))

# --- what is wrong with an A-ASSOCIATE-AC -------------------------------------------------------------

UNKNOWN = b"1.2.840.10008.1.2.4.50"     # a transfer syntax that nobody proposes here


def accepting(requests=0, **how):
    """An A-ASSOCIATE-AC that is odd; the rest is honest. Values may be functions of the peer."""
    def script(peer):
        peer.open()
        given = {name: value(peer) if callable(value) else value for name, value in how.items()}
        peer.accept(**given).exchange(requests).release()
    return script


def each(result=0, syntax=None, number=lambda one: one):
    return lambda peer: b"".join(context_ac(number(one), result, syntax or peer.syntax(one))
                                 for one in peer.contexts)


NOTHING = {
    "nothing": each(3), "nothing, for the user": each(1), "nothing, no items": b"",
    "nothing, result 4": each(4), "result 5": each(5), "result 255": each(255),
    "only what was never proposed": each(number=lambda one: 255 - one),
    "even context ids": each(number=lambda one: one + 1),
    "another transfer syntax": each(syntax=UNKNOWN), "an empty transfer syntax": each(syntax=b"\0"),
    "a transfer syntax of control characters": each(syntax=b"\x1b[2J\r\n")}
for program in REQUESTS:
    lines = REQUESTS[program] if program == "storescu" else 1
    for name, contexts in NOTHING.items():
        add(program, f"accepted: {name}", accepting(contexts=contexts), lines=lines,
            says="the peer accepted no presentation context")
    add(program, "accepted: nothing, then silence",
        lambda peer: peer.open().accept(contexts=b"").until_release(),
        says="the peer accepted no presentation context", short=("acse",), wire="0/0", lines=lines)
    for size in range(1, 8):
        add(program, f"maximum length {size}", accepting(max_length=size), lines=up_to(2),
            says="maximum PDU length is too small")

ODD = {
    # Allowed, or harmless: the association goes on.
    "more contexts than proposed": dict(contexts=lambda peer: each()(peer) + context_ac(251)),
    "each context twice": dict(contexts=lambda peer: each()(peer) * 2),
    "first accepted, then refused": dict(contexts=lambda peer: each()(peer) + each(3)(peer)),
    "roles that were never proposed": dict(
        more=item(0x54, struct.pack(">H", len(CT_IMAGE)) + CT_IMAGE + b"\1\1")),
    "a window that was never proposed": dict(more=item(0x53, struct.pack(">HH", 0, 0))),
    "an identity that was never given": dict(more=item(0x59, struct.pack(">H", 4) + b"\x1b[2J")),
    "unknown items": dict(more=item(0xEE, b"\x1b]0;pwned\x07")),
    **{f"maximum length {size}": dict(max_length=size)
       for size in (0, 8, 9, 10, 11, 127, 65535, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, None)},
}
for program in ("echoscu", "storescu", "findscu", "mppsscu"):
    for name, how in ODD.items():
        add(program, f"accepted: {name}", accepting(REQUESTS[program], **how), code=0)

BROKEN = {
    "no application context": dict(items=lambda peer: each()(peer) + user_information()),
    "an item beyond its parent": dict(
        items=item(0x10, APPLICATION_CONTEXT) + item(0x21, b"\1\0\0\0", 500)),
    "a transfer syntax beyond its item": dict(contexts=item(0x21, b"\1\0\0\0" + item(0x40, b"1.2", 99))),
    "a short context item": dict(contexts=item(0x21, b"\1")),
    "an empty user information": dict(
        items=lambda peer: item(0x10, APPLICATION_CONTEXT) + each()(peer) + item(0x50)),
    "a sub-item beyond its parent": dict(more=item(0x54, b"\0\1", 400)),
    "20,000 items": dict(contexts=context_ac(1) * 20000),
    "an item of 60,000 bytes": dict(more=item(0xEE, bytes(60000))),
}
for name, how in BROKEN.items():
    # What can be understood is taken, the rest refused: either way there is an end.
    add("echoscu", f"accepted: {name}", accepting(1, **how), code=(0, 1), lines=(0, 1),
        says="malformed|no presentation context")

if __name__ == "__main__":
    _liar.main(rows)
