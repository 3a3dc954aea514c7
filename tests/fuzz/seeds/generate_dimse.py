#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets command_set and message_assembler beside this file."""
from pathlib import Path

here = Path(__file__).parent
NONE, PRESENT = 0x0101, 0x0001


def element(number, value):
    return bytes(2) + number.to_bytes(2, "little") + len(value).to_bytes(4, "little") + value


def us(number, value):
    return element(number, value.to_bytes(2, "little"))


def command(*elements):
    body = b"".join(elements)
    return element(0, len(body).to_bytes(4, "little")) + body


def write(target, name, content):
    (here / target).mkdir(exist_ok=True)
    (here / target / name).write_bytes(content)


echo_class, ct = b"1.2.840.10008.1.1\0", b"1.2.840.10008.5.1.4.1.1.2\0"
echo_rq = command(element(2, echo_class), us(0x100, 0x30), us(0x110, 1), us(0x800, NONE))
echo_rsp = command(element(2, echo_class), us(0x100, 0x8030), us(0x120, 1), us(0x800, NONE),
                   us(0x900, 0))
store_rq = command(element(2, ct), us(0x100, 1), us(0x110, 7), us(0x700, 0), us(0x800, PRESENT),
                   element(0x1000, b"1.2.3.4 "), element(0x1030, b"MOVER "), us(0x1031, 2))
store_rsp = command(element(2, ct), us(0x100, 0x8001), us(0x120, 7), us(0x800, NONE),
                    us(0x900, 0xA700), element(0x902, b"disk full "), element(0x1000, b"1.2.3.4 "))
sets = {
    "echo_rq": echo_rq, "echo_rsp": echo_rsp, "store_rq": store_rq, "store_rsp": store_rsp,
    "n_get_rq": command(element(3, ct), us(0x100, 0x110), us(0x110, 1), us(0x800, NONE),
                        element(0x1001, b"1.2.3.4 ")),
    "long_uid": command(us(0x100, 1), element(0x1000, b"1" * 70), us(0x800, PRESENT)),
    "any_order": element(0x1000, b"1.2.3") + us(0x100, 1) + element(0x9999, b"odd") + us(0x110, 7),
    "wrong_group_length": element(0, b"\xff\xff\xff\xff") + echo_rq[12:],
    "huge_length": echo_rq[:16] + b"\xff\xff\xff\xff" + echo_rq[20:],
    "truncated": store_rq[:40],
}
for name, content in sets.items():
    write("command_set", name, content)


def pdv(context, control, fragment):
    return (len(fragment) + 2).to_bytes(4, "big") + bytes([context, control]) + fragment


def p_data(*pdvs):
    body = b"".join(pdvs)
    return b"\x04\0" + len(body).to_bytes(4, "big") + body


streams = {
    "echo_twice": p_data(pdv(1, 3, echo_rq)) * 2,
    "store": p_data(pdv(3, 3, store_rq)) + p_data(pdv(3, 0, bytes(90))) + p_data(pdv(3, 2, b"end")),
    "store_in_one": p_data(pdv(3, 3, store_rq), pdv(3, 2, bytes(33))),
    "pieces": p_data(pdv(1, 1, store_rq[:9]), pdv(1, 1, b""), pdv(1, 3, store_rq[9:]),
                     pdv(1, 0, b"a"), pdv(1, 2, b"")) + p_data(pdv(1, 3, echo_rq)),
    "data_first": p_data(pdv(1, 2, b"data")),
    "two_contexts": p_data(pdv(1, 1, echo_rq[:20]), pdv(3, 3, echo_rq[20:])),
    "command_too_long": p_data(pdv(1, 1, bytes(200)), pdv(1, 1, bytes(200))),
    "data_too_long": p_data(pdv(3, 3, store_rq), pdv(3, 0, bytes(400))) + p_data(pdv(3, 2, bytes(400))),
    "abort_within": p_data(pdv(3, 3, store_rq)) + b"\x07\0\0\0\0\x04\0\0\0\0",
}
for name, stream in streams.items():
    write("message_assembler", name, b"\x01\x02\x03" + stream)
