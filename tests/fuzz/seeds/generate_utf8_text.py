#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Writes the seeds of fuzz_utf8_text: text in several character sets, and Pixel Data with both
kinds of offset tables. All are explicit little endian (first byte 1)."""
import pathlib
import struct


def element(group, number, vr, value):
    if len(value) % 2:
        value += b" "
    if vr in ("OB", "OV", "SQ"):
        return struct.pack("<HH2sHI", group, number, vr.encode(), 0, len(value)) + value
    return struct.pack("<HH2sH", group, number, vr.encode(), len(value)) + value


def item(value):
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(value)) + value


def pixel_data(*fragments):
    start = struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OB", 0, 0xFFFFFFFF)
    return start + b"".join(map(item, fragments)) + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)


japanese = element(0x0008, 0x0005, "CS", b"\\ISO 2022 IR 87") + element(
    0x0010, 0x0010, "PN", b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B")
inheriting = element(0x0010, 0x0010, "PN", b"M\xfcller")
two_frames = element(0x0028, 0x0008, "IS", b"2")
offsets = element(0x7FE0, 0x0001, "OV", struct.pack("<QQ", 0, 10))

seeds = {
    "text": element(0x0008, 0x0005, "CS", b"ISO_IR 100")
            + element(0x0008, 0x1110, "SQ", item(japanese) + item(inheriting))
            + element(0x0010, 0x0010, "PN", b"M\xfcller^Ren\xe9")
            + element(0x0010, 0x1001, "PN", b"A\\\xc4\\"),
    "basic_offset_table": two_frames
                          + pixel_data(struct.pack("<II", 0, 20), b"ab", b"cd", b"ef"),
    "extended_offset_table": two_frames + offsets + pixel_data(b"", b"ab", b"cdef"),
}

folder = pathlib.Path(__file__).parent / "utf8_text"
folder.mkdir(exist_ok=True)
for name, value in seeds.items():
    (folder / name).write_bytes(b"\x01" + value)
