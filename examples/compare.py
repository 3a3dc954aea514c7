#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Are the data sets of two folders of Part 10 files byte-identical?

usage: compare.py SENT STORED

Written without the library: it knows of PS3.10 just what it takes to find where a data set begins.
Files belong together by their SOP Instance UID (0002,0003). The exit code is 0 when every file of
SENT has a file of STORED with the same data set, in the same transfer syntax.
"""
import struct
import sys
from pathlib import Path

LONG_VRS = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT",
            b"UV"}
INSTANCE, TRANSFER_SYNTAX = 0x0003, 0x0010


def read(path):
    """SOP Instance UID, transfer syntax and data set of a file."""
    content = path.read_bytes()
    if content[128:132] != b"DICM":
        raise ValueError(f"{path}: not a Part 10 file")
    meta, at = {}, 132
    while at + 8 <= len(content):
        group, element, vr = struct.unpack_from("<HH2s", content, at)
        if group != 2:
            break
        start = at + (12 if vr in LONG_VRS else 8)
        form = ("<I", at + 8) if vr in LONG_VRS else ("<H", at + 6)
        at = start + struct.unpack_from(form[0], content, form[1])[0]
        meta[element] = content[start:at].rstrip(b"\0 ").decode("ascii", "replace")
    return meta.get(INSTANCE, ""), meta.get(TRANSFER_SYNTAX, ""), content[at:]


def problem_with(sent, stored):
    """What is wrong with the stored counterpart of a file; None: nothing."""
    instance, syntax, data_set = read(sent)
    if instance not in stored:
        return "was not stored"
    _, stored_syntax, stored_data_set = read(stored[instance])
    if stored_syntax != syntax:
        return f"stored as {stored_syntax}, sent as {syntax}"
    return None if stored_data_set == data_set else f"differs from {stored[instance]}"


def main(sent_folder, stored_folder):
    sent = sorted(path for path in Path(sent_folder).rglob("*") if path.is_file())
    stored_files = [path for path in Path(stored_folder).rglob("*") if path.is_file()]
    stored = {read(path)[0]: path for path in stored_files}
    problems = {path: what for path in sent if (what := problem_with(path, stored))}
    for path, what in problems.items():
        print(f"compare: {path}: {what}", file=sys.stderr)
    print(f"{len(sent) - len(problems)} of {len(sent)} stored data sets are byte-identical")
    return 0 if sent and not problems and len(stored_files) == len(sent) else 1


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        sys.exit(main(*sys.argv[1:]))
    except (OSError, ValueError) as error:
        sys.exit(f"compare: error: {error}")
