#!/usr/bin/env python3
"""Writes the seeds of the fuzz target matching beside this file."""
from pathlib import Path

TYPES = "AE AS AT CS DA DS DT FD IS LO LT OB PN SH ST TM UC UI UL UN UR US UT".split()
CASE, COMBINED, EMPTY, SEVERAL, ZONES, ITEM, UTF8, JAPANESE, GB = 1, 2, 4, 8, 16, 32, 64, 128, 192

seeds = {
    "universal": ("LO", 0, b"", b"HEAD"),
    "wildcard": ("LO", 0, b"*A?*B*", b"xxAyBzzB"),
    "stars": ("LO", 0, b"*a*a*a*a*a*a*ab", b"aaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    "several": ("LO", SEVERAL | EMPTY, b"A*\\B\\\"\"", b"C\\B"),
    "empty": ("LO", EMPTY, b'""', b""),
    "utf8": ("PN", UTF8, "M?ller^J*".encode(), "MÜLLER^Jörg".encode()),
    "name_groups": ("PN", ITEM | UTF8, "=山田^*".encode(), "Yamada^Tarou=山田^太郎=やまだ^たろう".encode()),
    "name_case": ("PN", CASE, b"doe^^", b"Doe^John^^Dr^="),
    "japanese": ("PN", JAPANESE, b"=\x1b$B;3ED\x1b(B^*", b"Yamada=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B"),
    "chinese": ("LO", GB, "张*".encode("gb18030"), "张三\\李四".encode("gb18030")),
    "date": ("DA", 0, b"2020.01.31", b"20200131"),
    "date_range": ("DA", COMBINED, b"20200101 - 20200131", b"20200115"),
    "date_zones": ("DA", COMBINED | ZONES, b"20200101-20200131", b"99991231"),
    "time_range": ("TM", 0, b"10-12:30:60", b"235960.999999"),
    "date_time": ("DT", 0, b"20200131103015.5+0100", b"20200131093015.500000+0000"),
    "date_time_range": ("DT", ZONES, b"20200101-0500-20200131-0500", b"2020"),
    "date_time_hyphens": ("DT", 0, b"2020-0500-1000-", b"-2020-0500"),
    "uids": ("UI", 0, b"1.2.3\\1.2.4\\", b"1.2.4\0"),
    "numbers": ("DS", SEVERAL, b"1e400\\+7\\ 70.50", b"70.5 \\nan"),
    "integers": ("IS", 0, b"007", b"7"),
    "binary": ("US", SEVERAL, b"\1\0\2\0", b"\3\0\2\0"),
    "tags": ("AT", ITEM, b"\x28\0\x10\0", b"\x28\0\x10\0\x28\0\x11\0"),
    "unknown": ("UN", 0, b"HE*", b"HEAD"),
    "text": ("LT", 0, b"*\\*", b"a\\b\r"),
}
folder = Path(__file__).parent / "matching"
folder.mkdir(exist_ok=True)
for name, (vr, flags, key, value) in seeds.items():
    (folder / name).write_bytes(bytes([TYPES.index(vr), flags]) + key + b"\n" + value)
