# SPDX-License-Identifier: BSL-1.0
"""SCPs that lie, and our clients against them. A `Liar` listens on a port of its own and plays one
script on each connection; a `Row` is one program against one script, with what has to come of it:

    Row("echoscu: unknown PDU type", "echoscu", lambda peer: peer.open().send(pdu(0x08)),
        code=1, says="unknown PDU type", wire="2/1")

Straight from PS3.8 9.3 and PS3.7 9.3; no code of codimse.
"""
import concurrent.futures
import contextlib
import pathlib
import re
import socket
import struct
import sys
import tempfile
import threading
import time

from _wire import (APPLICATION_CONTEXT, ASSOCIATE_AC, COMMAND, CT_IMAGE, C_CANCEL_RQ, C_FIND_RQ,
                   C_GET_RQ, C_MOVE_RQ, EXPLICIT_LITTLE, IMPLICIT_LITTLE, LAST, NO_DATA_SET,
                   N_CREATE_RQ, N_SET_RQ, Wire, _peers, context_ac, ct_data_set, element, even,
                   explicit_element, fragments, item, listen, parse_command, pdu, release_rp,
                   response_to, store_rq, user_information)

PENDING = 0xFF00
AFTER_ABORT = 0.3       # seconds for what may not come after an A-ABORT
PATIENCE = 25           # seconds for any one thing, on a slow machine
SHORT = "2"             # seconds, the timeouts of programs that have to run into one
LONG = "60"


class Gone(Exception):
    """The client did something else: its word, as in `Wire.receive`."""


class Message:
    def __init__(self, context, command, data):
        self.context, self.command, self.data = context, command, data
        self.field, = struct.unpack("<H", command[0x0100][:2])


class Peer:
    """One connection of a client, and the honest half of what is said on it."""

    def __init__(self, wire, number):
        self.wire, self.number = wire, number
        self.contexts, self.roles, self.tail = {}, b"", []
        self.pieces = []    # PDVs that were received and not looked at

    # What is heard.

    def open(self):
        """Takes the A-ASSOCIATE-RQ."""
        self._expect("RQ")
        self.request = self.wire.body
        for kind, value in _items(self.request[68:]):
            if kind == 0x20:
                inner = list(_items(value[4:]))
                self.contexts[value[0]] = (inner[0][1], [uid for _, uid in inner[1:]])
            if kind == 0x50:
                self.roles = b"".join(item(0x54, one) for what, one in _items(value) if what == 0x54)
        return self

    def _expect(self, word):
        got = self.wire.receive()
        if got != word:
            raise Gone(got)

    def message(self):
        """The next message, its data set included; C-CANCEL does not count."""
        command, data, wanted = b"", b"", COMMAND
        while True:
            context, flags, piece = self.piece()
            if flags & COMMAND:
                command += piece
            else:
                data += piece
            if not flags & LAST:
                continue
            if wanted == COMMAND:
                parsed = parse_command(command)
                if struct.unpack("<H", parsed[0x0800][:2])[0] != NO_DATA_SET:
                    wanted = 0
                    continue
            message = Message(context, parse_command(command), data)
            if message.field != C_CANCEL_RQ:
                return message
            command, data, wanted = b"", b"", COMMAND

    def piece(self):
        """The next PDV: its context, flags and fragment."""
        while not self.pieces:
            self._expect("DATA")
            at, body = 0, self.wire.body
            while at + 6 <= len(body):
                length, context, flags = struct.unpack_from(">IBB", body, at)
                self.pieces.append((context, flags, body[at + 6:at + 4 + length]))
                at += 4 + length
        return self.pieces.pop(0)

    def until_release(self):
        self._expect("RELEASE-RQ")
        return self

    # What is said.

    def send(self, *data):
        self.wire.send(*data)
        return self

    def syntax(self, number):
        proposed = self.contexts[number][1]
        return IMPLICIT_LITTLE if IMPLICIT_LITTLE in proposed else proposed[0]

    def ac(self, contexts=None, max_length=16384, more=None, items=None):
        """An A-ASSOCIATE-AC, by default to everything that was proposed. `contexts`: bytes of
        items; `more`: bytes of user information, by default the roles that were proposed."""
        if contexts is None:
            contexts = b"".join(context_ac(one, 0, self.syntax(one)) for one in self.contexts)
        user = user_information(max_length, self.roles if more is None else more)
        if items is None:
            items = item(0x10, APPLICATION_CONTEXT) + contexts + user
        return pdu(ASSOCIATE_AC, self.request[:68] + items)

    def accept(self, **how):
        return self.send(self.ac(**how))

    def reply(self, to, status=0, data=None, context=None, elements=None):
        """The bytes of a response; `elements` in place of what is right, b"none": left out."""
        data_set = NO_DATA_SET if data is None else 1
        command = _without(response_to(to.command, status, data_set, elements))
        number = to.context if context is None else context
        out = fragments(number, COMMAND, command)
        return out if data is None else out + fragments(number, 0, data)

    def release(self):
        self.until_release()
        return self.send(release_rp())

    def answers(self, to, status=0):
        """The bytes of the honest answers to a request. For a C-GET, first sends an object."""
        if to.field == C_FIND_RQ:
            return self.reply(to, PENDING, match()) + self.reply(to, status)
        if to.field == C_MOVE_RQ:
            return (self.reply(to, PENDING, elements=counters(1, 1, 0, 0)) +
                    self.reply(to, status, elements=counters(None, 2, 0, 0)))
        if to.field == C_GET_RQ:
            self.send_object(b"1.2.3.4")
            return self.reply(to, status, elements=counters(None, 1, 0, 0))
        if to.field in (N_CREATE_RQ, N_SET_RQ):
            return self.reply(to, status, elements={0x1000: to.command.get(0x1000) or to.command[0x1001]})
        return self.reply(to, status)

    def storage_context(self, sop_class=CT_IMAGE):
        return next(number for number, (abstract, _) in self.contexts.items() if abstract == sop_class)

    def send_object(self, instance, sop_class=CT_IMAGE, context=None, message_id=7, data=None):
        """A C-STORE sub-operation; yields the status that the client answers."""
        number = self.storage_context() if context is None else context
        body = ct_data_set(instance) if data is None else data
        self.send(fragments(number, COMMAND, store_rq(sop_class, instance, message_id)),
                  fragments(number, 0, body))
        status = self.message().command.get(0x0900, b"\xff\xff")
        return "%04X" % struct.unpack("<H", status[:2])

    def exchange(self, count):
        """Answers so many requests honestly; what answers ours does not count."""
        while count > 0:
            to = self.message()
            if to.field & 0x8000 == 0:
                self.send(self.answers(to))
                count -= 1
        return self

    def honest(self, count):
        self.open().accept().exchange(count).release()

    # How it ends.

    def listen_to_the_end(self):
        """Every word up to the end of the connection. An A-ABORT is followed by a moment of listening,
        then by the end, as it should be."""
        end = time.monotonic() + PATIENCE
        while not self.tail or self.tail[-1] not in ("closed", "reset", "silent", "torn"):
            left = end - time.monotonic()
            aborted = any(word.startswith("ABORT") for word in self.tail)
            word = self.wire.receive(AFTER_ABORT if aborted else max(0.01, left))
            if aborted and word == "silent":
                word = "closed"     # by us
            self.tail.append(word)


def drip(peer, data, pause=0.4):
    """A byte at a time, until the client has gone."""
    for one in data:
        peer.send(bytes([one]))
        got = peer.wire.receive(pause)
        if got != "silent":
            raise Gone(got)


def _items(body):
    at = 0
    while at + 4 <= len(body):
        kind, _, length = struct.unpack_from(">BBH", body, at)
        yield kind, body[at + 4:at + 4 + length]
        at += 4 + length


def _without(command):
    """Takes out the elements whose value is b"none"."""
    out, at = b"", 12
    while at < len(command):
        group, number, length = struct.unpack_from("<HHI", command, at)
        if command[at + 8:at + 8 + length] != b"none":
            out += command[at:at + 8 + length]
        at += 8 + length
    return element(0, 0, struct.pack("<I", len(out))) + out


def match(patient=b"4711"):
    return element(0x0008, 0x0052, b"STUDY ") + element(0x0010, 0x0020, even(patient, b" "))


def counters(remaining, completed, failed, warning):
    values = {0x1020: remaining, 0x1021: completed, 0x1022: failed, 0x1023: warning}
    return {number: value for number, value in values.items() if value is not None}


def part10(instance, sop_class=CT_IMAGE, more=b""):
    """A small file, Explicit VR Little Endian."""
    meta = (explicit_element(2, 0x0001, b"OB", b"\0\1") + explicit_element(2, 0x0002, b"UI", even(sop_class)) +
            explicit_element(2, 0x0003, b"UI", even(instance)) +
            explicit_element(2, 0x0010, b"UI", even(EXPLICIT_LITTLE)))
    data = (explicit_element(0x0008, 0x0016, b"UI", even(sop_class)) +
            explicit_element(0x0008, 0x0018, b"UI", even(instance)) +
            explicit_element(0x0010, 0x0020, b"LO", b"FIRE") + more)
    return bytes(128) + b"DICM" + explicit_element(2, 0, b"UL", struct.pack("<I", len(meta))) + meta + data


class Liar:
    """Plays `script` on each connection until it is closed. What the client says after the script has
    ended is in `tails`, a list of words for each connection."""

    def __init__(self, script):
        self.script, self.peers, self.problem = script, [], None
        self.listener, self.port = listen()
        self.listener.settimeout(0.1)
        self.closing = threading.Event()
        self.threads = []
        self._start(self._serve)

    def _start(self, what, *arguments):
        self.threads.append(threading.Thread(target=what, args=arguments, daemon=True))
        self.threads[-1].start()

    def _serve(self):
        while not self.closing.is_set():
            try:
                connection, _ = self.listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            self.peers.append(Peer(Wire(connection, PATIENCE), len(self.peers)))
            self._start(self._play, self.peers[-1])

    def _play(self, peer):
        with peer.wire as wire:
            try:
                self.script(peer)
            except Gone as gone:
                peer.tail.append(str(gone))
                if str(gone) == "RELEASE-RQ":   # it wants no more: nothing to lie about
                    peer.send(release_rp())
            except Exception as problem:    # the script's own mistake: told with the row
                self.problem = f"{type(problem).__name__}: {problem}"
                return
            with contextlib.suppress(OSError):
                if wire.socket.fileno() >= 0:
                    peer.listen_to_the_end()

    @property
    def tails(self):
        return [peer.tail for peer in self.peers]

    def close(self):
        self.closing.set()
        for thread in self.threads:
            thread.join(PATIENCE + 5)
            if thread.is_alive():
                self.problem = "the liar did not end"
        self.listener.close()


class Row:
    """`code`: exit code or several; `says`: a pattern that every line on standard error fits;
    `lines`: how many there are, at least and at most; `wire`: what ends each connection:
    "2/1" an A-ABORT with that source and reason and nothing after it, "close" nothing but the end,
    "cut" an end within a PDU, None: anything that is no more than one A-ABORT. `short`: which timeouts
    are short. `before`: a context manager that yields a port, for a row without a script. `prepare` puts
    other files into "in"; `after` yields what is wrong with what is left."""

    def __init__(self, name, program, script, code=1, says=".", lines=None, wire=None, short=(),
                 more=(), before=None, after=None, prepare=None):
        self.name, self.program, self.script = name, program, script
        self.codes = code if isinstance(code, tuple) else (code,)
        self.says, self.wire, self.short, self.more = says, wire, short, more
        least = 0 if self.codes == (0,) else 1
        self.lines = (least, least) if lines is None else lines if isinstance(lines, tuple) else (lines, lines)
        self.before, self.after, self.prepare = before, after, prepare

    def command(self, port, folder):
        arguments = [_peers.program(self.program)]
        for name in ("connect", "acse", "dimse", "write"):
            arguments += [f"--{name}-timeout", SHORT if name in self.short else LONG]
        arguments += [*self.more, *arguments_of(self.program, folder)]
        place = arguments.index("PATHS") if "PATHS" in arguments else len(arguments)
        rest = [folder / "in"] if place < len(arguments) else []
        return [*arguments[:place], "127.0.0.1", port, *rest]

    def problems(self, done, liar, folder):
        """What does not hold."""
        if done.code not in self.codes:
            yield f"exit code {done.code}, not {self.codes}"
        lines = done.err.splitlines()
        if not self.lines[0] <= len(lines) <= self.lines[1]:
            yield f"{len(lines)} lines on standard error, not {self.lines}"
        if len(set(lines)) != len(lines):
            yield "the same line twice"
        for line in lines:
            if not line.startswith(f"{self.program}: "):
                yield f"not a line of the program: {line!r}"
            elif not re.search(self.says, line):
                yield f"does not say {self.says!r}: {line!r}"
        if re.search(r"[\0-\x09\x0b-\x1f\x7f-\x9f]", done.err + done.out):
            yield "control characters on the terminal"
        if liar is not None:
            yield from self._problems_of_the_wire(liar)
        yield from (self.after(folder, done, liar) if self.after else ())

    def _problems_of_the_wire(self, liar):
        if liar.problem:
            yield f"the script: {liar.problem}"
        if not liar.peers:
            yield "nobody came"
        for tail in liar.tails:
            aborts = [word for word in tail if word.startswith("ABORT")]
            if aborts and (tail[-2:-1] != aborts[-1:] or len(aborts) > 1):
                yield f"something after an A-ABORT: {tail}"
            if "silent" in tail or ("torn" in tail and self.wire != "cut"):
                yield f"the connection was left open, or ended in a PDU: {tail}"
            if self.wire in (None, "cut") or not tail:
                continue
            wanted = [] if self.wire == "close" else [f"ABORT {self.wire}"]
            # A request may have crossed what the peer said.
            if [word for word in tail[:-1] if word != "DATA"] != wanted:
                yield f"on the wire {tail}, not {wanted}"


def arguments_of(program, folder):
    key = ["-k", "StudyInstanceUID=1.2.3"]
    return {"echoscu": [], "storescu": ["PATHS"], "findscu": key,
            "movescu": [*key, "--destination", "ELSE"],
            "getscu": [*key, "--output-directory", folder / "out"],
            "mppsscu": ["--then", "complete"]}[program]


# The programs, and how many requests each sends when all goes well.
REQUESTS = {"echoscu": 1, "storescu": 2, "findscu": 1, "movescu": 1, "getscu": 1, "mppsscu": 2}


def left_behind(folder):
    """Every file below the folder that is none of the input, but for what a C-GET may store."""
    allowed = {folder / "in", folder / "out"}
    for path in folder.rglob("*"):
        if path in allowed or path.parent == folder / "in":
            continue
        if not re.fullmatch(r"[0-9.]{1,64}\.dcm", path.name) or path.parent != folder / "out":
            yield f"left behind: {path.relative_to(folder)}"


def play(row):
    """Runs one row; yields what went wrong, and how long it took."""
    with tempfile.TemporaryDirectory(prefix="codimse-fire-") as path:
        folder = pathlib.Path(path)
        (folder / "in").mkdir()
        if row.prepare:
            row.prepare(folder / "in")
        elif row.program == "storescu":
            for number in range(1, REQUESTS["storescu"] + 1):
                (folder / "in" / f"{number}.dcm").write_bytes(part10(b"1.2.3.%d" % number))
        liar = Liar(row.script) if callable(row.script) else None
        with row.before() if row.before else contextlib.nullcontext() as port:
            done = _peers.run(row.command(liar.port if liar else port, folder), timeout=PATIENCE,
                              cwd=folder)
        if liar:
            liar.close()
        found = list(row.problems(done, liar, folder)) + list(left_behind(folder))
        if "stopped after" in done.err:
            found.append(f"did not end within {PATIENCE} s")
        return [f"{row.name}: {one}" for one in found] + ([f"   {done}"] if found else []), done.seconds


def play_all(rows, checks, at_once=8 if _peers.SANITIZED else 16):
    names = [row.name for row in rows]
    twice = {name for name in names if names.count(name) > 1}
    checks.equal(twice, set(), "rows with the same name")
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        futures = {pool.submit(play, row): row for row in rows}
        longest = []
        for future in concurrent.futures.as_completed(futures):
            problems, seconds = future.result()
            checks.check(not problems, "\n".join(problems))
            longest.append((seconds, futures[future].name))
    return sorted(longest, reverse=True)[:3]


def main(rows):
    """Plays the rows, or those whose name has the argument in it, and exits with the outcome."""
    checks = _peers.Checks()
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    chosen = [row for row in rows if wanted in row.name]
    with checks.part(f"{len(chosen)} rows"):
        for seconds, name in play_all(chosen, checks):
            print(f"   {seconds:.1f} s {name}")
    checks.finish()


@contextlib.contextmanager
def nobody_listens():
    """A port that refuses connections."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


@contextlib.contextmanager
def black_hole():
    """A port whose queue is full: connections are neither made nor refused."""
    listener = socket.socket()
    waiting = []
    try:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
            waiting.append(one)
        time.sleep(0.1)
        yield listener.getsockname()[1]
    finally:
        for one in (listener, *waiting):
            one.close()
