# SPDX-License-Identifier: BSL-1.0
"""Runs our programs and the peers (DCMTK, Orthanc): bounded in time, loopback only, ended by pid.

Environment: CODIMSE_EXAMPLES_DIR (our programs), CODIMSE_DICOM_DATA (test files), and
CODIMSE_REQUIRE_PEERS=1, which makes a failure of what would be skipped.
"""
import contextlib
import csv
import ctypes
import functools
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

import _compare

SKIPPED = 77
HERE = pathlib.Path(__file__).resolve().parent
REQUIRED = os.environ.get("CODIMSE_REQUIRE_PEERS", "") not in ("", "0")
SANITIZED = os.environ.get("CODIMSE_SANITIZED", "") not in ("", "0")
IMPLEMENTATION_CLASS_UID = "2.25.165072877839102959893703119121575705190"
DICOMDIR = b"1.2.840.10008.1.3.10"
BEST = {"TCP_NODELAY": "1", "TCP_BUFFER_LENGTH": "1048576"}   # what DCMTK is fastest with

_libc = ctypes.CDLL(None)


def end_with_parent():
    """Children do not outlive this test, however it ends (prctl PR_SET_PDEATHSIG, Linux)."""
    with contextlib.suppress(AttributeError):
        _libc.prctl(1, signal.SIGKILL)


# --- results --------------------------------------------------------------------------------------

class Checks:
    """Counts what holds, what does not, and what could not be tried."""

    def __init__(self):
        self.passed = 0
        self.failures = []
        self.skipped = []

    def check(self, condition, message):
        if condition:
            self.passed += 1
        else:
            self.fail(message)
        return bool(condition)

    def equal(self, got, wanted, what):
        return self.check(got == wanted, f"{what}: {got!r}, not {wanted!r}")

    def fail(self, message):
        self.failures.append(message)
        print(f"FAILED: {message}", flush=True)

    def skip(self, reason):
        if REQUIRED:
            self.fail(f"{reason} (CODIMSE_REQUIRE_PEERS is set)")
        else:
            self.skipped.append(reason)
            print(f"SKIPPED: {reason}", flush=True)

    @contextlib.contextmanager
    def part(self, name):
        """One part of a test: what goes wrong in it does not hide the next part."""
        start = time.monotonic()
        print(f"-- {name}", flush=True)
        try:
            yield
        except Absent as absent:
            self.skip(str(absent))
        except (Exception, SystemExit) as problem:
            self.fail(f"{name}: {type(problem).__name__}: {problem}")
        print(f"   {time.monotonic() - start:.1f} s", flush=True)

    def finish(self):
        print(f"{self.passed} checks passed, {len(self.failures)} failed")
        for reason in self.skipped:
            print(f"SKIPPED: {reason}")
        sys.exit(1 if self.failures else SKIPPED if self.skipped else 0)


class Absent(Exception):
    """A peer, data or right that this machine does not have."""


# --- programs -------------------------------------------------------------------------------------

def program(name):
    """One of our programs. Its absence is always a failure: they are built before this runs."""
    folder = os.environ.get("CODIMSE_EXAMPLES_DIR") or HERE.parents[1] / "build" / "release" / "examples"
    path = pathlib.Path(folder) / name
    if not path.is_file():
        raise FileNotFoundError(f"our {name} is not built in {folder}")
    return str(path)


def peer(name):
    found = shutil.which(name) or shutil.which(name, path="/usr/local/sbin:/usr/sbin:/sbin")
    if not found:
        raise Absent(f"peer {name} is not installed")
    return found


def data_folder():
    folder = os.environ.get("CODIMSE_DICOM_DATA")
    if not folder:
        raise Absent("CODIMSE_DICOM_DATA does not name a folder of test files")
    folder = pathlib.Path(folder)
    if not (folder / "manifest.csv").is_file():
        raise Absent(f"no manifest.csv in {folder}")
    return folder


class Result:
    def __init__(self, code, out, err, seconds, peak_kib):
        self.code, self.out, self.err = code, out, err
        self.seconds, self.peak_kib = seconds, peak_kib

    def __str__(self):
        return f"exit code {self.code}; {tail(self.out)} {tail(self.err)}".strip()


def tail(text, lines=3):
    return " | ".join(line.strip() for line in text.strip().splitlines()[-lines:])[-600:]


def peak_memory(pid):
    """VmHWM in KiB; 0 when the process is gone."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) if found else 0


def environment(extra):
    # A profiler or a log of DCMTK must not depend on who runs the test.
    return {**os.environ, "LC_ALL": "C", **(extra or {})}


def run(arguments, timeout=60, env=None, peak=False, **more):
    """Runs to its end. With `peak`, also watches VmHWM."""
    start = time.monotonic()
    process = subprocess.Popen([str(a) for a in arguments], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               errors="replace", env=environment(env), preexec_fn=end_with_parent,
                               **more)
    highest, stop = [0], threading.Event()

    def watch():
        while not stop.wait(0.01):
            highest[0] = max(highest[0], peak_memory(process.pid))

    watcher = threading.Thread(target=watch) if peak else None
    if watcher:
        watcher.start()
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        err += f"\nstopped after {timeout} s"
    finally:
        stop.set()
        if watcher:
            watcher.join()
    return Result(process.returncode, out, err, time.monotonic() - start, highest[0])


def free_port(host="127.0.0.1"):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def have_ipv6():
    try:
        free_port("::1")
        return True
    except OSError:
        return False


def _listening(port):
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError), open(f"/proc/net/{table}") as lines:
            for line in lines:
                fields = line.split()
                if len(fields) > 3 and fields[3] == "0A" and fields[1].endswith(f":{port:04X}"):
                    return True
    return False


class Server:
    """A server process; a context manager that ends it. Ready when its port is listened on."""

    def __init__(self, arguments, port=None, env=None, ready=20, before=None, **more):
        def prepare():
            if before:
                before()
            end_with_parent()   # after before(): setuid clears it

        self.arguments = [str(a) for a in arguments]
        self.port = port
        self.log = tempfile.TemporaryFile()
        self.code = None
        self.process = subprocess.Popen(self.arguments, stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=subprocess.STDOUT, env=environment(env),
                                        preexec_fn=prepare, **more)
        end = time.monotonic() + ready
        while not self._ready():
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise RuntimeError(f"{self.arguments[0]} did not start: {tail(self.output())}")
            time.sleep(0.005)

    def _ready(self):
        return _listening(self.port)

    @property
    def pid(self):
        return self.process.pid

    def output(self):
        self.log.flush()
        size = os.fstat(self.log.fileno()).st_size
        return os.pread(self.log.fileno(), size, 0).decode(errors="replace")

    def peak_kib(self):
        return peak_memory(self.pid)

    def alive(self):
        return self.process.poll() is None

    def stop(self, how=signal.SIGTERM, timeout=20):
        if self.code is None:
            if self.process.poll() is None:
                self.process.send_signal(how)
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.code = self.process.returncode
        return self.code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        self.log.close()


class OurScp(Server):
    """One of our servers on a port of its own choice."""

    def __init__(self, name, *options, port=0, **more):
        super().__init__([program(name), *options, str(port)], **more)

    def _ready(self):
        found = re.search(r"^listening on port (\d+)\n", self.output(), re.MULTILINE)
        if found:
            self.port = int(found[1])
        return bool(found)

    def __exit__(self, kind, *rest):
        code = self.stop()
        output = self.output()
        super().__exit__(kind, *rest)
        # What a sanitizer found, or a crash: no test may miss it. (-9: the test's own kill.)
        if kind is None and (code not in (0, -signal.SIGKILL) or "Sanitizer" in output):
            raise RuntimeError(f"our {self.arguments[0]} ended with {code}: {output[-3000:]}")


class OurStorescp(OurScp):
    def __init__(self, *options, **more):
        super().__init__("storescp", *options, **more)


class DcmtkStorescp(Server):
    def __init__(self, *options, env=None):
        port = free_port()
        super().__init__([peer("storescp"), *options, str(port)], port, env=env)


def association_config(folder, pairs, as_requestor=False):
    """DCMTK's asconfig.txt for these pairs of SOP Class and transfer syntax. Without one, its
    storescp accepts only some of the storage SOP Classes and transfer syntaxes that it knows, and
    its storescu proposes them only in some combinations."""
    syntaxes = sorted({syntax for _, syntax in pairs})
    lines = ["[[TransferSyntaxes]]", "[All]"]
    lines += [f"TransferSyntax{i} = {one}" for i, one in enumerate(syntaxes, 1)]
    for i, one in enumerate(syntaxes):
        lines += [f"[Only{i}]", f"TransferSyntax1 = {one}"]
    if as_requestor:    # it sends a file only in a context whose one transfer syntax is the file's
        contexts = [f"{one}\\Only{syntaxes.index(syntax)}" for one, syntax in sorted(pairs)]
    else:
        contexts = [f"{one}\\All" for one in sorted({sop_class for sop_class, _ in pairs})]
    lines += ["[[PresentationContexts]]", "[Storage]"]
    lines += [f"PresentationContext{i} = {one}" for i, one in enumerate(contexts, 1)]
    lines += ["[[Profiles]]", "[Interop]", "PresentationContexts = Storage", ""]
    path = folder / "asconfig.txt"
    path.write_text("\n".join(lines))
    return path


class Dcmqrscp(Server):
    """Not with --single-process: there, dcmqrscp 3.6.7 crashes after its first association, with
    whatever peer."""

    def __init__(self, folder, hosts=None):
        """`hosts`: AE title -> port on this machine, the destinations of a C-MOVE."""
        port = free_port()
        folder = pathlib.Path(folder)
        (folder / "db").mkdir()
        config = folder / "dcmqrscp.cfg"
        table = "".join(f"h{i} = ({title}, localhost, {at})\n"
                        for i, (title, at) in enumerate((hosts or {}).items()))
        config.write_text(f"NetworkTCPPort = {port}\nMaxPDUSize = 16384\nMaxAssociations = 4\n"
                          f"HostTable BEGIN\n{table}HostTable END\nVendorTable BEGIN\nVendorTable END\n"
                          f"AETable BEGIN\nQRSCP {folder / 'db'} RW (100, 1024mb) ANY\nAETable END\n")
        super().__init__([peer("dcmqrscp"), "-c", config], port)


class Wlmscpfs(Server):
    """DCMTK's worklist server for the dump2dcm texts of some scheduled steps, AE title WORK."""

    def __init__(self, folder, steps):
        port = free_port()
        folder = pathlib.Path(folder) / "WORK"
        folder.mkdir()
        (folder / "lockfile").touch()
        for i, step in enumerate(steps):
            text = folder / f"{i}.dump"
            text.write_text(step)
            done = run([peer("dump2dcm"), text, folder / f"{i}.wl"])
            if done.code != 0:
                raise RuntimeError(f"dump2dcm: {tail(done.err)}")
        super().__init__([peer("wlmscpfs"), "-dfp", folder.parent, str(port)], port)


class Orthanc(Server):
    """Orthanc 1.x, all its state in `folder`, nobody but this machine may speak to it."""

    def __init__(self, folder, modalities=None, **settings):
        folder = pathlib.Path(folder)
        port, self.http = free_port(), free_port()
        store = folder / "orthanc"
        config = {
            "Name": "interop", "StorageDirectory": str(store), "IndexDirectory": str(store),
            "Plugins": [], "LuaScripts": [], "StorageCompression": False, "OverwriteInstances": True,
            "HttpServerEnabled": True, "HttpPort": self.http, "RemoteAccessAllowed": False,
            "AuthenticationEnabled": False, "HttpCompressionEnabled": False, "KeepAlive": True,
            "DicomServerEnabled": True, "DicomPort": port, "DicomAet": "ORTHANC",
            "DicomAlwaysAllowEcho": True, "DicomAlwaysAllowStore": True, "SaveJobs": False,
            "UnknownSopClassAccepted": True, "DicomScpTimeout": 10, "DicomScuTimeout": 10,
            "DicomModalities": modalities or {}, "ConcurrentJobs": 1, **settings}
        path = folder / "orthanc.json"
        path.write_text(json.dumps(config))
        super().__init__([peer("Orthanc"), path], port, ready=60)

    def _ready(self):
        return _listening(self.port) and _listening(self.http)

    def rest(self, path, body=None, method=None):
        """Yields (HTTP status, bytes)."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.http}{path}", data=body,
                                         method=method or ("GET" if body is None else "POST"))
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()

    def json(self, path, body=None):
        status, answer = self.rest(path, None if body is None else json.dumps(body).encode())
        if status != 200:
            raise RuntimeError(f"Orthanc {path}: {status} {answer[:300]!r}")
        return json.loads(answer)

    def clear(self):
        for patient in self.json("/patients"):
            self.rest(f"/patients/{patient}", method="DELETE")

    def instances(self):
        """SOP Instance UID -> Orthanc's id."""
        return {one["MainDicomTags"]["SOPInstanceUID"]: one["ID"]
                for one in self.json("/instances?expand")}


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(prefix="codimse-interop-") as path:
        yield pathlib.Path(path)


@contextlib.contextmanager
def small_disk(megabytes, read_only=False):
    """A file system of that size, mounted for a moment; only root may."""
    with tempfile.TemporaryDirectory(prefix="codimse-interop-") as path:
        options = f"size={megabytes}m" + (",ro" if read_only else "")
        done = run(["mount", "-t", "tmpfs", "-o", options, "codimse-interop", path])
        if done.code != 0:
            raise PermissionError(tail(done.err))
        try:
            yield pathlib.Path(path)
        finally:
            run(["umount", path])


# --- test files -----------------------------------------------------------------------------------

def standard_uid(value):
    """PS3.5 9.1 to the letter: no component is empty or has a leading zero."""
    return len(value) <= 64 and re.fullmatch(rb"(0|[1-9]\d*)(\.(0|[1-9]\d*))*", value) is not None


class File:
    """One file of the collection."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.name = self.path.name
        self.part = _compare.Part10(path)
        self.id = _compare.identity(self.part)
        self.syntax = self.part.transfer_syntax.decode("latin-1")

        sent_as = self.id.sop_instance
        self.sop_instance = sent_as.decode("latin-1")
        self.storable = self.id.sop_class != DICOMDIR and standard_uid(sent_as)


@functools.lru_cache(None)
def good_files():
    """Every storable file of good/, and every other one with the reason why it is none."""
    storable, others = [], []
    with open(data_folder() / "manifest.csv", newline="") as lines:
        for row in csv.DictReader(lines):
            if not row["file"].startswith("good/"):
                continue
            file = File(data_folder() / row["file"])
            (storable if file.storable else others).append(file)
    return storable, others


def groups(files):
    """Runs of files in which no SOP Instance UID repeats: one output folder for each."""
    left, found = list(files), []
    while left:
        seen, group, rest = set(), [], []
        for file in left:
            (rest if file.sop_instance in seen else group).append(file)
            seen.add(file.sop_instance)
        found.append(group)
        left = rest
    return found


# --- element by element ---------------------------------------------------------------------------

_comment = re.compile(rb"#\s*(u/l|\d+),\s*\d+ [^#]*")
_lengths = re.compile(rb"\((PixelSequence|Sequence|Item) with (explicit|undefined) length (#=\d+)\)")
_group_length = re.compile(rb"\([0-9a-f]{4},0000\)")


def dump(path):
    """All elements of a file as DCMTK's dcmdump prints them, values whole. Left out is what a
    program may choose anew when it encodes again: how lengths of sequences and items are written,
    group lengths (gggg,0000), padding of values, Data Set Trailing Padding (FFFC,FFFC), File Meta
    Information."""
    done = subprocess.run([peer("dcmdump"), "-q", "-Un", "+Qo", "+L", str(path)], timeout=60,
                          capture_output=True, env=environment(None))
    if done.returncode != 0:
        raise RuntimeError(f"dcmdump cannot read {path}: {done.stderr[-300:]!r}")
    lines = []
    for line in done.stdout.partition(b"# Dicom-Data-Set")[2].split(b"\n"):
        line = line.strip()
        if line.startswith((b"#", b"(fffe,e00d)", b"(fffe,e0dd)", b"(fffc,fffc)")) or not line:
            continue
        if _group_length.match(line):
            continue
        comment = line.rfind(b"#")
        if comment >= 0 and _comment.fullmatch(line, comment):
            line = line[:comment].rstrip()
        if line.endswith(b")"):
            line = _lengths.sub(rb"\1 \3", line)
        # ?? is a VR that the standard does not know, written again as UN; xs is US or SS, as yet
        # undecided in an implicit transfer syntax.
        if line[11:15] in (b" ?? ", b" xs "):
            line = line[:12] + (b"UN" if line[12:14] == b"??" else b"US") + line[14:]
        lines.append(line)
    return lines


_judged = {}    # (original, digest of the other's data set) -> what element_difference said


def element_difference(original, other):
    """None when both files have the same elements with the same values, else one line."""
    a, b = _compare.Part10(original), _compare.Part10(other, exact=True)
    if a.transfer_syntax == b.transfer_syntax and _compare.difference(a, b) is None:
        return None     # the very same bytes
    key = str(original), b.transfer_syntax, hashlib.sha256(b.data()).digest()
    if key not in _judged:
        _judged[key] = _dump_difference(original, other)
    return _judged[key]


def _dump_difference(original, other):
    a, b = dump(original), dump(other)
    if a == b:
        return None
    for x, y in zip(a, b):
        if x != y:
            return f"{x[:100]!r} became {y[:100]!r}"
    return f"{len(a)} lines of dcmdump became {len(b)}"


# --- the table of peers x directions x files ------------------------------------------------------

class Table:
    def __init__(self, title, columns=("compared", "files", "same")):
        self.title, self.columns, self.rows = title, columns, []

    def add(self, way, how, files, same, note=""):
        self.rows.append((way, how, str(files), str(same), note))

    def print(self):
        head = ("from -> to", *self.columns, "")
        widths = [max(len(row[i]) for row in [head, *self.rows]) for i in range(4)]
        print(f"\n{self.title}")
        for row in [head, *self.rows]:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)), row[4])
        print(flush=True)


def check_file_meta(checks, stored, file, calling, what, sop_instance=None):
    """The File Meta Information that our storescp has to write (PS3.10 7.1)."""
    sop_instance = file.sop_instance if sop_instance is None else sop_instance.decode()
    checks.equal(stored.preamble, bytes(128), f"{what}: preamble")
    checks.equal(stored.declared_end, stored.offset, f"{what}: end of group 0002 as (0002,0000) says")
    checks.equal(stored.meta.get(1), b"\0\1", f"{what}: File Meta Information Version")
    checks.equal(stored.uid(2), file.id.sop_class, f"{what}: Media Storage SOP Class UID")
    checks.equal(stored.text(3), sop_instance, f"{what}: Media Storage SOP Instance UID")
    checks.equal(stored.uid(0x12).decode(), IMPLEMENTATION_CLASS_UID, f"{what}: Implementation Class UID")
    checks.check(stored.text(0x13).startswith("CODIMSE"), f"{what}: version name {stored.text(0x13)!r}")
    checks.equal(stored.text(0x16), calling, f"{what}: Source Application Entity Title")
    for number, value in stored.meta.items():
        checks.check(len(value) % 2 == 0, f"{what}: (0002,{number:04X}) has an odd length")
