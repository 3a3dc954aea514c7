#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Our acceptors under fire: every PDU in every state that a peer can bring them into (PS3.8 Table
9-10), every malformed form, and peers that are silent, slow, endless, deaf or gone. After each case
a good C-ECHO must still be answered, and nothing may lie outside of the output directory.

Not to be reached over a socket, because our acceptor never asks for release: Sta7, Sta9 to Sta12.
Sta8 is left within the same event. All 247 cells are walked by tests/ul/provider_test.cpp.
"""
import contextlib
import multiprocessing
import os
import pathlib
import re
import struct
import sys
import tempfile
import time

from _cases import (CONTEXTS, PATIENCE, REQUEST, Case, Prober, Scp, ThinkingScp, eventually, expect, good_echo,
                    open_connections, opened)
from _wire import (ABORT, APPLICATION_CONTEXT, ASSOCIATE_AC, ASSOCIATE_RJ, ASSOCIATE_RQ, C_FIND_RQ, C_STORE_RQ,
                   COMMAND, CT_IMAGE, IMPLICIT_LITTLE, LAST, P_DATA, RELEASE_RP, RELEASE_RQ,
                   STUDY_ROOT_FIND, VERIFICATION, Wire, _peers, abort, associate_ac, associate_body, associate_rj,
                   associate_rq, command_set, context_rq, ct_data_set, echo_rq, element, even, explicit_element,
                   fragments, item, p_data, pdu, pdv, release_rp, release_rq, request, store_rq,
                   user_information)

ECHO = fragments(1, COMMAND, echo_rq())
IDLE = 8        # seconds, of the server that has such a timeout
ARTIM = 4 if _peers.SANITIZED else 2   # of the servers that are to wait for it; the others have a minute
HUGE = 0xFFFFFFFF


# --- every PDU in every state ---------------------------------------------------------------------

def well_formed(data):
    """{event of Table 9-10: the PDU}"""
    return {"A-ASSOCIATE-RQ": REQUEST, "A-ASSOCIATE-AC": associate_ac(), "A-ASSOCIATE-RJ": associate_rj(),
            "P-DATA-TF": data, "A-RELEASE-RQ": release_rq(), "A-RELEASE-RP": release_rp(), "A-ABORT": abort(),
            "A-ABORT by a provider": abort(2, 6), "A-ABORT of 8 bytes": pdu(ABORT, bytes(8))}


def invalid():
    """{name: (bytes, reason of the A-ABORT)}; each is Evt19."""
    forms = {f"type {kind:02X}": (pdu(kind, bytes(4)), 1) for kind in (0x00, 0x08, 0x41, 0x80, 0xFF)}
    forms["type 00, one byte"] = (b"\0", 1)
    names = {ASSOCIATE_RQ: "A-ASSOCIATE-RQ", ASSOCIATE_AC: "A-ASSOCIATE-AC", ASSOCIATE_RJ: "A-ASSOCIATE-RJ",
             RELEASE_RQ: "A-RELEASE-RQ", RELEASE_RP: "A-RELEASE-RP", ABORT: "A-ABORT"}
    for kind, name in names.items():
        lengths = (0, 1, 67) if kind in (ASSOCIATE_RQ, ASSOCIATE_AC) else (0, 1, 3, 70000)
        for length in lengths:
            forms[f"{name} of {length} bytes"] = (pdu(kind, bytes(min(length, 100)), length), 6)
        forms[f"{name} of 4 GiB"] = (pdu(kind, bytes(4), HUGE), 6)
    beyond = associate_body(item(0x10, APPLICATION_CONTEXT) + item(0x20, bytes(4), 500))
    forms["A-ASSOCIATE-RQ, an item beyond its end"] = (pdu(ASSOCIATE_RQ, beyond), 6)
    forms["A-ASSOCIATE-AC, an item beyond its end"] = (pdu(ASSOCIATE_AC, beyond), 6)
    forms["P-DATA-TF of 3 bytes"] = (pdu(P_DATA, bytes(3)), 6)
    forms["P-DATA-TF of 4 GiB"] = (pdu(P_DATA, bytes(6), HUGE), 6)
    forms["P-DATA-TF, a PDV of 1 byte"] = (p_data(pdv(1, 3, b"", 1)), 6)
    forms["P-DATA-TF, a PDV beyond its end"] = (p_data(pdv(1, 3, b"", 100)), 6)
    forms["P-DATA-TF, a PDV of 4 GiB"] = (p_data(pdv(1, 3, b"", HUGE)), 6)
    return forms


class State:
    """How a peer brings our acceptor there. `data`: a P-DATA-TF that is good there, and its answer."""

    def __init__(self, name, steps, kind, data=ECHO, data_answer="0000", thinking=False):
        self.name, self.steps, self.kind, self.thinking = name, steps, kind, thinking
        self.data, self.data_answer = data, data_answer


def states():
    half = len(echo_rq()) // 2
    begun = p_data(pdv(1, COMMAND, echo_rq()[:half]))
    rest = p_data(pdv(1, COMMAND | LAST, echo_rq()[half:]))
    uid = b"1.2.826.0.9.77"
    store = fragments(3, COMMAND, store_rq(CT_IMAGE, uid)) + p_data(pdv(3, 0, ct_data_set(uid)))
    stored = p_data(pdv(3, LAST, element(0x7FE0, 0x10, bytes(8))))
    up = [REQUEST, expect("AC")]
    refused = associate_rq(CONTEXTS, calling=b"REFUSED")
    slow_echo = fragments(1, COMMAND, echo_rq(7))
    return [
        State("Sta2", [], "Sta2"),
        State("Sta3, then accepted", [REQUEST], "Sta3", thinking=True),
        State("Sta3, then refused", [refused], "Sta3 refused", thinking=True),
        State("Sta6, idle", up, "Sta6"),
        State("Sta6, in a command set", [*up, begun], "Sta6", rest),
        State("Sta6, in a data set", [*up, store], "Sta6", stored),
        State("Sta6, an operation under way", [*up, slow_echo, 0.2], "Sta6", b"", "", thinking=True),
        State("Sta13 behind A-RELEASE-RP", [*up, release_rq(), expect("RELEASE-RP")], "Sta13"),
        State("Sta13 behind A-ABORT", [*up, associate_ac(), expect("ABORT 2/2")], "Sta13"),
        State("Sta13 behind A-ABORT in Sta2", [associate_ac(), expect("ABORT 0/0")], "Sta13"),
        State("Sta13 behind A-ASSOCIATE-RJ of the provider",
              [associate_rq(version=2), expect("RJ 1/2/2")], "Sta13"),
        State("Sta13 behind A-ASSOCIATE-RJ of the user", [refused, expect("RJ 1/1/3")], "Sta13", thinking=True),
    ]


def answer_to(state, event):
    """What Table 9-10 says about a well-formed PDU: the answers and what becomes of the connection."""
    by_abort = event.startswith("A-ABORT")
    if state.kind == "Sta2":
        return ([], "at once") if by_abort else (["ABORT 0/0"], "ARTIM")        # AA-2, AA-1
    if state.kind == "Sta3 refused":    # nothing is read before the user has decided
        return (["RJ 1/1/3"], "ends") if event != "A-ASSOCIATE-RQ" else (["RJ 1/1/3", "ABORT 2/2"], "ARTIM")
    if state.kind == "Sta13":
        if by_abort:
            return [], "at once"                                                # AA-2
        return (["ABORT 2/2"] if event == "A-ASSOCIATE-RQ" else []), "ARTIM"    # AA-7, AA-6
    first = ["AC"] if state.kind == "Sta3" else []
    if by_abort:
        return first, "at once"                                                 # AA-3
    if event == "A-RELEASE-RQ":
        return [*first, "RELEASE-RP"], "ARTIM"                                  # AR-2, AR-4
    if event == "P-DATA-TF":
        return [*first, state.data_answer], "lives"                             # DT-2
    return [*first, "ABORT 2/2"], "ARTIM"                                       # AA-8


def answer_to_invalid(state, reason):
    if state.kind == "Sta2":
        return ["ABORT 0/0"]                                                    # AA-1
    first = {"Sta3": ["AC"], "Sta3 refused": ["RJ 1/1/3"]}.get(state.kind, [])
    return [*first, f"ABORT 2/{reason}"]                                        # AA-8, AA-7


def table_9_10():
    for state in states():
        for event, data in well_formed(state.data).items():
            if state.kind == "Sta2" and event == "A-ASSOCIATE-RQ" or not data:
                continue    # opens the association; nothing is read while an operation waits for room
            expected, then = answer_to(state, event)
            at_once = then == "at once"     # seen only where ARTIM is long
            server = (("patient" if at_once else "thinking") if state.thinking else
                      "long" if at_once else "short")
            yield Case(f"{state.name}, {event}", [*state.steps, data], expected, then, server)
        for form, (data, reason) in invalid().items():
            yield Case(f"{state.name}, {form}", [*state.steps, data], answer_to_invalid(state, reason), "ARTIM",
                       "thinking" if state.thinking else "short")


# --- time -----------------------------------------------------------------------------------------

def dripped(data, seconds=ARTIM + 3):
    """One byte, then a second's pause, and so on."""
    steps = []
    for byte in data[:seconds]:
        steps += [bytes([byte]), 1.0]
    return steps


def slow_peers():
    for size in (0, 1, 5, 6, 7, 73, 74, 75, 200, len(REQUEST) - 1):
        yield Case(f"{size} bytes of an A-ASSOCIATE-RQ", [REQUEST[:size]], [], "ARTIM")
    yield Case("an A-ASSOCIATE-RQ, one byte a second", dripped(REQUEST), [], "ends")
    yield Case("the longest A-ASSOCIATE-RQ, half of it",
               [pdu(ASSOCIATE_RQ, bytes(500000), 1024 * 1024)], [], "ARTIM")
    for name, data in (("an A-RELEASE-RQ", release_rq()), ("a P-DATA-TF", ECHO), ("an A-ABORT", abort())):
        for size in (1, 5, 6, 8):
            # PS3.8 has no timer in Sta6; ours is the DIMSE timeout, and the abort our own user's.
            yield opened(f"{size} bytes of {name}", data[:size], ["ABORT 0/0"], "ends")
    yield opened("a command set without an end", p_data(pdv(1, COMMAND, echo_rq()[:20])), ["ABORT 0/0"], "ends")
    yield opened("a data set without an end",
                 fragments(3, COMMAND, store_rq(CT_IMAGE, b"1.2.826.0.9.78")) + p_data(pdv(3, 0, bytes(10))),
                 ["ABORT 0/0"], "ends")
    yield opened("a C-STORE whose data set never begins",
                 fragments(3, COMMAND, store_rq(CT_IMAGE, b"1.2.826.0.9.79")), ["ABORT 0/0"], "ends")
    # No operation goes on meanwhile: the association is idle.
    yield opened("a command set, one byte a second", dripped(ECHO, IDLE + 3), ["ABORT 2/0"], "ends")
    yield opened("silence behind A-RELEASE-RP", release_rq(), ["RELEASE-RP"], "ARTIM")
    yield opened("a byte a second behind A-RELEASE-RP",
                 [release_rq(), expect("RELEASE-RP"), *dripped(release_rq(), 5)], [], "ends")
    yield opened("a byte a second behind A-ABORT",
                 [associate_ac(), expect("ABORT 2/2"), *dripped(release_rq(), 5)], [], "ends")
    yield Case("silence behind A-ASSOCIATE-RJ", [associate_rq(version=0)], ["RJ 1/2/2"], "ARTIM")
    yield opened("a hundred A-ASSOCIATE-RQ behind A-ABORT (AA-7)", [associate_ac(), expect("ABORT 2/2"), 100 * REQUEST],
                 100 * ["ABORT 2/2"], "ARTIM")


# --- A-ASSOCIATE-RQ -------------------------------------------------------------------------------

def with_items(items):
    return pdu(ASSOCIATE_RQ, associate_body(items))


def malformed_requests():
    """Whatever is wrong is AA-1: source 0."""
    app, user = item(0x10, APPLICATION_CONTEXT), user_information()

    def refused(name, data):
        return Case(name, [data], ["ABORT 0/0"], "ARTIM")

    def taken(name, data):
        return Case(name, [data, expect("AC")], [], "lives")

    for kind in (0x10, 0x20, 0x30, 0x40, 0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x77):
        for claim in ("one more than there is", "500 more", "65535"):
            bad = item(kind, bytes(4), {"one more than there is": 5, "500 more": 504, "65535": 65535}[claim])
            if kind in (0x10, 0x20, 0x50):
                whole = app + context_rq() + bad
            elif kind in (0x30, 0x40):
                whole = app + context_rq() + item(0x20, bytes([3, 0, 0, 0]) + bad) + user
            else:
                whole = app + context_rq() + user_information(more=bad)
            yield refused(f"item {kind:02X} claims {claim}", with_items(whole))
    # What lengths 0, 1, 3 (odd) mean: too short for what has fields, harmless for text and the unknown.
    fixed = {0x51: 4, 0x53: 4, 0x54: 4, 0x56: 2, 0x57: 6, 0x58: 6, 0x59: 2}
    for kind in (0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x77, 0xFF):
        for length in (0, 1, 2, 3, 5, 7):
            data = with_items(app + context_rq() + item(0x50, item(kind, bytes(length))))
            make = refused if length < fixed.get(kind, 0) else taken
            yield make(f"sub-item {kind:02X} of {length} zeros", data)
    for length in (0, 1, 3):
        yield refused(f"a presentation context of {length} bytes",
                      with_items(app + item(0x20, b"\1\0\0\0"[:length]) + user))
    for cut in range(1, 4):
        yield refused(f"{cut} bytes of an item at the end", with_items(app + context_rq() + user + bytes(cut)))
    inner = {0x54: b"\0\5" + b"1.2", 0x56: b"\0\x40" + b"1.2", 0x57: b"\0\3" + b"1.2" + b"\0\x40" + b"1",
             0x58: b"\2\1\0\4user"[:7] + b"\xff\xff", 0x5A: b""}
    for kind, body in inner.items():
        if kind != 0x5A:
            yield refused(f"sub-item {kind:02X}, a length beyond it",
                          with_items(app + context_rq() + user_information(more=item(kind, body))))
    for number in (0, 2, 254):
        yield refused(f"context ID {number}", associate_rq(context_rq(1) + context_rq(number, CT_IMAGE)))
    yield refused("a context ID twice", associate_rq(context_rq(1) + context_rq(1, CT_IMAGE)))
    yield refused("10,000 presentation contexts",
                  associate_rq(b"".join(context_rq(2 * i % 256 + 1, b"1.2") for i in range(10000))))
    yield refused("17,000 items of no known type", with_items(app + context_rq() + 17000 * item(0x77) + user))
    yield refused("17,000 sub-items, of several user information items",
                  with_items(app + context_rq() + 2 * item(0x50, 8500 * item(0x77))))
    yield refused("a UID list of 20,000 entries in 57H", with_items(app + context_rq() + user_information(
        more=item(0x57, b"\0\3" + b"1.2" + b"\0\0" + struct.pack(">H", 40000) + 20000 * b"\0\0"))))
    yield refused("longer than a MiB", pdu(ASSOCIATE_RQ, bytes(1024 * 1024 + 1)))
    yield Case("all zeros: version 0", [pdu(ASSOCIATE_RQ, bytes(200))], ["RJ 1/2/2"], "ARTIM")
    yield refused("all ones", pdu(ASSOCIATE_RQ, 200 * b"\xff"))

    yield taken("128 presentation contexts", associate_rq(
        b"".join(context_rq(2 * i + 1, VERIFICATION) for i in range(128))))
    yield taken("5,000 transfer syntaxes in one context",
                associate_rq(context_rq(1, VERIFICATION, 5000 * [b"1.2"] + [IMPLICIT_LITTLE])))
    yield taken("contexts without syntaxes", associate_rq(
        context_rq(1) + item(0x20, bytes([3, 0, 0, 0])) + context_rq(5, CT_IMAGE, []) +
        item(0x20, bytes([7, 0, 0, 0]) + item(0x40, IMPLICIT_LITTLE))))
    yield taken("two user information items", with_items(app + context_rq() + user + user))
    yield taken("items in reverse", with_items(user + context_rq() + app))
    yield taken("no user information", with_items(app + context_rq()))
    yield taken("every version", associate_rq(version=0xFFFF))
    yield taken("a hundred roles, most for nothing proposed", associate_rq(user=user_information(more=b"".join(
        item(0x54, b"\0\x11" + VERIFICATION[:15] + b"%02d" % i + b"\1\1") for i in range(100)))))
    for name, text in (("NUL", b"A\0B"), ("control characters", b"\x1b[31m\r\n"), ("high bytes", b"\xe4\xff\x80"),
                       ("a path", b"../../etc/x"), ("a format", b"%s%n%n"), ("quotes", b"\"';--")):
        yield taken(f"AE titles with {name}", associate_rq(called=text, calling=text))
        yield taken(f"a version name with {name}",
                    associate_rq(user=user_information(more=item(0x55, text))))
        yield taken(f"a version name of 60,000 bytes with {name}",
                    associate_rq(user=user_information(more=item(0x55, 60000 // len(text) * text))))
        yield taken(f"syntaxes with {name}", associate_rq(context_rq() + context_rq(3, text, [text])))
        yield taken(f"an identity with {name}", associate_rq(user=user_information(
            more=item(0x58, b"\1\0" + struct.pack(">H", len(text)) + text + b"\0\0"))))
        yield Case(f"an application context with {name}", [associate_rq(application=text)], ["RJ 1/1/2"], "ARTIM")
    yield taken("blank AE titles", associate_rq(called=b"", calling=b""))
    yield taken("UIDs with padding", associate_rq(context_rq(1, VERIFICATION + b"\0", [IMPLICIT_LITTLE + b"\0"])))
    yield taken("UIDs of 60,000 characters", associate_rq(context_rq() + context_rq(3, 20000 * b"1.2", [])))
    yield taken("a maximum length of 0", associate_rq(user=user_information(0)))
    yield taken("a maximum length of 4 GiB", associate_rq(user=user_information(HUGE)))
    yield taken("a maximum length of 8", associate_rq(user=user_information(8)))
    yield taken("a maximum length of 9", associate_rq(user=user_information(9)))
    for length in (1, 6, 7):    # nothing can be answered
        yield Case(f"a maximum length of {length}", [associate_rq(user=user_information(length)), expect("AC"), ECHO],
                   ["ABORT 2/0"], "ARTIM")


# --- P-DATA-TF ------------------------------------------------------------------------------------

def malformed_data():
    def lives(name, data, *expected):
        return opened(name, data, list(expected), "lives")

    def ends(name, data, reason=6, before=()):
        return opened(name, data, [*before, f"ABORT 2/{reason}"], "ARTIM")

    whole = echo_rq()
    yield lives("a P-DATA-TF without PDVs", pdu(P_DATA))
    for length in (1, 5):
        yield ends(f"a P-DATA-TF of {length} bytes", pdu(P_DATA, bytes(length)))
    for length in (0, 1, 3 + len(whole), 1000, 0x7FFFFFFF, HUGE):
        yield ends(f"a PDV of length {length}", p_data(pdv(1, 3, whole, length)))
    yield ends("a P-DATA-TF longer than announced", pdu(P_DATA, bytes(200000)))
    yield lives("empty PDVs around a command set",
                p_data(pdv(1, 1), pdv(1, 1, whole[:9]), pdv(1, 1)) + p_data(pdv(1, 1, whole[9:]), pdv(1, 3)), "0000")
    yield lives("a command set in PDVs of one byte", p_data(*(pdv(1, 1, whole[i:i + 1]) for i in range(len(whole))),
                                                            pdv(1, 3)), "0000")
    yield lives("a command set in PDUs of one byte",
                b"".join(p_data(pdv(1, 1, whole[i:i + 1])) for i in range(len(whole))) + p_data(pdv(1, 3)), "0000")
    yield lives("the reserved bits of the control header", p_data(pdv(1, 0xFF, whole)), "0000")
    yield lives("two messages in one PDU", p_data(pdv(1, 3, echo_rq(1)), pdv(1, 3, echo_rq(2))), "0000", "0000")
    for context in (0, 2, 7, 13, 255):
        yield ends(f"context ID {context}", p_data(pdv(context, 3, whole)))
    yield ends("another context ID within a command set", p_data(pdv(1, 1, whole[:8]), pdv(3, 3, whole[8:])))
    store = fragments(3, COMMAND, store_rq(CT_IMAGE, b"1.2.826.0.9.1"))
    yield ends("another context ID within a message", store + p_data(pdv(5, 2, bytes(8))))
    yield ends("data before the command", p_data(pdv(3, 2, bytes(8))), 5)
    yield ends("data in the midst of the command", p_data(pdv(1, 1, whole[:8]), pdv(1, 2, bytes(8))), 5)
    yield ends("a command in the midst of the data", store + p_data(pdv(3, 0, bytes(8)), pdv(3, 3, whole)), 5)
    yield ends("data behind a command that has none", ECHO + p_data(pdv(1, 2, bytes(8))), 5, ["0000"])
    yield ends("an endless command set", fragments(1, COMMAND, element(0, 2, bytes(80000)) + whole))
    yield ends("an endless command set of empty elements", fragments(1, COMMAND, 9000 * element(0, 2, b"")))


def malformed_commands():
    def ends(name, command):
        return opened(name, p_data(pdv(1, 3, command)), ["ABORT 2/6"], "ARTIM")

    def lives(name, command, *expected, context=1):
        return opened(name, p_data(pdv(context, 3, command)), list(expected), "lives")

    good = echo_rq()
    yield ends("an empty command set", b"")
    for size in (1, 7, 8, 11, 13, len(good) - 1):
        yield ends(f"{size} bytes of a command set", good[:size])
    for length in (1, 3, 5, 100, 0x7FFFFFFF, 0xFFFFFFF0, HUGE):
        yield ends(f"a command element of length {length}", element(0, 2, b"", length) + good)
        yield ends(f"a last command element of length {length}", good + element(0, 0x0902, b"", length))
    yield ends("no Command Field", command_set({2: VERIFICATION, 0x0110: 1, 0x0800: 0x101}))
    yield ends("a Command Field of no bytes", command_set({2: VERIFICATION, 0x0100: b"", 0x0110: 1, 0x0800: 0x101}))
    yield ends("a Command Field of one byte",
               element(0, 0x0100, b"\x30") + element(0, 0x0110, b"\1\0") + element(0, 0x0800, b"\1\1"))
    yield ends("explicit VR",
               explicit_element(0, 2, b"UI", VERIFICATION) + explicit_element(0, 0x100, b"US", b"\x30\0"))
    yield ends("4,000 bytes of ones", 4000 * b"\xff")
    yield ends("text", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")

    yield lives("no group length", good[12:], "0000")
    yield lives("a wrong group length", element(0, 0, b"\xff\xff\xff\xff") + good[12:], "0000")
    yield lives("elements twice", good + good[12:], "0000")
    yield lives("elements of other groups", element(8, 0x18, b"1.2") + good + element(0xFFFE, 0xE00D, b""), "0000")
    yield lives("elements in no order", element(0, 0x0800, b"\1\1") + element(0, 0x0110, b"\1\0") +
                element(0, 0x0100, b"\x30\0") + element(0, 2, VERIFICATION + b"\0"), "0000")
    yield lives("no message ID", command_set({2: VERIFICATION, 0x0100: 0x30, 0x0800: 0x101}), "0000")
    yield lives("no SOP Class", command_set({0x0100: 0x30, 0x0110: 1, 0x0800: 0x101}), "0122")
    yield lives("no Command Data Set Type", command_set({2: VERIFICATION, 0x0100: 0x30, 0x0110: 1}), "0000")
    for field in (0, 2, 0x31, 0x7FFF):
        yield lives(f"Command Field {field:04X}", request(field, VERIFICATION), "0211")
    yield opened("a C-STORE on a Verification context",
                 p_data(pdv(1, 3, store_rq(VERIFICATION, b"1.2.3"))) + p_data(pdv(1, 2, bytes(8))), ["0211"], "lives")
    yield opened("a C-STORE of a CT on a Verification context",
                 p_data(pdv(1, 3, store_rq(CT_IMAGE, b"1.2.3"))) + p_data(pdv(1, 2, bytes(8))), ["0122"], "lives")
    yield opened("a C-STORE that says it has no data set",
                 p_data(pdv(3, 3, request(C_STORE_RQ, CT_IMAGE, 1, 0x101, {0x1000: b"1.2.3"}))), ["C000"], "lives")
    yield opened("a C-ECHO on a storage context", p_data(pdv(3, 3, echo_rq())), ["0122"], "lives")
    yield opened("a C-ECHO with a data set", p_data(pdv(1, 3, request(0x30, VERIFICATION, 1, 1))) +
                 p_data(pdv(1, 2, bytes(8))), ["0000"], "lives")
    for name, text in (("NUL", b"\0\0\0\0"), ("control characters", b"\x1b[31m\r\n"),
                       ("high bytes", b"\xe4\xff\x80\x81"), ("70 digits", 70 * b"1"), ("60,000 digits", 60000 * b"1")):
        yield lives(f"a SOP Class UID with {name}", request(0x30, text), "0122")
    yield lives("a C-CANCEL for nothing", command_set({0x0100: 0xFFF, 0x0120: 77, 0x0800: 0x101}))
    for field in (0x8001, 0x8020, 0x8030, 0x8140):
        yield lives(f"a response {field:04X} to nothing", command_set(
            {2: VERIFICATION, 0x0100: field, 0x0120: 77, 0x0800: 0x101, 0x0900: 0}))
    yield opened("a thousand responses to nothing, with data sets",
                 1000 * (p_data(pdv(1, 3, command_set({0x0100: 0x8020, 0x0120: 77, 0x0800: 1, 0x0900: 0xFF00}))) +
                         p_data(pdv(1, 2, bytes(100)))), [], "lives")


# --- data sets ------------------------------------------------------------------------------------

def stores(server):
    """Objects that no modality makes, to a flat folder, to folders by study (which are looked into)
    and to the archive, which takes objects apart and refuses what it could not find again. Else,
    what is not looked into is kept byte for byte; paths come from valid UIDs only."""
    strict = server == "archive"

    def store(name, uid, data, expected, context=3, sop_class=CT_IMAGE):
        return opened(name, fragments(context, COMMAND, store_rq(sop_class, uid)) + fragments(context, 0, data),
                      [expected], "lives", server)

    base = b"1.2.826.0.9.5.%d." % len(server)
    count = 0
    for name, data in garbage():
        count += 1
        kept = "0000" if not strict else "A900" if name == OTHER_INSTANCE else "C000"
        uid = base + str(count).encode()
        yield store(f"{server}: {name}", uid, data, kept if data else "C000")
    for name, uid in hostile_uids():
        yield store(f"{server}: SOP Instance UID {name}", uid, ct_data_set(base + b"1"), "0117")
    for name, uid in hostile_uids():
        count += 1
        yield store(f"{server}: Study and SOP Instance UID {name} in the data set", base + str(count).encode(),
                    ct_data_set(uid, uid), "C000" if strict else "0000")
    yield store(f"{server}: another SOP Instance UID in the data set", base + b"900", ct_data_set(b"1.2.3.4"),
                "A900" if strict else "0000")
    yield store(f"{server}: a good one", base + b"902", ct_data_set(base + b"902"), "0000")
    yield store(f"{server}: the SOP Class of another context", base + b"901", ct_data_set(base + b"901"), "0122",
                sop_class=b"1.2.840.10008.5.1.4.1.1.7")


def hostile_uids():
    return [("../../evil", b"../../evil"), ("/tmp/evil", b"/tmp/codimse-evil"), ("..", b".."), (".", b"."),
            ("a NUL behind a UID", b"1.2.3\0/../evil"), ("a slash", b"1.2/3"), ("backslashes", b"..\\..\\evil"),
            ("65 digits", 65 * b"1"), ("a leading zero's cousin", b"1..2"), ("spaces", b"1.2 .3"),
            ("an escape", b"\x1b[2J"), ("high bytes", b"1.2.\xe4"), ("1,000 characters", 250 * b"../x"), ("none", b"")]


OTHER_INSTANCE = "a command group within the data set of another instance"


def garbage():
    """Data sets that are none."""
    ct = ct_data_set(b"1.2.3")
    yield "an empty data set", b""
    for size in (1, 3, 7, 9):
        yield f"{size} bytes of a data set", ct[:size]
    for length in (1, 3, 5, 0xFFFE, 0x10000, 0x7FFFFFFF, 0xFFFFFFFE, HUGE):
        yield f"a value of length {length:X}", ct + element(0x20, 0x4000, b"abcd", length)
        yield f"a sequence of length {length:X}", element(8, 0x1140, b"", length) + ct
        yield f"an item of length {length:X}", element(8, 0x1140, element(0xFFFE, 0xE000, b"", length), HUGE) + ct
    yield "ones", 3000 * b"\xff"
    yield "zeros", bytes(3000)
    yield "text", b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
    yield "items outside of sequences", 100 * element(0xFFFE, 0xE000, b"") + 100 * element(0xFFFE, 0xE0DD, b"")
    yield OTHER_INSTANCE, element(0, 0x100, b"\1\0") + ct
    yield "10,000 nested sequences", nested(10000)
    yield "300 KB without a Study Instance UID", b"".join(element(9, i, bytes(30)) for i in range(8000))


def nested(depth):
    one = element(8, 0x1140, b"", HUGE) + element(0xFFFE, 0xE000, b"", HUGE)
    return depth * one


def identifiers():
    """C-FIND of the archive: an identifier is taken apart."""
    level = element(8, 0x52, b"STUDY ")

    def find(name, data, *expected):
        return opened(name, fragments(9, COMMAND, request(C_FIND_RQ, STUDY_ROOT_FIND, 1, 1, {0x0700: 0})) +
                      fragments(9, 0, data), list(expected), "lives", "archive")

    for length in (1, 3, 5, 0xFFFE, 0x7FFFFFFF, 0xFFFFFFFE):
        yield find(f"a key of length {length:X}", level + element(0x20, 0xD, b"", length), "A900")
        yield find(f"a sequence of length {length:X}", level + element(8, 0x1110, b"", length), "A900")
    yield find("a key of undefined length", level + element(0x10, 0x10, b"abcd", HUGE), "A900")
    yield find("an item of length 4 GiB - 2",
               level + element(8, 0x1110, element(0xFFFE, 0xE000, b"", 0xFFFFFFFE), HUGE), "A900")
    for size in (1, 3, 7):
        yield find(f"{size} bytes", level[:size], "A900")
    yield find("ones", 3000 * b"\xff", "A900")
    yield find("10,000 nested sequences", level + nested(10000), "A900")
    yield find("65 nested sequences", level + nested(65), "A900")
    yield find("longer than 256 KiB", level + element(0x10, 0x4000, bytes(300000)), "A700")
    yield find("no identifier at all", b"", "A900")
    yield find("a level that is none", element(8, 0x52, b"GALAXY"), "A900")
    for text in (b"*" * 60000, b"?" * 60000, b"*?" * 20000, b"\\" * 60000, b"1.2.3\\" * 9000,
                 b"%' OR 1=1 --", b"\x1b$B" * 9, b"\xff" * 60, b"\0" * 60):
        yield find(f"a name of {len(text)} bytes that begins with {text[:12]!r}",
                   level + element(0x10, 0x10, even(text)) + element(0x20, 0xD, b""), "0000")
    for text in (b"-", b"--", b"20260101-20250101", b"99999999", b"-" * 5000, b"20260101-" * 3000):
        yield find(f"a date {text[:20]!r}",
                   level + element(8, 0x20, even(text, b" ")) + element(0x20, 0xD, b""), "0000")
    yield find("10,000 keys", level + b"".join(element(0x10 + 2 * (i // 2000), 0x2000 + i % 2000, b"")
                                                for i in range(10000)), "0000")


# --- other protocols ------------------------------------------------------------------------------

# name, first bytes, what the log must say
KNOCKS = [
    ("TLS", b"\x16\x03\x01\x02\0\1\0\1\xfc\3\3", "TLS client hello"),
    ("a TLS alert", b"\x15\3\3\0\2\2\x28", "TLS alert"),
    ("HTTP GET", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP"),
    ("HTTP POST", b"POST /x HTTP/1.1\r\n\r\n", "HTTP"),
    ("HTTP HEAD", b"HEAD / HTTP/1.0\r\n\r\n", "HTTP"),
    ("HTTP OPTIONS", b"OPTIONS * HTTP/1.1\r\n\r\n", "HTTP"),
    ("HTTP DELETE", b"DELETE / HTTP/1.1\r\n\r\n", "HTTP"),
    ("HTTP CONNECT", b"CONNECT x:1 HTTP/1.1\r\n\r\n", "HTTP"),
    ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP"),
    ("HL7", b"\x0bMSH|^~\\&|A|B|\r\x1c\r", "HL7"),
    ("HL7 without MLLP", b"MSH|^~\\&|A|B|\r", "HL7"),
    ("SSH", b"SSH-2.0-OpenSSH_9.2\r\n", "SSH"),
    ("SMB", b"\0\0\0\x2f\xffSMB", "no DICOM"),
    ("Telnet", b"\xff\xfb\x1f", "no DICOM"),
    ("empty lines", b"\r\n\r\n", "no DICOM"),
]


def other_protocols(probe, server):
    group = "other protocols"
    probe.many(group, [Case(name, [data], ["ABORT 0/0"], "ARTIM") for name, data, _ in KNOCKS])
    for name, data, words in KNOCKS:
        # One after another, so that the log's last line is ours.
        before = len(server.output())
        with Wire.connect(server.port) as wire:
            wire.send(data)
            wire.receive()
            end = time.monotonic() + PATIENCE
            while "protocol violation" not in server.output()[before:] and time.monotonic() < end:
                time.sleep(0.01)
        line = server.output()[before:]
        probe.check(group, f"{name} is named in the log", words in line, words, line.strip())


# --- gone, deaf, silent, endless ------------------------------------------------------------------

def vanishing(probe, servers):
    """Peers that go in every state, by FIN and by RST."""
    group = "peers that vanish"

    def one(state, how, server):
        start = time.monotonic()
        with Wire.connect(server.port, PATIENCE) as wire:
            for step in state.steps:
                if isinstance(step, expect):
                    wire.receive()
                elif isinstance(step, float):
                    time.sleep(step)
                else:
                    wire.send(step)
            if how == "RST":
                wire.reset()    # nothing can be seen here: what follows counts the connections
                return
            wire.finish()
            got = wire.all_until_end(PATIENCE)[-1]
        probe.check(group, f"{state.name}, {how}", got in ("closed", "reset"), "closed", got, time.monotonic() - start)

    jobs = []
    for state in states():
        for how in ("FIN", "RST"):
            server = servers["thinking" if state.thinking else "long"]
            jobs += [probe.pool.submit(one, state, how, server) for _ in range(3)]
    for job in jobs:
        job.result()
    for name in ("thinking", "long"):
        probe.alive(group, name, servers[name])
    for name in ("thinking", "long", "short"):
        left = eventually(lambda n=name: open_connections(servers[n]) == 0)
        probe.check(group, f"{name}: every connection is let go of", left, 0, open_connections(servers[name]))


def silent_crowd(probe, server, count=500):
    """Connections that say nothing, associations that say nothing more: a good client is served."""
    group = "500 silent connections"
    for name, first in (("not a byte", b""), ("half an A-ASSOCIATE-RQ", REQUEST[:100]), ("idle associations", REQUEST)):
        wires = []
        try:
            for _ in range(count):
                wires.append(Wire.connect(server.port))
                if first:
                    wires[-1].send(first)
            held = eventually(lambda: open_connections(server) >= count)
            probe.check(group, f"{name}, held", held, count, open_connections(server))
            took = [good_echo(server.port) for _ in range(20)]
            still = open_connections(server)
            probe.check(group, f"{name}, held meanwhile", still >= count, count, still)
            probe.check(group, name, None not in took, "20 good C-ECHO", took, max(t or 0 for t in took))
        finally:
            for wire in wires:
                wire.reset()
    probe.check(group, "all let go of", eventually(lambda: open_connections(server) == 0), 0, open_connections(server))


def attack(port, first, again):
    """Sends for ever and reads nothing; a process of its own, so that it is as fast as can be."""
    again *= 1000000 // len(again) + 1
    # No timeout of ours: it would leave an unknown part sent.
    with Wire.connect(port, 3600, 4096) as wire:
        wire.send(REQUEST)
        wire.receive()
        wire.send(first)
        while wire.send(again):
            pass


def endless_peers(probe, server):
    """Each is held back by its own TCP window, and has no more than its turn."""
    group = "endless peers"
    store = fragments(3, COMMAND, store_rq(CT_IMAGE, b"1.2.826.0.9.6.1"))
    cancel = command_set({0x0100: 0xFFF, 0x0120: 7, 0x0800: 0x101})
    forms = {
        "C-ECHO, nothing read": (b"", 200 * ECHO),
        "a data set without an end": (store, p_data(pdv(3, 0, bytes(16000)))),
        "a data set of empty fragments": (store, p_data(*2000 * [pdv(3, 0)])),
        "a data set of fragments of one byte": (store, p_data(*2000 * [pdv(3, 0, b"x")])),
        "empty P-DATA-TF": (b"", 2000 * pdu(P_DATA)),
        "empty fragments of a command set": (b"", p_data(*2000 * [pdv(1, 1)])),
        "C-CANCEL": (b"", 100 * p_data(pdv(1, 3, cancel))),
        "A-ASSOCIATE-RQ": (b"", 100 * REQUEST),
    }
    for name, form in forms.items():
        attackers = [multiprocessing.Process(target=attack, args=(server.port, *form), daemon=True) for _ in range(3)]
        for one in attackers:
            one.start()
        time.sleep(0.3)
        took = [good_echo(server.port, 10) for _ in range(3)]
        alive = [one.is_alive() for one in attackers]
        for one in attackers:
            one.kill()
            one.join()
        shown = [f"{1000 * t:.0f} ms" if t else "never" for t in took]
        print(f"  {name}, three at once; good C-ECHO meanwhile: {', '.join(shown)}", flush=True)
        probe.check(group, name, None not in took, "good C-ECHO meanwhile", shown)
        # Only what breaks the protocol ends the attack.
        ended = name == "A-ASSOCIATE-RQ"
        probe.check(group, f"{name}: the attackers", ended or all(alive), "alive to the end", alive)
    probe.alive(group, "afterwards", server)


# --- afterwards -----------------------------------------------------------------------------------

def evil_paths(folder):
    return ("/tmp/codimse-evil", "/tmp/codimse-evil.dcm", "/evil.dcm", str(folder) + "/../evil.dcm")


def check_files(probe, folder, there_before):
    """Nothing but UID.dcm, in UID or unknown-study; no temporary file; nothing outside."""
    group = "files"
    def files():
        return sorted(str(p.relative_to(folder)) for p in pathlib.Path(folder).rglob("*") if p.is_file())

    def temporary():
        return [name for name in files() if name.endswith(".part") or
                not name.endswith(".dcm") and not name.startswith("archive/")]

    # What the endless peers sent may still lie in the sockets' buffers, in fragments of one byte.
    gone = eventually(lambda: not temporary(), 4 * PATIENCE)
    probe.check(group, "no temporary files", gone, [], temporary())
    names, strange = files(), []
    for name in names:
        uid = r"(?=[\d.]{1,64}(/|\.dcm))\d+(\.\d+)*"
        if not re.fullmatch(rf"(short|((long|archive)/({uid}|unknown-study)))/{uid}\.dcm|"
                            r"archive/(index\.sqlite.*|archive\.lock)", name):
            strange.append(name)
    probe.check(group, f"{len(names)} files with names from UIDs", not strange, [], strange)
    for evil in evil_paths(folder):
        probe.check(group, evil, evil in there_before or not os.path.lexists(evil), "not there", "there")


def check_logs(probe, servers):
    """Nothing that was received reaches a terminal unescaped."""
    for name, server in servers.items():
        bad = sorted({c for c in server.output() if c != "\n" and not 0x20 <= ord(c) < 0x7F})
        probe.check("logs", name, not bad, "printable ASCII", bad)


def main():
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="codimse-fire-"))
        for name in ("short", "long", "archive"):
            os.mkdir(f"{folder}/{name}")
        there_before = {one for one in evil_paths(folder) if os.path.lexists(one)}
        # As few waits as can be: every case that waits for ARTIM does so at once.
        servers = {
            "short": Scp("storescp", ARTIM, "--dimse-timeout", "4", "--idle-timeout", str(IDLE),
                         "--output-directory", f"{folder}/short"),
            "long": Scp("storescp", 60, "--by-study", "--output-directory", f"{folder}/long"),
            "archive": Scp("archive", 60, "--directory", f"{folder}/archive"),
            "thinking": ThinkingScp(os.environ["CODIMSE_ACTIVE_ACCEPTOR"], ARTIM),
            "patient": ThinkingScp(os.environ["CODIMSE_ACTIVE_ACCEPTOR"], 60),
        }
        for server in servers.values():
            stack.enter_context(server)
        probe = Prober(servers)
        probe.many("Table 9-10", list(table_9_10()))
        probe.many("slow peers", list(slow_peers()))
        probe.many("A-ASSOCIATE-RQ", list(malformed_requests()))
        probe.many("P-DATA-TF", list(malformed_data()))
        probe.many("command sets", list(malformed_commands()))
        probe.many("identifiers", list(identifiers()))    # of an archive that is empty yet
        probe.many("C-STORE", [*stores("short"), *stores("long"), *stores("archive")])
        other_protocols(probe, servers["short"])
        vanishing(probe, servers)
        silent_crowd(probe, servers["long"])
        endless_peers(probe, servers["long"])
        check_files(probe, folder, there_before)
        check_logs(probe, servers)
        for group, count in probe.run.items():
            print(f"{count:5} {group}")
        code = probe.finish()
    return code


if __name__ == "__main__":
    sys.exit(main())
