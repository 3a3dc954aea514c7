#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The archive of examples/archive as its users meet it: DCMTK's storescu, findscu, movescu, getscu
as clients, its dcmqrscp with the same files for comparison, Orthanc and a raw peer for storage
commitment; restarts, kills, hostile values, many clients.

Environment: see tests/interop/_peers.py. Exit code 77: something was skipped.
"""
import fnmatch
import pathlib
import re
import signal
import sqlite3
import struct
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "interop"))

import _compare  # noqa: E402
import _peers  # noqa: E402
import _raw  # noqa: E402

CT = _raw.CT_IMAGE
STUDY_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
COMMITMENT, COMMITMENT_INSTANCE = "1.2.840.10008.1.20.1", "1.2.840.10008.1.20.1.1"
checks = _peers.Checks()


class Archive(_peers.OurStorescp):
    """Our archive on a folder; a port of its own choice unless given."""

    def __init__(self, folder, *options, port=0):
        _peers.Server.__init__(self, [_peers.program("archive"), "--aet", "ARCHIVE", "--directory",
                                      folder, *options, str(port)], ready=60)

    def _ready(self):
        found = re.search(r"^listening on port (\d+)\n", self.output(), re.MULTILINE)
        if found:
            self.port = int(found[1])
        return bool(found)


# --- made objects -------------------------------------------------------------------------------

def element(group, number, vr, value):
    value = value.encode() if isinstance(value, str) else value
    value += (b"\0" if vr == "UI" else b" ") * (len(value) % 2)
    if vr in ("SQ", "OB", "UT"):
        return struct.pack("<HH2sHI", group, number, vr.encode(), 0, len(value)) + value
    return struct.pack("<HH2sH", group, number, vr.encode(), len(value)) + value


def data_set(instance, study="1.2.3", series="1.2.3.1", patient="P1", name="Doe^Jane", number="1",
             description="", date="20240102", charset=""):
    data = element(8, 5, "CS", charset) if charset else b""
    data += element(8, 0x16, "UI", CT) + element(8, 0x18, "UI", instance)
    data += element(8, 0x20, "DA", date) + element(8, 0x60, "CS", "CT")
    data += element(8, 0x1030, "LO", description) + element(0x10, 0x10, "PN", name)
    data += element(0x10, 0x20, "LO", patient) + element(0x20, 0xD, "UI", study)
    data += element(0x20, 0xE, "UI", series) + element(0x20, 0x13, "IS", number)
    return data


def store(port, objects):
    """Stores made objects over one raw association; yields the statuses."""
    with _raw.Association(port, [(CT, [_raw.EXPLICIT_LITTLE])], timeout=60) as raw:
        return [raw.store(CT, instance.encode(), data).status for instance, data in objects]


# --- clients ------------------------------------------------------------------------------------

RESPONSE = re.compile(r"^I: Find Response: \d+ \(Pending.*\)$")
VALUE = re.compile(r"^I: \(([0-9a-f]{4},[0-9a-f]{4})\) ([A-Z]{2}) (?:\[(.*)\]|\(no value available\))")


def find(port, *keys, model="-S", options=(), called="ANY-SCP"):
    """DCMTK's findscu; yields (matches, output), a match as {tag: value}."""
    arguments = [_peers.peer("findscu"), "-v", model, "-aec", called, *options]
    for key in keys:
        arguments += ["-k", key]
    done = _peers.run([*arguments, "127.0.0.1", port], timeout=120)
    matches = []
    for line in (done.out + done.err).splitlines():
        if RESPONSE.match(line):
            matches.append({})
        elif matches and (value := VALUE.match(line)):
            matches[-1][value[1]] = (value[3] or "").strip(" \0")
    return matches, done.out + done.err


def uids(matches, tag):
    return sorted(one.get(tag, "") for one in matches)


def plain_files():
    """Real files that both archives take: valid UIDs of all levels, each SOP Instance once, in the
    default transfer syntaxes, and a Patient ID."""
    chosen, seen = [], set()
    for file in _peers.good_files()[0]:
        if file.part.transfer_syntax in _compare.DEFLATED or file.sop_instance in seen:
            continue
        done = subprocess.run([_peers.peer("dcmdump"), "-q", "+P", "0020,000d", "+P", "0020,000e",
                               "+P", "0010,0020", str(file.path)], capture_output=True, timeout=60)
        values = re.findall(rb"\[([^\]]+)\]", done.stdout)
        if len(values) == 3 and b"\\" not in b"".join(values):
            seen.add(file.sop_instance)
            chosen.append(file)
    return chosen


def send(port, files, called="ANY-SCP"):
    return _peers.run([_peers.program("storescu"), "--aec", called, "127.0.0.1", port,
                       *(one.path for one in files)], timeout=120)


# --- parts --------------------------------------------------------------------------------------

def compare_queries(ours, theirs):
    everything = ["0008,0052=STUDY", "0020,000d", "0010,0010", "0010,0020", "0008,0020", "0008,0050"]
    studies, _ = find(ours.port, *everything)
    checks.check(len(studies) > 20, f"studies in the archive: {len(studies)}")
    same = total = 0

    def compare(what, tag, *keys, **more):
        nonlocal same, total
        mine, _ = find(ours.port, *keys, **more)
        yours, _ = find(theirs.port, *keys, called="QRSCP", **more)
        total += 1
        if checks.equal(uids(mine, tag), uids(yours, tag), f"{what} {keys}"):
            same += 1

    names = sorted({one["0010,0010"] for one in studies if one["0010,0010"].isascii()})
    for name in ["", "*", *names[::6], *(one[:3] + "*" for one in names[::5])]:
        if "\\" not in name and "?" not in name:
            # We take upper and lower case of names for the same, dcmqrscp does not: it may be asked
            # only where there is no difference.
            alike = [one for one in names if fnmatch.fnmatch(one.lower(), name.lower())]
            if all(fnmatch.fnmatchcase(one, name) for one in alike):
                compare("name", "0020,000d", "0008,0052=STUDY", "0020,000d", f"0010,0010={name}")
    dates = sorted({one["0008,0020"] for one in studies if len(one["0008,0020"]) == 8})
    for date in [*dates[::5], f"{dates[0]}-{dates[len(dates) // 2]}", f"{dates[3]}-", f"-{dates[-3]}"]:
        compare("date", "0020,000d", "0008,0052=STUDY", "0020,000d", f"0008,0020={date}")
    for patient in sorted({one["0010,0020"] for one in studies})[::5]:
        if not re.search(r"[*?\\]", patient):
            compare("patient", "0020,000d", "0008,0052=STUDY", "0020,000d", f"0010,0020={patient}")
            compare("patient root", "0020,000d", "0008,0052=STUDY", "0020,000d",
                    f"0010,0020={patient}", model="-P")
    compare("patients", "0010,0020", "0008,0052=PATIENT", "0010,0020", "0010,0010", model="-P")
    some = sorted({one["0020,000d"] for one in studies})
    compare("list", "0020,000d", "0008,0052=STUDY", "0020,000d=" + "\\".join(some[:5]))
    for study in some[::6]:
        compare("series", "0020,000e", "0008,0052=SERIES", f"0020,000d={study}", "0020,000e", "0008,0060")
        found, _ = find(ours.port, "0008,0052=SERIES", f"0020,000d={study}", "0020,000e")
        for series in uids(found, "0020,000e")[:2]:
            compare("images", "0008,0018", "0008,0052=IMAGE", f"0020,000d={study}",
                    f"0020,000e={series}", "0008,0018", "0020,0013")
    for modality in ("CT", "MR", "OT"):
        ours_only, _ = find(ours.port, "0008,0052=STUDY", "0020,000d", f"0008,0061={modality}")
        checks.check(all(modality in one["0008,0061"].split("\\") for one in ours_only),
                     f"Modalities in Study {modality}")
        checks.check(ours_only, f"studies with {modality}")
    print(f"   {same} of {total} queries answered as dcmqrscp does")
    return studies


def check_rules(archive):
    def refused(why, *keys, model="-S"):
        matches, text = find(archive.port, *keys, model=model)
        checks.check(not matches and "DoesNotMatchSOPClass" in text, f"{why}: {text[-200:]}")

    refused("no level", "0020,000d")
    refused("wrong level", "0008,0052=SLICE", "0020,000d")
    refused("patient level in study root", "0008,0052=PATIENT", "0010,0020")
    refused("series without study", "0008,0052=SERIES", "0020,000e")
    refused("images with a list of series", "0008,0052=IMAGE", "0020,000d=1.2", "0020,000e=1\\2")
    refused("study without patient", "0008,0052=STUDY", "0020,000d", model="-P")
    matches, text = find(archive.port, "0008,0052=STUDY", "0020,000d", "0018,1000=x")
    checks.check(matches and "(Pending: Warn" in text, f"FF01 for an unsupported key: {text[-200:]}")
    checks.check(all(one["0018,1000"] == "" for one in matches), "unsupported key is empty")


HOSTILE = ["' OR '1'='1", "x'; DROP TABLE instances; --", '"', "%", "_", "a';--", "\x00'", "?1", "$x",
           "'||(SELECT path FROM instances)||'"]


def check_injection(folder):
    with Archive(folder / "hostile") as archive:
        objects = [(f"1.2.9.{i}", data_set(f"1.2.9.{i}", f"1.3.{i}", f"1.4.{i}", patient=text, name=text,
                                          description=text)) for i, text in enumerate(HOSTILE)]
        checks.equal(set(store(archive.port, objects)), {0}, "hostile values are stored")
        everything, _ = find(archive.port, "0008,0052=STUDY", "0020,000d")
        checks.equal(len(everything), len(HOSTILE), "all of them are found")
        for i, text in enumerate(HOSTILE):
            if re.search(r"[\x00*?\\]", text):
                continue
            for tag in ("0010,0020", "0010,0010", "0008,1030"):
                found, _ = find(archive.port, "0008,0052=STUDY", "0020,000d", f"{tag}={text}")
                checks.equal(uids(found, "0020,000d"), [f"1.3.{i}"], f"{tag}={text}")
            for tag in ("0020,000d", "0008,0050", "0008,0061", "0008,0020"):
                found, _ = find(archive.port, "0008,0052=STUDY", "0020,000d", f"{tag}={text}")
                checks.equal(found, [], f"{tag}={text}")
        checks.equal(store(archive.port, [("1.2.9.1", data_set("1.2.9.1", "1.3.99", "1.4.99"))]), [0xC001],
                     "the same SOP Instance in another study")
        checks.equal(store(archive.port, [("1.2.9.1.5", data_set("1.2.9.1.6"))]), [0xA900],
                     "another UID in the data set than in the command")
        checks.equal(store(archive.port, [("1.2.9.50", element(8, 0x18, "UI", "1.2.9.50"))]), [0xC000],
                     "no study")
        latin = data_set("1.2.9.60", "1.3.60", "1.4.60", "U1", "M\xfcller^J\xfcrg".encode("latin-1"),
                         charset="ISO_IR 100")
        checks.equal(store(archive.port, [("1.2.9.60", latin)]), [0], "Latin 1")
        found, _ = find(archive.port, "0008,0052=STUDY", "0020,000d", "0010,0010=M*", "0010,0020=U1")
        checks.check(found and found[0].get("0008,0005") == "ISO_IR 192", f"answered in UTF-8: {found}")
        files = list((folder / "hostile").rglob("*.dcm"))
        checks.equal(len(files), len(HOSTILE) + 1, "no file is left of what was refused")
        empty = [one.name for one in (folder / "hostile").iterdir() if one.is_dir() and not any(one.iterdir())]
        checks.equal(empty, [], "no folder either")


def check_retrieve(folder, files):
    received = folder / "received"
    received.mkdir()
    config = _peers.association_config(folder, {(f.id.sop_class.decode(), f.syntax) for f in files})
    with _peers.DcmtkStorescp("-od", received, "+uf", "-xf", config, "Interop") as destination, \
            Archive(folder / "main", "--peer", f"DEST@127.0.0.1:{destination.port}") as archive:
        studies, _ = find(archive.port, "0008,0052=STUDY", "0020,000d", "0020,1208")
        for one in studies:
            done = _peers.run([_peers.peer("movescu"), "-v", "-S", "-aem", "DEST", "-k", "0008,0052=STUDY",
                               "-k", f"0020,000d={one['0020,000d']}", "127.0.0.1", archive.port], timeout=60)
            checks.check(done.code == 0 and "Success" in done.out + done.err, f"movescu: {done}")
        checks.equal(len(list(received.iterdir())), len(files), "objects moved")
        arrived = {_peers.File(path).sop_instance: path for path in received.iterdir()}
        for file in files:
            # What the destination wanted in Implicit VR has lost the VRs of private elements.
            as_it_is = _peers.File(arrived[file.sop_instance]).syntax == file.syntax
            if as_it_is:
                checks.equal(_peers.element_difference(file.path, arrived[file.sop_instance]), None,
                             f"{file.name} as it went in")
        done = _peers.run([_peers.peer("movescu"), "-d", "-S", "-aem", "NOBODY", "-k", "0008,0052=STUDY",
                           "-k", "0020,000d=1.2.3", "127.0.0.1", archive.port], timeout=60)
        checks.check("MoveDestinationUnknown" in done.err + done.out, f"unknown destination: {done}")
        got = folder / "got"
        got.mkdir()
        wanted = [f for f in files if f.id.sop_class.decode() == CT and f.syntax == _raw.EXPLICIT_LITTLE][:5]
        for file in wanted:
            done = _peers.run([_peers.peer("getscu"), "-v", "-S", "-od", got, "-k", "0008,0052=STUDY", "-k",
                               f"0020,000d={study_of(file)}", "127.0.0.1", archive.port], timeout=60)
            checks.check(done.code == 0, f"getscu: {done}")
        instances = {_peers.File(path).sop_instance for path in got.iterdir()}
        checks.check({f.sop_instance for f in wanted} <= instances, f"objects got: {len(instances)}")


def study_of(file):
    done = subprocess.run([_peers.peer("dcmdump"), "-q", "+P", "0020,000d", str(file.path)],
                          capture_output=True, timeout=60, text=True, errors="replace")
    return re.search(r"\[([^\]]+)\]", done.stdout)[1]


def snapshot(port):
    """Everything that queries say, for comparison."""
    answer = []
    studies, _ = find(port, "0008,0052=STUDY", "0020,000d", "0010,0010", "0010,0020", "0008,0020",
                      "0008,1030", "0008,0061", "0020,1206", "0020,1208")
    for study in studies:
        series, _ = find(port, "0008,0052=SERIES", f"0020,000d={study['0020,000d']}", "0020,000e",
                         "0008,0060", "0008,103e", "0020,1209")
        answer.append(sorted(map(str, [study, *series])))
    return sorted(answer)


def check_restart_and_reindex(folder):
    with Archive(folder / "main") as archive:
        before = snapshot(archive.port)
    with Archive(folder / "main") as archive:
        checks.equal(snapshot(archive.port), before, "after a restart")
    with Archive(folder / "main", "--reindex") as archive:
        checks.equal(snapshot(archive.port), before, "after --reindex")
    for path in (folder / "main").glob("index.sqlite*"):
        path.unlink()
    with Archive(folder / "main") as archive:
        checks.equal(snapshot(archive.port), before, "made anew where it was missing")
        second = _peers.run([_peers.program("archive"), "--directory", folder / "main", "0"], timeout=20)
        checks.check(second.code == 1 and "in use" in second.err, f"a second archive: {second}")
    with Archive(folder / "importing", "--import", folder / "main") as archive:
        checks.equal(snapshot(archive.port), before, "imported, where the files lie")
        checks.equal(len(list((folder / "importing").rglob("*.dcm"))), 0, "nothing was copied")


def check_kill(folder, times=10):
    acknowledged, lost = [], 0
    here = folder / "killed"
    for turn in range(times):
        archive = Archive(here)
        stop = threading.Event()

        def work(client, port=archive.port, turn=turn):
            try:
                raw = _raw.Association(port, [(CT, [_raw.EXPLICIT_LITTLE])], timeout=20)
                for i in range(10000):
                    uid = f"1.2.7.{turn}.{client}.{i}"
                    data = data_set(uid, f"1.3.{turn}", f"1.3.{turn}.{client}") + \
                        element(0x7FE0, 0x10, "OB", bytes(20000))
                    if raw.store(CT, uid.encode(), data).status == 0:
                        acknowledged.append(uid)
                    if stop.is_set():
                        return
            except (OSError, _raw.Closed):
                pass

        clients = [threading.Thread(target=work, args=(i,)) for i in range(4)]
        for one in clients:
            one.start()
        time.sleep(0.2 + 0.03 * turn)
        archive.stop(signal.SIGKILL)
        stop.set()
        for one in clients:
            one.join()
    with Archive(here) as archive:
        for turn in range(times):
            indexed = set()
            for client in range(4):
                found, _ = find(archive.port, "0008,0052=IMAGE", f"0020,000d=1.3.{turn}",
                                f"0020,000e=1.3.{turn}.{client}", "0008,0018")
                indexed |= set(uids(found, "0008,0018"))
            mine = [uid for uid in acknowledged if uid.startswith(f"1.2.7.{turn}.")]
            lost += len([uid for uid in mine if uid not in indexed])
            for uid in indexed:
                path = here / f"1.3.{turn}" / f"{uid}.dcm"
                if not path.is_file() or path.stat().st_size < 20000:
                    checks.fail(f"{uid} is indexed, but not there")
    checks.equal(lost, 0, "acknowledged objects that were lost")
    checks.check(len(acknowledged) > 20 * times, f"only {len(acknowledged)} objects were stored")
    print(f"   {len(acknowledged)} objects acknowledged, {times} kills")


def check_index_failure(folder):
    """Somebody else holds the index: no success without it, and no file without an entry."""
    with Archive(folder / "failing") as archive:
        checks.equal(store(archive.port, [("1.2.4.1", data_set("1.2.4.1"))]), [0], "before")
        holder = sqlite3.connect(folder / "failing" / "index.sqlite", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        checks.equal(store(archive.port, [("1.2.4.2", data_set("1.2.4.2"))]), [0xA700], "while it fails")
        checks.equal(len(list((folder / "failing").rglob("*.dcm"))), 1, "files")
        holder.execute("ROLLBACK")
        holder.close()
        checks.equal(store(archive.port, [("1.2.4.2", data_set("1.2.4.2"))]), [0], "afterwards")
        found, _ = find(archive.port, "0008,0052=STUDY", "0020,000d=1.2.3", "0020,1208")
        checks.equal([one["0020,1208"] for one in found], ["2"], "objects in the study")


def check_many_clients(folder, clients=20, each=20):
    with Archive(folder / "many", "--threads", "2") as archive:
        results = []

        def work(client):
            objects = [(f"1.2.8.{client}.{i}", data_set(f"1.2.8.{client}.{i}", f"1.3.{client}", f"1.4.{client}",
                                                        f"P{client}")) for i in range(each)]
            results.extend(store(archive.port, objects))
            found, _ = find(archive.port, "0008,0052=STUDY", f"0020,000d=1.3.{client}", "0020,1208")
            results.append(0 if found and found[0]["0020,1208"] == str(each) else found)

        threads = [threading.Thread(target=work, args=(i,)) for i in range(clients)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        checks.equal(results, [0] * clients * (each + 1), f"{clients} clients at once")


def check_cancel(folder, objects=1500):
    with Archive(folder / "cancelled") as archive:
        made = [(f"1.2.5.{i}", data_set(f"1.2.5.{i}", f"1.3.{i}", f"1.4.{i}")) for i in range(objects)]
        store(archive.port, made)
        found, text = find(archive.port, "0008,0052=STUDY", "0020,000d", "0010,0010", "0020,1208",
                           options=("--cancel", "3"))
        checks.check(3 <= len(found) < objects, f"C-CANCEL stops the matches: {len(found)}")
        checks.check("(Cancel" in text, f"final status after C-CANCEL: {text[-200:]}")
        print(f"   {len(found)} of {objects} matches came")
        found, _ = find(archive.port, "0008,0052=STUDY", "0020,000d")
        checks.equal(len(found), objects, "matches without C-CANCEL")


def check_orthanc(folder):
    port = _peers.free_port()
    orthanc_folder = folder / "orthanc"
    orthanc_folder.mkdir()
    modalities = {"archive": {"AET": "ARCHIVE", "Host": "127.0.0.1", "Port": port,
                              "AllowStorageCommitment": True}}
    with _peers.Orthanc(orthanc_folder, modalities) as orthanc, \
            Archive(folder / "committing", "--peer", f"ORTHANC@127.0.0.1:{orthanc.port}", "-v", port=port) as archive:
        store(port, [(f"1.2.6.{i}", data_set(f"1.2.6.{i}")) for i in range(3)])
        for name, objects, wanted in (
                ("all kept", [(CT, "1.2.6.0"), (CT, "1.2.6.2")], "Success"),
                ("one unknown", [(CT, "1.2.6.0"), (CT, "1.2.6.7")], "Failure"),
                ("another class", [(_raw.SECONDARY_CAPTURE, "1.2.6.1")], "Failure")):
            asked = orthanc.json("/modalities/archive/storage-commitment",
                                 {"DicomInstances": [{"SOPClassUID": a, "SOPInstanceUID": b} for a, b in objects]})
            report = {}
            for _ in range(100):
                report = orthanc.json(f"/storage-commitment/{asked['ID']}")
                if report["Status"] != "Pending":
                    break
                time.sleep(0.1)
            checks.equal(report["Status"], wanted, f"Orthanc, {name}: {report} {archive.output()[-600:]}")
            reasons = sorted(one["Description"] for one in report.get("Failures", []))
            print(f"   {name}: {report['Status']} {reasons}")
        # And Orthanc asks, and has everything sent to itself (C-FIND, C-MOVE).
        query = orthanc.json("/modalities/archive/query", {"Level": "Study", "Query": {"PatientID": "*"}})["ID"]
        answers = orthanc.json(f"/queries/{query}/answers")
        checks.check(answers, "Orthanc finds the studies")
        status, said = orthanc.rest(f"/queries/{query}/retrieve", b"ORTHANC")
        checks.equal(status, 200, f"Orthanc retrieves: {said!r} {archive.output()[-600:]}")
        checks.equal(sorted(orthanc.instances()), [f"1.2.6.{i}" for i in range(3)], "objects retrieved by Orthanc")
        print(f"   query and retrieve: {len(answers)} studies, {len(orthanc.instances())} objects")


def worklist_item(name, step_date, step_time, station):
    step = element(8, 0x60, "CS", "MR") + element(0x40, 1, "AE", station) + element(0x40, 2, "DA", step_date) + \
        element(0x40, 3, "TM", step_time) + element(0x40, 9, "SH", "S1")
    items = struct.pack("<HHI", 0xFFFE, 0xE000, len(step)) + step
    return element(0x10, 0x10, "PN", name) + element(0x10, 0x20, "LO", "ID1") + \
        element(0x20, 0xD, "UI", "1.2.3") + element(0x40, 0x100, "SQ", items) + element(0x40, 0x1001, "SH", "R1")


def part10(data):
    meta = element(2, 2, "UI", "1.2.276.0.7230010.3.1.0.1") + element(2, 3, "UI", "1.2.3")
    meta += element(2, 0x10, "UI", _raw.EXPLICIT_LITTLE)
    return bytes(128) + b"DICM" + element(2, 0, "UL", struct.pack("<I", len(meta))) + meta + data


def check_worklist(folder):
    items = folder / "worklist"
    items.mkdir()
    (items / "a.wl").write_bytes(part10(worklist_item("Alpha^A", "20240105", "090000", "MR1")))
    (items / "b.wl").write_bytes(worklist_item("Beta^B", "20240106", "080000", "MR2"))  # no meta information
    (items / "bad.wl").write_bytes(b"no worklist item")
    with Archive(folder / "with-worklist", "--worklist", items) as archive:
        def names(*keys):
            found, _ = find(archive.port, "0010,0010", *keys, model="-W")
            return uids(found, "0010,0010")

        step = "(0040,0100)[0]."
        checks.equal(names(), ["Alpha^A", "Beta^B"], "all items")
        checks.equal(names(step + "0040,0001=MR2"), ["Beta^B"], "station")
        checks.equal(names(step + "0040,0002=20240105-20240106", step + "0040,0003=100000-100000"), ["Beta^B"],
                     "date and time as one range")
        checks.equal(names("0010,0010=alp*"), ["Alpha^A"], "name")
        (items / "c.wl").write_bytes(part10(worklist_item("Gamma^C", "20240107", "080000", "MR2")))
        (items / "b.wl").unlink()
        checks.equal(names(), ["Alpha^A", "Gamma^C"], "after the folder has changed")
        checks.check("bad.wl" in archive.output(), "the bad file is named")


def main():
    with _peers.folder() as folder:
        files = []
        with checks.part("store real files, and ask as dcmqrscp is asked"):
            files = plain_files()
            (folder / "db").mkdir()
            with Archive(folder / "main") as archive, _peers.Dcmqrscp(folder / "db") as theirs:
                # dcmqrscp takes fewer transfer syntaxes and SOP Classes.
                tried = send(theirs.port, files, "QRSCP")
                files = [one for one in files if f"{one.path}: " not in tried.err]
                checks.check(len(files) > 30, f"only {len(files)} files that both take")
                sent = send(archive.port, files)
                checks.equal(sent.code, 0, f"storescu: {sent}")
                compare_queries(archive, theirs)
                check_rules(archive)
        with checks.part("C-MOVE and C-GET"):
            check_retrieve(folder, files)
        with checks.part("restart, --reindex, --import"):
            check_restart_and_reindex(folder)
        with checks.part("hostile values"):
            check_injection(folder)
        with checks.part("an index that fails"):
            check_index_failure(folder)
        with checks.part("20 clients at once"):
            check_many_clients(folder)
        with checks.part("C-CANCEL"):
            check_cancel(folder)
        with checks.part("kill -9 while storing"):
            check_kill(folder)
        with checks.part("worklist"):
            check_worklist(folder)
        with checks.part("storage commitment, query and retrieve asked for by Orthanc"):
            check_orthanc(folder)
    checks.finish()


if __name__ == "__main__":
    main()
