#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Nothing that our programs receive reaches a terminal, a log line or a path unescaped: AE titles,
UIDs, names, comments, element values, what a peer says and what lies on disk, file names, the command
line. Each route is given text with escape sequences, control characters of C0 and C1, ends of lines,
directional overrides and bytes that are no UTF-8; what the program says must be UTF-8 without any of
these, no line may begin with what was received, and nothing may lie where it should not.
"""
import contextlib
import os
import pathlib
import re
import socket
import struct
import subprocess
import sys
import tempfile
import threading

from _wire import (APPLICATION_CONTEXT, COMMAND, CT_IMAGE, IMPLICIT_LITTLE, MPPS, N_CREATE_RQ, N_SET_RQ,
                   STUDY_ROOT_FIND, Wire, _peers, abort, associate_body, associate_rq, context_ac,
                   context_rq, ct_data_set, element, even, explicit_element, fragments, item, listen, pdu, release_rp,
                   request, response_to, store_rq, user_information)

FORGED = b"FORGED"
C0 = b"\x1b[2J\r\n" + FORGED + b"\t\x07\x08\x1b]0;t\x07"
C1 = b"\xc2\x9b31m\xc2\x85" + FORGED            # CSI, NEL
BIDI = "\u202eabc\u2028".encode() + FORGED + "\u2066\ufeff".encode()
NO_UTF8 = b"\x9b31m\xff\xfe\xc3"
HOSTILE = (C0, C1, BIDI, NO_UTF8, C0 + C1 + BIDI + NO_UTF8)
PATHS = (b"../../escaped", b"/tmp/escaped", b"..", b"a\nb", b"1.2/../3", b"1.2.3\0.dcm", *HOSTILE)
UTF8_SET = element(8, 5, b"ISO_IR 192")
MOVE_DESTINATION, COMMENT = 0x0600, 0x0902
STUDY_ROOT_MOVE = b"1.2.840.10008.5.1.4.1.2.2.2"
STUDY_ROOT_GET = b"1.2.840.10008.5.1.4.1.2.2.3"
COMMITMENT = b"1.2.840.10008.1.20.1"


def complaints(said):
    """What is wrong with what a program said, as a list of words."""
    found = []
    try:
        text = said.decode("utf-8")
    except UnicodeDecodeError as problem:
        return [f"no UTF-8: {said[max(0, problem.start - 40):problem.end + 10]!r}"]
    bad = re.search("[\0-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]", text)
    if bad:
        found.append(f"{bad[0]!r} in {text[max(0, bad.start() - 60):bad.end() + 20]!r}")
    if re.search(f"^[^\\w]*{FORGED.decode()}", text, re.MULTILINE):
        found.append(f"a forged line: {text[-300:]!r}")
    return found


def judge(checks, said, what, needs=b""):
    for complaint in complaints(said):
        checks.fail(f"{what}: {complaint}")
    checks.check(needs in said, f"{what}: {needs!r} was never said: {said[-300:]!r}")


def log_of(server):
    return os.pread(server.log.fileno(), os.fstat(server.log.fileno()).st_size, 0)


def run(*arguments, code=None, cwd=None):
    done = subprocess.run(arguments, stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
                          cwd=cwd, check=False)
    return done.returncode, done.stdout, done.stderr


# --- servers --------------------------------------------------------------------------------------

def hostile_requests():
    """A-ASSOCIATE-RQ PDUs with hostile text in every place that holds text."""
    for text in HOSTILE:
        for at in range(0, len(text), 16):
            title = text[at:at + 16]
            yield associate_rq(calling=title, called=title)
            yield associate_rq(calling=title, application=b"1.2.3")     # refused
        names = item(0x55, text[:16])
        roles = item(0x54, struct.pack(">H", len(text)) + text + b"\1\1")
        identity = item(0x58, struct.pack(">BBH", 1, 1, len(text)) + text + bytes(2))
        common = item(0x57, struct.pack(">H", len(text)) + text + struct.pack(">HH", 0, 0))
        extended = item(0x56, struct.pack(">H", len(text)) + text + b"\1")
        for more in (names, roles, identity, common, extended, item(0x52, text)):
            yield associate_rq(user=user_information(more=more), calling=text)
        yield associate_rq(context_rq(1, text, (text, IMPLICIT_LITTLE)), calling=text)
        yield associate_rq(application=text, calling=text)
        yield text * 8                                                  # no PDU at all
    yield b"GET / HTTP/1.1\r\nHost: " + C0 + b"\r\n\r\n"


def exchange(port, contexts, messages, title=C0):
    """One association with these contexts, and these (context id, command set, data set)."""
    with Wire.connect(port) as wire:
        wire.send(associate_rq(b"".join(contexts), calling=title))
        answers = [wire.receive()]
        for number, command, data in messages:
            sent = fragments(number, COMMAND, command)
            wire.send(sent + (fragments(number, 0, data) if data is not None else b""))
            answers.append(wire.status())
        wire.send(abort())
    return answers


def hostile_stores():
    for text in PATHS:
        uid = text[:64]
        values = UTF8_SET + element(0x10, 0x10, even(text, b" ")) + element(0x10, 0x4000, even(text, b" "))
        yield 1, store_rq(CT_IMAGE, even(uid)), ct_data_set(uid, study=uid, more=values)
        yield 1, store_rq(CT_IMAGE, b"1.2.3.4"), ct_data_set(b"1.2.3.4", study=uid, more=values)
        yield 1, store_rq(even(uid), b"1.2.3.5"), ct_data_set(b"1.2.3.5")


def hostile_queries():
    for text in HOSTILE:
        key = even(text, b" ")
        keys = UTF8_SET + element(8, 0x52, b"STUDY ") + element(0x10, 0x10, key) + element(0x20, 0xD, key)
        yield 3, request(0x20, STUDY_ROOT_FIND, 1, 1, {0x0700: 0}), keys
        yield 3, request(0x20, STUDY_ROOT_FIND, 1, 1, {0x0700: 0}), element(8, 0x52, key) + element(0x10, 0x10, key)
        yield (5, request(0x21, STUDY_ROOT_MOVE, 1, 1, {0x0700: 0, MOVE_DESTINATION: text[:16]}),
               element(8, 0x52, b"STUDY ") + element(0x20, 0xD, key))
        referenced = element(8, 0x1150, key) + element(8, 0x1155, key)
        wanted = element(8, 0x1195, even(text[:64])) + element(
            8, 0x1199, element(0xFFFE, 0xE000, referenced))
        yield (7, request(0x130, COMMITMENT, 1, 1, {0x0002: b"", 0x0003: COMMITMENT, 0x1001: b"1.2.840.10008.1.20.1.1",
                                                    0x1008: 1}), wanted)


def hostile_steps():
    for at, text in enumerate(HOSTILE):
        value = even(text, b" ")
        step = UTF8_SET + element(8, 0x60, b"CT") + element(0x10, 0x10, value) + element(0x40, 0x0252, value)
        good = step.replace(element(0x40, 0x0252, value), element(0x40, 0x0252, b"IN PROGRESS "))
        instance = b"1.2.%d" % at
        yield 1, request(N_CREATE_RQ, MPPS, 1, 1, {0x1000: even(text[:64])}), good
        yield 1, request(N_CREATE_RQ, MPPS, 1, 1, {0x1000: even(instance)}), good
        yield (1, request(N_SET_RQ, MPPS, 1, 1, {0x0002: b"", 0x0003: MPPS, 0x1001: even(instance)}),
               UTF8_SET + element(0x40, 0x0254, value))


def names_below(folder):
    return [str(path.relative_to(folder)) for path in folder.rglob("*")]


def escaped():
    """What lies where the absolute one of PATHS leads."""
    return {str(path) for path in pathlib.Path("/tmp").glob("escaped*")}


def servers(checks, folder):
    contexts = {"storescp": [context_rq(1, CT_IMAGE)], "mppsscp": [context_rq(1, MPPS)],
                "archive": [context_rq(1, CT_IMAGE), context_rq(3, STUDY_ROOT_FIND), context_rq(5, STUDY_ROOT_MOVE),
                            context_rq(7, COMMITMENT)]}
    messages = {"storescp": list(hostile_stores()), "mppsscp": list(hostile_steps()),
                "archive": list(hostile_stores()) + list(hostile_queries())}
    out = {name: folder / name for name in contexts}
    options = {"storescp": ("--by-study", "--output-directory", out["storescp"]), "mppsscp": ("--lenient",),
               "archive": ("--directory", out["archive"])}
    before = escaped()
    for name, offered in contexts.items():
        with checks.part(name), _peers.OurScp(name, "-v", *options[name]) as server:
            for one in hostile_requests():
                with Wire.connect(server.port) as wire:
                    wire.send(one)
                    wire.receive()
            for number, one in enumerate(messages[name]):
                answers = exchange(server.port, offered, [one], HOSTILE[number % len(HOSTILE)])
                checks.equal(answers[0], "AC", f"{name}: the association of message {number}")
            server.stop()
            judge(checks, log_of(server), name, b"\\x1b[2J")
            for path in names_below(out[name]) if out[name].exists() else ():
                checks.check(re.fullmatch(r"([\d.]+|unknown-study)(/[\d.]+\.dcm)?|index\.sqlite.*|archive\.lock", path),
                             f"{name} made {path!r}")
    checks.check(not any(b"escaped" in name for name in os.listdir(os.fsencode(folder.parent))), "outside of its folder")
    checks.equal(escaped() - before, set(), "outside of its folder")


def other_servers(checks, folder):
    """A private service that prints AE titles; and a peer whose socket has a hostile name."""
    with checks.part("custom_scp"), _peers.OurScp("custom_scp") as server:
        reading = b"2.25.136949434240896388036188522794538439104"
        explicit = context_rq(1, reading, (b"1.2.840.10008.1.2.1",))
        for text in HOSTILE:
            sent = [(1, store_rq(reading, even(text[:64])), b"")]
            checks.equal(exchange(server.port, [explicit], sent, b"DEVICE" + text)[0], "AC", "custom_scp")
            checks.equal(exchange(server.port, [explicit], [], text)[0], "RJ 1/1/3", "custom_scp: no device")
        server.stop()
        judge(checks, log_of(server), "custom_scp", b"DEVICE\\x1B[2J")
    with checks.part("a peer's socket"):
        at = folder / "socket"
        server = subprocess.Popen([_peers.program("storescp"), "-v", "--bind", f"unix:{at}", "0"], cwd=folder,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  preexec_fn=_peers.end_with_parent)
        server.stdout.readline()
        with socket.socket(socket.AF_UNIX) as peer:
            peer.bind(os.fsencode(folder) + b"/" + C0.replace(b"/", b"") + NO_UTF8)
            peer.connect(str(at))
            peer.settimeout(20)
            peer.sendall(associate_rq(calling=C0))
            peer.recv(100)
        server.terminate()
        said, _ = server.communicate(timeout=60)
        judge(checks, said, "a peer's socket", b"unix:")


# --- clients --------------------------------------------------------------------------------------

class HostileScp(threading.Thread):
    """Accepts what is proposed and answers each request as `answer` says: it yields (status, more
    elements of the response, data set or None)."""

    def __init__(self, answer, text):
        super().__init__(daemon=True)
        self.listener, self.port = listen()
        self.answer, self.text = answer, text
        self.start()

    def run(self):
        with contextlib.suppress(OSError, IndexError):
            while True:
                connection, _ = self.listener.accept()
                with Wire(connection) as wire:
                    self.serve(wire)

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)    # ends accept(), which close() does not
        self.listener.close()

    def serve(self, wire):
        if wire.receive() != "RQ":
            return
        wire.send(self.acceptance(wire.body))
        while True:
            found = wire.message()
            if isinstance(found, str):
                wire.send(release_rp() if found == "RELEASE-RQ" else b"")
                return
            if struct.unpack("<H", found[0x0100][:2])[0] & 0x8000:      # of our own C-STORE-RQ
                continue
            number = wire.body[4]
            for status, more, data in self.answer(found, self.text):
                if status is None:
                    wire.send(fragments(self.store_context, COMMAND, more), fragments(self.store_context, 0, data))
                    continue
                response = response_to(found, status, 1 if data is not None else 0x0101, more)
                wire.send(fragments(number, COMMAND, response),
                          fragments(number, 0, data) if data is not None else b"")

    def acceptance(self, rq):
        """Everything with its first transfer syntax, and hostile text all over the A-ASSOCIATE-AC."""
        contexts, roles, at, self.store_context = b"", b"", 68, 1
        while at + 4 <= len(rq):
            kind, _, length = struct.unpack_from(">BBH", rq, at)
            body = rq[at + 4:at + 4 + length]
            if kind == 0x20:
                size, = struct.unpack_from(">H", body, 6)
                abstract = body[8:8 + size]
                first, = struct.unpack_from(">H", body, 10 + size)
                contexts += context_ac(body[0], 0, body[12 + size:12 + size + first])
                if abstract == CT_IMAGE:
                    self.store_context = body[0]
                    roles = item(0x54, struct.pack(">H", size) + abstract + b"\0\1")
            at += 4 + length
        user = user_information(more=item(0x55, self.text[:16]) + roles)
        return pdu(2, associate_body(item(0x10, APPLICATION_CONTEXT) + contexts + user, self.text, self.text))


def comment(text):
    return {COMMENT: text[:64], 0x0901: struct.pack("<HH", 0x10, 0x10)}


def failing(status):
    return lambda _, text: [(status, comment(text), None)]


def matches(_, text):
    value = even(text, b" ")
    nested = element(0x40, 0x0275, element(0xFFFE, 0xE000, element(0x40, 7, value)))
    return [(0xFF00, {}, UTF8_SET + element(8, 0x60, value) + element(0x10, 0x10, value) + element(0x20, 0xD, value) +
             nested), (0xA700, comment(text), None)]


def not_moved(_, text):
    failed = element(8, 0x58, even(text[:64]))
    counters = {0x1020: 0, 0x1021: 0, 0x1022: 1, 0x1023: 0}
    return [(0xFF00, counters, None), (0xB000, {**counters, **comment(text)}, failed)]


def got(_, text):
    stores = [(None, store_rq(CT_IMAGE, even(uid[:64])), ct_data_set(uid[:64])) for uid in (text, *PATHS[:4])]
    return stores + not_moved(_, text)


def created(_, text):
    return [(0, {0x1000: even(text[:64]), **comment(text)}, None)]


def clients(checks, folder):
    image = folder / "a.dcm"
    write_part10(image)
    get = ("--output-directory", folder / "got", "-k", "StudyInstanceUID=1.2")
    rows = [("echoscu", failing(0x0110), (), ()), ("storescu", failing(0xA700), (), (image,)),
            ("storescu", failing(0xB000), (), (image,)), ("findscu", matches, (), ()),
            ("findscu", matches, ("--json",), ()), ("movescu", not_moved, ("--dest", "X", "-k", "StudyInstanceUID=1.2"), ()),
            ("getscu", got, get, ()), ("mppsscu", created, (), ()), ("mppsscu", failing(0x0110), (), ())]
    with checks.part("clients"):
        for text in HOSTILE:
            for name, answer, options, more in rows:
                scp = HostileScp(answer, text)
                code, out, err = run(_peers.program(name), "-v", *options, "127.0.0.1", str(scp.port), *more)
                scp.close()
                judge(checks, out + b"\n" + err, f"{name} {' '.join(map(str, options))} {text!r}",
                      FORGED if FORGED in text else b"association ended")
                checks.check(code >= 0, f"{name}: signal {-code}")
        found = names_below(folder / "got")
        checks.check(all(re.fullmatch(r"[\d.]+\.dcm", one) for one in found), f"getscu made {found}")


# --- files and the command line -------------------------------------------------------------------

def write_part10(path, instance=b"1.2.3.4", more=b"", study=b"1.2.3"):
    meta = (explicit_element(2, 2, b"UI", even(CT_IMAGE)) + explicit_element(2, 3, b"UI", even(instance)) +
            explicit_element(2, 0x10, b"UI", even(IMPLICIT_LITTLE)))
    group = explicit_element(2, 0, b"UL", struct.pack("<I", len(meta)))
    pathlib.Path(os.fsdecode(path)).write_bytes(bytes(128) + b"DICM" + group + meta +
                                                ct_data_set(instance, study, more))
    return path


def hostile_files(folder):
    """Names and contents: good ones, broken ones, one that is not there."""
    made = []
    for at, text in enumerate(HOSTILE):
        name = os.fsencode(folder) + b"/" + text.replace(b"/", b"")
        value = even(text, b" ")
        more = UTF8_SET + element(8, 0x1030, value) + element(9, 0x10, value) + element(9, 0x1001, value)
        made.append(write_part10(name + b"good", b"1.2.%d" % at, more))
        made.append(write_part10(name + b"uid", text[:64], more, text[:64]))
        pathlib.Path(os.fsdecode(name + b"broken")).write_bytes(bytes(128) + b"DICM" + text * 9)
        pathlib.Path(os.fsdecode(name + b"other.dcm")).write_bytes(text)
        made += [name + b"broken", name + b"other.dcm", name + b"missing"]
    return made


def files(checks, folder):
    given = folder / "given"
    given.mkdir()
    made = hostile_files(given)
    with checks.part("dcmdump"):
        for options in ((), ("--json",), ("--search", "StudyDescription")):
            _, out, err = run(_peers.program("dcmdump"), *options, *made)
            judge(checks, out + err, f"dcmdump {options}", b"FORGED")
    with checks.part("storescu"), _peers.OurStorescp("-v", "--by-study", "--output-directory", folder / "stored") as scp:
        for paths in (made, [given]):
            _, out, err = run(_peers.program("storescu"), "-v", "127.0.0.1", str(scp.port), *paths)
            judge(checks, out + err, "storescu", b"FORGED")
        scp.stop()
        judge(checks, log_of(scp), "storescp of files")
        for path in names_below(folder / "stored"):
            checks.check(re.fullmatch(r"([\d.]+|unknown-study)(/[\d.]+\.dcm)?", path), f"storescp made {path!r}")
    with checks.part("archive"):
        worklist = folder / "worklist"
        worklist.mkdir()
        for text in HOSTILE:
            (worklist / os.fsdecode(text.replace(b"/", b"") + b".wl")).write_bytes(text)
        options = ("-v", "--directory", folder / "kept", "--import", given, "--worklist", worklist)
        with _peers.OurScp("archive", *options, ready=60) as server:
            contexts = [context_rq(1, b"1.2.840.10008.5.1.4.31")]
            keys = element(0x10, 0x10, b"") + element(0x40, 0x0100, b"")
            exchange(server.port, contexts, [(1, request(0x20, b"1.2.840.10008.5.1.4.31", 1, 1, {0x0700: 0}), keys)])
            server.stop()
            judge(checks, log_of(server), "archive", b"worklist: ")


def command_lines(checks, folder):
    """What the user types, or pastes, is shown when it is wrong."""
    (folder / "file").write_text("")
    with checks.part("command lines"):
        for text in (HOSTILE[-1], NO_UTF8):
            below = os.fsencode(folder / "file") + b"/" + text
            rows = [("echoscu", text, b"104"), ("echoscu", b"unix:" + below, b"0"), ("echoscu", b"h", text),
                    ("echoscu", b"--" + text, b"h", b"1"), ("echoscu", b"--aet", text, b"h", b"1"),
                    ("echoscu", b"h", b"1", text), ("echoscu", b"--acse-timeout", text, b"h", b"1"),
                    ("storescu", b"h", b"1", below), ("storescp", b"--bind", text, b"0"),
                    ("storescp", b"--bind", b"unix:" + below, b"0"), ("storescp", b"--on-duplicate", text, b"0"),
                    ("storescp", b"--output-directory", below, b"0"), ("storescp", b"--store-as", text, b"0"),
                    ("findscu", b"-k", text, b"h", b"1"), ("findscu", b"-k", b"PatientName[" + text, b"h", b"1"),
                    ("findscu", b"-k", b"Rows=" + text, b"h", b"1"), ("findscu", b"--model", text, b"h", b"1"),
                    ("movescu", b"--dest", text, b"h", b"1"), ("getscu", b"--sop-class", text, b"h", b"1"),
                    ("getscu", b"--output-directory", below, b"-k", b"StudyInstanceUID=1", b"h", b"1"),
                    ("mppsscu", b"--complete", text, b"h", b"1"), ("mppsscu", b"-k", text, b"h", b"1"),
                    ("mppsscu", b"--then", text, b"h", b"1"), ("mppsscp", text),
                    ("archive", b"--directory", below, b"0"), ("archive", b"--peer", text, b"0"),
                    ("archive", b"--peer", b"A@" + text + b":1x", b"--directory", os.fsencode(folder / "a"), b"0"),
                    ("archive", b"--directory", os.fsencode(folder / "b"), b"--import", below, b"0"),
                    ("archive", b"--directory", os.fsencode(folder / "b"), b"--bind", text, b"0"),
                    ("dcmdump", b"--search", text, b"x"), ("dcmdump", below), ("phantom", below),
                    ("phantom", b"--slices", text, b"x"), ("callbacks", text, b"1"), ("first_scu", below)]
            for name, *arguments in rows:
                code, out, err = run(_peers.program(name), *arguments, cwd=folder)
                judge(checks, out + err, f"{name} {arguments}")
                checks.check(code in (1, 2), f"{name} {arguments}: exit code {code}: {err!r}")


def main(wanted):
    checks = _peers.Checks()
    assert complaints(b"a\x1b") and complaints(C1) and complaints(BIDI) and complaints(NO_UTF8)
    assert complaints(b"x\nFORGED") and not complaints("\\x1b[2J \u00e4 FORGED\n".encode())
    for part in (servers, other_servers, clients, files, command_lines):
        if wanted and part.__name__ not in wanted:
            continue
        with tempfile.TemporaryDirectory() as outer:
            folder = pathlib.Path(outer) / "in" / "it"
            folder.mkdir(parents=True)
            part(checks, folder)
    checks.finish()


if __name__ == "__main__":
    main(sys.argv[1:])
