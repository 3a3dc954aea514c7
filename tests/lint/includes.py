#!/usr/bin/env python3
"""Holds the #include lines of include/codimse/ against the order of the rooms.

usage: includes.py ROOT | includes.py --self-test
"""
import posixpath
import re
import sys
from pathlib import Path

# Room -> rooms it builds on. What those may include, it may include as well. A new room is added here.
BUILDS_ON = {
    "core": [],
    "bytes": ["core"],
    "pdu": ["bytes"],
    "data": ["bytes"],
    "sop": ["core"],
    "ul": ["pdu", "sop"],
    "dimse": ["data", "pdu"],
    "io": ["bytes"],
    "file": ["data", "io"],
    "assoc": ["ul", "dimse", "io", "sop"],
    "service": ["assoc", "file", "sop", "scu"],  # who performs a C-MOVE sends
    "scu": ["assoc", "file", "sop"],
    "facade": ["service", "scu"],  # server.hpp, client.hpp
    "tls": ["assoc"],
    "deflate": ["data"],
    "json": ["data"],
    "testing": ["service"],
    "umbrella": ["facade"],  # codimse.hpp
    "version": [],
}
PLAIN = {"core", "bytes", "pdu", "ul", "data", "sop", "dimse", "version"}  # know no Asio
FILES = {"codimse.hpp": "umbrella", "version.hpp": "version", "tls.hpp": "tls",
         "json.hpp": "json", "deflate.hpp": "deflate"}  # others: facade

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


def room_of(path):
    first, _, rest = path.partition("/")
    return first if rest else FILES.get(first, "facade")


def allowed(room):
    """The rooms that `room` may include: itself, version and everything below it."""
    found, todo = {"version"}, [room]
    while todo:
        current = todo.pop()
        if current not in found:
            found.add(current)
            todo += BUILDS_ON.get(current, [])
    return found


def blank_comments(text):
    return COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


def check(files):
    """files: path below codimse/ -> text. Returns a list of complaints."""
    complaints, edges = [], {}
    for path, text in sorted(files.items()):
        room = room_of(path)
        edges[path] = []
        if room not in BUILDS_ON:
            complaints.append(f"{path}: unknown room '{room}'; add it to the list in includes.py")
            continue
        text = blank_comments(text)
        for match in INCLUDE.finditer(text):
            where = f"{path}:{text.count(chr(10), 0, match.start()) + 1}"
            name = match[2]
            if room in PLAIN and re.match(r"(boost/)?asio(/|\.hpp)", name):
                complaints.append(f"{where}: room '{room}' must not know Asio")
            if match[1] == '"' and not name.startswith("codimse/"):
                name = posixpath.normpath(posixpath.join("codimse", posixpath.dirname(path), name))
            elif not name.startswith("codimse/"):
                continue
            target = name.removeprefix("codimse/")
            if target not in files:
                complaints.append(f"{where}: no such header: {name}")
                continue
            edges[path].append(target)
            if room_of(target) not in allowed(room):
                complaints.append(f"{where}: room '{room}' must not include '{room_of(target)}'"
                                  f" ({target})")
    return complaints + cycles(edges)


def cycles(edges):
    state, trail, found = {}, [], []

    def visit(path):
        state[path] = "open"
        trail.append(path)
        for target in edges.get(path, []):
            if state.get(target) == "open":
                found.append("cycle: " + " -> ".join(trail[trail.index(target):] + [target]))
            elif target not in state:
                visit(target)
        trail.pop()
        state[path] = "done"

    for path in sorted(edges):
        if path not in state:
            visit(path)
    return found


def self_test():
    def inc(*names):
        return "".join(f"#include <{name}>\n" for name in names)

    base = {"core/uid.hpp": "", "bytes/reader.hpp": inc("codimse/core/uid.hpp"), "version.hpp": "",
            "pdu/item.hpp": "", "ul/state.hpp": "", "dimse/echo.hpp": "", "assoc/association.hpp": ""}
    good = [
        {},
        {"pdu/a.hpp": inc("vector", "codimse/bytes/reader.hpp", "codimse/core/uid.hpp")},
        {"ul/a.hpp": '#include "../pdu/item.hpp"\n#include "state.hpp"\n'},
        {"core/a.hpp": inc("codimse/version.hpp") + "// #include <asio.hpp>\n/*\n#include <x/y>*/"},
        {"assoc/a.hpp": inc("asio/awaitable.hpp", "codimse/ul/state.hpp", "codimse/dimse/echo.hpp")},
        {"server.hpp": inc("codimse/assoc/association.hpp"), "codimse.hpp": inc("codimse/server.hpp")},
    ]
    bad = [
        ({"core/a.hpp": inc("codimse/bytes/reader.hpp")}, "core/a.hpp:1: room 'core' must not"),
        ({"ul/a.hpp": "\n" + inc("codimse/dimse/echo.hpp")}, "ul/a.hpp:2: room 'ul' must not"),
        ({"dimse/a.hpp": inc("codimse/ul/state.hpp")}, "room 'dimse' must not include 'ul'"),
        ({"pdu/a.hpp": inc("asio/buffer.hpp")}, "must not know Asio"),
        ({"data/a.hpp": inc("asio.hpp")}, "must not know Asio"),
        ({"core/a.hpp": inc("codimse/core/b.hpp"), "core/b.hpp": '#include "a.hpp"\n'}, "cycle: "),
        ({"core/a.hpp": inc("codimse/core/a.hpp")}, "cycle: "),
        ({"core/a.hpp": inc("codimse/core/nowhere.hpp")}, "no such header"),
        ({"attic/a.hpp": ""}, "unknown room 'attic'"),
        ({"assoc/a.hpp": inc("codimse/server.hpp"), "server.hpp": ""}, "must not include 'facade'"),
    ]
    for extra in good:
        assert check(base | extra) == [], (extra, check(base | extra))
    for extra, expected in bad:
        found = check(base | extra)
        assert len(found) == 1 and expected in found[0], (extra, found)
    print(f"{len(good)} good and {len(bad)} bad samples judged rightly")


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    if len(arguments) != 1:
        sys.exit(__doc__)
    top = Path(arguments[0]) / "include" / "codimse"
    files = {p.relative_to(top).as_posix(): p.read_text("utf-8") for p in top.rglob("*.hpp")}
    if not files:
        sys.exit(f"no headers under {top}")
    complaints = check(files)
    for complaint in complaints:
        print(f"include/codimse/{complaint}")
    print(f"{len(files)} headers, {len(complaints)} complaints")
    sys.exit(bool(complaints))


if __name__ == "__main__":
    main(sys.argv[1:])
