#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What --durability promises, shown by a trace of system calls (strace): for every object that was
acknowledged, fsync of the file, then its name, then fsync of its folders, then (the archive) fsync
of the index, then the first byte of the response. `kill -9` alone could not show it, because what
was written stays in the cache of the system.

Environment: see tests/interop/_peers.py. Exit code 77: something was skipped.
"""
import os
import pathlib
import re
import shutil
import signal
import struct
import threading

from _wire import _peers, parse_command
import _objects

CLIENTS, EACH = 4, 40
LARGE = 700_000     # more than one receive buffer
checks = _peers.Checks()

CALLS = ("open,openat,fsync,fdatasync,rename,renameat,renameat2,link,linkat,mkdir,mkdirat,"
         "sendto,sendmsg,write,writev")


class Traced(_peers.Server):
    """One of our servers under strace."""

    def __init__(self, trace, name, *options):
        env = {"ASAN_OPTIONS": "detect_leaks=0"} if _peers.SANITIZED else None
        # strace that is killed would leave what it traces behind.
        setpriv = shutil.which("setpriv")
        ends = [setpriv, "--pdeathsig", "KILL"] if setpriv else []
        super().__init__([_peers.peer("strace"), "-f", "-y", "-xx", "-s", "65536", "-e",
                          f"trace={CALLS}", "-e", "signal=none", "-o", trace,
                          *ends, _peers.program(name), *options, "0"], env=env, ready=60)

    def _ready(self):
        if "ptrace" in self.output() and "not permitted" in self.output():
            raise _peers.Absent("strace may not trace here")
        return _peers.OurScp._ready(self)

    def stop(self, how=signal.SIGTERM, timeout=30):
        # strace itself takes no signals; it ends with what it traces.
        for child in pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split() \
                if self.alive() else []:
            os.kill(int(child), how)
        return super().stop(signal.SIGCONT, timeout)


# --- the trace ------------------------------------------------------------------------------------

class Call:
    """One system call: what it was, when it began and ended (line numbers), on which paths."""

    def __init__(self, name, begun):
        self.name, self.begun, self.ended = name, begun, None
        self.text, self.result = "", -1


def unescape(text):
    return bytes.fromhex(text.replace("\\x", ""))


STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
DESCRIPTOR = re.compile(r"^(\d+)<([^>]*)>")


def read_trace(path):
    calls, waiting = [], {}
    for number, line in enumerate(open(path, errors="replace")):
        pid, _, rest = line.rstrip("\n").partition(" ")
        rest = rest.strip()
        resumed = re.match(r"<\.\.\. (\w+) resumed>(.*)", rest)
        if resumed:
            call = waiting.pop(pid)
            call.text += resumed[2]
        else:
            begun = re.match(r"(\w+)\((.*)", rest)
            if not begun:
                continue
            call = Call(begun[1], number)
            call.text = begun[2]
            calls.append(call)
        if rest.endswith("<unfinished ...>"):
            call.text = call.text[:-len("<unfinished ...>")]
            waiting[pid] = call
            continue
        ended = re.search(r"\) += (-?\d+)", call.text)
        call.ended, call.result = number, int(ended[1]) if ended else -1
    return calls


def path_of(call):
    """Of a call on a descriptor. With -xx, strace writes paths as hexadecimal escapes too."""
    found = DESCRIPTOR.match(call.text)
    if not found:
        return ""
    text = found[2]
    return unescape(text).decode() if text.startswith("\\x") else text


def strings(call):
    return [unescape(one) for one in STRING.findall(call.text)]


class Response:
    def __init__(self, begun, instance, status):
        self.begun, self.instance, self.status = begun, instance, status


def responses(calls):
    """Every C-STORE-RSP that left, put together from what each connection was sent. Descriptors are
    used again, so that the socket's inode tells connections apart."""
    streams = {}
    for call in calls:
        if call.name in ("sendto", "sendmsg", "write", "writev") and "socket:" in path_of(call) \
                and call.result > 0:
            data = b"".join(strings(call))[:call.result]
            assert len(data) == call.result, "strace has cut what was sent"
            streams.setdefault(path_of(call), []).append((call.begun, data))
    for pieces in streams.values():
        yield from responses_of(pieces)


def responses_of(pieces):
    data = b"".join(piece for _, piece in pieces)
    starts, at = [], 0
    for begun, piece in pieces:
        starts.append((at, begun))
        at += len(piece)
    at = 0
    while at + 6 <= len(data):
        kind, _, length = struct.unpack_from(">BBI", data, at)
        if kind == 4:
            elements = parse_command(data[at + 12:at + 6 + length])
            if elements.get(0x0100) == b"\x01\x80":
                begun = max((start, when) for start, when in starts if start <= at)[1]
                status, = struct.unpack("<H", elements[0x0900])
                yield Response(begun, elements[0x1000].rstrip(b"\0").decode(), status)
        at += 6 + length


class Story:
    """What happened to the files, from a trace."""

    def __init__(self, trace):
        calls = read_trace(trace)
        done = [one for one in calls if one.result >= 0 and one.ended is not None]
        self.syncs = [(path_of(one), one) for one in done if one.name in ("fsync", "fdatasync")]
        self.named = {}     # final path -> (temporary path, call)
        self.made = {}      # folder -> call
        for one in done:
            if one.name.startswith(("rename", "link")):
                old, new = [text.decode() for text in strings(one)[:2]]
                self.named.setdefault(os.path.basename(new), []).append((old, new, one))
            elif one.name.startswith("mkdir"):
                self.made[strings(one)[0].decode()] = one
        self.responses = list(responses(calls))

    def synced(self, path, after, before):
        """Is there an fsync of this path between two moments? Yields when the first one ended."""
        ended = (call.ended for where, call in self.syncs
                 if where == path.rstrip("/") and call.begun > after and call.ended < before)
        return min(ended, default=None)

    def problem(self, response, level, root, index=None):
        """What is wrong with one acknowledged object, or None."""
        names = self.named.get(response.instance + ".dcm", [])
        if len(names) != 1:
            return f"{len(names)} names"
        old, new, name = names[0]
        folder = os.path.dirname(new)
        if name.ended > response.begun:
            return "named after the response"
        if level == "none":
            return None
        if not self.synced(old, -1, name.begun):
            return "no fsync of the file before it got its name"
        if level == "file":
            return None
        last = self.synced(folder, name.ended, response.begun)
        if not last:
            return "no fsync of the folder between the name and the response"
        if folder != root:
            made = self.made.get(folder)
            last = self.synced(root, name.ended, response.begun)
            if not last or (made and made.ended > last):
                return "no fsync of the root between the name and the response"
        if index and not self.synced(index, last, response.begun):
            return "no fsync of the index between the folders and the response"
        return None

    def problems(self, *how):
        return [found for one in self.responses if one.status == 0 and
                (found := self.problem(one, *how))]


# --- what is traced -------------------------------------------------------------------------------

def make_files(folder):
    """For each client a folder of objects, each in one of a few studies."""
    for client in range(CLIENTS):
        (folder / str(client)).mkdir()
        for i in range(EACH):
            instance = f"1.2.826.0.1.{client + 1}.{i + 1}"
            data = _objects.data_set(instance, f"1.2.826.0.2.{i % 5}", LARGE if i % 8 == 0 else 64)
            (folder / str(client) / f"{i}.dcm").write_bytes(_objects.part10(instance, data))


def send_all(port, files):
    """All clients at once; one of them is DCMTK's, if it is there. Yields how many were sent."""
    results = [None] * CLIENTS

    def send(client):
        sources = sorted(str(one) for one in (files / str(client)).iterdir())
        command = [_peers.program("storescu"), "127.0.0.1", str(port), *sources]
        if client == CLIENTS - 1:
            try:
                command = [_peers.peer("storescu"), "-xe", "127.0.0.1", str(port), *sources]
            except _peers.Absent:
                pass
        results[client] = _peers.run(command, timeout=240)

    threads = [threading.Thread(target=send, args=(i,)) for i in range(CLIENTS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    for client, one in enumerate(results):
        checks.equal(one.code, 0, f"client {client}: {one}")
    return CLIENTS * EACH


def trace(name, folder, files, *options):
    root = os.path.realpath(folder / "store")
    record = folder / "trace"
    directory = "--directory" if name == "archive" else "--output-directory"
    with Traced(record, name, directory, root, *options) as server:
        sent = send_all(server.port, files)
    checks.equal(server.code, 0, f"{name} {options}: exit code")
    story = Story(record)
    acknowledged = sum(one.status == 0 for one in story.responses)
    checks.equal(acknowledged, sent, f"{name} {options}: acknowledged objects in the trace")
    return story, root


def none_of(problems, acknowledged, what):
    worst = sorted(set(problems))[:3]
    checks.equal(len(problems), 0, f"{what}: {worst}; objects with a wrong order")
    print(f"   {what}: {acknowledged} acknowledged objects, every one in order", flush=True)


def storescp(files):
    every = ([], ["--by-study", "--on-duplicate", "keep"], ["--store-as", "implicit"])
    for level in ("none", "file", "folder"):
        for options in every if level == "folder" else every[1:2]:
            with _peers.folder() as folder:
                story, root = trace("storescp", folder, files, "--durability", level, *options)
                what = f"storescp --durability {level} {' '.join(options)}"
                count = len(story.responses)
                none_of(story.problems(level, root), count, what)
                # The same eyes see that less is less: else they would be blind.
                if level == "none":
                    checks.equal(len(story.syncs), 0, f"{what}: fsync calls")
                    checks.equal(len(story.problems("file", root)), count, f"{what}: seen as file")
                if level == "file":
                    checks.equal(len(story.problems("folder", root)), count, f"{what}: seen as folder")


def default_is_none(files):
    with _peers.folder() as folder:
        story, _ = trace("storescp", folder, files)
        checks.equal(len(story.syncs), 0, "storescp without --durability: fsync calls")
    text = _peers.run([_peers.program("storescp"), "--help"]).out
    checks.check(re.search(r"--durability.*\n?.*\[none\]", text), "storescp --help tells the default")
    text = _peers.run([_peers.program("archive"), "--help"]).out
    checks.check(re.search(r"--durability(.*\n){0,3}?.*\[folder\]", text), "archive --help tells the default")


def archive(files):
    with _peers.folder() as folder:
        story, root = trace("archive", folder, files)
        index = os.path.join(root, "index.sqlite-wal")
        none_of(story.problems("folder", root, index), len(story.responses), "archive")
    with _peers.folder() as folder:
        story, root = trace("archive", folder, files, "--durability", "none")
        none_of(story.problems("none", root), len(story.responses), "archive --durability none")
        checks.equal(len(story.problems("file", root)), len(story.responses), "archive, seen as file")


def main():
    with _peers.folder() as files:
        make_files(files)
        for name, part in (("storescp", storescp), ("the default", default_is_none),
                           ("archive", archive)):
            with checks.part(name):
                part(files)
    checks.finish()


main()
