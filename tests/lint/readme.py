#!/usr/bin/env python3
"""Holds the code of README.md and docs/ against the compiled examples that it is taken from.

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


# Pages that must show marked code; in the others of docs/ it may be there.
MUST_SHOW = ("README.md", "docs/first-query-scp.md")


def complaints(page, text, read):
    blocks = list(BLOCK.finditer(text))
    if not blocks and page in MUST_SHOW:
        yield f"{page} shows no marked code"
    for block in blocks:
        name, file = block["name"], block["file"]
        if snippet(read(file), name) != block["code"]:
            yield f"{page}: block [{name}] differs from {file}"


def self_test():
    source = "x\n// [a]\nint i;\n// [/a]\n"
    readme = "<!-- [a] f.cpp -->\n```cpp\n{}```\n"
    assert not list(complaints("README.md", readme.format("int i;\n"), lambda _: source))
    assert list(complaints("README.md", readme.format("int j;\n"), lambda _: source))
    assert list(complaints("docs/x.md", readme.format("int j;\n"), lambda _: source))
    assert list(complaints("README.md", "nothing", lambda _: source))
    assert not list(complaints("docs/x.md", "nothing", lambda _: source))


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    root = pathlib.Path(sys.argv[1])
    pages = {*MUST_SHOW, *(f"docs/{path.name}" for path in (root / "docs").glob("*.md"))}
    found = [one for page in sorted(pages)
             for one in complaints(page, (root / page).read_text(), lambda f: (root / f).read_text())]
    print("\n".join(found) or "README.md, docs/ and their examples agree")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
