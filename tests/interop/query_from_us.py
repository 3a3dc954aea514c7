#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Our findscu, movescu and getscu against DCMTK's dcmqrscp and wlmscpfs and against Orthanc: every
result is the one that DCMTK's findscu, movescu and getscu get from the same server. And the other
way round: DCMTK's findscu asks our first_query_scp."""
import collections
import json

import _compare
import _peers
from _peers import OurStorescp, peer, program, run

checks = _peers.Checks()
table = _peers.Table("C-FIND, C-MOVE, C-GET: ours and DCMTK's on the same server")
PLAIN = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1")
FILES = 12


def sample():
    """A few files of different studies that every peer takes, text in ASCII."""
    chosen, studies = [], collections.Counter()
    for file in _peers.good_files()[0]:
        data = file.path.read_bytes()
        text = run([peer("dcmdump"), "-q", "+P", "0020,000d", "+P", "0010,0020", file.path]).out
        image = file.id.sop_class.startswith((b"1.2.840.10008.5.1.4.1.1.2", b"1.2.840.10008.5.1.4.1.1.4"))
        plain = file.syntax in PLAIN and b"ISO_IR 192" not in data and text.count("[") == 2
        if not (image and plain) or file.sop_instance in {one.sop_instance for one in chosen}:
            continue
        if studies[text] < 3:
            studies[text] += 1
            chosen.append(file)
    checks.check(len(chosen) >= 5, f"only {len(chosen)} files of the collection will do")
    return chosen[:FILES]


def value_of(element):
    values = element.get("Value", [])
    if element["vr"] == "SQ":
        return [normal(item) for item in values]
    return ["=".join(one.values()) if isinstance(one, dict) else str(one or "").strip() for one in values]


def normal(match):
    """What both say: not the character set, which one has and the other has converted."""
    return {tag: value for tag, value in ((tag, value_of(one)) for tag, one in sorted(match.items()))
            if tag not in ("00080005",)}


def as_set(matches):
    return sorted(json.dumps(normal(one), sort_keys=True) for one in matches)


def ours_find(server, title, model, keys):
    keys = [part for key in keys for part in ("-k", key)]
    done = run([program("findscu"), "--json", "--only-given", "--model", model, "--aec", title, *keys, "127.0.0.1",
                server.port])
    checks.equal(done.code, 0, f"our findscu {keys}: {done}")
    return json.loads(done.out)


def dcmtk_find(server, title, model, keys):
    option = {"patient": "-P", "study": "-S", "worklist": "-W"}[model]
    keys = [part for key in keys for part in ("-k", key)]
    with _peers.folder() as folder:
        done = run([peer("findscu"), option, "-aec", title, *keys, "-X", "-od", folder, "127.0.0.1", server.port])
        checks.equal(done.code, 0, f"DCMTK's findscu {keys}: {done}")
        return [json.loads(run([peer("dcm2json"), path]).out, strict=False) for path in sorted(folder.glob("rsp*.dcm"))]


def compare_finds(server, title, name, queries):
    same = found = 0
    for model, keys in queries:
        ours, theirs = ours_find(server, title, model, keys), dcmtk_find(server, title, model, keys)
        found += len(ours)
        same += checks.equal(as_set(ours), as_set(theirs), f"{name}, {model} {keys}")
    checks.check(found > 0, f"{name}: nothing was found at all")
    table.add(f"findscu -> {name}", "matches, JSON", len(queries), same, f"{found} matches")


def queries_for(study):
    level = "QueryRetrieveLevel="
    return [
        ("study", [level + "STUDY", "StudyInstanceUID", "PatientID", "PatientName", "StudyDate"]),
        ("study", [level + "STUDY", "StudyInstanceUID", "PatientID=*1*"]),
        ("study", [level + "STUDY", "StudyInstanceUID", "StudyDate=19900101-20051231"]),
        ("study", [level + "STUDY", "StudyInstanceUID=1.2.3.4.5.6.7", "PatientName"]),
        ("study", [level + "SERIES", "StudyInstanceUID=" + study, "SeriesInstanceUID", "Modality", "SeriesNumber"]),
        ("patient", [level + "PATIENT", "PatientID", "PatientName=*"]),
    ]


def studies_on(server, title):
    found = ours_find(server, title, "study", ["QueryRetrieveLevel=STUDY", "StudyInstanceUID"])
    return sorted(one["0020000D"]["Value"][0] for one in found)


def stored(folder):
    """SOP Instance UID -> a file, whoever named it."""
    return {_compare.identity(_compare.Part10(path)).sop_instance: path for path in folder.rglob("*") if path.is_file()}


def compare_folders(ours, theirs, what):
    a, b = stored(ours), stored(theirs)
    checks.equal(sorted(a), sorted(b), f"{what}: objects")
    same = 0
    for uid in sorted(set(a) & set(b)):
        difference = _peers.element_difference(a[uid], b[uid])
        same += checks.equal(difference, None, f"{what}: {uid.decode()}")
    return len(a), same


def compare_gets(server, title, name):
    files = same = 0
    for study in studies_on(server, title):
        with _peers.folder() as folder:
            (folder / "theirs").mkdir()
            done = run([program("getscu"), "--aec", title, "-k", "StudyInstanceUID=" + study, "--output-directory",
                        folder / "ours", "127.0.0.1", server.port])
            checks.equal(done.code, 0, f"our getscu of {study}: {done}")
            done = run([peer("getscu"), "-S", "-aec", title, "-k", "QueryRetrieveLevel=STUDY", "-k",
                        "StudyInstanceUID=" + study, "-od", folder / "theirs", "127.0.0.1", server.port])
            checks.equal(done.code, 0, f"DCMTK's getscu of {study}: {done}")
            some = compare_folders(folder / "ours", folder / "theirs", f"getscu from {name}")
            files, same = files + some[0], same + some[1]
    checks.check(files > 0, f"getscu from {name}: no file at all")
    table.add(f"getscu <- {name}", "elements", files, same)


def compare_moves(server, title, name, receiver, folder):
    """Both have the server send to the same destination, `receiver`, which stores into `folder`."""
    files = same = 0
    for study in studies_on(server, title):
        done = run([program("movescu"), "--aec", title, "--destination", "DEST", "-k", "StudyInstanceUID=" + study,
                    "127.0.0.1", server.port])
        checks.equal(done.code, 0, f"our movescu of {study}: {done}")
        ours, theirs = folder / "ours", folder / "theirs"
        (folder / "out").rename(ours)
        (folder / "out").mkdir()
        done = run([peer("movescu"), "-S", "-aec", title, "-aem", "DEST", "-k", "QueryRetrieveLevel=STUDY", "-k",
                    "StudyInstanceUID=" + study, "127.0.0.1", server.port])
        checks.equal(done.code, 0, f"DCMTK's movescu of {study}: {done}")
        (folder / "out").rename(theirs)
        (folder / "out").mkdir()
        some = compare_folders(ours, theirs, f"movescu from {name}")
        files, same = files + some[0], same + some[1]
        for one in (ours, theirs):
            for path in one.iterdir():
                path.unlink()
            one.rmdir()
    checks.check(files > 0 and receiver.alive(), f"movescu from {name}: no file at all")
    table.add(f"movescu -> {name}", "elements", files, same)
    done = run([program("movescu"), "--aec", title, "--destination", "NOBODY", "-k",
                "StudyInstanceUID=" + studies_on(server, title)[0], "127.0.0.1", server.port])
    checks.equal(done.code, 1, f"movescu to an unknown destination of {name}: {done}")


def archive(name, title, start):
    files = sample()
    with _peers.folder() as folder:
        with OurStorescp("--aet", "DEST", "--output-directory", folder / "out") as receiver:
            with start(folder, receiver.port) as server:
                done = run([program("storescu"), "--aec", title, "127.0.0.1", server.port, *(one.path for one in files)])
                checks.equal(done.code, 0, f"storescu to {name}: {done}")
                study = studies_on(server, title)[0]
                compare_finds(server, title, name, queries_for(study))
                compare_gets(server, title, name)
                compare_moves(server, title, name, receiver, folder)


def dcmqrscp():
    archive("dcmqrscp", "QRSCP", lambda folder, port: _peers.Dcmqrscp(folder, {"DEST": port}))


def orthanc():
    allow = {f"DicomAlwaysAllow{what}": True for what in ("Find", "Get", "Move")}
    archive("Orthanc", "ORTHANC", lambda folder, port: _peers.Orthanc(
        folder, {"dest": ["DEST", "127.0.0.1", port]}, **allow))


def step(number, modality, date):
    return f"""(0008,0005) CS [ISO_IR 100]
(0008,0050) SH [{number}]
(0010,0010) PN [Doe^{number}]
(0010,0020) LO [P{number}]
(0010,0030) DA [19600101]
(0010,0040) CS [F]
(0020,000d) UI [1.2.3.{number}]
(0032,1060) LO [procedure {number}]
(0040,0100) SQ
(fffe,e000) -
(0008,0060) CS [{modality}]
(0040,0001) AE [AE{number}]
(0040,0002) DA [{date}]
(0040,0003) TM [101010]
(0040,0006) PN [Doctor]
(0040,0007) LO [step {number}]
(0040,0009) SH [S{number}]
(fffe,e00d) -
(fffe,e0dd) -
(0040,1001) SH [R{number}]
"""


def wlmscpfs():
    steps = [step(i, "CT" if i % 2 else "MR", f"2024010{i}") for i in range(1, 6)]
    item = "ScheduledProcedureStepSequence[0]."
    queries = [("worklist", ["PatientName", "PatientID", item + key])
               for key in ("Modality=CT", "Modality=", "ScheduledProcedureStepStartDate=20240102-20240104",
                           "ScheduledStationAETitle=AE3", "ScheduledStationAETitle=NONE")]
    with _peers.folder() as folder, _peers.Wlmscpfs(folder, steps) as server:
        compare_finds(server, "WORK", "wlmscpfs", queries)


def first_query_scp():
    with _peers.Server([program("first_query_scp")], 11112) as server:
        compare_finds(server, "STUDIES", "our first_query_scp", [
            ("study", ["QueryRetrieveLevel=STUDY", "StudyInstanceUID", "PatientName=" + name, "StudyDate=" + date])
            for name in ("", "Doe*", "*Jane", "X") for date in ("", "20240101-20240229")])


for title, part in {"dcmqrscp": dcmqrscp, "Orthanc": orthanc, "wlmscpfs": wlmscpfs,
                    "first_query_scp": first_query_scp}.items():
    with checks.part(title):
        part()
table.print()
checks.finish()
