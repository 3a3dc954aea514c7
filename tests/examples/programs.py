#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The programs of examples/ as their users meet them: options, exit codes, files, signals.

usage: programs.py PROGRAMS [unittest arguments...]     PROGRAMS: where the built examples lie

Needs no other DICOM toolkit; the tests against those are in tests/interop.
"""
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = Path()
COMPARE = Path(__file__).resolve().parents[2] / "examples" / "compare.py"
USAGE = 2
CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"


def run(program, *arguments, timeout=60):
    return subprocess.run([PROGRAMS / program, *map(str, arguments)], capture_output=True,
                          text=True, timeout=timeout, check=False)


def element(group, number, vr, value):
    value = value.encode() if isinstance(value, str) else value
    value += (b"\0" if vr == "UI" else b" ") * (len(value) % 2)
    return struct.pack("<HH2sH", group, number, vr.encode(), len(value)) + value


def part10(path, instance="1.2.3.4", sop_class=CT, study="1.2.3", zeros=0):
    """A small object; `zeros`: so many bytes of Pixel Data, as a hole in the file."""
    meta = element(2, 2, "UI", sop_class) + element(2, 3, "UI", instance)
    meta += element(2, 0x10, "UI", EXPLICIT_LITTLE)
    data = element(8, 0x16, "UI", sop_class) + element(8, 0x18, "UI", instance)
    data += element(0x20, 0xD, "UI", study) if study else b""
    if zeros:
        data += struct.pack("<HH2sHI", 0x7FE0, 0x10, b"OW", 0, zeros)
    with path.open("wb") as file:
        length = element(2, 0, "UL", struct.pack("<I", len(meta)))
        file.write(bytes(128) + b"DICM" + length + meta + data)
        file.truncate(file.tell() + zeros)
    return path


class Server:
    def __init__(self, process, log):
        self.process, self.log = process, log
        self.first_line = self.port = ""

    def wait_until_it_listens(self):
        for _ in range(200):
            self.first_line = self.log.read_text().split("\n")[0]
            if self.first_line or self.process.poll() is not None:
                break
            time.sleep(0.05)
        found = re.search(r"port (\d+)$", self.first_line)
        self.port = found[1] if found else "0"

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        return self.process.wait(timeout=20)

    def peak_memory(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) * 1024


class Programs(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    @contextmanager
    def server(self, *arguments, program="storescp", port=("0",)):
        log = self.folder / "server.log"
        with log.open("w") as out:
            process = subprocess.Popen([PROGRAMS / program, *map(str, arguments), *port],
                                       stdout=out, stderr=subprocess.STDOUT, cwd=self.folder)
        server = Server(process, log)
        try:
            server.wait_until_it_listens()
            yield server
            if process.poll() is None:
                self.assertEqual(server.stop(), 0, log.read_text())
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()

    def stored(self, folder="out"):
        root = self.folder / folder
        return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())

    def assert_one_line(self, text, pattern):
        self.assertRegex(text, pattern)
        self.assertEqual(text.count("\n"), 1, text)


class Options(Programs):
    def test_help_and_version(self):
        for program in ("echoscu", "storescu", "storescp"):
            helped = run(program, "--help")
            self.assertEqual(helped.returncode, 0)
            for option in ("--aet", "--max-pdu", "--connect-timeout", "--acse-timeout",
                           "--dimse-timeout", "--idle-timeout", "--verbose", "--version"):
                self.assertIn(option, helped.stdout)
            self.assertIn(f"={program.upper()}", helped.stdout)
            self.assertRegex(run(program, "--version").stdout, rf"^{program} .*\d+\.\d+\.\d+")

    def test_wrong_usage(self):
        for program, *arguments in (
            ("echoscu",),
            ("echoscu", "localhost"),
            ("echoscu", "localhost", "0"),
            ("echoscu", "localhost", "65536"),
            ("echoscu", "localhost", "x"),
            ("echoscu", "", "104"),
            ("echoscu", "h" * 256, "104"),
            ("echoscu", "--no-such-option", "localhost", "104"),
            ("echoscu", "--aet", "SEVENTEEN-LETTERS", "localhost", "104"),
            ("echoscu", "--aec", "", "localhost", "104"),
            ("echoscu", "--aec", "BACK\\SLASH", "localhost", "104"),
            ("echoscu", "--repeat", "0", "localhost", "104"),
            ("echoscu", "--connect-timeout", "-1", "localhost", "104"),
            ("storescu", "localhost", "104"),
            ("storescu", "--max-pdu", "4095", "localhost", "104", "x"),
            ("storescp",),
            ("storescp", "-1"),
            ("storescp", "--max-pdu", "2000000", "0"),
            ("storescp", "--threads", "0", "0"),
            ("storescp", "--max-associations", "0", "0"),
            ("storescp", "--on-duplicate", "shred", "0"),
            ("echoscu", "--peer-profile", "no-such-device", "localhost", "104"),
            ("echoscu", "--peer-profile", "=utf-8", "localhost", "104"),
            ("storescp", "--peer-profile", "SEVENTEEN-LETTERS=utf-8", "0"),
        ):
            with self.subTest(program=program, arguments=arguments):
                result = run(program, *arguments)
                self.assertEqual(result.returncode, USAGE)
                self.assertEqual(result.stdout, "")
                self.assert_one_line(result.stderr, f"^{program}: error: ")

    def test_long_names_of_dcmtk(self):
        with self.server("--aetitle", "ARCHIVE", "--ignore", "--promiscuous") as server:
            result = run("echoscu", "--aetitle", "ME", "--call", "ARCHIVE", "--timeout", 5,
                         "localhost", server.port)
            self.assertEqual((result.returncode, result.stderr), (0, ""))


    def test_peer_profiles(self):
        with self.server("--peer-profile", "ECHOSCU=small-pdu", "-v") as server:
            for arguments, ours in (((), None), (("--peer-profile", "no-wildcard"), "no-wildcard"),
                                    (("--peer-profile", "OTHER=utf-8"), None),
                                    (("--peer-profile", "OTHER=utf-8", "--peer-profile",
                                      "ANY-SCP=lenient-roles"), "lenient-roles")):
                result = run("echoscu", "-v", *arguments, "localhost", server.port)
                self.assertEqual(result.returncode, 0)
                said = re.findall("peer profile ([a-z-]+)", result.stderr)
                self.assertEqual(said, [ours] if ours else [])
            run("echoscu", "--aet", "SOMEBODY", "localhost", server.port)
        log = server.log.read_text()
        self.assertEqual(log.count("peer profile small-pdu"), 4)
        self.assertEqual(log.count("association established"), 5)


class Echo(Programs):
    def test_refused_port(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))  # bound, not listening: nobody else gets it
            result = run("echoscu", "127.0.0.1", taken.getsockname()[1])
        self.assertEqual(result.returncode, 1)
        self.assert_one_line(result.stderr, "^echoscu: error: cannot connect .*refused")

    def test_silent_peer(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            result = run("echoscu", "--acse-timeout", 0.2, "127.0.0.1", silent.getsockname()[1])
        self.assertEqual(result.returncode, 1)
        self.assert_one_line(result.stderr, "timeout")

    def test_rejected(self):
        with self.server("--aet", "ARCHIVE", "--require-called-aet", "--verbose") as server:
            result = run("echoscu", "--aec", "OTHER", "localhost", server.port)
            self.assertEqual(result.returncode, 1)
            self.assert_one_line(result.stderr, "called AE title not recognized")
            right = run("echoscu", "--aec", "ARCHIVE", "localhost", server.port)
            self.assertEqual(right.returncode, 0)
            self.assertIn('"ECHOSCU" -> "OTHER"', server.log.read_text())

    def test_repeat_and_verbose(self):
        with self.server() as server:
            result = run("echoscu", "--verbose", "--repeat", 5, "localhost", server.port)
            self.assertEqual(result.returncode, 0)
            self.assertEqual(len(re.findall("C-ECHO-RQ .* status 0000", result.stderr)), 5)
            self.assertIn("released", result.stderr)

    def test_received_text_is_escaped(self):
        with self.server("--verbose") as server:
            with socket.create_connection(("127.0.0.1", int(server.port))) as peer:
                body = struct.pack(">HH", 1, 0) + b"ANY".ljust(16) + b"\x1b[31mRED".ljust(16)
                body += bytes(32) + b"\x10\0\0\x05wrong"
                peer.sendall(struct.pack(">BBI", 1, 0, len(body)) + body)
                self.assertTrue(peer.recv(10))
            for _ in range(100):
                if "\\x1b" in server.log.read_text():
                    break
                time.sleep(0.05)
            self.assertNotIn("\x1b", server.log.read_text())
            self.assertIn("\\x1b[31mRED", server.log.read_text())


class Scp(Programs):
    def test_says_where_it_listens_first(self):
        with self.server("--verbose") as server:
            self.assertRegex(server.first_line, r"^listening on port [1-9]\d*$")

    def test_port_in_use(self):
        with self.server() as server:
            result = run("storescp", server.port)
            self.assertEqual(result.returncode, 1)
            self.assert_one_line(result.stderr, "^storescp: error: cannot listen .*in use")

    def test_folder_that_cannot_be_made(self):
        (self.folder / "file").write_text("")
        result = run("storescp", "--output-directory", self.folder / "file" / "out", 0)
        self.assertEqual(result.returncode, 1)
        self.assert_one_line(result.stderr, "^storescp: error: ")

    def test_unix_domain_socket(self):
        at = f"unix:{self.folder}/socket"
        with self.server("--bind", at, "--output-directory", "out") as server:
            self.assertEqual(server.first_line, f"listening on {at}")
            part10(self.folder / "a.dcm")
            result = run("storescu", at, 0, self.folder / "a.dcm")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(self.stored(), ["1.2.3.4.dcm"])
        self.assertFalse((self.folder / "socket").exists())

    def test_signals(self):
        for how in (signal.SIGINT, signal.SIGTERM):
            with self.server() as server:
                self.assertEqual(server.stop(how), 0)

    def test_a_signal_lets_associations_finish_a_second_one_does_not(self):
        with self.server() as server:
            with socket.create_connection(("127.0.0.1", int(server.port))):
                time.sleep(0.2)
                server.process.send_signal(signal.SIGTERM)
                with self.assertRaises(subprocess.TimeoutExpired):
                    server.process.wait(timeout=0.5)
                self.assertEqual(server.stop(), 0)

    def test_threads(self):
        options = ("--threads", 4, "--file-threads", 2, "--output-directory", "out")
        with self.server(*options) as server:
            (self.folder / "in").mkdir()
            for i in range(20):
                part10(self.folder / "in" / f"{i}", instance=f"1.2.{i}", zeros=600_000)
            clients = [subprocess.Popen([PROGRAMS / "storescu", "localhost", server.port,
                                         self.folder / "in"], stdout=subprocess.DEVNULL)
                       for _ in range(4)]
            self.assertEqual([client.wait(timeout=60) for client in clients], [0] * 4)
            self.assertEqual(len(self.stored()), 20)

    def test_by_study(self):
        part10(self.folder / "a.dcm", instance="1.2.3.4")
        part10(self.folder / "b.dcm", instance="1.2.3.5", study="")
        with self.server("--by-study", "--output-directory", "out") as server:
            run("storescu", "localhost", server.port, self.folder / "a.dcm", self.folder / "b.dcm")
        self.assertEqual(self.stored(), ["1.2.3/1.2.3.4.dcm", "unknown-study/1.2.3.5.dcm"])

    def test_on_duplicate(self):
        old = part10(self.folder / "old.dcm", study="1.2.3")
        new = part10(self.folder / "new.dcm", study="1.2.4")
        for word, code, what in (("overwrite", 0, b"1.2.4"), ("keep", 0, b"1.2.3"),
                                 ("refuse", 1, b"1.2.3")):
            with self.subTest(word):
                with self.server("--on-duplicate", word, "--output-directory", word) as server:
                    run("storescu", "localhost", server.port, old)
                    result = run("storescu", "localhost", server.port, new)
                self.assertEqual(result.returncode, code, result.stderr)
                self.assertIn(what, (self.folder / word / "1.2.3.4.dcm").read_bytes())
                self.assertEqual(self.stored(word), ["1.2.3.4.dcm"])

    def test_discard(self):
        part10(self.folder / "a.dcm")
        with self.server("--discard", "--output-directory", "out") as server:
            result = run("storescu", "localhost", server.port, self.folder / "a.dcm")
            self.assertEqual(result.returncode, 0)
        self.assertFalse((self.folder / "out").exists())

    def test_store_as(self):
        with self.server("--output-directory", "out", "--store-as", "implicit") as server:
            part10(self.folder / "a.dcm", zeros=100000)
            result = run("storescu", "localhost", server.port, self.folder / "a.dcm")
            self.assertEqual(result.returncode, 0, result.stderr)
        kept = (self.folder / "out/1.2.3.4.dcm").read_bytes()
        self.assertIn(element(2, 0x10, "UI", "1.2.840.10008.1.2"), kept)
        values = ((8, 0x16, CT), (8, 0x18, "1.2.3.4"), (0x20, 0xD, "1.2.3"))
        expected = b""
        for group, number, value in values:
            padded = value.encode() + b"\0" * (len(value) % 2)
            expected += struct.pack("<HHI", group, number, len(padded)) + padded
        expected += struct.pack("<HHI", 0x7FE0, 0x10, 100000) + bytes(100000)
        self.assertTrue(kept.endswith(expected))

    def test_unknown_sop_classes(self):
        private = part10(self.folder / "a.dcm", sop_class="2.25.42")
        for options, code in (((), 1), (("--accept-unknown-sop-classes",), 0)):
            with self.server("--output-directory", "out", *options) as server:
                result = run("storescu", "localhost", server.port, private)
                self.assertEqual(result.returncode, code, result.stderr)

    def test_names_that_are_no_uids(self):
        hostile = part10(self.folder / "a.dcm", instance="../../evil")
        with self.server("--output-directory", "out") as server:
            result = run("storescu", "localhost", server.port, hostile)
        self.assertEqual(result.returncode, 1)
        self.assertIn("status 0117", result.stderr)
        self.assertEqual(self.stored(), [])


class Scu(Programs):
    def summary(self, result):
        pattern = r"^sent (\d+) \((\d+) with warnings\), failed (\d+), skipped (\d+): .*MB/s"
        found = re.search(pattern, result.stdout, re.MULTILINE)
        self.assertIsNotNone(found, result.stdout + result.stderr)
        return tuple(map(int, found.groups()))

    def test_folders(self):
        root = self.folder / "in"
        (root / "b" / "c").mkdir(parents=True)
        part10(root / "b" / "c" / "one", instance="1.2.1")
        part10(root / "a.dcm", instance="1.2.2")
        part10(root / "DICOMDIR", instance="1.2.9", sop_class="1.2.840.10008.1.3.10")
        (root / "notes.txt").write_text("no DICOM")
        (root / "b" / "loop").symlink_to(root)
        with self.server("--output-directory", "out") as server:
            result = run("storescu", "--progress", "localhost", server.port, root)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(self.summary(result), (2, 0, 0, 2))
            self.assertIn("skipped: " + str(root / "notes.txt"), result.stderr)
            self.assertIn("skipped: " + str(root / "DICOMDIR"), result.stderr)
            self.assertNotIn("\x1b", result.stderr)  # no bar where there is no terminal
        self.assertEqual(self.stored(), ["1.2.1.dcm", "1.2.2.dcm"])

    def test_goes_on_after_a_failure(self):
        good = [part10(self.folder / name, instance=f"1.2.{i}") for i, name in enumerate("ab")]
        text = self.folder / "notes.txt"
        text.write_text("no DICOM")
        with self.server("--output-directory", "out") as server:
            result = run("storescu", "localhost", server.port, good[0], text,
                         self.folder / "missing", good[1])
            self.assertEqual(result.returncode, 1)
            self.assertEqual(self.summary(result), (2, 0, 2, 0))
            self.assertIn("not a DICOM file", result.stderr)
            self.assertIn("no such file", result.stderr)

    def test_nothing_to_send(self):
        self.assertEqual(run("storescu", "localhost", 104, self.folder).returncode, 1)

    def test_no_peer(self):
        part10(self.folder / "a.dcm")
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            result = run("storescu", "127.0.0.1", taken.getsockname()[1], self.folder / "a.dcm")
        self.assertEqual(result.returncode, 1)
        self.assert_one_line(result.stderr, "^storescu: error: cannot connect")
        self.assertEqual(self.summary(result), (0, 0, 1, 0))

    def test_more_kinds_than_one_association_takes(self):
        (self.folder / "in").mkdir()
        for i in range(200):
            part10(self.folder / "in" / f"{i:03}", instance=f"1.2.{i}", sop_class=f"2.25.{i + 1}")
        with self.server("--accept-unknown-sop-classes", "--output-directory", "out") as server:
            result = run("storescu", "localhost", server.port, self.folder / "in")
            self.assertEqual(self.summary(result), (200, 0, 0, 0), result.stderr)

    def test_interrupted(self):
        part10(self.folder / "a.dcm")
        with socket.create_server(("127.0.0.1", 0)) as silent:
            process = subprocess.Popen(
                [PROGRAMS / "storescu", "127.0.0.1", str(silent.getsockname()[1]),
                 self.folder / "a.dcm"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            connection, _ = silent.accept()
            with connection:
                connection.recv(10)
                process.send_signal(signal.SIGINT)
                out, complaint = process.communicate(timeout=10)
        self.assertEqual(process.returncode, 130)
        self.assert_one_line(complaint, "interrupted")
        self.assertIn("failed 1", out)

    def test_a_gibibyte_in_little_memory(self):
        big = part10(self.folder / "big.dcm", zeros=1 << 30)
        with self.server("--discard") as server:
            client = subprocess.Popen([PROGRAMS / "storescu", "localhost", server.port, big],
                                      stdout=subprocess.DEVNULL)
            both = Server(client, server.log)
            peak = 0
            while client.poll() is None:
                try:
                    peak = max(peak, both.peak_memory())
                except (OSError, TypeError):
                    pass  # just gone
                time.sleep(0.01)
            self.assertEqual(client.returncode, 0)
            print(f"peak memory with 1 GiB: storescu {peak >> 20} MiB, "
                  f"storescp {server.peak_memory() >> 20} MiB")
            if not os.environ.get("CODIMSE_SANITIZED"):
                self.assertLess(max(peak, server.peak_memory()), 32 << 20)


class Examples(Programs):
    def test_phantom_is_stored_byte_for_byte(self):
        self.assertEqual(run("phantom", "--slices", 5, self.folder / "in").returncode, 0)
        with self.server("--by-study", "--output-directory", "out") as server:
            result = run("storescu", "localhost", server.port, self.folder / "in")
            self.assertEqual(result.returncode, 0)
        compared = subprocess.run(
            [sys.executable, COMPARE, self.folder / "in", self.folder / "out"],
            capture_output=True, text=True, check=False)
        self.assertEqual((compared.returncode, compared.stdout),
                         (0, "5 of 5 stored data sets are byte-identical\n"))

    def test_compare_sees_differences(self):
        for folder in ("sent", "stored"):
            (self.folder / folder).mkdir()
            part10(self.folder / folder / "a", study=f"1.2.{len(folder)}")
        compared = subprocess.run([sys.executable, COMPARE, self.folder / "sent",
                                   self.folder / "stored"], capture_output=True, check=False)
        self.assertEqual(compared.returncode, 1)

    def test_port_of_the_first_scps_in_use(self):
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                taken.bind(("", 11112))
                taken.listen()
            except OSError:
                pass  # taken by somebody else, which is as good
            for program in ("first_scp", "first_query_scp"):
                result = run(program)
                self.assertEqual((result.returncode, result.stdout), (1, ""))
                self.assert_one_line(result.stderr, "^error: cannot listen ")

    def test_dump_of_a_directory(self):
        result = run("dcmdump", self.folder)
        self.assertEqual(result.returncode, 1)
        self.assert_one_line(result.stderr, "^dcmdump: error: .*[Ii]s a directory")

    def test_custom_scp(self):
        private = "2.25.136949434240896388036188522794538439104"
        reading = part10(self.folder / "a.dcm", sop_class=private)
        with self.server(program="custom_scp") as server:
            to = ("localhost", server.port, reading)
            self.assertEqual(run("storescu", "--aet", "DEVICE1", *to).returncode, 0)
            stranger = run("storescu", "--aet", "STRANGER", *to)
            self.assertEqual(stranger.returncode, 1)
            self.assertIn("calling AE title not recognized", stranger.stderr)
        log = server.log.read_text()
        for words in ("DEVICE1 at ", "reading 1", "DEVICE1 has left, released", "was refused"):
            self.assertIn(words, log)

    def test_custom_sink(self):
        ct = part10(self.folder / "ct.dcm", instance="1.2.1", zeros=300_000)
        mr = part10(self.folder / "mr.dcm", instance="1.2.2", zeros=300_000,
                    sop_class="1.2.840.10008.5.1.4.1.1.4")
        with self.server(program="custom_sink", port=("0", str(self.folder / "out"))) as server:
            result = run("storescu", "localhost", server.port, ct, mr)
            self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(server.log.read_text(), r"1\.2\.1: 300\d\d\d bytes, Adler-32 [0-9a-f]+")
        self.assertIn("slices of up to", server.log.read_text())
        self.assertEqual(self.stored(), ["1.2.1.dcm"])

    def test_callbacks(self):
        with self.server() as server:
            self.assertEqual(run("callbacks", "localhost", server.port).returncode, 0)
        self.assertEqual(run("callbacks", "localhost", server.port).returncode, 1)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    PROGRAMS = Path(sys.argv.pop(1)).resolve()
    unittest.main()
