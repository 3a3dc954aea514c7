#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Writes the headers that hold facts of the DICOM registry from the tables beside this file.

generate.py            writes them
generate.py --check    compares with what is in the tree; exit code 1 when they differ
"""

import difflib
import functools
import pathlib
import sys

sys.dont_write_bytecode = True  # the modules beside this file are source, nothing else

import dictionary
import services
import uids

INCLUDE = pathlib.Path(__file__).resolve().parent.parent.parent / "include" / "codimse"

FILES = {
    "core/transfer_syntaxes.hpp": uids.transfer_syntaxes,
    "core/uids.hpp": uids.other_uids,
    "core/uid_table.hpp": uids.uid_table,
    "data/dictionary_names.hpp": dictionary.dictionary_names,
    "data/dictionary_vr.hpp": dictionary.dictionary_vr,
    "data/tags.hpp": dictionary.tags,
    "dimse/status_table.hpp": services.status_table,
    "dimse/statuses.hpp": services.statuses,
    "sop/non_patient_object_storage.hpp": services.non_patient_object_storage,
    "sop/storage.hpp": services.storage,
}
FILES |= {f"sop/{file}.hpp": functools.partial(services.sop_classes, file)
          for file in services.SERVICES}


def main():
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        raise SystemExit(__doc__)
    services.all_constants_differ()
    stale = 0
    for name, make in FILES.items():
        path = INCLUDE / name
        new = "\n".join(make()) + "\n"
        old = path.read_text(encoding="ascii") if path.exists() else ""
        if new == old:
            continue
        if check:
            stale += 1
            changes = difflib.unified_diff(
                old.splitlines(), new.splitlines(), str(path), "generated", n=0)
            print("\n".join(list(changes)[:20]))
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(new, encoding="ascii")
            print("wrote", path)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
