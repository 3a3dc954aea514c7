#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Our dcmdump against DCMTK: its JSON against dcm2json, its text against DCMTK's dcmdump, element by
element, for every file of good/. Where json2dcm is installed (DCMTK 3.6.8), it reads our JSON back."""
import html
import json
import math
import re
import shutil
import struct

import _peers
from _peers import peer, program, run

checks = _peers.Checks()
PIXEL_DATA = "7FE00010"

# --- JSON -----------------------------------------------------------------------------------------

# What dcm2json 3.6.7 does not convert, whatever the reason that it gives. Ours converts all of them.
# Not a list of our differences: those are below, each with its reason.
NOT_CONVERTED = {
    "character set that is no DICOM term": {
        "cornerstonewadoimageloader__CTImage.dcm_JPEG2000LosslessOnlyTransferSyntax_1.2.840.10008.1.2.4.90.dcm",
        "cornerstonewadoimageloader__CTImage.dcm_JPEG2000TransferSyntax_1.2.840.10008.1.2.4.91.dcm",
        "cornerstonewadoimageloader__CTImage.dcm_JPEGLSLossyTransferSyntax_1.2.840.10008.1.2.4.81.dcm",
        "dicomparser__IM00001.implicit_little_endian.dcm",
        "pylibjpeg-data__ELSCINT1_JP2vsJ2K.dcm",
    },
    "extended characters without a character set": {
        "dcm4che__DICOMDIR.dcm",
        "pylibjpeg-data__JPEG2KLossless_1s_1f_u_16_16.dcm",
    },
    "text that is not in its character set comes out as bytes that are no UTF-8": {
        "fo-dicom__GH1301.dcm",
    },
    "a DS that ends in its point becomes a number that is no JSON": {
        "fo-dicom__GH538-jpeg1.dcm",
    },
    "a character set that its iconv lacks": {
        "fo-dicom__chrH31.dcm",
        "fo-dicom__chrH32.dcm",
        "pydicom__J2K_pixelrep_mismatch.dcm",
    },
}
UNKNOWN_TO_DCM2JSON = set().union(*NOT_CONVERTED.values())
NOT_A_VR = {"00280120"}  # in fo-dicom__GH179A.dcm, where two spaces stand for it


def close(one, other, relative):
    if isinstance(one, str) or isinstance(other, str):
        numbers = [float(x) if isinstance(x, str) else x for x in (one, other)]
        return math.isnan(numbers[0]) and math.isnan(numbers[1]) or numbers[0] == numbers[1]
    return math.isclose(one, other, rel_tol=relative, abs_tol=0)


def as_float(number):
    return struct.unpack("<f", struct.pack("<f", float(number)))[0]


def plain(value):
    """A value as both write it: without the padding and the empty components at the end of names."""
    if isinstance(value, dict):
        parts = {key: text.rstrip(" \0").rstrip("^").rstrip(" ") for key, text in value.items()}
        return {key: text for key, text in parts.items() if text} or None
    if isinstance(value, str):
        text = value.strip(" \0")  # ours takes the NULs that some writers pad with as padding
        try:
            return float(text)  # which dcm2json leaves as a string because of such a NUL
        except ValueError:
            return text or None
    return float(value) if isinstance(value, int) else value


def same_values(vr, ours, theirs):
    if vr in ("FD", "FL"):  # dcm2json writes 9 digits of FL, and the 17th of FD is not always right
        number = as_float if vr == "FL" else float
        return len(ours) == len(theirs) and all(
            close(number(a), number(b), 1e-15) for a, b in zip(ours, theirs))
    values = [[plain(x) for x in values] for values in (ours, theirs)]
    # dcm2json writes no Value at all when all of them are empty.
    return values[0] == values[1] or not any(values[0] + values[1])


class Tally:
    def __init__(self):
        self.same, self.known = 0, {}

    def differs(self, reason):
        self.known[reason] = self.known.get(reason, 0) + 1


def compare(tally, ours, theirs, what):
    """Reports every attribute that differs for no reason that is known."""
    for name in sorted(set(ours) | set(theirs)):
        where = f"{what}/{name}"
        if name not in ours or name not in theirs:
            if name == "FFFCFFFC" and name not in ours:
                tally.differs("Data Set Trailing Padding is no element for us (PS3.10 7.2)")
            else:
                checks.fail(f"{where}: only {'ours' if name in ours else 'theirs'} has it")
            continue
        a, b = ours[name], theirs[name]
        if a["vr"] == "UN" != b["vr"] and private(name):
            tally.differs("private elements of implicit VR: DCMTK has a private dictionary")
        elif (a["vr"], b["vr"]) == ("OW", "OB") and name[:2] == "50" and name[4:] == "3000":
            tally.differs("Curve Data of implicit VR, which may be OB or OW")
        elif b["vr"] == "UN" and name in NOT_A_VR:
            tally.differs("a VR in the file that is none: ours takes the dictionary's")
        elif not checks.equal(a["vr"], b["vr"], f"{where}: VR"):
            pass
        elif a["vr"] == "SQ":
            items = a.get("Value", []), b.get("Value", [])
            if checks.equal(len(items[0]), len(items[1]), f"{where}: items"):
                for i, (mine, other) in enumerate(zip(*items)):
                    compare(tally, mine, other, f"{where}/{i}")
        elif name == "00080005":
            if a != b:
                tally.differs("in items dcm2json leaves the character set that was there before")
            checks.equal(a.get("Value"), ["ISO_IR 192"], where)
        elif checks.equal(a.get("InlineBinary"), b.get("InlineBinary"), where) and \
                checks.check(same_values(a["vr"], a.get("Value", []), b.get("Value", [])),
                             f"{where}: {a} instead of {b}"):
            tally.same += 1


def without_pixels(attributes):
    """As `dcmodify --erase-all` leaves them, at every level."""
    for value in attributes.values():
        for item in value.get("Value", []) if value.get("vr") == "SQ" else []:
            without_pixels(item)
    attributes.pop(PIXEL_DATA, None)
    return attributes


def by_dcm2json(path, folder):
    """What dcm2json makes of a file, and whether Pixel Data is in it: it cannot write fragments."""
    command = [peer("dcm2json"), "-q", "-ee", "-fc"]
    done = run([*command, path], timeout=120)
    if done.code != 0:
        copy = folder / "copy.dcm"
        shutil.copyfile(path, copy)
        run([peer("dcmodify"), "-q", "-nb", "-ie", "-imt", "-ea", "(7fe0,0010)", copy])
        again = run([*command, copy], timeout=120)
        if again.code != 0:
            return None, False
        return parse_extended(again.out), False
    return parse_extended(done.out), True


def parse_extended(text):
    """-ee writes nan and inf as they are, where JSON has no such numbers."""
    words = {"nan": "NaN", "-nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
    return json.loads(re.sub(r"(?<=[\[,])-?(nan|inf)(?=[,\]])", lambda m: words[m[0]], text))


def all_json(files):
    if "--json" not in run([program("dcmdump"), "--help"]).out:
        raise _peers.Absent("dcmdump was built without codimse::json")
    tally, compared = Tally(), 0
    with _peers.folder() as folder:
        for file in files:
            ours = run([program("dcmdump"), "--json", file], timeout=120)
            if not checks.equal(ours.code, 0, f"{file.name}: dcmdump --json: {ours}"):
                continue
            if file.name in UNKNOWN_TO_DCM2JSON:
                checks.check(json.loads(ours.out), f"{file.name}: nothing in it")
                continue
            theirs, with_pixels = by_dcm2json(file, folder)
            if not checks.check(theirs is not None, f"{file.name}: dcm2json does not convert it"):
                continue
            mine = json.loads(ours.out)
            checks.equal(list(mine), sorted(mine), f"{file.name}: order")
            compared += 1
            compare(tally, *(x if with_pixels else without_pixels(x) for x in (mine, theirs)), file.name)
    print(f"{compared} of {len(files)} files compared with dcm2json: {tally.same} attributes are the same")
    for reason, count in tally.known.items():
        print(f"  {count} differ: {reason}")
    for reason, names in NOT_CONVERTED.items():
        print(f"  {len(names)} files not compared: {reason}")
    checks.check(tally.same > 5000, "too little was compared")


# --- text -----------------------------------------------------------------------------------------

LINE = re.compile(r"^( *)\(([0-9A-Fa-f]{4},[0-9A-Fa-f]{4})\) (\S\S|na|pi) (.*?) *# *(u/l|-|\d+)(?:, *(\d+) .*)?$")
LEFT_OUT = ("fffc,fffc", "0008,0001")  # no elements for us: padding, and Length to End
CHOICES = {"ox": ("OB", "OW"), "xs": ("US", "SS"), "lt": ("OW", "US", "SS"), "up": ("UL",),
           "px": ("OB", "OW"), "OB": ("OW",),  # in a file OW, but encapsulated or a curve
           "??": ("UN", "SS")}


def elements(text):
    """(indent, tag, VR, value) of each element of the data set, items and fragments left out."""
    found = []
    for line in text.split("\n"):
        match = LINE.match(line)
        tag = match[2].lower() if match else LEFT_OUT[0]
        if tag not in LEFT_OUT and tag[:4] not in ("0002", "fffe") and not tag.endswith(",0000"):
            found.append((len(match[1]), tag, match[3], match[4]))
    return found


def paired(ours, theirs):
    """Each element with its counterpart. In private sequences of VR UN only DCMTK sees elements."""
    pairs, within = [], None
    mine = iter(ours)
    for other in theirs:
        if within is not None and other[0] > within:
            continue
        own = next(mine, None)
        pairs.append((own, other))
        within = other[0] if own and own[2] == "UN" and other[2] == "SQ" and private(own[1]) else None
    return pairs + [(own, None) for own in mine]


def private(tag):
    return int(tag[:4], 16) % 2 == 1


def same_text(vr, ours, theirs):
    """Are the values the same, as far as both show them? None where that cannot be told."""
    if theirs.startswith("(") and vr != "AT" or ours == "(no value)" or "&#" in theirs or \
            theirs.startswith(("=", "<", "@")):
        return None
    theirs = html.unescape(theirs)
    ours = re.sub(r"^\[(.*)\].*$", r"\1", ours) if ours.startswith("[") else ours
    theirs = theirs[1:].rpartition("]")[0] if theirs.startswith("[") else theirs
    if "\\x" in ours or "\\n" in ours or "\\r" in ours or not ours.isascii():
        return None
    cut = ours.endswith("...") or theirs.endswith("...")
    ours, theirs = (x.removesuffix("...").strip() for x in (ours, theirs))
    if vr in ("FL", "FD", "OF", "OD"):
        pairs = list(zip(ours.split("\\"), theirs.split("\\")))
        pairs = pairs[:-1] if cut else pairs
        number = as_float if vr in ("FL", "OF") else float
        return all(close(number(a), number(b), 1e-5) for a, b in pairs) if pairs else None
    if vr not in ("OB", "OW", "UN", "AT", "OL", "OV"):
        ours, theirs = (x.rstrip("^") if vr == "PN" else x for x in (ours, theirs))
    else:
        ours, theirs = ours.lower(), theirs.lower()
    if cut:
        length = min(len(ours), len(theirs))
        ours, theirs = ours[:length], theirs[:length]
    return ours == theirs


def all_text(files):
    shown = told = unknown_vr = 0
    for file in files:
        ours = run([program("dcmdump"), file], timeout=120)
        theirs = run([peer("dcmdump"), "-q", "-Un", "+Qn", file], timeout=120)
        if not checks.equal(ours.code, 0, f"{file.name}: dcmdump: {ours}"):
            continue
        checks.check(not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f]", ours.out), f"{file.name}: control characters")
        pairs = paired(elements(ours.out), elements(theirs.out))
        tags = [[one[1] if one else None for one in side] for side in zip(*pairs)]
        if not checks.equal(*tags, f"{file.name}: tags"):
            continue
        for (_, tag, vr, mine), (_, _, other_vr, other) in pairs:
            shown += 1
            if vr == "UN" and private(tag) or vr in CHOICES.get(other_vr, ()):
                unknown_vr += 1  # of implicit VR, where DCMTK has a private dictionary or is vague
                continue
            if not checks.equal(vr, other_vr, f"{file.name}, {tag}: VR"):
                continue
            same = same_text(vr, mine, other)
            told += same is not None
            checks.check(same is not False, f"{file.name}, {tag} {vr}: {mine!r} instead of {other!r}")
    print(f"{len(files)} files: {shown} elements as DCMTK's dcmdump, {told} values, {unknown_vr} VRs not told")
    checks.check(told > 5000, "too little was compared")


# --- back -----------------------------------------------------------------------------------------


def read_back(files):
    if not shutil.which("json2dcm"):
        print("json2dcm is not installed: it came with DCMTK 3.6.8")
        return
    with _peers.folder() as folder:
        for file in files:
            text, back = folder / "x.json", folder / "x.dcm"
            text.write_text(run([program("dcmdump"), "--json", file], timeout=120).out)
            done = run(["json2dcm", "-q", text, back], timeout=120)
            if checks.equal(done.code, 0, f"{file.name}: json2dcm: {done}"):
                first, again = (json.loads(run([program("dcmdump"), "--json", x], timeout=120).out)
                                for x in (file, back))
                checks.equal(list(again), list(first), f"{file.name}: attributes after json2dcm")


# --- options --------------------------------------------------------------------------------------


def options(good):
    def code(expected, *arguments):
        done = run([program("dcmdump"), *arguments])
        checks.equal(done.code, expected, f"dcmdump {arguments}: {done}")
        return done

    checks.check("--search" in code(0, "--help").out, "--help")
    for wrong in ([], ["--search", "NoSuchKeyword", good], ["--max-length", "-1", good], ["--no-such"]):
        code(2, *wrong)
    with _peers.folder() as folder:
        (folder / "notes.txt").write_text("no DICOM")
        # Goes on after a failure, and says so in the end.
        mixed = code(1, folder / "missing\x1b", folder / "notes.txt", folder, good)
        checks.equal(len(mixed.err.splitlines()), 3, f"complaints: {mixed.err}")
        checks.check("\x1b" not in mixed.out + mixed.err, "names of files are escaped")
        checks.check("SOPClassUID" in mixed.out, "the last file is shown")
    found = code(0, "--search", "SOPInstanceUID", "--search", "0008,0016", good).out.splitlines()
    checks.equal(sorted(line[:11] for line in found if line[0] == "("), ["(0008,0016)", "(0008,0018)"], "--search")
    cut = code(0, "--max-length", "5", "--search", "SOPInstanceUID", good).out
    checks.check("..." in cut, f"--max-length: {cut}")


with checks.part("the collection"):
    storable, others = _peers.good_files()
    everything = sorted(file.path if hasattr(file, "path") else file for file in [*storable, *others])
    with checks.part("options"):
        options(storable[0].path)
    with checks.part("JSON"):
        all_json(everything)
    with checks.part("text"):
        all_text(everything)
    with checks.part("json2dcm"):
        read_back(everything)
checks.finish()
