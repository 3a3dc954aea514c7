#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""DCMTK's dcmsend and storescu, and Orthanc, send every storable file of the collection to our
storescp. They read a data set and encode it again, so that what is stored is compared element by
element; that our storescp keeps each byte is shown where the sender does (store_from_us, broken)."""
import _compare
import _made
import _peers
from _peers import OurStorescp, peer, run

checks = _peers.Checks()
table = _peers.Table("C-STORE to our storescp, every storable file in its own transfer syntax")

# What the senders (DCMTK 3.6.7, Orthanc 1.10) cannot send, whoever receives. Anything else that does
# not arrive is a failure.
UNKNOWN_SYNTAX = {
    "pydicom-data__HTJ2K_08_RGB.dcm",       # 1.2.840.10008.1.2.4.203
    "pydicom-data__liver_deflate.dcm",      # 1.2.840.10008.1.2.8.1
}
NO_UID = {  # in the data set, SOP Class or Instance UID is missing or, having VR UN, not understood
    "cornerstonewadoimageloader__CTImage.dcm_JPEG2000LosslessOnlyTransferSyntax_1.2.840.10008.1.2.4.90.dcm",
    "cornerstonewadoimageloader__CTImage.dcm_JPEG2000TransferSyntax_1.2.840.10008.1.2.4.91.dcm",
    "cornerstonewadoimageloader__CTImage.dcm_JPEGLSLossyTransferSyntax_1.2.840.10008.1.2.4.81.dcm",
    "pydicom__priv_SQ.dcm",
    "pydicom__rtdose_rle_1frame.dcm",
}
NO_META_UID = {  # dcmsend also wants them in the file meta information
    "dcm4che__NM-MONO2-16-13x-heart.dcm",
    "deid__MR.dcm",
}
STORESCU_CANNOT = frozenset(UNKNOWN_SYNTAX | NO_UID)
DCMSEND_CANNOT = frozenset(UNKNOWN_SYNTAX | NO_UID | NO_META_UID)
ORTHANC_CANNOT = frozenset(UNKNOWN_SYNTAX | NO_UID | {
    "generated__deep_sq_64.dcm",            # Orthanc 1.10 crashes when this is uploaded
})
UNCOMPRESSED = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2")


def judge(group, folder, calling, what, by_study=False, not_sent=frozenset()):
    """Yields (files that had to arrive, those that did with all their elements)."""
    due = same = 0
    for file in group:
        sub = ""
        if by_study:
            study = file.id.study
            sub = study.decode() if _peers.standard_uid(study) else "unknown-study"
        # Who reads the data set also sends the UID that it says.
        uid = file.id.sop_instance.decode()
        path = folder / sub / f"{uid}.dcm"
        if not path.is_file() and file.name in not_sent:
            continue
        due += 1
        if not checks.check(path.is_file(), f"{file.name}, {what}: not stored as {sub}/{uid}.dcm"):
            continue
        part = _compare.Part10(path, exact=True)
        # dcmsend turns every uncompressed data set into Explicit VR Little Endian.
        become = UNCOMPRESSED[1] if calling == "DCMSEND" and file.syntax in UNCOMPRESSED else file.syntax
        checks.equal(part.transfer_syntax.decode(), become, f"{file.name}, {what}: transfer syntax")
        _peers.check_file_meta(checks, part, file, calling, f"{file.name}, {what}", file.id.sop_instance)
        same += checks.equal(_peers.element_difference(file.path, path), None, f"{file.name}, {what}")
    checks.equal(len([p for p in folder.rglob("*") if p.is_file()]), due, f"{what}: number of files")
    checks.equal([p.name for p in folder.rglob(".*")], [], f"{what}: temporary files")
    return due, same


def from_dcmtk(files, name, how, options, env=None, store_options=(), not_sent=frozenset(), config=False):
    due = same = 0
    pairs = {(file.id.sop_class.decode(), file.syntax) for file in files if file.name not in not_sent}
    for group in _peers.groups(files):
        with _peers.folder() as folder:
            if config:
                options = ["-xf", _peers.association_config(folder, pairs, as_requestor=True), "Interop", *options[-config:]]
            out = folder / "out"
            with OurStorescp("--output-directory", out, *store_options) as server:
                done = run([peer(name), *options, "127.0.0.1", server.port, *(file.path for file in group)],
                           timeout=120, env=env)
                if not any(file.name in not_sent for file in group):
                    checks.equal(done.code, 0, f"{name}, {how}: {done}")
                checks.equal(server.stop(), 0, f"{name}, {how}: exit code of storescp")
            d, s = judge(group, out, name.upper(), f"{name}, {how}", "--by-study" in store_options, not_sent)
            due, same = due + d, same + s
    missing = len(files) - due
    table.add(f"{name} -> our storescp", f"element by element ({how})", len(files), same,
              f"{missing} that {name} cannot send" if missing else "")


def from_orthanc(files):
    due = same = refused = 0
    with _peers.folder() as top, OurStorescp("--aet", "US", "--output-directory", top / "out") as server, \
            _peers.Orthanc(top, {"us": ["US", "127.0.0.1", server.port]}) as orthanc:
        for group in _peers.groups(files):
            orthanc.clear()
            uploaded = []
            for file in group:
                if file.name not in ORTHANC_CANNOT and \
                        orthanc.rest("/instances", file.path.read_bytes())[0] == 200:
                    uploaded.append(file)
            ids = list(orthanc.instances().values())
            refused += len(group) - len(uploaded)
            if not ids:
                continue
            body = {"Resources": ids, "Synchronous": True}
            answer = orthanc.json("/modalities/us/store", body)
            checks.equal(answer.get("FailedInstancesCount"), 0, f"Orthanc's C-STORE to us: {answer}")
            d, s = judge(uploaded, top / "out", "ORTHANC", "Orthanc")
            due, same = due + d, same + s
            for path in (top / "out").iterdir():
                path.unlink()
        checks.equal(server.stop(), 0, "exit code of storescp")
    checks.check(due >= 160, f"Orthanc took only {due} files to send")
    table.add("Orthanc -> our storescp", "element by element", len(files), same,
              f"{refused} that Orthanc cannot send")


def duplicates():
    """The same instance twice, with other pixels; the second time is what --on-duplicate is about."""
    uid = _made.ROOT + b".9"
    with _peers.folder() as folder:
        first, second = folder / "first.dcm", folder / "second.dcm"
        _made.write(first, uid, 1024)
        _made.write(second, uid, 70000)
        for option, winner, code in (("", second, 0), ("overwrite", second, 0), ("keep", first, 0), ("refuse", first, 1)):
            for sender in ("storescu", "dcmsend"):
                out = folder / f"{option or 'default'}-{sender}"
                options = ["--on-duplicate", option] if option else []
                with OurStorescp("--output-directory", out, *options) as server:
                    answers = [run([peer(sender), "-v", "127.0.0.1", server.port, one]) for one in (first, second)]
                    text = answers[1].out + answers[1].err
                    # dcmsend ends with 0 all the same and only says so in its summary.
                    if code == 0:
                        checks.equal(answers[1].code, 0, f"--on-duplicate {option}, {sender}: {answers[1]}")
                    refused = "CannotUnderstand" in text or "0xc001" in text.lower()    # which is C001
                    checks.equal(refused, code == 1, f"--on-duplicate {option}, {sender}: {text[-400:]}")
                    checks.equal([p.name for p in out.iterdir()], [f"{uid.decode()}.dcm"], f"--on-duplicate {option}")
                    stored = _compare.Part10(out / f"{uid.decode()}.dcm", exact=True)
                    checks.equal(_peers.element_difference(winner, stored.path), None, f"--on-duplicate {option}, {sender}")


with checks.part("the collection"):
    files, _ = _peers.good_files()
    with checks.part("dcmsend, defaults"):
        from_dcmtk(files, "dcmsend", "defaults", ["-q", "-nh", "-nuc"], not_sent=DCMSEND_CANNOT)
    with checks.part("dcmsend, at its best, into --by-study"):
        from_dcmtk(files, "dcmsend", "at its best, --by-study",
                   ["-q", "-nh", "-nuc", "--decompress-never", "-pdu", "131072", "--max-send-pdu", "131072"],
                   env=_peers.BEST, store_options=("--by-study",), not_sent=DCMSEND_CANNOT)
    with checks.part("storescu"):
        from_dcmtk(files, "storescu", "defaults", ["-nh"], not_sent=STORESCU_CANNOT, config=1)
    with checks.part("storescu, at its best"):
        from_dcmtk(files, "storescu", "at its best, threads", ["-nh", "-pdu", "131072", "--max-send-pdu", "131072"],
                   env=_peers.BEST, store_options=("--threads", "3", "--file-threads", "2"),
                   not_sent=STORESCU_CANNOT, config=5)
    with checks.part("Orthanc"):
        from_orthanc(files)
with checks.part("--on-duplicate"):
    duplicates()

table.print()
checks.finish()
