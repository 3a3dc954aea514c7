#!/usr/bin/env python3
"""Writes the seeds of the fuzz target character_set_fuzz beside this file."""
from pathlib import Path

PN, LO, LT = b"\0", b"\1", b"\2"
folder = Path(__file__).parent / "character_set"
folder.mkdir(exist_ok=True)

for name, terms, vr, raw in [
    ("latin_1", b"ISO_IR 100", PN, b"Buc^J\xe9r\xf4me "),
    ("japanese", b"\\ISO 2022 IR 87", PN, b"Yamada^Tarou=\x1b$B;3K\\\x1b(B^\x1b$BB@O:\x1b(B"),
    ("katakana", b"ISO 2022 IR 13\\ISO 2022 IR 87\\ISO 2022 IR 159", PN,
     b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$(D0!\x1b(J~\\"),
    ("korean", b"\\ISO 2022 IR 149", PN, b"Hong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7"),
    ("chinese", b"\\ISO 2022 IR 58", LT, b"1. \x1b$)A\xb5\xda\xd2\xbb\xd0\xd0\r\n2."),
    ("gb18030", b"GB18030", LO, b"\x96\\\\\x81\\ \x90\x30\x81\x30"),
    ("gbk", b"ISO 2022 GBK", LO, b"\xcd\xf5\\\xd0\xa1\xb6\xab"),
    ("utf8", b"ISO_IR 192", LO, "é山\U00010000\\A".encode() + b"\xed\xa0\x80"),
    ("thai_greek", b"ISO-IR 166\\iso 2022 ir 126", LT, b"\xa1\xa2\x1b-F\xe1\\\xe2\n\xa3"),
    ("unknown", b"KOI8-R", PN, b"\xe9\x1b$"),
]:
    (folder / name).write_bytes(terms + b"\0" + vr + raw)
