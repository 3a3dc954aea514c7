#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""How the programs behave on the command line, under hostile and unlucky circumstances, and within
which memory and time. The peers here are our own programs, a raw socket, and, for the last part,
DCMTK as it is out of the box."""
import contextlib
import os
import pathlib
import pty
import re
import resource
import signal
import socket
import subprocess
import time

import _compare
import _made
import _peers
import _raw
from _peers import OurStorescp, program, run

checks = _peers.Checks()
PROGRAMS = ("echoscu", "storescu", "storescp")
MIB = 1 << 20
MEMORY_LIMIT_KIB = 32 * 1024


def one_error_line(name, done, what):
    checks.check(re.fullmatch(rf"{name}: error: [^\n]+\n", done.err), f"{what}: not one line of error: {done}")


def files_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def object_bytes(uid, size=2048):
    return _made.data_set(uid, rest=_made.pixels_header(size) + bytes(size))


def storage(server, **more):
    return _raw.Association(server.port, [(_raw.SECONDARY_CAPTURE, [_raw.EXPLICIT_LITTLE]),
                                          (_raw.VERIFICATION, [_raw.IMPLICIT_LITTLE])], **more)


# --- the command line -----------------------------------------------------------------------------

def help_and_version():
    for name in PROGRAMS:
        done = run([program(name), "--help"])
        checks.equal((done.code, done.err), (0, ""), f"{name} --help")
        for option in ("--aet", "--max-pdu", "--connect-timeout", "--acse-timeout", "--dimse-timeout",
                       "--idle-timeout", "--verbose", "--help", "--version"):
            checks.check(option in done.out, f"{name} --help says nothing of {option}")
        done = run([program(name), "--version"])
        checks.equal((done.code, done.err), (0, ""), f"{name} --version")
        checks.check(re.fullmatch(rf"{name} \(codimse \d+\.\d+\.\d+\S*\)\n", done.out), f"{name} --version: {done.out!r}")


def wrong_usage():
    wrong = {
        "echoscu": ([], ["localhost"], ["localhost", "port"], ["localhost", "99999"], ["localhost", "0"],
                    ["--wrong", "localhost", "104"], ["--aet", "SEVENTEEN_LETTERS", "localhost", "104"],
                    ["--aet", "", "localhost", "104"], ["--repeat", "x", "localhost", "104"],
                    ["--max-pdu", "1", "localhost", "104"], ["--acse-timeout", "-1", "localhost", "104"]),
        "storescu": ([], ["localhost", "104"], ["--wrong", "localhost", "104", "x"], ["localhost", "x", "x"]),
        "storescp": ([], ["port"], ["-1"], ["65536"], ["--wrong", "0"], ["--on-duplicate", "ask", "0"],
                     ["--max-associations", "none", "0"], ["--threads", "0", "0"]),
    }
    for name, all_arguments in wrong.items():
        for arguments in all_arguments:
            done = run([program(name), *arguments], timeout=10)
            what = f"{name} {' '.join(arguments)}"
            checks.equal(done.code, 2, f"{what}: {done}")
            one_error_line(name, done, what)


def nobody_there():
    port = _peers.free_port()
    with _peers.folder() as folder:
        _made.write(folder / "one.dcm", b"1.2.3")
        for name, more in (("echoscu", []), ("storescu", [folder / "one.dcm"])):
            done = run([program(name), "127.0.0.1", port, *more], timeout=15)
            checks.equal(done.code, 1, f"{name} to a closed port: {done}")
            one_error_line(name, done, f"{name} to a closed port")
            checks.check("refused" in done.err, f"{name} to a closed port: {done}")
            done = run([program(name), "no-such-host.invalid", port, *more], timeout=30)
            checks.equal(done.code, 1, f"{name} to an unknown host: {done}")
            one_error_line(name, done, f"{name} to an unknown host")
    # One who accepts and then says nothing: the deadline counts.
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(1)
        done = run([program("echoscu"), "--acse-timeout", "0.5", "127.0.0.1", silent.getsockname()[1]], timeout=15)
        checks.equal(done.code, 1, f"echoscu to a silent peer: {done}")
        checks.check(0.4 < done.seconds < 5, f"echoscu to a silent peer took {done.seconds:.1f} s")
        one_error_line("echoscu", done, "echoscu to a silent peer")


def called_ae_title():
    with _peers.folder() as folder:
        _made.write(folder / "one.dcm", b"1.2.3")
        with OurStorescp("--aet", "RIGHT", "--require-called-aet", "--output-directory", folder / "out") as server:
            for name, more in (("echoscu", []), ("storescu", [folder / "one.dcm"])):
                done = run([program(name), "--aec", "RIGHT", "127.0.0.1", server.port, *more])
                checks.equal(done.code, 0, f"{name} --aec RIGHT: {done}")
                for option in ("--aec", "--call"):
                    done = run([program(name), option, "WRONG", "127.0.0.1", server.port, *more])
                    checks.equal(done.code, 1, f"{name} {option} WRONG: {done}")
                    one_error_line(name, done, f"{name} {option} WRONG")
                    checks.check("called" in done.err.lower(), f"{name} {option} WRONG: {done}")
            with contextlib.suppress(_raw.Rejected):
                storage(server, called="WRONG")
                checks.fail("a wrong called AE title is accepted")
        with OurStorescp("--aet", "RIGHT", "--output-directory", folder / "out") as server:
            checks.equal(run([program("echoscu"), "--aec", "WRONG", "127.0.0.1", server.port]).code, 0,
                         "any called AE title without --require-called-aet")


def what_is_sent():
    with _peers.folder() as folder, OurStorescp("--output-directory", folder / "out") as server:
        send = [program("storescu"), "127.0.0.1", server.port]
        text, nested = folder / "notes.txt", folder / "in" / "a" / "b"
        text.write_text("no DICOM file\n")
        nested.mkdir(parents=True)
        _made.write(nested / "deep", b"1.2.3.1")
        _made.write(folder / "in" / "top.dcm", b"1.2.3.2")
        (folder / "in" / "notes.txt").write_text("no DICOM file\n")
        (folder / "in" / "empty.dcm").touch()
        done = run([*send, folder / "in"])
        checks.equal(done.code, 0, f"a folder with other files: {done}")
        checks.check("sent 2 (0 with warnings), failed 0, skipped 2" in done.out, f"a folder with other files: {done}")
        checks.check("notes.txt" in done.err and "empty.dcm" in done.err, f"skipped, but not named: {done}")
        checks.equal(files_in(folder / "out"), ["1.2.3.1.dcm", "1.2.3.2.dcm"], "stored")
        done = run([*send, text])
        checks.equal(done.code, 1, f"no DICOM file as an argument: {done}")
        checks.check("notes.txt" in done.err and "not a DICOM file" in done.err, f"no DICOM file as an argument: {done}")
        done = run([*send, folder / "missing.dcm", text, folder / "in" / "top.dcm"])
        checks.equal(done.code, 1, f"three arguments, one good: {done}")
        checks.check("sent 1 (0 with warnings), failed 2, skipped 0" in done.out, f"three arguments, one good: {done}")
        (folder / "nothing").mkdir()
        checks.equal(run([*send, folder / "nothing"]).code, 1, "an empty folder")
        done = run([*send, "--progress", folder / "in"])
        checks.check("\r" not in done.out + done.err, "a progress bar where there is no terminal")


def starting_and_stopping():
    with _peers.folder() as folder:
        port = _peers.free_port()
        with OurStorescp("--output-directory", folder, port=port) as server:
            checks.equal(server.output(), f"listening on port {port}\n", "first line")
            done = run([program("storescp"), "--output-directory", folder, port], timeout=10)
            checks.equal(done.code, 1, f"a port in use: {done}")
            one_error_line("storescp", done, "a port in use")
        for how in (signal.SIGTERM, signal.SIGINT):
            for more in ((), ("--threads", "3")):
                with OurStorescp("--output-directory", folder, *more) as server:
                    start = time.monotonic()
                    checks.equal(server.stop(how), 0, f"exit code after {how.name}")
                    checks.check(time.monotonic() - start < 2, f"{how.name} took {time.monotonic() - start:.1f} s")
                # Whoever keeps an association open is aborted after a moment of grace.
                with OurStorescp("--output-directory", folder, *more) as server:
                    raw = storage(server)
                    checks.equal(raw.echo(), 0, "C-ECHO")
                    start = time.monotonic()
                    checks.equal(server.stop(how), 0, f"exit code after {how.name} with an association")
                    checks.check(time.monotonic() - start < 8, f"{how.name} with an association: "
                                 f"{time.monotonic() - start:.1f} s")
                    with contextlib.suppress(_raw.Aborted, _raw.Closed):
                        raw.receive()
                        checks.fail("the association outlives the server")
                    raw.close()
        # An object on its way is still taken after SIGTERM.
        with OurStorescp("--output-directory", folder / "late") as server, storage(server) as raw:
            data = object_bytes(b"1.2.9", 100000)
            context = raw.context_of(_raw.SECONDARY_CAPTURE)
            raw.start_store(_raw.SECONDARY_CAPTURE, b"1.2.9", data[:50000])
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            raw.send(raw.fragments(context, data[50000:], False))
            checks.equal(raw.response().status, 0, "C-STORE under way at SIGTERM")
            raw.release()
            checks.equal(server.stop(), 0, "exit code after finishing it")
        checks.equal(files_in(folder / "late"), ["1.2.9.dcm"], "stored after SIGTERM")


def interrupted_sender():
    with _peers.folder() as folder:
        _made.write_sparse(folder / "big.dcm", b"1.2.3", 64 * MIB)
        reader = _raw.SlowReader(rate=2e6, slow_bytes=1 << 30)
        process = subprocess.Popen([program("storescu"), "127.0.0.1", str(reader.port), str(folder / "big.dcm")],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            time.sleep(0.7)
            process.send_signal(signal.SIGINT)
            start = time.monotonic()
            _, err = process.communicate(timeout=15)
            checks.equal(process.returncode, 130, f"exit code of storescu after SIGINT; {err}")
            checks.check(time.monotonic() - start < 5, f"SIGINT took {time.monotonic() - start:.1f} s")
        finally:
            process.kill()
            process.wait()


# --- limits and hostility -------------------------------------------------------------------------

def max_associations():
    with _peers.folder() as folder, OurStorescp("--max-associations", "1", "--output-directory", folder) as server:
        for _ in range(3):
            with storage(server) as first:
                try:
                    storage(server).close()
                    checks.fail("a second association with --max-associations 1")
                except _raw.Rejected as refused:
                    # PS3.8 9.3.4: rejected-transient, presentation related, local-limit-exceeded.
                    checks.equal((refused.result, refused.source, refused.reason), (2, 3, 2), "rejection")
                checks.equal(run([program("echoscu"), "127.0.0.1", server.port]).code, 1, "echoscu meanwhile")
                checks.equal(first.echo(), 0, "C-ECHO on the first")
            # Its place is free once its connection is closed, a moment after the release.
            end = time.monotonic() + 5
            while (done := run([program("echoscu"), "127.0.0.1", server.port])).code != 0 and time.monotonic() < end:
                time.sleep(0.02)
            checks.equal(done.code, 0, "echoscu afterwards")


HOSTILE_UIDS = (b"../../x", b"../x", b"/tmp/x", b"/etc/passwd", b"..", b".", b"", b"1.2\0/../../x", b"1.2\0.3", b"\0\0",
                b"1.2/3", b"1.2\\3", b"..1.2", b"1..2", b"1.2.", b"01.2", b"1.02", b"1.2.3 4", b"C:\\x", b"~/x", b"$HOME",
                b"1.2;rm", b"1.2\n3", b"\xff\xfe", b"1." + b"2" * 63, b"1." + b"2" * 64, b"1." + b"2" * 2000, b"a" * 65,
                b"..\\..\\x", b"1.2.3.dcm", b"%2e%2e%2fx", "１.２".encode())


def hostile_uids():
    for layout in ((), ("--by-study",)):
        with _peers.folder() as folder:
            out = folder / "a" / "b" / "out"
            with OurStorescp(*layout, "--output-directory", out, cwd=folder) as server:
                for uid in HOSTILE_UIDS:
                    try:
                        with storage(server) as raw:
                            answer = raw.store(_raw.SECONDARY_CAPTURE, uid, object_bytes(b"1.2.3"))
                            checks.equal(answer.status, 0x0117, f"SOP Instance UID {uid[:70]!r}")
                            checks.equal(raw.echo(), 0, f"C-ECHO after {uid[:70]!r}")
                    except (_raw.Aborted, _raw.Closed) as ended:
                        checks.fail(f"SOP Instance UID {uid[:70]!r}: {ended}")
                checks.equal(files_in(folder), [], "files stored under hostile SOP Instance UIDs")
                # As Study Instance UID: no reason to refuse, but none to become a path either.
                with storage(server) as raw:
                    for i, study in enumerate(HOSTILE_UIDS):
                        uid = b"1.2.4.%d" % i
                        data = _made.data_set(uid, study=study, rest=_made.pixels_header(10) + bytes(10))
                        answer = raw.store(_raw.SECONDARY_CAPTURE, uid, data)
                        checks.equal(answer.status, 0, f"Study Instance UID {study[:70]!r}")
                where = "a/b/out/unknown-study/" if layout else "a/b/out/"
                stored = files_in(folder)
                checks.equal(len(stored), len(HOSTILE_UIDS), f"stored: {stored}")
                for path in stored:
                    checks.check(path.startswith(where), f"{path} is outside {where}")
                # Padding is none of its letters.
                with storage(server) as raw:
                    for uid in (b"1.2.5.1\0", b"1.2.5.21 ", b"1.2.5.3\0\0\0"):
                        checks.equal(raw.store(_raw.SECONDARY_CAPTURE, uid, object_bytes(uid)).status, 0, f"UID {uid!r}")
                checks.equal(server.stop(), 0, "exit code")
        checks.check(not pathlib.Path("/tmp/x.dcm").exists(), "/tmp/x.dcm exists")


def no_dicom_at_all():
    """What port scanners, browsers and health checks say (and what nobody says)."""
    with _peers.folder() as folder, OurStorescp("--output-directory", folder) as server:
        for said in (b"", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", b"\0" * 64,
                     b"\x01\0\xff\xff\xff\xff" + bytes(100), b"\x04\0\0\0\0\x04\0\0\0\0", b"\x07\0\0\0\0\x04\0\0\0\0",
                     b"\x05\0\0\0\0\x04\0\0\0\0", b"\x01"):
            with socket.create_connection(("127.0.0.1", server.port), 10) as raw:
                raw.sendall(said)
                with contextlib.suppress(OSError):
                    raw.shutdown(socket.SHUT_WR)
                    while raw.recv(4096):
                        pass
            with storage(server) as other:
                checks.equal(other.echo(), 0, f"C-ECHO after {said[:20]!r}")
        checks.equal(server.stop(), 0, "exit code")


def refuse_duplicates():
    with _peers.folder() as folder, OurStorescp("--on-duplicate", "refuse", "--output-directory", folder) as server:
        with storage(server) as raw:
            first = object_bytes(b"1.2.3", 100)
            checks.equal(raw.store(_raw.SECONDARY_CAPTURE, b"1.2.3", first).status, 0, "the first")
            for size in (100, 300000):
                answer = raw.store(_raw.SECONDARY_CAPTURE, b"1.2.3", object_bytes(b"1.2.3", size))
                checks.equal(answer.status, 0xC001, f"the second, of {size} bytes")
        checks.equal(files_in(folder), ["1.2.3.dcm"], "files")
        difference = _compare.difference(first, _compare.Part10(folder / "1.2.3.dcm", exact=True))
        checks.equal(difference, None, "the first is kept")


def sop_classes():
    """150 private SOP Classes, two transfer syntaxes each, need more presentation contexts than two
    associations have (128 each)."""
    with _peers.folder() as folder:
        (folder / "in").mkdir()
        for i in range(150):
            sop_class, uid = _made.ROOT + b".3.%d" % i, b"1.2.3.%d" % (i + 1)
            data = _made.data_set(uid, sop_class=sop_class, rest=_made.pixels_header(8) + bytes(8))
            (folder / "in" / f"{i}.dcm").write_bytes(_made.meta(uid, sop_class) + data)
        with OurStorescp("--accept-unknown-sop-classes", "--verbose", "--output-directory", folder / "out") as server:
            done = run([program("storescu"), "127.0.0.1", server.port, folder / "in"])
            checks.equal(done.code, 0, f"150 private SOP Classes: {done}")
            checks.equal(len(files_in(folder / "out")), 150, "objects of private SOP Classes")
            checks.equal(server.output().count("association established"), 3, "associations for 300 contexts")
        with OurStorescp("--output-directory", folder / "out2") as server:
            done = run([program("storescu"), "127.0.0.1", server.port, folder / "in"])
            checks.equal(done.code, 1, f"private SOP Classes, not accepted: {done}")
            checks.equal(files_in(folder / "out2"), [], "objects of private SOP Classes")
            _made.write(folder / "in" / "ct.dcm", b"1.2.9")
            done = run([program("storescu"), "127.0.0.1", server.port, folder / "in"])
            checks.equal(done.code, 1, f"all but one not accepted: {done}")
            checks.check("sent 1 (0 with warnings), failed 150" in done.out, f"all but one not accepted: {done}")
        with OurStorescp("--discard", "--output-directory", folder / "out3") as server:
            done = run([program("storescu"), "127.0.0.1", server.port, folder / "in" / "ct.dcm"])
            checks.equal((done.code, (folder / "out3").exists()), (0, False), f"--discard: {done}")


def progress_bar():
    """Drawn on a terminal, and never on standard output."""
    with _peers.folder() as folder, OurStorescp("--output-directory", folder / "out") as server:
        _made.write(folder / "one.dcm", b"1.2.3", 20 * MIB)
        terminal, end = pty.openpty()
        try:
            done = subprocess.run([program("storescu"), "--progress", "127.0.0.1", str(server.port), str(folder / "one.dcm")],
                                  stdout=subprocess.PIPE, stderr=end, timeout=30)
            shown = os.read(terminal, 65536)
        finally:
            os.close(terminal)
            os.close(end)
        checks.equal(done.returncode, 0, "storescu --progress")
        checks.check(b"100 %" in shown and b"MB/s" in shown, f"the bar on a terminal: {shown[-100:]!r}")
        checks.check(b"\r" not in done.stdout, "the bar on standard output")


def out_of_descriptors():
    """More connections than descriptors: accepting waits instead of spinning, and goes on later."""
    if _peers.SANITIZED:
        print("   not tried: UBSan needs a descriptor to look at memory, and reports what it cannot see")
        return

    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24))

    def cpu_seconds(pid):
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    with _peers.folder() as folder, OurStorescp("--output-directory", folder, before=limit) as server:
        crowd = [socket.create_connection(("127.0.0.1", server.port), 5) for _ in range(60)]
        time.sleep(0.2)
        before = cpu_seconds(server.pid)
        time.sleep(1)
        used = cpu_seconds(server.pid) - before
        checks.check(used < 0.3, f"{used:.2f} s of CPU in a second without descriptors")
        checks.check(server.alive(), f"storescp ended: {server.output()}")
        for one in crowd:
            one.close()
        done = run([program("echoscu"), "--acse-timeout", "10", "127.0.0.1", server.port])
        checks.equal(done.code, 0, f"after the crowd has gone: {done}")
        checks.equal(server.stop(), 0, "exit code")


# --- unlucky circumstances ------------------------------------------------------------------------

def cannot_store(server, out, size, what):
    """Sends an object that does not fit, then one that does (or none, `size` being all of them)."""
    with storage(server) as raw:
        for _ in range(3):
            answer = raw.store(_raw.SECONDARY_CAPTURE, b"1.2.8", object_bytes(b"1.2.8", size))
            checks.check(answer.status >> 8 == 0xA7, f"{what}: status {answer.status:04X}, {answer.comment}")
            checks.check(len(answer.comment) <= 64 and "/" not in answer.comment, f"{what}: comment {answer.comment!r}")
        checks.equal(files_in(out), [], f"{what}: left behind")
        checks.equal(raw.echo(), 0, f"{what}: C-ECHO on the same association")


def disk_full():
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (MIB, MIB))

    for more in ((), ("--threads", "2", "--file-threads", "2")):
        with _peers.folder() as folder:
            out = folder / "out"
            with OurStorescp("--output-directory", out, *more, before=limit, restore_signals=False) as server:
                cannot_store(server, out, 4 * MIB, "file size limit")
                with storage(server) as raw:
                    answer = raw.store(_raw.SECONDARY_CAPTURE, b"1.2.7", object_bytes(b"1.2.7"))
                    checks.equal(answer.status, 0, "a smaller object after it")
                checks.equal(files_in(out), ["1.2.7.dcm"], "files")
                checks.equal(server.stop(), 0, "exit code")
        try:
            with _peers.folder() as folder, _peers.small_disk(3) as disk:
                with OurStorescp("--output-directory", disk / "out", *more) as server:
                    cannot_store(server, disk / "out", 5 * MIB, "full disk")
                    # Fill it up object by object: the last ones fail, what was stored stays whole.
                    with storage(server) as raw:
                        stored = [raw.store(_raw.SECONDARY_CAPTURE, b"1.2.6.%d" % i,
                                            object_bytes(b"1.2.6.%d" % i, 200000)).status for i in range(20)]
                        checks.check(0 in stored and 0xA700 in stored, f"statuses {[f'{s:04X}' for s in stored]}")
                    checks.equal(len(files_in(disk / "out")), stored.count(0), "files")
                    for path in (disk / "out").iterdir():
                        checks.check(_compare.Part10(path, exact=True).size > 200000, f"{path.name} is not whole")
                    _made.write(folder / "one.dcm", b"1.2.8", 5 * MIB)
                    done = run([program("storescu"), "127.0.0.1", server.port, folder / "one.dcm"])
                    checks.equal(done.code, 1, f"storescu to a full disk: {done}")
                    checks.check("A700" in done.err, f"storescu to a full disk: {done}")
        except PermissionError as problem:
            print(f"   no small file system ({problem}): only the file size limit was tried")


def read_only_folder():
    if os.geteuid() != 0:
        with _peers.folder() as folder:
            (folder / "out").mkdir(mode=0o555)
            with OurStorescp("--output-directory", folder / "out") as server:
                cannot_store(server, folder / "out", 2048, "read-only folder")
        return
    try:    # root may write everywhere but on a read-only file system
        with _peers.small_disk(1, read_only=True) as disk, OurStorescp("--output-directory", disk) as server:
            for size in (2048, 400000):
                cannot_store(server, disk, size, "read-only file system")
    except PermissionError as problem:
        print(f"   root, and no read-only file system ({problem}): a file in the folder's place instead")
        with _peers.folder() as folder, OurStorescp("--output-directory", folder / "out") as server:
            (folder / "out").rmdir()
            (folder / "out").write_text("no folder")
            with storage(server) as raw:
                answer = raw.store(_raw.SECONDARY_CAPTURE, b"1.2.8", object_bytes(b"1.2.8"))
                checks.check(answer.status >> 8 == 0xA7, f"no folder: status {answer.status:04X}")


def wait_until(condition, seconds=5):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


def sender_dies():
    for more in ((), ("--threads", "2", "--file-threads", "2"), ("--by-study",)):
        with _peers.folder() as folder:
            out = folder / "out"
            with OurStorescp("--output-directory", out, *more) as server:
                for how in ("reset", "close", "abort", "release"):
                    for size in (500, 20000, 3 * MIB):
                        raw = storage(server)
                        data = object_bytes(b"1.2.3", size)
                        raw.start_store(_raw.SECONDARY_CAPTURE, b"1.2.3", data[:-100])
                        if how == "abort":
                            raw.send(_raw.pdu(_raw.ABORT, bytes(4)))
                        if how == "release":
                            raw.send(_raw.pdu(_raw.RELEASE_RQ, bytes(4)))
                            time.sleep(0.05)
                        raw.reset() if how == "reset" else raw.close()
                _made.write_sparse(folder / "big.dcm", b"1.2.4", 2048 * MIB)
                process = subprocess.Popen([program("storescu"), "127.0.0.1", str(server.port), str(folder / "big.dcm")],
                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                started = wait_until(lambda: files_in(out), 10)
                process.kill()
                process.wait()
                checks.check(started and process.returncode == -signal.SIGKILL, "storescu was too fast to be killed")
                gone = wait_until(lambda: not files_in(out))
                checks.check(gone, f"left by senders that died: {files_in(out)}")
                with storage(server) as raw:
                    checks.equal(raw.store(_raw.SECONDARY_CAPTURE, b"1.2.3", object_bytes(b"1.2.3")).status, 0, "the next")
                checks.equal(server.stop(), 0, "exit code")


def receiver_dies():
    """storescu names what is lost and ends."""
    with _peers.folder() as folder:
        _made.many(folder / "in", 50, 200000)
        with OurStorescp("--output-directory", folder / "out") as server:
            process = subprocess.Popen([program("storescu"), "127.0.0.1", str(server.port), str(folder / "in")],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            wait_until(lambda: len(files_in(folder / "out")) >= 2)
            server.process.kill()
            out, err = process.communicate(timeout=30)
            sent = int(re.search(r"sent (\d+)", out)[1])
            failed = int(re.search(r"failed (\d+)", out)[1])
            checks.equal((process.returncode, sent + failed), (1, 50) if failed else (0, 50), f"after a kill of the SCP: {out}")


# --- memory and time ------------------------------------------------------------------------------

def huge_object():
    """1 GiB through storescu and storescp."""
    for more in ((), ("--threads", "2", "--file-threads", "2")):
        with _peers.folder() as folder:
            path = folder / "huge.dcm"
            _made.write_sparse(path, b"1.2.3", 1024 * MIB)
            with OurStorescp("--output-directory", folder / "out", *more) as server:
                done = run([program("storescu"), "127.0.0.1", server.port, path], timeout=120, peak=True)
                checks.equal(done.code, 0, f"1 GiB: {done}")
                within_memory("storescu, 1 GiB", done.peak_kib)
                within_memory("storescp, 1 GiB", server.peak_kib())
                difference = _compare.difference(_compare.Part10(path), _compare.Part10(folder / "out" / "1.2.3.dcm"))
                checks.equal(difference, None, "1 GiB, stored bytes")
            print(f"   1 GiB in {done.seconds:.1f} s {' '.join(more)}")


def within_memory(what, kib):
    checks.check(0 < kib < MEMORY_LIMIT_KIB, f"{what}: VmHWM {kib / 1024:.1f} MiB, not below 32")
    print(f"   {what}: VmHWM {kib / 1024:.1f} MiB")


def slow_reader():
    """64 MiB into a peer that reads the first 12 MiB at 5 MB/s: the sender waits, and keeps no more."""
    with _peers.folder() as folder:
        path = folder / "big.dcm"
        _made.write_sparse(path, b"1.2.3", 64 * MIB)
        reader = _raw.SlowReader(rate=5e6, slow_bytes=12 * MIB)
        done = run([program("storescu"), "127.0.0.1", reader.port, path], timeout=60, peak=True)
        checks.equal(done.code, 0, f"to a slow reader: {done}")
        checks.check(reader.join(), f"slow reader: {reader.problem}")
        checks.equal(reader.stored, [_compare.Part10(path).size], "bytes that came to the slow reader")
        checks.check(done.seconds > 2, f"the slow reader was not slow: {done.seconds:.1f} s")
        within_memory("storescu, slow reader", done.peak_kib)


# Between two unlucky TCPs each object costs the 40 ms of a delayed acknowledgement, once or twice:
# Nagle's algorithm (RFC 896), which DCMTK leaves on unless TCP_NODELAY=1 is set, does not send the
# next small segment until the one before is acknowledged, and the receiver waits with that
# (RFC 1122 4.2.3.2). We send whole requests at once and acknowledge at once (TCP_QUICKACK), so that it
# does not happen on our account. A real round is well below 2 ms an object; 20 leaves room for a
# machine that is busy with other things and is still half of one delay.
OBJECTS, LIMIT = 100, 0.020


def untuned_dcmtk():
    untuned = {"TCP_NODELAY": None, "TCP_BUFFER_LENGTH": None}
    for name in untuned:
        os.environ.pop(name, None)
    with _peers.folder() as folder:
        files = _made.many(folder / "in", OBJECTS)
        with OurStorescp("--output-directory", folder / "out") as server:
            done = run([_peers.peer("dcmsend"), "-q", "+sd", "127.0.0.1", server.port, files])
            fast_enough("dcmsend -> our storescp", done, folder / "out")
        with OurStorescp("--output-directory", folder / "out2") as server:
            done = run([_peers.peer("storescu"), "+sd", "127.0.0.1", server.port, files])
            fast_enough("DCMTK storescu -> our storescp", done, folder / "out2")
        (folder / "out3").mkdir()
        with _peers.DcmtkStorescp("-od", folder / "out3") as server:
            done = run([program("storescu"), "127.0.0.1", server.port, files])
            fast_enough("our storescu -> DCMTK storescp", done, folder / "out3")


def fast_enough(what, done, out):
    checks.equal(done.code, 0, f"{what}: {done}")
    checks.equal(len(files_in(out)), OBJECTS, f"{what}: objects stored")
    each = done.seconds / OBJECTS
    print(f"   {what}, untuned: {1000 * each:.2f} ms an object")
    checks.check(each < LIMIT, f"{what}: {1000 * each:.1f} ms an object")


for name, part in {
        "--help and --version": help_and_version, "wrong usage": wrong_usage, "nobody there": nobody_there,
        "called AE title": called_ae_title, "files and folders": what_is_sent,
        "starting and stopping": starting_and_stopping, "interrupted storescu": interrupted_sender,
        "--max-associations": max_associations, "hostile UIDs": hostile_uids, "no DICOM at all": no_dicom_at_all,
        "--on-duplicate refuse": refuse_duplicates, "SOP Classes": sop_classes, "--progress": progress_bar,
        "out of descriptors": out_of_descriptors, "disk full": disk_full, "read-only folder": read_only_folder,
        "sender dies": sender_dies, "receiver dies": receiver_dies}.items():
    with checks.part(name):
        part()
if _peers.SANITIZED:
    print("-- memory and time: not measured under a sanitizer")
else:
    for name, part in {"1 GiB": huge_object, "slow reader": slow_reader, "untuned DCMTK": untuned_dcmtk}.items():
        with checks.part(name):
            part()

checks.finish()
