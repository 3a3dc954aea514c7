#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The generated headers are what cmake/registry/generate.py makes of its tables.

usage: registry.py [ROOT] | registry.py --self-test
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def check(root, quiet=False):
    generator = pathlib.Path(root) / "cmake" / "registry" / "generate.py"
    output = subprocess.DEVNULL if quiet else None
    run = subprocess.run([sys.executable, str(generator), "--check"], check=False, stdout=output)
    return run.returncode


def self_test():
    """A header that was changed by hand is noticed."""
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder)
        for part in ("cmake/registry", "include"):
            shutil.copytree(ROOT / part, copy / part)
        if check(copy, quiet=True) != 0:
            return 1
        header = copy / "include" / "codimse" / "data" / "tags.hpp"
        header.write_text(header.read_text(encoding="ascii") + "\n", encoding="ascii")
        return 0 if check(copy, quiet=True) == 1 else 1


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(self_test())
    sys.exit(check(sys.argv[1] if len(sys.argv) > 1 else ROOT))
