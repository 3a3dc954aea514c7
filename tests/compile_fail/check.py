#!/usr/bin/env python3
"""Checks that a case does not compile, and why.

The case's line `// expect: REGEX` must match the first line with 'error:' that the compiler prints;
with -DCORRECTED the same file must compile. Without a case, the common header is precompiled.
"""
import argparse
import re
import subprocess
import sys
from pathlib import Path

COMMON = """#include <codimse/assoc/association.hpp>
#include <codimse/server.hpp>
#include <codimse/sop/storage.hpp>
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--family", required=True)
    parser.add_argument("--arguments", required=True)
    parser.add_argument("--header", required=True)
    parser.add_argument("case", nargs="?")
    options = parser.parse_args()
    gcc = options.family == "GNU"
    flags = [line for line in Path(options.arguments).read_text().splitlines() if line]
    header = Path(options.header)
    precompiled = header.with_name(header.name + (".gch" if gcc else ".pch"))

    def run(*arguments):
        done = subprocess.run([options.compiler, *flags, *arguments], text=True, timeout=100,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env={"LC_ALL": "C", "PATH": "/usr/bin:/bin:/usr/local/bin"})
        return done.returncode, done.stdout

    if options.case is None:
        header.write_text(COMMON)
        status, output = run("-x", "c++-header", str(header), "-o", str(precompiled))
        print(output, end="")
        sys.exit(status)

    use = ["-include", str(header)] if gcc else ["-include-pch", str(precompiled)]
    stop_early = ["-fmax-errors=1"] if gcc else ["-ferror-limit=1"]
    expected = re.search(r"^// expect: (.+)$", Path(options.case).read_text(), re.MULTILINE)[1]
    compile_only = [*use, "-fsyntax-only", options.case]

    failures = []
    status, output = run(*stop_early, *compile_only)
    first = next((line for line in output.splitlines() if "error:" in line), "")
    print("first error:", first)
    if status == 0:
        failures.append("it compiles")
    elif not re.search(expected, first):
        failures.append(f"the first error does not match '{expected}':\n{output}")
    status, output = run("-DCORRECTED", *compile_only)
    if status != 0:
        failures.append(f"the corrected twin does not compile:\n{output}")
    for failure in failures:
        print("FAILED:", failure)
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
