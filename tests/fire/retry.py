#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""storescu knows what was not acknowledged: it goes on through every fault of a peer, through being
killed, and through peers that are killed, until everything is stored, and its report is never wrong.

What is held against the peer's own account: no object is missing; none is sent again once it was
acknowledged; an object comes twice only where an earlier try was never answered. CODIMSE_FIRE_SEED
chooses other moments, CODIMSE_FIRE_ROUNDS more of them.
"""
import collections
import contextlib
import hashlib
import os
import pathlib
import random
import resource
import signal
import subprocess
import sys
import time
import urllib.parse

import _wire
from _wire import _peers
from _flaky import FlakyScp
from _peers import program, run

import _compare
import _made

SEED = int(os.environ.get("CODIMSE_FIRE_SEED", "1"))
ROUNDS = int(os.environ.get("CODIMSE_FIRE_ROUNDS", "1"))
PATIENT = ("--retries", "1000", "--retry-delay", "0.002")
QUICK = ("--dimse-timeout", "1", "--acse-timeout", "2", "--connect-timeout", "2")
checks = _peers.Checks()
figures = collections.Counter()


# --- reports --------------------------------------------------------------------------------------

Line = collections.namedtuple("Line", "state path instance size changed status lasting tries problem")


class Report:
    """A report as anybody may read it."""

    def __init__(self, path):
        text = pathlib.Path(path).read_bytes()
        whole = text[:text.rfind(b"\n") + 1]    # a kill may leave a part of a line
        rows = [[urllib.parse.unquote_to_bytes(field) for field in line.split(b"\t")]
                for line in whole.split(b"\n")[:-1]]
        self.title, self.peer = (rows + [None, None])[:2]
        self.complete = any(row[0] == b"listed" for row in rows)
        self.lines = [Line(*row) for row in rows[2:] if row[0] != b"listed"]
        self.last = {line.path: line for line in self.lines}

    def states(self):
        return collections.Counter(line.state.decode() for line in self.last.values())

    def sendings(self):
        """Path -> tries that were begun, as this report knows of them."""
        return collections.Counter(line.path for line in self.lines
                                   if line.state == b"unanswered" and line.problem == b"interrupted")

    def sent_after_acknowledged(self):
        done, again = set(), []
        for line in self.lines:
            if line.state in (b"stored", b"warned"):
                done.add(line.path)
            elif line.path in done:
                again.append(line.path)
        return again


def instance_of(path):
    path = pathlib.Path(os.fsdecode(path))
    return _compare.identity(_compare.Part10(path)).sop_instance.decode()


def data_set_of(path):
    path = pathlib.Path(os.fsdecode(path))
    part = _compare.Part10(path)
    return path.read_bytes()[part.offset:]


class Folder:
    """Objects of mixed sizes, some of which take many PDUs."""

    def __init__(self, folder, count, seed, sizes=(200, 5000, 60000, 300000)):
        self.folder = folder / "in"
        self.folder.mkdir()
        rng = random.Random(seed)
        self.files = {}
        for i in range(count):
            path = self.folder / f"{i:04}.dcm"
            instance = _made.ROOT + b".7.%d" % i
            _made.write(path, instance, rng.choice(sizes))
            self.files[instance.decode()] = path
        figures["objects"] += count


def hold_against(scp, objects, report, what):
    """The peer's account and the sender's."""
    sendings = {instance_of(path): n for path, n in report.sendings().items()}
    checks.equal(report.states(), {"stored": len(objects.files)}, f"{what}: states")
    checks.equal(report.sent_after_acknowledged(), [], f"{what}: sent though acknowledged")
    missing = [one for one in objects.files if scp.taken[one] == 0]
    checks.equal(missing, [], f"{what}: missing at the peer")
    figures["lost"] += len(missing)
    checks.equal(scp.differing, [], f"{what}: not the same both times")
    for instance, path in objects.files.items():
        digest = hashlib.sha256(data_set_of(path)).digest()
        checks.check(scp.content.get(instance) == digest, f"{what}: {path.name} differs")
        checks.check(scp.answered[instance] >= 1, f"{what}: {path.name} was never answered")
        checks.check(scp.taken[instance] <= sendings[instance],
                     f"{what}: {path.name} came {scp.taken[instance]} times, {sendings[instance]} tries")
    checks.check(sum(scp.faults.values()) > 0, f"{what}: no faults")
    twice = sum(n - 1 for n in scp.taken.values())
    print(f"   {what}: {sum(scp.faults.values())} faults {dict(scp.faults)}, "
          f"{sum(sendings.values())} tries, {twice} came again, never answered before")
    figures["faults"] += sum(scp.faults.values())
    figures["tries"] += sum(sendings.values())
    figures["came again"] += twice


# --- flaky peers ----------------------------------------------------------------------------------

def through_all_faults():
    for seed in range(SEED, SEED + 3 * ROUNDS):
        with _peers.folder() as folder, FlakyScp(seed) as scp:
            objects = Folder(folder, 60, seed)
            done = run([program("storescu"), *PATIENT, *QUICK, "--report", folder / "report",
                        "127.0.0.1", scp.port, objects.folder], timeout=120)
            checks.equal(done.code, 0, f"seed {seed}: {done}")
            checks.check("sent 60 (0 with warnings), failed 0," in done.out, f"seed {seed}: {done}")
            hold_against(scp, objects, Report(folder / "report"), f"seed {seed}")


def one_try_then_resumed():
    """Without --retries every fault ends in the report; each later run goes on."""
    seed = SEED + 100
    with _peers.folder() as folder, FlakyScp(seed) as scp:
        objects = Folder(folder, 60, seed)
        report, runs, code = folder / "report", 0, 1
        seen_unanswered = set()
        while code != 0 and runs < 200:
            more = ("--resume", report) if report.exists() else ("--report", report)
            done = run([program("storescu"), *QUICK, *more, "127.0.0.1", scp.port,
                        *([] if runs else [objects.folder])], timeout=60)
            code, runs = done.code, runs + 1
            states = Report(report).states()
            left = 60 - states["stored"]
            checks.equal(code, 1 if left else 0, f"exit code with {left} left: {done}")
            if left:
                checks.check(f"not acknowledged {left}: " in done.out, f"summary: {done}")
            seen_unanswered |= {path for path, line in Report(report).last.items()
                                if line.state == b"unanswered"}
        checks.check(seen_unanswered, "no fault left an object unanswered")
        print(f"   {runs} runs")
        hold_against(scp, objects, Report(report), "resumed")


def killed_sender():
    """kill -9 at random moments, and --resume, until one run gets to its end."""
    for seed in range(SEED + 200, SEED + 200 + 2 * ROUNDS):
        rng = random.Random(seed)
        with _peers.folder() as folder, FlakyScp(seed, rates=(0.1, 0.004, 0.05), pause=0.003) as scp:
            objects = Folder(folder, 150, seed)
            report, kills, code, runs = folder / "report", 0, None, 0
            while code != 0 and runs < 400:
                named = [] if report.exists() and Report(report).complete else [str(objects.folder)]
                more = ["--resume" if report.exists() and report.stat().st_size else "--report",
                        str(report)]
                process = subprocess.Popen(
                    [program("storescu"), *PATIENT, *QUICK, *more, "127.0.0.1", str(scp.port), *named],
                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                    preexec_fn=_peers.end_with_parent)
                runs += 1
                # A few are let run, so that it ends.
                patience = 30 if kills >= 60 else 0.01 + rng.random() * 0.06
                try:
                    _, err = process.communicate(timeout=patience)
                    code = process.returncode
                    checks.equal(code, 0, f"a run that nobody killed: {err}")
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.communicate()
                    kills += 1
            figures["senders killed"] += kills
            print(f"   {kills} kills")
            checks.check(kills >= 10, f"only {kills} kills")
            hold_against(scp, objects, Report(report), f"killed, seed {seed}")


# --- real peers -----------------------------------------------------------------------------------

def stored_files(folder):
    """SOP Instance UID -> files of that object, whole ones under a final name."""
    found = collections.defaultdict(list)
    for path in folder.rglob("*"):
        with contextlib.suppress(_compare.Malformed, OSError):
            if path.is_file():
                found[instance_of(path)].append(path)
    return found


def check_acknowledged(out, objects, report, what):
    """What the report calls stored lies there whole, now."""
    found = stored_files(out)
    for path, line in report.last.items():
        if line.state != b"stored":
            continue
        there = found.get(line.instance.decode(), [])
        same = [one for one in there if data_set_of(one) == data_set_of(path)]
        if not checks.check(len(same) == 1, f"{what}: {path!r} acknowledged, found {len(same)}"):
            figures["lost"] += 1


def killed_receivers(kind, start, seed, kills=30):
    """The SCP is killed and comes back, at random moments, while storescu sends; storescu, too."""
    rng = random.Random(seed)
    with _peers.folder() as folder:
        objects = Folder(folder, 200, seed)
        out, report, port = folder / "out", folder / "report", _peers.free_port()
        out.mkdir()
        server = start(out, port)
        process, done, dead = None, False, 0
        end = time.monotonic() + 100
        try:
            while not done and time.monotonic() < end:
                if process is None:
                    again = report.exists() and report.stat().st_size
                    named = [] if again and Report(report).complete else [str(objects.folder)]
                    process = subprocess.Popen(
                        [program("storescu"), *PATIENT, *QUICK, "--resume" if again else "--report",
                         str(report), "127.0.0.1", str(port), *named],
                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                        preexec_fn=_peers.end_with_parent)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    _, err = process.communicate(timeout=30 if dead >= kills else 0.01 + rng.random() * 0.06)
                    done = checks.equal(process.returncode, 0, f"{kind}: {err}")
                    if not done:
                        break
                if done:
                    continue
                dead += 1
                if dead % 2:
                    server.stop(signal.SIGKILL)
                    server = start(out, port)
                    figures["receivers killed"] += 1
                else:
                    process.kill()
                    process.communicate()
                    process = None
                    figures["senders killed"] += 1
                    if report.exists():
                        check_acknowledged(out, objects, Report(report), f"{kind}, {dead} kills")
        finally:
            if process is not None and process.poll() is None:
                process.kill()
                process.communicate()
            server.stop()
        checks.check(done, f"{kind}: did not come to an end")
        checks.check(dead >= 1, f"{kind}: nobody was killed")
        final = Report(report)
        checks.equal(final.states(), {"stored": len(objects.files)}, f"{kind}: states")
        checks.equal(final.sent_after_acknowledged(), [], f"{kind}: sent though acknowledged")
        check_acknowledged(out, objects, final, kind)
        figures["tries"] += sum(final.sendings().values())
        print(f"   {kind}: {dead} kills, {sum(final.sendings().values())} tries for {len(objects.files)} objects")


def our_storescp(out, port):
    return _peers.OurStorescp("--output-directory", str(out), port=port)


def dcmtk_storescp(out, port):
    return _peers.Server([_peers.peer("storescp"), "-od", str(out), str(port)], port)


# --- the program ----------------------------------------------------------------------------------

def strange_names():
    """Any bytes in a path survive the report, and a resumed run finds the files again."""
    names = [b"new\nline", b"tab\tbed", b"\xff\xfe not utf-8", b"100% %41", b"-dash", b" blank ",
             b"back\\slash", b"\x01\x7f", "ä日本".encode(), b"'quote\""]
    with _peers.folder() as folder:
        inside = os.fsencode(folder / "in")
        os.mkdir(inside)
        for i, name in enumerate(names):
            _made.write(pathlib.Path(os.fsdecode(inside + b"/" + name)), _made.ROOT + b".8.%d" % i)
        report = folder / "report"
        port = _peers.free_port()
        done = run([program("storescu"), "--report", report, "127.0.0.1", port, folder / "in"])
        checks.equal(done.code, 1, f"nobody listens: {done}")
        checks.check("not acknowledged 10: 0 failed, 0 unanswered, 10 not tried" in done.out, f"{done}")
        listed = Report(report)
        checks.equal(sorted(listed.last), sorted(os.path.realpath(inside) + b"/" + name for name in names), "paths")
        checks.equal(report.read_bytes().count(b"\n"), 2 + 10 + 1, "one line a file")
        with _peers.OurStorescp("--output-directory", folder / "out", port=port):
            done = run([program("storescu"), "--resume", report, "127.0.0.1", port], cwd="/")
            checks.equal((done.code, "sent 10 (" in done.out), (0, True), f"resumed elsewhere: {done}")
            done = run([program("storescu"), "--resume", report, "127.0.0.1", port])
            checks.equal((done.code, "acknowledged before 10" in done.out, "sent 0 (" in done.out),
                         (0, True, True), f"nothing is left: {done}")
            done = run([program("storescu"), "--resume", report, "127.0.0.1", port, folder / "in"])
            checks.equal((done.code, "acknowledged before 10" in done.out, "sent 0 (" in done.out),
                         (0, True, True), f"nothing is left of the folder: {done}")
        checks.equal(Report(report).states(), {"stored": 10}, "states")


def changed_and_gone():
    """Another object under the name of one that was sent is not taken for sent."""
    with _peers.folder() as folder:
        _made.many(folder / "in", 4)
        report = folder / "report"
        with _peers.OurStorescp("--output-directory", folder / "out") as server:
            at = ["127.0.0.1", server.port]
            done = run([program("storescu"), "--report", report, *at, folder / "in"])
            checks.equal(done.code, 0, f"first: {done}")
            time.sleep(0.02)
            _made.write(folder / "in" / "0001.dcm", _made.ROOT + b".9.1")     # same size
            (folder / "in" / "0002.dcm").unlink()
            _made.write(folder / "in" / "0009.dcm", _made.ROOT + b".9.9")
            done = run([program("storescu"), "--resume", report, *at, folder / "in"])
            checks.equal(done.code, 0, f"changed: {done}")
            checks.check("sent 2 (" in done.out and "acknowledged before 3" in done.out, f"{done}")
            checks.check("changed since it was sent" in done.err and "0001.dcm" in done.err, f"{done}")
            checks.equal(len(stored_files(folder / "out")), 6, "objects there")
            # A file that vanished unsent is a failure each time.
            (folder / "in" / "0003.dcm").write_bytes(b"not any more" * 20)
            done = run([program("storescu"), "--resume", report, *at])
            checks.equal(done.code, 1, f"damaged: {done}")
            checks.check("0003.dcm" in done.err and "not acknowledged 1: 1 failed" in done.out, f"{done}")
            checks.equal(Report(report).last[os.fsencode(os.path.realpath(folder / "in" / "0003.dcm"))].state,
                         b"failed", "damaged")


def refused_reports():
    with _peers.folder() as folder:
        _made.many(folder / "in", 2)
        send = [program("storescu"), "127.0.0.1"]
        with _peers.OurStorescp("--output-directory", folder / "out") as server:
            def refused(what, said, *arguments, code=1):
                done = run([*send, server.port, *arguments])
                checks.check(done.code == code and said in done.err, f"{what}: {done}")
            report = folder / "report"
            checks.equal(run([*send, server.port, "--report", report, folder / "in"]).code, 0, "first")
            good = report.read_bytes()
            refused("a report that exists", "--resume", "--report", report, folder / "in")
            refused("no report", "no such report", "--resume", folder / "none")
            refused("another peer", "not to OTHER@", "--aec", "OTHER", "--resume", report)
            refused("a device", "not a regular file", "--report", "/dev/full", folder / "in")
            refused("a folder that does not exist", "No such file", "--report", folder / "x" / "y", folder / "in")
            refused("no path", "PATH", "--report", folder / "other", code=2)
            for name, text in (("garbage", b"\x00\xff" * 500 + b"\n"), ("empty", b""), ("dicom", (folder / "in" / "0000.dcm").read_bytes()),
                               ("state", good.replace(b"stored", b"st0red")), ("escape", good.replace(b"stored\t", b"stored\t%4")),
                               ("version", good.replace(b"report\t1", b"report\t2")), ("fields", good.replace(b"permanent\t", b"permanent"))):
                (folder / name).write_bytes(text)
                done = run([*send, server.port, "--resume", folder / name])
                checks.check(done.code == 1 and done.err.count("\n") == 1, f"{name}: {done}")
                checks.equal((folder / name).read_bytes(), text[:text.rfind(b"\n") + 1], f"{name} was written to")
            # A list that a kill cut short, and a line that it tore.
            torn = good[:good.index(b"listed")] + b"stored\t/tmp/to"
            (folder / "torn").write_bytes(torn)
            refused("a list cut short", "name the PATHs again", "--resume", folder / "torn")
            done = run([*send, server.port, "--resume", folder / "torn", folder / "in"])
            checks.equal(done.code, 0, f"torn: {done}")
            checks.equal(Report(folder / "torn").states(), {"stored": 2}, "torn")
            # A new report takes over what the old one knows.
            _made.write(folder / "in" / "more.dcm", _made.ROOT + b".3.3")
            done = run([*send, server.port, "--resume", report, "--report", folder / "new", folder / "in"])
            checks.check(done.code == 0 and "sent 1 (" in done.out, f"a new report: {done}")
            checks.equal((Report(folder / "new").states(), report.read_bytes()), ({"stored": 3}, good), "a new report")

            def small_files():
                resource.setrlimit(resource.RLIMIT_FSIZE, (900, 900))
                _peers.end_with_parent()
            process = subprocess.run([*send, str(server.port), "--report", folder / "full", folder / "in"],
                                     preexec_fn=small_files, restore_signals=False, capture_output=True, text=True, timeout=30)
            checks.check(process.returncode == 1 and "full: File too large" in process.stderr,
                         f"a report that cannot be written: {process}")


def same_instance_twice():
    with _peers.folder() as folder:
        _made.write(folder / "a.dcm", b"1.2.3")
        _made.write(folder / "b.dcm", b"1.2.3")
        with _peers.OurStorescp("--output-directory", folder / "out") as server:
            done = run([program("storescu"), "127.0.0.1", server.port, folder / "a.dcm", folder / "b.dcm"])
            checks.equal(done.code, 0, f"twice: {done}")
            checks.check("same SOP Instance UID twice" in done.err and "a.dcm" in done.err, f"twice: {done}")


def interrupted_while_waiting():
    """SIGINT ends a wait at once, and the report is right."""
    with _peers.folder() as folder, FlakyScp(SEED, rates=(0, 0, 0)) as scp:
        _made.many(folder / "in", 3)
        scp.rates = (0, 0, 1)
        scp.random.choice = lambda faults: "stored_close"
        process = subprocess.Popen([program("storescu"), "--retries", "5", "--retry-delay", "300", "--report", folder / "report",
                                    "127.0.0.1", str(scp.port), folder / "in"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   preexec_fn=_peers.end_with_parent)
        try:
            said = process.stderr.readline()
            checks.check("trying again in" in said, f"said {said}")
            start = time.monotonic()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
        checks.check(time.monotonic() - start < 10, "it took its time")
        checks.equal(process.returncode, 130, f"exit code; {err}")
        checks.check("not acknowledged 3: 0 failed, 3 unanswered, 0 not tried" in out, out)
        checks.equal(Report(folder / "report").states(), {"unanswered": 3}, "report")


def permanent_rejection():
    """Is not tried again."""
    listener, port = _wire.listen()
    with _peers.folder() as folder, listener:
        _made.many(folder / "in", 2)
        process = subprocess.Popen([program("storescu"), *PATIENT, "127.0.0.1", str(port), folder / "in"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   preexec_fn=_peers.end_with_parent)
        try:
            listener.settimeout(20)
            with _wire.Wire(listener.accept()[0]) as wire:
                checks.equal(wire.receive(), "RQ", "first call")
                wire.send(_wire.associate_rj(1, 1, 7))
                wire.all_until_end(5)
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
        checks.check(process.returncode == 1 and "2 not tried" in out, f"{out} {err}")
        listener.settimeout(0.2)
        with contextlib.suppress(TimeoutError):
            listener.accept()
            checks.fail("called again after a permanent rejection")


def main():
    for part in (through_all_faults, one_try_then_resumed, killed_sender, strange_names, changed_and_gone,
                 refused_reports, same_instance_twice, interrupted_while_waiting, permanent_rejection):
        with checks.part(part.__name__.replace("_", " ")):
            part()
    for kind, start, times in (("our storescp", our_storescp, 2), ("DCMTK storescp", dcmtk_storescp, 1)):
        with checks.part(f"{kind}, killed and restarted"):
            for seed in range(SEED + 300, SEED + 300 + times * ROUNDS):
                killed_receivers(kind, start, seed)
    print(", ".join(f"{name} {count}" for name, count in figures.items()) + f", lost {figures['lost']}")
    checks.finish()


if __name__ == "__main__":
    if len(sys.argv) > 1:   # one part, while working on it
        with checks.part(sys.argv[1]):
            globals()[sys.argv[1]]()
        checks.finish()
    main()
