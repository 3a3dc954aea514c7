#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Our programs and DCMTK's in turn, on the same files, over loopback: medians and ratios.

usage: compare.py [--quick] [--rounds N] [--only WORD...] DIRECTORY_OF_OUR_PROGRAMS

DCMTK runs with its best settings: TCP_NODELAY, large buffers, PDUs of 128 KiB, storescp +B. In the
scp scenarios the same client (our storescu) feeds both servers; in the scu scenarios both clients
send to the same server (our storescp --discard); pair is each with itself. Every sample starts its
processes anew and counts the whole client process, start included. The order is A B, B A, A B...

A ratio above 1 means that we are faster. Only ratios from one run mean anything: how fast a machine
is changes from minute to minute. CPU is user and system seconds, each side's own.
"""
import argparse
import os
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

MIB = 1 << 20
HOST = "127.0.0.1"
DCMTK_ENV = {"TCP_NODELAY": "1", "TCP_BUFFER_LENGTH": "1048576"}
DCMTK_PDU = ["-q", "-pdu", "131072"]


# --- files to send --------------------------------------------------------------------------------

def element(group, number, vr, value):
    if len(value) % 2:
        value += b"\0" if vr == b"UI" else b" "
    long_form = vr in (b"OB", b"OW")
    length = struct.pack("<HI", 0, len(value)) if long_form else struct.pack("<H", len(value))
    return struct.pack("<HH", group, number) + vr + length + value


def part10(instance, size):
    """A CT image, Explicit VR Little Endian, of about `size` bytes."""
    ct, explicit = b"1.2.840.10008.5.1.4.1.1.2", b"1.2.840.10008.1.2.1"
    meta = (element(2, 1, b"OB", b"\0\1") + element(2, 2, b"UI", ct) +
            element(2, 3, b"UI", instance) + element(2, 0x10, b"UI", explicit) +
            element(2, 0x12, b"UI", b"2.25.1"))
    pixels = os.urandom(4096)
    pixels = (pixels * (size // len(pixels) + 1))[:max(2, (size - 700) // 2 * 2)]
    data_set = (element(8, 0x16, b"UI", ct) + element(8, 0x18, b"UI", instance) +
                element(8, 0x60, b"CS", b"CT") + element(0x10, 0x10, b"PN", b"Doe^Jane") +
                element(0x10, 0x20, b"LO", b"4711") + element(0x20, 0xD, b"UI", b"2.25.2") +
                element(0x20, 0xE, b"UI", b"2.25.2.1") + element(0x7FE0, 0x10, b"OW", pixels))
    return (bytes(128) + b"DICM" + element(2, 0, b"UL", struct.pack("<I", len(meta))) + meta +
            data_set)


def make_files(folder, count, size):
    folder.mkdir(parents=True)
    for i in range(count):
        (folder / f"{i:05}.dcm").write_bytes(part10(b"2.25.3.%d" % (i + 1), size))
    return folder


# --- processes ------------------------------------------------------------------------------------

def peak_kib(pid):
    """High-water mark of resident memory; ru_maxrss would count this script's own."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    except (OSError, ValueError):
        pass
    return 0


def free_port():
    with socket.socket() as one:
        one.bind((HOST, 0))
        return one.getsockname()[1]


def reap(process):
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


class Server:
    """A server process from when it listens until it is told to end."""

    def __init__(self, command, env):
        self.port = free_port()
        argv = [word.format(port=self.port) for word in command]
        self.process = subprocess.Popen(argv, env={**os.environ, **env}, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 10
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > end:
                self.process.kill()
                raise RuntimeError(f"does not listen: {' '.join(argv)}")
            time.sleep(0.01)
        time.sleep(0.05)

    def answers(self):
        try:
            socket.create_connection((HOST, self.port), timeout=1).close()
            return True
        except OSError:
            return False

    def stop(self):
        """CPU seconds and peak MiB."""
        peak = peak_kib(self.process.pid) / 1024
        self.process.send_signal(signal.SIGTERM)
        killer = threading.Timer(5, self.process.kill)
        killer.start()
        cpu = reap(self.process)
        killer.cancel()
        return cpu, peak


def run_client(command, env, port):
    """Wall seconds, CPU seconds and peak MiB of a client that must succeed."""
    argv = [word.format(port=port, host=HOST) for word in command]
    begun = time.monotonic()
    process = subprocess.Popen(argv, env={**os.environ, **env}, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    peaks, done = [0], threading.Event()

    def watch():
        while not done.wait(0.02):
            peaks.append(peak_kib(process.pid))
    watcher = threading.Thread(target=watch)
    watcher.start()
    killer = threading.Timer(120, process.kill)
    killer.start()
    complaint = process.stderr.read()
    cpu = reap(process)
    wall = time.monotonic() - begun
    killer.cancel()
    done.set()
    watcher.join()
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(argv)}: {complaint.decode(errors='replace')[-300:]}")
    return wall, cpu, max(peaks) / 1024


# --- sides and scenarios --------------------------------------------------------------------------

class Ours:
    env = {}

    def __init__(self, programs):
        self.programs = programs

    def storescp(self, folder):
        where = ["--discard"] if folder is None else ["--output-directory", str(folder)]
        return [str(self.programs / "storescp"), *where, "{port}"]

    def storescu(self, folder):
        return [str(self.programs / "storescu"), "{host}", "{port}", str(folder)]

    def echoscu(self, count):
        return [str(self.programs / "echoscu"), "--repeat", str(count), "{host}", "{port}"]


class Dcmtk:
    env = DCMTK_ENV

    def storescp(self, folder):
        return ["storescp", *DCMTK_PDU, "+B", "-od", str(folder), "{port}"]

    def storescu(self, folder):
        return ["dcmsend", *DCMTK_PDU, "{host}", "{port}", "+sd", str(folder)]

    def echoscu(self, count):
        return ["echoscu", "-q", "--repeat", str(count), "{host}", "{port}"]


class Bench:
    def __init__(self, ours, scratch, quick):
        self.ours, self.sink = ours, scratch / "sink"
        files = {"ct": (150 if quick else 600, MIB // 2), "tiny": (800 if quick else 3000, 4096),
                 "big": (1, (128 if quick else 512) * MIB)}
        self.folders = {kind: make_files(scratch / kind, *what) for kind, what in files.items()}
        self.counts = {kind: what[0] for kind, what in files.items()}
        self.echoes = 3000 if quick else 10000

    def scenarios(self):
        names = [f"{role}-{kind}" for role in ("scp", "scu", "pair") for kind in self.folders]
        return [*names, "echo-scp", "echo-scu"]

    def sample(self, scenario, side):
        role, kind = scenario.split("-")
        echo = role == "echo"
        serving = side if role in ("scp", "pair") or kind == "scp" else self.ours
        calling = side if role in ("scu", "pair") or kind == "scu" else self.ours
        shutil.rmtree(self.sink, ignore_errors=True)
        self.sink.mkdir()
        server = Server(serving.storescp(None if role == "scu" else self.sink), serving.env)
        try:
            command = calling.echoscu(self.echoes) if echo else calling.storescu(self.folders[kind])
            wall, client_cpu, client_peak = run_client(command, calling.env, server.port)
        finally:
            server_cpu, server_peak = server.stop()
        if role in ("scp", "pair") and len(list(self.sink.iterdir())) != self.counts[kind]:
            raise RuntimeError(f"{scenario}: not everything was stored")
        work = self.work(scenario)[0]
        return {"rate": work / wall, "server_cpu": server_cpu, "client_cpu": client_cpu,
                "server_peak": server_peak, "client_peak": client_peak}

    def work(self, scenario):
        """How much one sample does, and in what."""
        kind = scenario.split("-")[1]
        if kind in ("scp", "scu"):
            return self.echoes, "echo/s"
        if kind == "tiny":
            return self.counts[kind], "obj/s"
        return sum(f.stat().st_size for f in self.folders[kind].iterdir()) / 1e6, "MB/s"


def median(samples, key):
    return statistics.median(one[key] for one in samples)


def show(scenario, unit, ours, theirs):
    line = f"{scenario:10} {unit:7}"
    if theirs:
        ratios = [a["rate"] / b["rate"] for a, b in zip(ours, theirs)]
        line += (f"{median(theirs, 'rate'):9.0f} {median(ours, 'rate'):9.0f}  "
                 f"{statistics.median(ratios):5.2f}  {min(ratios):5.2f} -{max(ratios):5.2f}  ")
    else:
        line += f"{'-':>9} {median(ours, 'rate'):9.0f}  {'':5}  {'':12}  "
    for key, form in (("server_cpu", ".2f"), ("client_cpu", ".2f"), ("server_peak", ".0f"),
                      ("client_peak", ".0f")):
        left = format(median(theirs, key), form) if theirs else "-"
        line += f"{left + ' ' + format(median(ours, key), form):>12}"
    print(line)


def measure(bench, sides, names, rounds, seconds):
    results = {name: [[] for _ in sides] for name in names}
    begun, done = time.monotonic(), 0
    while done < rounds and (done == 0 or time.monotonic() - begun < seconds * done / (done + 1)):
        for name in names:
            order = range(len(sides)) if done % 2 == 0 else reversed(range(len(sides)))
            for i in order:
                results[name][i].append(bench.sample(name, sides[i]))
        done += 1
    return results, done


def scratch_parent():
    """Memory rather than a disk, whose own speed is not the question."""
    memory = Path("/dev/shm")
    enough = memory.is_dir() and shutil.disk_usage(memory).free > 3 << 30
    return memory if enough else None


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", type=Path)
    parser.add_argument("--quick", action="store_true", help="smaller files, about 40 s")
    parser.add_argument("--rounds", type=int, default=7, help="at most (default: 7)")
    parser.add_argument("--seconds", type=float, help="begin no round that would take longer")
    parser.add_argument("--only", nargs="+", default=[""], help="scenarios that begin with these")
    options = parser.parse_args()
    have_dcmtk = all(shutil.which(name) for name in ("storescp", "dcmsend", "echoscu"))
    if not have_dcmtk:
        print("DCMTK is not installed (Debian: dcmtk): only our own side is measured")
    with tempfile.TemporaryDirectory(prefix="codimse-compare-", dir=scratch_parent()) as scratch:
        ours = Ours(options.programs.resolve())
        bench = Bench(ours, Path(scratch), options.quick)
        names = [n for n in bench.scenarios() if n.startswith(tuple(options.only))]
        sides = [Dcmtk(), ours] if have_dcmtk else [ours]
        seconds = options.seconds or (40 if options.quick else 110)
        results, rounds = measure(bench, sides, names, options.rounds, seconds)
        print(f"{rounds} rounds, sinks in {Path(scratch).parent}; pairs: DCMTK, codimse")
        print(f"{'':18}{'DCMTK':>9} {'codimse':>9}  ratio  {'range':12}  {'server CPU s':>12}"
              f"{'client CPU s':>12}{'server MiB':>12}{'client MiB':>12}")
        for name in names:
            *theirs, mine = results[name]
            show(name, bench.work(name)[1], mine, theirs[0] if theirs else None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
