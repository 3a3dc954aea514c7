#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""C-FIND matching: our verdicts on the cases of tests/data/matching_cases.hpp against those of
DCMTK's dcmqrscp, which is asked with findscu about a database filled with storescu.

Environment: CODIMSE_MATCHING_CASES, the program that prints the cases with our verdicts."""
import json
import os
import subprocess

import _made
import _peers
from _peers import peer, run

checks = _peers.Checks()
table = _peers.Table("C-FIND matching, one attribute a question: dcmqrscp and we")

# The VRs whose elements in the cases are among those that dcmqrscp matches.
LEVELS = {"CS": "STUDY", "DA": "STUDY", "IS": "SERIES", "LO": "STUDY", "PN": "STUDY", "SH": "STUDY",
          "TM": "STUDY", "UI": "STUDY"}
ROOT = b"1.2.826.0.1.3680043.10.1411.7"
STUDIES = 90    # in one database: _peers.Dcmqrscp allows 100

# Where DCMTK 3.6.7 answers otherwise, and why: (VR, key, value).
REASONS = {
    "its database keeps several values as one text; PS3.4 C.2.2.2: any value may match": [
        ("LO", "B", "A\\B\\C"), ("LO", "C", "A\\B\\C"), ("LO", "B", "A \\ B \\C"),
        ("LO", "A*", "B\\AB"), ("PN", "doe^*", "Roe^Jane\\Doe^John"),
        ("DA", "20200101-", "20190101\\20200102"), ("LO", "A \\B", "A\\ B")],
    "it takes a key of several values, which only negotiation allows, as one pattern": [
        ("LO", "A*\\B", "AX\\B")],
    "it compares IS as text; PS3.4 leaves it to the SCP (CP-2305)": [
        ("IS", "7", "007"), ("IS", "+7", "7"), ("IS", "7", "7.0")],
    "case of names counts there; PS3.4 C.2.2.2.1 leaves it to the SCP": [
        ("PN", "DOE^JOHN", "Doe^John"), ("PN", "doe^j*", "DOE^JOHN")],
    "it compares names as text; empty components at the end say nothing (PS3.5 6.2.1)": [
        ("PN", "^^^^", "Doe^John"), ("PN", "^^=^^", None), ("PN", "Doe^John^^", "Doe^John"),
        ("PN", "Doe^John", "Doe^John^^^"), ("PN", "Doe", "Doe^"), ("PN", "Doe^*", "Doe"),
        ("PN", "Doe^*^*", "Doe^John"), ("PN", "*=*", "Doe^John"), ("PN", "Doe==", "Doe")],
    "it compares names as text, spaces around components included": [
        ("PN", "Doe ^ John", "Doe^John")],
    "it knows no spaces around the hyphen, which PS3.4 C.2.2.2.5 prints": [
        ("DA", "20200101 - 20200131", "20200115")],
    "to it, no date at all is equal to nothing, even itself": [("DA", "yesterday", "yesterday")],
    "it takes a range with both ends open, which PS3.4 does not know, for everything": [
        ("DA", "-", "20200101")],
    "parts of a time that are left out are 0 there; to us, a key asks for all it may be": [
        ("TM", "10", "103015"), ("TM", "1030", "103059.999999"), ("TM", "103015", "103015.25"),
        ("TM", "10-12", "125959"), ("TM", "1030-1031", "103159.9")],
}
DIFFERENCES = {what: reason for reason, found in REASONS.items() for what in found}


def cases():
    printed = subprocess.run([os.environ["CODIMSE_MATCHING_CASES"]], check=True, capture_output=True,
                             timeout=60).stdout
    return [json.loads(line) for line in printed.decode().splitlines()]


def can_ask(case):
    """Nothing of it is negotiated, dcmqrscp knows the element, and a study can have that UID."""
    value = case["value"] or ""
    if case["options"] or case["vr"] not in LEVELS or not (case["key"] + value).isascii():
        return False
    return case["vr"] != "UI" or _peers.standard_uid(value.encode())


class Study:
    """One study of one instance that has the value of some cases; found by what else is unique."""

    def __init__(self, number, tag, vr, value):
        self.name = b"%d" % number
        self.at = tuple(int(part, 16) for part in tag.strip("()").split(","))
        self.vr, self.value = vr, None if value is None else value.encode()
        self.uid = self.value if vr == "UI" else ROOT + b"." + self.name

    def write(self, folder):
        sop_class, instance = _made.SECONDARY_CAPTURE, ROOT + b"." + self.name + b".2"
        elements = {(8, 0x16): (b"UI", sop_class), (8, 0x18): (b"UI", instance),
                    (8, 0x50): (b"SH", b"A" + self.name), (8, 0x60): (b"CS", b"OT"),
                    (0x10, 0x20): (b"LO", b"P" + self.name), (0x20, 0x0D): (b"UI", self.uid),
                    (0x20, 0x0E): (b"UI", ROOT + b"." + self.name + b".1")}
        elements.pop(self.at, None)
        if self.value is not None:
            elements[self.at] = self.vr.encode(), self.value
        body = b"".join(_made.explicit(*at, *elements[at]) for at in sorted(elements))
        path = folder / self.name.decode()
        path.write_bytes(_made.meta(instance, sop_class) + body)
        return path

    def identity(self):
        return b"0008,0050=A" + self.name if self.vr == "UI" else b"0020,000d=" + self.uid

    def asked(self, server, key):
        """Does dcmqrscp find it with this key?"""
        arguments = ["-S", "-aec", "QRSCP", "-k", "0008,0052=" + LEVELS[self.vr],
                     "-k", self.identity().decode(), "-k", "%04x,%04x=%s" % (*self.at, key)]
        done = run([peer("findscu"), *arguments, "127.0.0.1", server.port],
                   env=_peers.BEST)
        checks.equal(done.code, 0, f"findscu {arguments}: {done}")
        return "Find Response: 1 " in done.out + done.err


def studies_of(asked):
    """(tag, value) -> Study."""
    found = {}
    for case in asked:
        what = case["tag"], case["value"]
        if what not in found:
            found[what] = Study(len(found) + 1, case["tag"], case["vr"], case["value"])
    return found


def compare(case, answer, counts):
    if answer == case["matches"]:
        counts[case["vr"]][1] += 1
    what = (case["vr"], case["key"], case["value"])
    reason = DIFFERENCES.get(what)
    ours, theirs = ("match" if one else "no match" for one in (case["matches"], answer))
    if reason is None:
        checks.equal(theirs, ours, f"{case['rule']}: {what}: DCMTK and we")
    elif checks.check(answer != case["matches"], f"{what}: no longer different: '{reason}'"):
        print(f"   {what}: {ours}, DCMTK: {theirs}: {reason}")


def ask_all(asked):
    studies = studies_of(asked)
    counts = {case["vr"]: [0, 0] for case in asked}
    keys = list(studies)
    for first in range(0, len(keys), STUDIES):
        some = set(keys[first:first + STUDIES])
        with _peers.folder() as folder, _peers.Dcmqrscp(folder) as server:
            (folder / "in").mkdir()
            files = [studies[what].write(folder / "in") for what in some]
            done = run([peer("storescu"), "-aec", "QRSCP", "127.0.0.1", server.port, *files])
            checks.equal(done.code, 0, f"storescu: {done}")
            for case in asked:
                what = case["tag"], case["value"]
                if what in some:
                    counts[case["vr"]][0] += 1
                    compare(case, studies[what].asked(server, case["key"]), counts)
    for vr, (count, same) in sorted(counts.items()):
        table.add("dcmqrscp and we", f"keys of VR {vr}", count, same)


with checks.part("dcmqrscp"):
    peer("dcmqrscp"), peer("findscu"), peer("storescu")
    asked = [case for case in cases() if can_ask(case)]
    checks.check(len(asked) > 150, f"only {len(asked)} cases can be asked")
    ask_all(asked)
    unasked = set(DIFFERENCES) - {(case["vr"], case["key"], case["value"]) for case in asked}
    checks.equal(unasked, set(), "differences of cases that are not asked")
table.print()
checks.finish()
