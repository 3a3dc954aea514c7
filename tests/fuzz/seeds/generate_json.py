#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets json and text_dump beside this file."""
import struct
from pathlib import Path

here = Path(__file__).parent
UNDEFINED = 0xFFFFFFFF
LONG = {"OB", "OW", "OF", "SQ", "SV", "UC", "UN", "UT", "UV"}


def element(group, number, vr, value, length=None):
    value = value.encode("latin-1") if isinstance(value, str) else value
    value += (b"\0" if vr in ("UI", "OB") else b" ") * (len(value) % 2)
    length = len(value) if length is None else length
    form, zero = ("<HH2sHI", [0]) if vr in LONG else ("<HH2sH", [])
    return struct.pack(form, group, number, vr.encode(), *zero, length) + value


def item(content, number=0xE000):
    return struct.pack("<HHI", 0xFFFE, number, len(content)) + content


def write(target, name, content):
    (here / target).mkdir(exist_ok=True)
    (here / target / name).write_bytes(content)


numbers = [(0x1001, "US", b"\1\2\3\4"), (0x1002, "FD", struct.pack("<dd", float("nan"), 0.1)),
           (0x1003, "AT", b"\x10\0\x10\0"), (0x1004, "SV", b"\xff" * 8), (0x1005, "FL", b"\xcd\xcc\xcc\x3d"),
           (0x1006, "UN", b"abc "), (0x1007, "UV", b"\xfe" * 8), (0x1008, "SS", b"odd ")]
sets = {
    "texts": element(8, 5, "CS", "ISO_IR 100") + element(8, 8, "CS", "A\\\\B") +
    element(0x10, 0x10, "PN", "M\xfcller^A=B=C\\") + element(0x18, 0x50, "DS", " 1.50\\1e5\\bad") +
    element(0x20, 0x13, "IS", "7\\+8") + element(0x20, 0xD, "UI", "1.2.840.10008.5.1.4.1.1.2"),
    "japanese": element(8, 5, "CS", "\\ISO 2022 IR 87") +
    element(0x10, 0x10, "PN", "Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B"),
    "numbers": element(9, 0x10, "LO", "ACME\x1b[31m") + b"".join(element(9, *one) for one in numbers),
    "sequence": element(8, 0x1140, "SQ", item(element(8, 0x1155, "UI", "1.2.3")) + item(b"")),
    "undefined": element(8, 0x1140, "SQ", struct.pack("<HHI", 0xFFFE, 0xE000, UNDEFINED) +
                         element(8, 5, "CS", "ISO_IR 192") + item(b"", 0xE00D) + item(b"", 0xE0DD), UNDEFINED),
    "fragments": element(0x7FE0, 0x10, "OB", item(b"\0\0\0\0") + item(b"\xff\xd8\xff\xd9") + item(b"", 0xE0DD),
                         UNDEFINED),
}
for name, content in sets.items():
    for target in ("json", "text_dump"):
        write(target, name, b"\x40" + content)  # 0x40: explicit VR little endian
write("text_dump", "command", b"\x40" + struct.pack("<HHIHHHIH", 0, 0x100, 2, 0x8001, 0, 0x900, 2, 0xA700))

texts = {
    "text_texts": '{"00080005":{"vr":"CS","Value":["ISO_IR 192"]},"00080008":{"vr":"CS","Value":["A",null]},'
                  '"00100010":{"vr":"PN","Value":[{"Alphabetic":"M\xfcller","Phonetic":"x"},null]}}',
    "text_numbers": '{"00091001":{"vr":"FD","Value":["NaN",1.5,"-Infinity"]},"00091002":{"vr":"UV","Value":'
                    '["18446744073709551615",1]},"00180050":{"vr":"DS","Value":[1.5,"2.50",1e5]},'
                    '"00091003":{"vr":"AT","Value":["00100010"]},"00280010":{"vr":"US","Value":[512]}}',
    "text_sequence": '{"00081140":{"vr":"SQ","Value":[{"00081155":{"vr":"UI","Value":["1.2"]}},{},null]}}',
    "text_binary": '{"7FE00010":{"vr":"OB","InlineBinary":"/v8A4AAAAAD+/93gAAAAAA=="},'
                   '"00091001":{"vr":"UN","InlineBinary":"YWJj"}}',
    "text_bulk_data": '{"7FE00010":{"vr":"OW","BulkDataURI":"http://localhost/1"},"0009100a":{"vr":"LO"}}',
}
for name, content in texts.items():
    write("json", name, content.encode())
