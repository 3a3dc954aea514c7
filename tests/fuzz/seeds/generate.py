#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets framer_fuzz, pdu_fuzz and ul_fuzz beside this file.

The PDUs are those of tests/pdu/golden.hpp. Run it again when they change.
"""
import re
from pathlib import Path

here = Path(__file__).parent
text = (here / "../../pdu/golden.hpp").read_text("utf-8")
golden = {name: bytes.fromhex(digits)
          for name, digits in re.findall(r'string_view (\w+) = R"\(([0-9a-f\s]*)\)"', text)}
pdus = ["associate_rq", "associate_ac", "associate_rj", "release_rq", "release_rp", "abort"]
data = ["c_echo_rq", "c_echo_rsp"]
sub_items = sorted(set(golden) - set(pdus) - set(data))


def write(target, name, content):
    folder = here / target
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)


def pdu(kind, body):
    return bytes([kind, 0]) + len(body).to_bytes(4, "big") + body


def item(kind, value):
    return bytes([kind, 0]) + len(value).to_bytes(2, "big") + value


def with_user(name, value):
    """A golden associate PDU with other user information; its own takes the last 36 bytes."""
    old = golden[name]
    return pdu(old[0], old[6:-36] + item(0x50, value))


def pdv(context, control, fragment):
    return (len(fragment) + 2).to_bytes(4, "big") + bytes([context, control]) + fragment


# pdu_fuzz: one PDU.
for name in pdus:
    write("pdu", name, golden[name])
for name in sub_items:
    write("pdu", "rq_" + name, with_user("associate_rq", golden[name]))
    write("pdu", "ac_" + name, with_user("associate_ac", golden[name]))
everything = b"".join(golden[name] for name in reversed(sub_items)) + item(0x5A, b"unknown")
write("pdu", "rq_everything", with_user("associate_rq", everything))
write("pdu", "ac_everything", with_user("associate_ac", everything))
write("pdu", "ac_refused", pdu(2, golden["associate_ac"][6:74] + item(0x21, bytes([1, 0, 3, 0]))))

# framer_fuzz: announced length / 4, three bytes that choose the pieces, a stream.
mixed = pdu(4, pdv(1, 3, b"command.") + pdv(1, 0, b"data") + pdv(1, 2, b"")) + pdu(4, b"")
streams = {name: golden[name] for name in pdus + data}
streams["association"] = b"".join(
    golden[name] for name in ["associate_rq", "c_echo_rq", "c_echo_rq", "release_rq"])
streams["mixed"] = mixed + golden["release_rp"]
streams["too_long"] = pdu(4, pdv(1, 0, bytes(4 * 40)))
streams["tls"] = b"\x16\x03\x01\x02\x00\x01"
for name, stream in streams.items():
    write("framer", name, b"\x20\x01\x02\x03" + stream)
write("framer", "unlimited", b"\x00\x07\x07\x07" + mixed + golden["abort"])

# ul_fuzz: role, then pairs of (milliseconds, event) with events 0 to 18 as Evt1 to Evt19; 255 is
# followed by a length and received bytes.
REQUESTOR, ACCEPTOR = b"\0", b"\1"


def events(*numbers):
    return b"".join(bytes([1, number - 1]) for number in numbers)


def received(name):
    return bytes([1, 255, len(golden[name])]) + golden[name]


up_requestor = REQUESTOR + events(1, 2) + received("associate_ac")
up_acceptor = ACCEPTOR + events(5) + received("associate_rq") + events(7)
for name, content in {
    "requestor_releases": up_requestor + events(9, 10, 11) + received("release_rp"),
    "requestor_collides": up_requestor + events(11) + received("release_rq") + events(14)
                          + received("release_rp"),
    "requestor_rejected": REQUESTOR + events(1, 2) + received("associate_rj"),
    "requestor_aborts": up_requestor + events(15) + b"\0\0" + received("associate_rq")
                        + received("abort"),
    "acceptor_serves": up_acceptor + received("c_echo_rq") + events(9) + received("release_rq")
                       + events(14, 17),
    "acceptor_collides": up_acceptor + events(11) + received("release_rq")
                         + received("release_rp") + events(14, 17),
    "acceptor_rejects": ACCEPTOR + events(5) + received("associate_rq") + events(8, 18),
    "acceptor_nonsense": ACCEPTOR + events(5) + b"\1\xff\3GET" + events(18),
}.items():
    write("ul", name, content)
