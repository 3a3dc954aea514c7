#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""findscu, movescu, getscu, mppsscu and mppsscp as their users meet them: options, exit codes,
output, signals.

usage: query_programs.py PROGRAMS [unittest arguments...]     PROGRAMS: where the examples lie

Needs no other DICOM toolkit: the peers are our own mppsscp, and a small one of the tests' own.
"""
import json
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path

import programs
from programs import USAGE, Programs, run

KEY = ("-k", "StudyInstanceUID=1.2.3")
QUERIES = {"findscu": (), "movescu": (*KEY, "--destination", "ELSE"), "getscu": KEY}
UTF8, PENDING, CANCEL, SUCCESS = b"ISO_IR 192", 0xFF00, 0xFE00, 0
C_CANCEL, C_FIND, C_GET, C_MOVE = 0x0FFF, 0x0020, 0x0010, 0x0021


def short(group, number, vr, value):
    """An element in Explicit VR Little Endian."""
    value += (b"\0" if vr == b"UI" else b" ") * (len(value) % 2)
    return struct.pack("<HH2sH", group, number, vr, len(value)) + value


def elements(command):
    """A command set as element number -> value."""
    found, at = {}, 0
    while at + 8 <= len(command):
        _, number, length = struct.unpack_from("<HHI", command, at)
        found[number] = command[at + 8:at + 8 + length]
        at += 8 + length
    return found


class Peer:
    """An SCP that answers one query as `script` (status, data set or None, counters) says; with
    `patient`, goes on with the first answer until a C-CANCEL comes."""

    def __init__(self, script, until_cancelled=False, deaf=False):
        self.script, self.until_cancelled, self.deaf = script, until_cancelled, deaf
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.identifier, self.command, self.cancels, self.aborted = b"", {}, 0, False
        self.contexts, self.roles = [], 0
        self.at_work = threading.Event()
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.close()
        self.thread.join(10)

    def _serve(self):
        try:
            self.socket, _ = self.listener.accept()
            with self.socket:
                self.socket.settimeout(30)
                self._associate()
                self._perform()
        except OSError:
            pass

    def _pdu(self):
        header = self._exactly(6)
        return header[0], self._exactly(struct.unpack(">I", header[2:])[0])

    def _exactly(self, size):
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise OSError("closed")
            data += more
        return data

    def _associate(self):
        _, body = self._pdu()
        answer, at = b"", 68
        while at + 4 <= len(body):
            kind, length = body[at], struct.unpack_from(">H", body, at + 2)[0]
            item = body[at + 4:at + 4 + length]
            if kind == 0x20:
                sub = 4
                syntax = None
                while sub + 4 <= len(item):
                    size = struct.unpack_from(">H", item, sub + 2)[0]
                    if item[sub] == 0x30:
                        self.contexts.append(item[sub + 4:sub + 4 + size].decode())
                    elif item[sub] == 0x40 and syntax is None:
                        syntax = item[sub:sub + 4 + size]
                    sub += 4 + size
                answer += struct.pack(">BBHBBBB", 0x21, 0, 4 + len(syntax), item[0], 0, 0, 0) + syntax
            elif kind == 0x50:
                self.roles = item.count(b"\x54\0")
            at += 4 + length
        name = b"1.2.840.10008.3.1.1.1"
        user = struct.pack(">BBHI", 0x51, 0, 4, 16384) + struct.pack(">BBH", 0x52, 0, 3) + b"1.2"
        body = struct.pack(">HH", 1, 0) + body[4:68] + struct.pack(">BBH", 0x10, 0, len(name)) + name
        body += answer + struct.pack(">BBH", 0x50, 0, len(user)) + user
        self.socket.sendall(struct.pack(">BBI", 2, 0, len(body)) + body)

    def _message(self):
        """Reads one PDU; the whole of small messages is in one or two."""
        kind, body = self._pdu()
        if kind == 5:
            self.socket.sendall(struct.pack(">BBII", 6, 0, 4, 0))
            raise OSError("released")
        if kind != 4:
            self.aborted = kind == 7
            raise OSError("aborted")
        at = 0
        while at < len(body):
            size, context, flags = struct.unpack_from(">IBB", body, at)
            data = body[at + 6:at + 4 + size]
            at += 4 + size
            if not flags & 1:
                self.identifier += data
                self.complete = bool(flags & 2)
            elif struct.unpack("<H", elements(data)[0x100])[0] == C_CANCEL:
                self.cancels += 1
            else:
                self.command, self.context = elements(data), context

    def _respond(self, status, data=None, counters=None):
        def item(number, value):
            return struct.pack("<HHI", 0, number, len(value)) + value
        us = lambda number: struct.pack("<H", number)
        field = struct.unpack("<H", self.command[0x100])[0] | 0x8000
        body = item(0x2, self.command[2]) + item(0x100, us(field))
        body += item(0x120, self.command[0x110]) + item(0x800, us(0x0101 if data is None else 1))
        body += item(0x900, us(status))
        for number, value in (counters or {}).items():
            body += item(number, us(value))
        body = item(0, struct.pack("<I", len(body))) + body
        self._send(body, 3)
        if data is not None:
            self._send(data, 2)

    def _send(self, data, flags):
        pdv = struct.pack(">IBB", len(data) + 2, self.context, flags) + data
        self.socket.sendall(struct.pack(">BBI", 4, 0, len(pdv)) + pdv)

    def _perform(self):
        self.complete = False
        while not self.complete:
            self._message()
        if self.until_cancelled:
            self._respond(*self.script[0])
            self.at_work.set()
            while self.deaf or not self.cancels:
                self._message()
        for answer in self.script[1:] if self.until_cancelled else self.script:
            self._respond(*answer)
        while True:
            self._message()


def match(name, charset=b"", study=b"1.2.3"):
    data = short(8, 5, b"CS", charset) if charset else b""
    return data + short(8, 0x52, b"CS", b"STUDY") + short(0x10, 0x10, b"PN", name) + \
        short(0x20, 0xD, b"UI", study)


class Queries(Programs):
    def ask(self, script, *arguments, program="findscu", **more):
        with Peer(script, **more) as peer:
            return run(program, *arguments, "127.0.0.1", peer.port), peer

    def assert_key(self, peer, group, number, vr, value):
        self.assertIn(short(group, number, vr, value), peer.identifier)


class Options(Queries):
    def test_help(self):
        for program in (*QUERIES, "mppsscu", "mppsscp"):
            helped = run(program, "--help")
            self.assertEqual((helped.returncode, helped.stderr), (0, ""))
            for option in ("--aet", "--max-pdu", "--dimse-timeout", "--idle-timeout", "--verbose"):
                self.assertIn(option, helped.stdout)
            self.assertEqual("-k" in helped.stdout, program != "mppsscp")

    def test_wrong_usage(self):
        there = ("localhost", "104")
        for program, *arguments in (
            *((program, *options, "localhost") for program, options in QUERIES.items()),
            *((program, *options, "-k", key, *there) for program, options in QUERIES.items()
              for key in ("", "=x", "Foo", "PatientNam=x", "0010,001", "0002,0010=x", "0000,0100",
                          "Rows=x", "Rows=70000", "PatientName[0].PatientID", "Modality=\u00e4", "PixelData=x",
                          "ScheduledProcedureStepSequence=x",
                          "ScheduledProcedureStepSequence[1].Modality",
                          "ScheduledProcedureStepSequence[0.Modality",
                          "ScheduledProcedureStepSequence[-1].Modality", "PatientID..Modality")),
            ("findscu", "--model", "frame", *there),
            ("movescu", "--model", "worklist", "--destination", "X", *KEY, *there),
            ("movescu", *KEY, *there),
            ("movescu", "--destination", "SEVENTEEN-LETTERS", *KEY, *there),
            ("movescu", "--destination", "X", *there),
            ("getscu", *there),
            ("getscu", "--sop-class", "CT", *KEY, *there),
            ("mppsscu", "--complete", "x", *there),
            ("mppsscu", "--complete", "1.2", "--discontinue", "1.3", *there),
            ("mppsscu", "--then", "pause", *there),
            ("mppsscu", "-k", "PerformedProcedureStepStatus=COMPLETED", *there),
            ("mppsscp",),
            ("mppsscp", "x"),
        ):
            with self.subTest(program=program, arguments=arguments):
                result = run(program, *arguments)
                self.assertEqual(result.returncode, USAGE, result.stderr)
                self.assertEqual(result.stdout, "")
                self.assert_one_line(result.stderr, f"^{program}: error: ")

    def test_nobody_there(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            for program, options in (*QUERIES.items(), ("mppsscu", ())):
                result = run(program, *options, "127.0.0.1", taken.getsockname()[1],
                             timeout=10)
                self.assertEqual(result.returncode, 1)
                self.assert_one_line(result.stderr, f"^{program}: error: cannot connect .*refused")


class Find(Queries):
    def test_blocks(self):
        result, _ = self.ask([(PENDING, match(b"Doe^John")), (PENDING, match(b"Doe^Jane", study=b"1.2.4")),
                              (SUCCESS,)])
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(result.stdout, "QueryRetrieveLevel: STUDY\nPatientName:        Doe^John\n"
                         "StudyInstanceUID:   1.2.3\n\nQueryRetrieveLevel: STUDY\n"
                         "PatientName:        Doe^Jane\nStudyInstanceUID:   1.2.4\n")

    def test_json(self):
        if "--json" not in run("findscu", "--help").stdout:
            self.skipTest("built without nlohmann/json")
        for matches in ([], [b"Doe^John"], [b"\x1b[31m", "M\u00fc\u009b".encode()]):
            script = [(PENDING, match(name, UTF8)) for name in matches]
            result, _ = self.ask([*script, (SUCCESS,)], "--json")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(len(json.loads(result.stdout)), len(matches))
            self.assertNotIn("\x1b", result.stdout)
            self.assertNotIn("\u009b", result.stdout)

    def test_json_stays_whole_when_it_fails(self):
        if "--json" in run("findscu", "--help").stdout:
            result, _ = self.ask([(PENDING, match(b"Doe")), (0xA700,)], "--json")
            self.assertEqual((result.returncode, len(json.loads(result.stdout))), (1, 1))

    def test_hostile_text(self):
        name = b"\x1b[31mRED\r\n\x07" + "\u009b\u202e".encode()
        result, _ = self.ask([(PENDING, match(name, UTF8)), (SUCCESS,)])
        self.assertEqual(result.returncode, 0)
        for bad in "\x1b\x07\r\u009b\u202e":
            self.assertNotIn(bad, result.stdout)
        self.assertEqual(result.stdout.count("\n"), 4)

    def test_failure(self):
        result, _ = self.ask([(0xA900,)])
        self.assertEqual(result.returncode, 1)
        self.assert_one_line(result.stderr, "^findscu: error: the peer answered with status A900")

    def test_levels_and_keys(self):
        for arguments, level in (((), b"STUDY"), (("--model", "patient"), b"PATIENT"),
                                 (("-k", "StudyInstanceUID=1.2", "-k", "SeriesInstanceUID"), b"SERIES"),
                                 (("-k", "SOPInstanceUID"), b"IMAGE"),
                                 (("-k", "0008,0052=SERIES"), b"SERIES")):
            _, peer = self.ask([(SUCCESS,)], *arguments)
            self.assert_key(peer, 8, 0x52, b"CS", level)
        _, peer = self.ask([(SUCCESS,)])
        self.assert_key(peer, 0x10, 0x10, b"PN", b"")
        self.assertNotIn(b"ISO_IR", peer.identifier)
        _, peer = self.ask([(SUCCESS,)], "--only-given", "-k", "(0010,0020)=4711")
        self.assertEqual(peer.identifier, short(8, 0x52, b"CS", b"STUDY") +
                         short(0x10, 0x20, b"LO", b"4711"))

    def test_character_sets(self):
        _, peer = self.ask([(SUCCESS,)], "-k", "PatientName=M\u00fcller*")
        self.assert_key(peer, 8, 5, b"CS", UTF8)
        self.assert_key(peer, 0x10, 0x10, b"PN", "M\u00fcller*".encode())
        _, peer = self.ask([(SUCCESS,)], "-k", "PatientName=M\u00fcller*", "-k",
                           "SpecificCharacterSet=ISO_IR 100")
        self.assert_key(peer, 0x10, 0x10, b"PN", "M\u00fcller*".encode("latin-1"))

    def test_worklist(self):
        _, peer = self.ask([(SUCCESS,)], "--model", "worklist", "-k",
                           "ScheduledProcedureStepSequence[0].Modality=CT")
        self.assertEqual(peer.contexts, ["1.2.840.10008.5.1.4.31"])
        self.assert_key(peer, 8, 0x60, b"CS", b"CT")
        self.assert_key(peer, 0x40, 1, b"AE", b"")
        self.assertNotIn(short(8, 0x52, b"CS", b"STUDY"), peer.identifier)


class Retrieve(Queries):
    def test_success_and_partial_failure(self):
        for status, counters, code in ((0, {0x1021: 3, 0x1022: 0, 0x1023: 0}, 0),
                                       (0, {0x1021: 2, 0x1022: 1, 0x1023: 0}, 1),
                                       (0xB000, {0x1021: 2, 0x1022: 0, 0x1023: 1}, 1),
                                       (0xA702, None, 1)):
            for program in ("movescu", "getscu"):
                going_on = (PENDING, None, {0x1020: 2, 0x1021: 1, 0x1022: 0, 0x1023: 0})
                result, _ = self.ask([going_on, (status, None, counters)], *QUERIES[program],
                                     program=program)
                self.assertEqual(result.returncode, code, result.stderr)
                self.assertEqual(result.stderr.count("\n"), 1 if code else 0, result.stderr)
                done = (counters or {}).get(0x1021, 0)
                self.assertRegex(result.stdout, rf"^{done} completed, \d failed, \d with warnings\n$")

    def test_destination(self):
        _, peer = self.ask([(SUCCESS,)], *QUERIES["movescu"], program="movescu")
        self.assertEqual(peer.command[0x600], b"ELSE")

    def test_contexts_of_getscu(self):
        _, peer = self.ask([(SUCCESS,)], *KEY, "--sop-class", "1.2.3.4", program="getscu")
        self.assertLessEqual(len(peer.contexts), 128)
        self.assertEqual(peer.contexts[:2], ["1.2.840.10008.5.1.4.1.2.2.3", "1.2.3.4"])
        self.assertIn("1.2.840.10008.5.1.4.1.1.2", peer.contexts)
        self.assertEqual(len(set(peer.contexts)), len(peer.contexts))
        self.assertEqual(peer.roles, len(peer.contexts) - 1)

    def test_directory_that_cannot_be_made(self):
        (self.folder / "file").write_text("")
        result = run("getscu", *KEY, "--output-directory", self.folder / "file" / "x", "localhost", 1)
        self.assertEqual(result.returncode, 1)
        self.assert_one_line(result.stderr, "^getscu: error: ")


class Interrupted(Queries):
    def start(self, program, peer):
        process = subprocess.Popen([programs.PROGRAMS / program, *QUERIES[program], "127.0.0.1",
                                    str(peer.port)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, cwd=self.folder)
        self.addCleanup(process.kill)
        self.assertTrue(peer.at_work.wait(10))
        time.sleep(0.2)
        return process

    def test_ctrl_c_sends_c_cancel(self):
        for program in QUERIES:
            with self.subTest(program):
                first = match(b"Doe") if program == "findscu" else None
                with Peer([(PENDING, first), (CANCEL,)], until_cancelled=True) as peer:
                    process = self.start(program, peer)
                    process.send_signal(signal.SIGINT)
                    _, err = process.communicate(timeout=10)
                    self.assertEqual(process.returncode, 130, err)
                    self.assert_one_line(err, "interrupted")
                self.assertEqual((peer.cancels, peer.aborted), (1, False))

    def test_too_late_to_cancel(self):
        with Peer([(PENDING, match(b"Doe")), (SUCCESS,)], until_cancelled=True) as peer:
            process = self.start("findscu", peer)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=10)
            self.assertEqual((process.returncode, err), (0, ""))
            self.assertIn("Doe", out)

    def test_a_second_one_aborts(self):
        for program in QUERIES:
            with self.subTest(program):
                first = match(b"Doe") if program == "findscu" else None
                with Peer([(PENDING, first)], until_cancelled=True, deaf=True) as peer:
                    process = self.start(program, peer)
                    process.send_signal(signal.SIGINT)
                    time.sleep(0.3)
                    self.assertIsNone(process.poll())
                    process.send_signal(signal.SIGINT)
                    _, err = process.communicate(timeout=10)
                    self.assertEqual(process.returncode, 130, err)
                    self.assert_one_line(err, "interrupted")
                self.assertEqual((peer.cancels, peer.aborted), (1, True))


class ProcedureSteps(Queries):
    def test_life_of_a_step(self):
        with self.server(program="mppsscp") as server:
            there = ("localhost", server.port)
            for how, state in (("--complete", "COMPLETED"), ("--discontinue", "DISCONTINUED")):
                created = run("mppsscu", "-k", "PatientName=M\u00fcller^\u00c4nne", "-k", "Modality=CT", *there)
                self.assertEqual(created.returncode, 0, created.stderr)
                uid = created.stdout.strip()
                ended = run("mppsscu", how, uid, "-k",
                            "PerformedSeriesSequence[0].ProtocolName=Head", *there)
                self.assertEqual(ended.returncode, 0, ended.stderr)
                log = server.log.read_text()
                self.assertIn(f"created {uid}: IN PROGRESS", log)
                self.assertIn(f"updated {uid}: {state}", log)
                self.assertIn("M\u00fcller^\u00c4nne", log)
                again = run("mppsscu", how, uid, *there)
                self.assertEqual(again.returncode, 1)
                self.assert_one_line(again.stderr, "status 0110.*may no longer be updated")

    def test_refusals(self):
        with self.server(program="mppsscp") as server:
            there = ("localhost", server.port)
            self.assert_one_line(run("mppsscu", "--complete", "1.2.9", *there).stderr, "status 0112")
            self.assertEqual(run("mppsscu", "--uid", "1.2.9", "--then", "complete", *there).returncode, 0)
            self.assert_one_line(run("mppsscu", "--uid", "1.2.9", *there).stderr, "status 0111")
            self.assert_one_line(run("mppsscu", "-k", "Modality", *there).stderr, r"status 0121.*\(0008,0060\)")
        with self.server("--lenient", program="mppsscp") as server:
            self.assertEqual(run("mppsscu", "-k", "Modality", "localhost", server.port).returncode, 0)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    programs.PROGRAMS = Path(sys.argv.pop(1)).resolve()
    unittest.main()
