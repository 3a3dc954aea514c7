#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Our storescu sends every storable file of the collection, each in its own transfer syntax: to our
storescp and to DCMTK's (bit preserving), which must store the same bytes, and to Orthanc, which
encodes again, so that what it then serves is compared element by element."""
import collections
import re

import _compare
import _peers
from _peers import DcmtkStorescp, OurStorescp, program, run

checks = _peers.Checks()
table = _peers.Table("C-STORE from our storescu, every storable file in its own transfer syntax")


def summary(done):
    found = re.search(r"sent (\d+) \((\d+) with warnings\), failed (\d+), skipped (\d+): ", done.out)
    return tuple(int(n) for n in found.groups()) if found else None


def send(group, server, *options):
    return run([program("storescu"), *options, "127.0.0.1", server.port, *(file.path for file in group)], timeout=120)


def refused(done, group):
    """Files of the group that storescu names as failed, with the reason."""
    lines = {}
    for file in group:
        found = re.search(re.escape(str(file.path)) + r": (.*)", done.err)
        if found:
            lines[file] = found[1]
    return lines


def by_sop_instance(folder):
    """Stored files by the SOP Instance UID in their file meta information."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            part = _compare.Part10(path, exact=True)
            found[part.text(3)] = part
    return found


def to_us(files, how, send_options=(), store_options=()):
    same = padded = 0
    for group in _peers.groups(files):
        with _peers.folder() as folder, OurStorescp("--output-directory", folder, *store_options) as server:
            done = send(group, server, *send_options)
            checks.equal(done.code, 0, f"to us, {how}: {done}")
            checks.equal(summary(done), (len(group), 0, 0, 0), f"to us, {how}: summary")
            checks.equal(len(list(folder.rglob("*"))), len(group), f"to us, {how}: number of files")
            for file in group:
                path = folder / f"{file.sop_instance}.dcm"
                if not checks.check(path.is_file(), f"{file.name} to us, {how}: not stored"):
                    continue
                stored = _compare.Part10(path, exact=True)
                difference = _compare.difference(file.part, stored)
                same += checks.equal(difference, None, f"{file.name} to us, {how}")
                padded += _compare.padded(file.part, stored)
                _peers.check_file_meta(checks, stored, file, "STORESCU", f"{file.name} to us, {how}")
                checks.equal(stored.transfer_syntax.decode(), file.syntax, f"{file.name} to us: transfer syntax")
            checks.equal(server.stop(), 0, "exit code of storescp")
    table.add("storescu -> our storescp", f"byte by byte ({how})", len(files), same, pad_note(padded))


def pad_note(padded):
    return f"{padded} of odd length padded with one NUL" if padded else ""


def not_storable(files):
    """What storescu sends all the same, and our storescp will not name a file after."""
    with _peers.folder() as folder, OurStorescp("--output-directory", folder) as server:
        for file in files:
            done = run([program("storescu"), "127.0.0.1", server.port, file.path])
            checks.equal(done.code, 1, f"{file.name}, whose UID is {file.sop_instance!r}: {done}")
            if file.id.sop_class == _peers.DICOMDIR:
                checks.check("DICOMDIR" in done.err, f"{file.name}: {done}")
            elif file.sop_instance:
                checks.check("0117" in done.err, f"{file.name}, whose UID is {file.sop_instance!r}: {done}")
        checks.equal(list(folder.iterdir()), [], "files stored under no valid UID")


# DCMTK 3.6.7 (Debian 12) does not know these: made to accept them, it aborts at the first data set.
UNKNOWN_TO_DCMTK = {"1.2.840.10008.1.2.4.203", "1.2.840.10008.1.2.8.1"}


def to_dcmtk(files):
    same = padded = 0
    not_accepted = []
    pairs = {(file.id.sop_class.decode(), file.syntax) for file in files if file.syntax not in UNKNOWN_TO_DCMTK}
    for group in _peers.groups(files):
        with _peers.folder() as folder:
            stored_in = folder / "stored"
            stored_in.mkdir()
            config = _peers.association_config(folder, pairs)
            with DcmtkStorescp("+B", "-uf", "-xf", config, "Interop", "-pdu", "131072", "-od", stored_in,
                               env=_peers.BEST) as server:
                done = send(group, server)
            problems = refused(done, group)
            failed = len(problems)
            checks.equal(done.code, 1 if failed else 0, f"to DCMTK: {done}")
            checks.equal(summary(done), (len(group) - failed, 0, failed, 0), f"to DCMTK: summary; {done}")
            stored = by_sop_instance(stored_in)
            for file in group:
                if file in problems and file.syntax in UNKNOWN_TO_DCMTK:
                    checks.check("presentation context" in problems[file], f"{file.name}: {problems[file]}")
                    not_accepted.append(file.syntax)
                    continue
                if not checks.check(file.sop_instance in stored, f"{file.name} to DCMTK: not stored; {problems.get(file)}"):
                    continue
                part = stored[file.sop_instance]
                same += checks.equal(_compare.difference(file.part, part), None, f"{file.name} to DCMTK")
                padded += _compare.padded(file.part, part)
                checks.equal(part.transfer_syntax.decode(), file.syntax, f"{file.name} to DCMTK: transfer syntax")
    notes = [note for note in (pad_note(padded), not_accepted and f"{len(not_accepted)} not accepted by DCMTK: "
                               + ", ".join(not_accepted)) if note]
    table.add("storescu -> DCMTK storescp +B", "byte by byte", len(files), same, "; ".join(notes))


# What Orthanc (1.10, Debian 12) refuses, whoever sends it. Anything else that it refuses is a failure.
NO_STUDY = "A700, it has no Study Instance UID"
NO_COLOR_PALETTE = "no presentation context: Orthanc does not know Color Palette Storage"
UID_AS_UN = "C000, its SOP Class or Instance UID is missing or has VR UN"
REFUSED_BY_ORTHANC = {
    "cornerstonewadoimageloader__CTImage.dcm_JPEG2000LosslessOnlyTransferSyntax_1.2.840.10008.1.2.4.90.dcm": UID_AS_UN,
    "cornerstonewadoimageloader__CTImage.dcm_JPEG2000TransferSyntax_1.2.840.10008.1.2.4.91.dcm": UID_AS_UN,
    "cornerstonewadoimageloader__CTImage.dcm_JPEGLSLossyTransferSyntax_1.2.840.10008.1.2.4.81.dcm": UID_AS_UN,
    "fo-dicom__GH223.dcm": NO_STUDY,
    "fo-dicom__GH487.dcm": NO_STUDY,
    "fo-dicom__multiframe.dcm": NO_STUDY,
    "pydicom-data__HTJ2K_08_RGB.dcm": "no presentation context: it does not know 1.2.840.10008.1.2.4.203, HTJ2K",
    "pydicom-data__JLSL_08_07_0_1F.dcm": NO_STUDY,
    "pydicom-data__liver_deflate.dcm": "no presentation context: it does not know 1.2.840.10008.1.2.8.1, "
                                       "Deflated Image Frame Compression",
    "pydicom__JPEGLSNearLossless_08.dcm": NO_STUDY,
    "pydicom__JPEGLSNearLossless_16.dcm": NO_STUDY,
    "pydicom__SC_rgb_jls_lossy_line.dcm": NO_STUDY,
    "pydicom__fall.dcm": NO_COLOR_PALETTE,
    "pydicom__hotiron.dcm": NO_COLOR_PALETTE,
    "pydicom__hotmetalblue.dcm": NO_COLOR_PALETTE,
    "pydicom__priv_SQ.dcm": UID_AS_UN,
    "pydicom__rtdose_rle_1frame.dcm": UID_AS_UN,
    "pydicom__spring.dcm": NO_COLOR_PALETTE,
}


def to_orthanc(files):
    same = 0
    reasons = collections.defaultdict(list)
    with _peers.folder() as folder, _peers.Orthanc(folder) as orthanc:
        for group in _peers.groups(files):
            orthanc.clear()
            done = send(group, orthanc, "--aec", "ORTHANC")
            problems = refused(done, group)
            failed = len(problems)
            checks.equal(summary(done), (len(group) - failed, 0, failed, 0), f"to Orthanc: summary; {done}")
            checks.equal(done.code, 1 if failed else 0, f"to Orthanc: {done}")
            ids = orthanc.instances()
            for file in group:
                what = f"{file.name} to Orthanc"
                if file in problems:
                    expected = REFUSED_BY_ORTHANC.get(file.name, "nothing to refuse it for")
                    reasons[expected].append(file)
                    code = expected.split(",")[0].split(":")[0]
                    checks.check(code.replace("no presentation", "presentation") in problems[file],
                                 f"{what}: {problems[file]}; expected: {expected}")
                    continue
                if not checks.check(file.sop_instance in ids, f"{what}: not there"):
                    continue
                status, answer = orthanc.rest(f"/instances/{ids[file.sop_instance]}/file")
                checks.equal(status, 200, f"{file.name} from Orthanc")
                path = folder / "served.dcm"
                path.write_bytes(answer)
                same += checks.equal(_peers.element_difference(file.path, path), None, what)
        checks.check(orthanc.alive(), "Orthanc ended")
    refusals = sum(len(some) for some in reasons.values())
    table.add("storescu -> Orthanc", "element by element", len(files), same,
              f"{refusals} refused by Orthanc" if refusals else "")
    for reason, some in sorted(reasons.items()):
        print(f"   refused by Orthanc, {len(some)}: {reason} ({', '.join(sorted({f.syntax for f in some}))})")


with checks.part("the collection"):
    files, others = _peers.good_files()
    print(f"   {len(files)} storable files in {len(_peers.groups(files))} groups of distinct SOP Instance UIDs, "
          f"{len({(f.id.sop_class, f.syntax) for f in files})} pairs of SOP Class and transfer syntax")
    checks.check(len(files) >= 180, f"only {len(files)} files are storable")
    with checks.part("to our storescp"):
        to_us(files, "defaults")
        to_us(files, "PDUs of 4096", ("--max-pdu", "4096"), ("--max-pdu", "4096"))
        to_us(files, "several threads", (), ("--threads", "3", "--file-threads", "2"))
    with checks.part("not storable"):
        not_storable(others)
    with checks.part("to DCMTK's storescp"):
        to_dcmtk(files)
    with checks.part("to Orthanc"):
        to_orthanc(files)

table.print()
checks.finish()
