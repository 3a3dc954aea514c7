#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Broken files: what our storescu makes of each, and our storescp of their bytes on the wire."""
import csv
import re

import _compare
import _peers
import _raw
from _peers import OurStorescp, program, run

checks = _peers.Checks()

# What is expected of storescu. It sends data sets as they are and is no validator: what can be
# identified is sent. `sent`: exit code 0, and the stored bytes are the file's. `failed`: exit code 1
# with that word, named as an argument as well as met in a directory. `skipped`: a failure when named,
# skipped in a directory, which is no failure. `refused`: sent, but our storescp finds no valid UID.
NO_DICM = ("skipped", "not a DICOM file")
EXPECTED = {
    "dcm4che__OT-PAL-8-face.dcm": NO_DICM,
    "dcm4che__no_preamble_dicm_in_data.dcm": ("failed", "malformed"),       # DICM by accident: no meta
    "dcmjs__invalid-vr-length-test.dcm": ("sent", ""),                      # broken after its head
    "fo-dicom__CR-MONO1-10-chest.dcm": NO_DICM,
    "fo-dicom__GH179B.dcm": ("sent", ""),
    "fo-dicom__GH340.dcm": NO_DICM,
    "fo-dicom__GH626.dcm": ("sent", ""),
    "fo-dicom__OutOfBoundsOverlay.dcm": ("sent", ""),
    "pydicom-data__JLSL_RGB_ILV0.dcm": NO_DICM,
    "pydicom-data__JLSL_RGB_ILV2.dcm": NO_DICM,
    "pydicom-data__bad_sequence.dcm": ("refused", "0117"),                  # 64 hexadecimal digits
    "pydicom__DICOMDIR-nooffset.dcm": ("skipped", "DICOMDIR"),
    "pydicom__DICOMDIR-reordered.dcm": ("skipped", "DICOMDIR"),
    "pydicom__ExplVR_LitEndNoMeta.dcm": NO_DICM,
    "pydicom__SC_rgb_jpeg.dcm": ("sent", ""),                               # identified by its meta
    "pydicom__badVR.dcm": ("sent", ""),
    "pydicom__rtplan_truncated.dcm": ("sent", ""),
    "pydicom__rtstruct.dcm": NO_DICM,
    "pylibjpeg-data__JPEGLossless_1s_1f_i_16_16_bad.dcm": ("sent", ""),
}
SUMMARY = r"sent (\d+) \((\d+) with warnings\), failed (\d+), skipped (\d+): "


def broken_files():
    with open(_peers.data_folder() / "manifest.csv", newline="") as lines:
        names = [row["file"] for row in csv.DictReader(lines) if row["file"].startswith("broken/")]
    return {name.split("/", 1)[1]: _peers.data_folder() / name for name in names}


def summary(done):
    found = re.search(SUMMARY, done.out)
    return tuple(int(n) for n in found.groups()) if found else None


def named_and_met(name, path, folder):
    """One broken file as an argument, then as the only file of a directory."""
    what, word = EXPECTED[name]
    with OurStorescp("--output-directory", folder / "out") as server:
        done = run([program("storescu"), "127.0.0.1", server.port, path])
        stored = sorted((folder / "out").iterdir())
        checks.equal(done.code, 0 if what == "sent" else 1, f"{name}, exit code; {done}")
        checks.check(word in done.out + done.err, f"{name}: not a word of '{word}': {done}")
        checks.check(what == "sent" or name in done.err, f"{name} is not named: {done}")
        if what == "sent":
            checks.equal(summary(done), (1, 0, 0, 0), f"{name}, summary")
            if checks.equal(len(stored), 1, f"{name}, files stored"):
                difference = _compare.difference(_compare.Part10(path), _compare.Part10(stored[0], exact=True))
                checks.equal(difference, None, f"{name}, stored bytes")
        else:
            checks.equal(stored, [], f"{name}, files stored")

        directory = folder / "in"
        directory.mkdir()
        (directory / name).symlink_to(path)
        done = run([program("storescu"), "127.0.0.1", server.port, directory])
        if what == "skipped":
            checks.check("skipped" in done.err and name in done.err, f"{name} in a directory: {done}")
        checks.check(what == "sent" or word in done.out + done.err, f"{name} in a directory: {done}")
        checks.equal(server.stop(), 0, f"{name}: exit code of storescp")


def one_run(files, folder):
    """All of them met in one directory: storescu goes on after each failure."""
    kinds = [EXPECTED[name][0] for name in files]
    directory = folder / "in"
    directory.mkdir()
    for name, path in files.items():
        (directory / name).symlink_to(path)
    with OurStorescp("--output-directory", folder / "out") as server:
        done = run([program("storescu"), "127.0.0.1", server.port, directory])
        failed = kinds.count("failed") + kinds.count("refused")
        checks.equal(summary(done), (kinds.count("sent"), 0, failed, kinds.count("skipped")), f"summary; {done}")
        checks.equal(done.code, 1, "exit code when some failed")
        for name, (what, _) in EXPECTED.items():
            checks.check(what == "sent" or name in done.err, f"{name} is not named")
        # Without what fails, skipping alone is a success.
        for name, (what, _) in EXPECTED.items():
            if what in ("failed", "refused"):
                (directory / name).unlink()
        done = run([program("storescu"), "127.0.0.1", server.port, directory])
        checks.equal(done.code, 0, f"exit code when some were skipped; {done}")
        checks.equal(server.stop(), 0, "exit code of storescp")
    print("   storescu, the whole folder:", ", ".join(f"{kinds.count(k)} {k}" for k in ("sent", "failed", "refused", "skipped")))


# The transfer syntaxes in which a head may be looked at differently.
SYNTAXES = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99",
            "1.2.840.10008.1.2.4.50")


def on_the_wire(files, by_study, folder):
    """The bytes after the preamble and the meta of each file, as they are and cut at odd places, as
    data sets that claim one transfer syntax after the other. Each must be answered, or the
    association aborted; the server survives, and what it calls success is stored as it was sent."""
    options = ["--by-study"] if by_study else []
    answers, sent = {}, 0
    with OurStorescp(*options, "--output-directory", folder) as server:
        for number, (name, path) in enumerate(files.items()):
            raw_file = path.read_bytes()
            try:
                data = _compare.Part10(path).data()
            except _compare.Malformed:
                data = raw_file
            for syntax in SYNTAXES:
                uid = f"1.2.3.{number + 1}.{SYNTAXES.index(syntax) + 1}"
                for cut, bytes_sent in enumerate((data, raw_file, data[:len(data) // 2 | 1], data[:137])):
                    what = f"{name}, {syntax}, cut {cut}"
                    this_uid = f"{uid}.{cut}"
                    how = send(server.port, syntax, this_uid, bytes_sent)
                    sent += 1
                    answers[how] = answers.get(how, 0) + 1
                    if not checks.check(server.alive(), f"{what}: storescp ended: {_peers.tail(server.output())}"):
                        return
                    found = list(folder.rglob(f"{this_uid}.dcm"))
                    if how == "0000":
                        if checks.equal(len(found), 1, f"{what}: files stored"):
                            difference = _compare.difference(bytes_sent, _compare.Part10(found[0], exact=True))
                            checks.equal(difference, None, f"{what}: stored bytes")
                    else:
                        checks.check(how == "abort" or re.fullmatch("[ABC][0-9A-F]{3}|01[0-9A-F]{2}", how),
                                     f"{what}: answered with {how}")
                        checks.equal(found, [], f"{what}: not a success, and yet stored")
            with _raw.Association(server.port) as raw:
                checks.equal(raw.echo(), 0, f"C-ECHO after {name}")
        checks.equal(list(folder.rglob("*.part")), [], "temporary files")
        checks.equal(server.stop(), 0, "exit code of storescp")
        checks.check("anitizer" not in server.output(), f"storescp says: {_peers.tail(server.output(), 20)}")
    print(f"   {sent} broken data sets{' by study' if by_study else ''}:",
          ", ".join(f"{n} x {how}" for how, n in sorted(answers.items())))


def send(port, syntax, uid, data):
    try:
        with _raw.Association(port, [(_raw.SECONDARY_CAPTURE, [syntax])]) as raw:
            return f"{raw.store(_raw.SECONDARY_CAPTURE, uid, data).status:04X}"
    except _raw.Aborted:
        return "abort"
    except (_raw.Closed, OSError) as problem:
        return f"closed: {problem}"


with checks.part("the files"):
    files = broken_files()
    checks.equal(sorted(EXPECTED), sorted(files), "the table and the folder")
    with checks.part("storescu, file by file"):
        for name, path in files.items():
            with _peers.folder() as folder:
                named_and_met(name, path, folder)
    with checks.part("storescu, all at once"), _peers.folder() as folder:
        one_run(files, folder)
    for by_study in (False, True):
        with checks.part("raw bytes onto the wire" + (", --by-study" if by_study else "")):
            with _peers.folder() as folder:
                on_the_wire(files, by_study, folder)

checks.finish()
