#!/usr/bin/env python3
"""Holds the code of README.md against the compiled examples that it is taken from.

usage: readme.py ROOT | readme.py --self-test
"""
import pathlib
import re
import sys

BLOCK = re.compile(r"<!-- \[(?P<name>[\w-]+)\] (?P<file>\S+) -->\n```cpp\n(?P<code>.*?)```", re.S)


def snippet(source, name):
    """The lines of an example between its two markers."""
    match = re.search(rf"^// \[{name}\]\n(.*?)^// \[/{name}\]\n", source, re.S | re.M)
    return match and match.group(1)


def complaints(readme, read):
    blocks = list(BLOCK.finditer(readme))
    if not blocks:
        yield "README.md shows no marked code"
    for block in blocks:
        name, file = block["name"], block["file"]
        if snippet(read(file), name) != block["code"]:
            yield f"README.md: block [{name}] differs from {file}"


def self_test():
    source = "x\n// [a]\nint i;\n// [/a]\n"
    readme = "<!-- [a] f.cpp -->\n```cpp\n{}```\n"
    assert not list(complaints(readme.format("int i;\n"), lambda _: source))
    assert list(complaints(readme.format("int j;\n"), lambda _: source))
    assert list(complaints("nothing", lambda _: source))


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    root = pathlib.Path(sys.argv[1])
    found = list(complaints((root / "README.md").read_text(), lambda f: (root / f).read_text()))
    print("\n".join(found) or "README.md and its examples agree")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
