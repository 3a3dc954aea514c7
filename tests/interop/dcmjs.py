#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Every DIMSE service, both roles, with dcmjs-dimse (pure JavaScript, for Node.js) as the peer.

Both SCPs answer by the rules in dimse_services.cpp, and both SCUs take the same steps, so that one
list of expectations holds for both directions: what came to the SCP, and what came back, field by
field and value by value. ./dev setup peers puts dcmjs-dimse into build/npm.
"""
import base64
import json
import os
import pathlib
import tempfile

import _made
import _peers

checks = _peers.Checks()
HERE = pathlib.Path(__file__).resolve().parent
SYNTAXES = {"implicit": "1.2.840.10008.1.2", "explicit": "1.2.840.10008.1.2.1",
            "big endian": "1.2.840.10008.1.2.2"}
OURS, THEIRS = "codimse", "dcmjs-dimse"

# As dimse_services.cpp and _dcmjs.js have them.
ROOT = "1.2.826.0.1.3680043.10.1411.7"
ALL_OF_DIMSE_N, INSTANCE, CREATED_INSTANCE = ROOT + ".1", ROOT + ".2", ROOT + ".3"
FILM_SESSION = "1.2.840.10008.5.1.1.1"
COMMITMENT, COMMITMENT_INSTANCE = "1.2.840.10008.1.20.1", "1.2.840.10008.1.20.1.1"
STORAGE = _made.SECONDARY_CAPTURE.decode()
STUDY_ROOT = "1.2.840.10008.5.1.4.1.2.2."

COMMANDS = {0x0001: "C-STORE", 0x0010: "C-GET", 0x0020: "C-FIND", 0x0021: "C-MOVE",
            0x0030: "C-ECHO", 0x0100: "N-EVENT-REPORT", 0x0110: "N-GET", 0x0120: "N-SET",
            0x0130: "N-ACTION", 0x0140: "N-CREATE", 0x0150: "N-DELETE"}
RESPONSE = 0x8000
(AFFECTED_CLASS, REQUESTED_CLASS, COMMAND, MESSAGE_ID, RESPONDED_TO, DESTINATION, STATUS, OFFENDING,
 COMMENT, ERROR_ID, AFFECTED, REQUESTED, EVENT, LIST, ACTION, REMAINING, COMPLETED, FAILED, WARNING,
 ORIGINATOR, ORIGINATOR_ID) = (
     f"0000{element:04X}" for element in
     (0x0002, 0x0003, 0x0100, 0x0110, 0x0120, 0x0600, 0x0900, 0x0901, 0x0902, 0x0903, 0x1000,
      0x1001, 0x1002, 0x1005, 0x1008, 0x1020, 0x1021, 0x1022, 0x1023, 0x1030, 0x1031))
PENDING, SUCCESS, CANCEL = 0xFF00, 0, 0xFE00


# --- data sets as DICOM JSON ----------------------------------------------------------------------

def el(vr, *values):
    return {"vr": vr, "Value": list(values)} if values else {"vr": vr}


DATA = {
    "00080005": el("CS", "ISO_IR 192"),
    "00080008": el("CS", "ORIGINAL", "PRIMARY", "AXIAL"),
    "00080016": el("UI", STORAGE),
    "00080018": el("UI", INSTANCE),
    "00080020": el("DA", "20240229"),
    "00080030": el("TM", "235959.123456"),
    "0008002A": el("DT", "20240229235959.123456+0100"),
    "00080050": el("SH", "A-1"),
    "00080060": el("CS", "OT"),
    "00081030": el("LO", "Schädel CT, Übersicht"),
    "00081110": el("SQ"),
    "00081140": el("SQ", {
        "00081150": el("UI", STORAGE), "00081155": el("UI", ROOT + ".5"),
        "00081160": el("IS", 1, 2, 3),
        "0040A170": el("SQ", {"00080005": el("CS", "ISO_IR 192"), "00080100": el("SH", "121320"),
                              "00080102": el("SH", "DCM"),
                              "00080104": el("LO", "Μορφή πηγής")}),
    }, {"00081150": el("UI", STORAGE), "00081155": el("UI", ROOT + ".55")}),
    "00100010": el("PN", {"Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎",
                          "Phonetic": "やまだ^たろう"}),
    "00100020": el("LO", "ID-1"),
    "00100030": el("DA"),
    "00101001": el("PN", {"Alphabetic": "Иванов^Иван"}, {"Alphabetic": "Müller^Jörg"}),
    "00101010": el("AS", "042Y"),
    "00101030": el("DS", 71.5),
    "00104000": el("LT", "Zwei Zeilen:\r\nÄ\\Ö"),
    "00186020": el("SL", -70000),
    "00189073": el("FD", 0.1),
    "00189087": el("FD", 1e300),
    "0020000D": el("UI", INSTANCE),
    "0020000E": el("UI", ROOT + ".4"),
    "00200013": el("IS", -7),
    "00200032": el("DS", -1.5, 0, 12.25),
    "00280002": el("US", 1),
    "00280004": el("CS", "MONOCHROME2"),
    "00280009": el("AT", "00181063"),
    "00280010": el("US", 2),
    "00280011": el("US", 3),
    "00280100": el("US", 8),
    "00280101": el("US", 8),
    "00280102": el("US", 7),
    "00280103": el("US", 0),
    "00720078": el("UL", 4000000000),
    "0072007E": el("SS", -30000),
    "00720076": el("FL", 0.5),
    "7FE00010": {"vr": "OB", "InlineBinary": base64.b64encode(bytes(range(12))).decode()},
}


def value_of(vr, value):
    if vr == "PN":
        groups = {"Alphabetic": value} if isinstance(value, str) else value
        return tuple(groups.get(one, "") for one in ("Alphabetic", "Ideographic", "Phonetic"))
    if vr in ("IS", "DS", "US", "SS", "UL", "SL", "FL", "FD"):
        return float(value)
    return value


def canonical(data):
    """The same for all JSON that says the same."""
    if data is None:
        return None
    result = {}
    for tag, element in data.items():
        vr, values = element["vr"], element.get("Value", [])
        if "InlineBinary" in element:
            values = [base64.b64decode(element["InlineBinary"])]
        elif vr == "SQ":
            values = [canonical(item) for item in values]
        else:
            values = [value_of(vr, value) for value in values]
        if tag == "7FE00010":
            vr = "OB or OW"    # in implicit VR it is OW (PS3.5 A.1)
        result[tag.upper()] = (vr, [] if values == [""] or values == [None] else values)
    return result


def difference(got, wanted):
    """None, or the first element that differs."""
    if got is None or wanted is None:
        return None if got is wanted else f"{'no' if got is None else 'a'} data set"
    return _difference(canonical(got), canonical(wanted))


def _difference(got, wanted):
    for tag in sorted(got.keys() | wanted.keys()):
        a, b = got.get(tag), wanted.get(tag)
        if a == b:
            continue
        if a and b and a[0] == b[0] == "SQ" and len(a[1]) == len(b[1]):
            return next(f"{tag}[{i}]/{inner}" for i, (x, y) in enumerate(zip(a[1], b[1]))
                        if (inner := _difference(x, y)))
        return f"{tag} is {a!r}, not {b!r}"
    return None


# --- the files that C-MOVE and C-GET send ---------------------------------------------------------

def file_data(instance, character_set, name):
    return {"00080005": el("CS", character_set), "00080016": el("UI", STORAGE),
            "00080018": el("UI", instance), "00100010": el("PN", {"Alphabetic": name}),
            "0020000D": el("UI", INSTANCE), "00280002": el("US", 1),
            "00280004": el("CS", "MONOCHROME2"), "00280010": el("US", 64),
            "00280011": el("US", 256), "00280100": el("US", 8), "00280101": el("US", 8),
            "00280102": el("US", 7), "00280103": el("US", 0), "7FE00010": {
                "vr": "OB", "InlineBinary": base64.b64encode(bytes(range(256)) * 64).decode()}}


# The second is in Latin-1; both sides give text in UTF-8, and say so.
FILES = [file_data(ROOT + ".6.1", "ISO_IR 192", "Łukasz^Ωμέγα"),
         file_data(ROOT + ".6.2", "ISO_IR 100", "Müller^Jörg"),
         file_data(ROOT + ".6.3.99.45056", "ISO_IR 192", "Warning"),
         file_data(ROOT + ".6.4.99.42752", "ISO_IR 192", "Failure")]


def encode(tag, element, encoding):
    """In Explicit VR Little Endian."""
    if "InlineBinary" in element:
        value = base64.b64decode(element["InlineBinary"])
        return _made.pixels_header(len(value)) + value
    value = element["Value"][0]
    if element["vr"] == "US":
        value = value.to_bytes(2, "little")
    else:
        value = (value["Alphabetic"] if isinstance(value, dict) else value).encode(encoding)
    return _made.explicit(int(tag[:4], 16), int(tag[4:], 16), element["vr"].encode(), value)


def write_files(folder):
    folder.mkdir()
    for number, data in enumerate(FILES):
        encoding = "latin-1" if "100" in data["00080005"]["Value"][0] else "utf-8"
        body = b"".join(encode(tag, element, encoding) for tag, element in data.items())
        instance = data["00080018"]["Value"][0].encode()
        (folder / f"{number}.dcm").write_bytes(_made.meta(instance) + body)


def stored(data):
    return {**data, "00080005": el("CS", "ISO_IR 192")}


# --- what is expected -----------------------------------------------------------------------------

class Step:
    """One request, what the SCP must see of it, and the responses that the SCU must see."""

    def __init__(self, name, service, fields, data, *responses):
        self.name, self.service, self.fields, self.data = name, service, fields, data
        self.responses = responses    # (fields, data)


def ended(status, **fields):
    """The fields of a response with this status, and what the rules put beside it."""
    wanted = {STATUS: status}
    if status not in (SUCCESS, PENDING, CANCEL):
        wanted[COMMENT] = "as asked for"
    wanted.update({globals()[name]: value for name, value in fields.items()})
    return wanted


def store(name, instance, status):
    data = {**DATA, "00080018": el("UI", instance)}
    return Step(name, "C-STORE", {AFFECTED_CLASS: STORAGE, AFFECTED: instance}, data,
                (ended(status, AFFECTED=instance, AFFECTED_CLASS=STORAGE), None))


def find(name, patient, count, status, description=None, warned=False):
    identifier = {**DATA, "00080052": el("CS", "STUDY"), "00100020": el("LO", patient),
                  "00081030": el("LO", description) if description else el("LO"),
                  "00080050": el("SH", "A700") if status == 0xA700 else el("SH")}
    pending = [({STATUS: 0xFF01 if warned and i % 2 else PENDING},
                {**identifier, "00200013": el("IS", i)}) for i in range(count)]
    return Step(name, "C-FIND", {AFFECTED_CLASS: STUDY_ROOT + "1"}, identifier, *pending,
                (ended(status), None))


def retrieve(name, service, model, **fields):
    """Two are stored, one with a warning, one is refused."""
    study = {"00080052": el("CS", "STUDY"), "0020000D": el("UI", INSTANCE)}
    wanted = {AFFECTED_CLASS: STUDY_ROOT + model}
    wanted.update({globals()[key]: value for key, value in fields.items()})
    if fields.get("DESTINATION") == "NOWHERE":
        return Step(name, service, wanted, study, ({STATUS: 0xA801}, None))
    counters = [(3, 1, 0, 0), (2, 2, 0, 0), (1, 2, 0, 1)]
    pending = [({STATUS: PENDING, REMAINING: a, COMPLETED: b, FAILED: c, WARNING: d}, None)
               for a, b, c, d in counters]
    failed = {"00080058": el("UI", ROOT + ".6.4.99.42752")}
    final = {STATUS: 0xB000, COMPLETED: 2, FAILED: 1, WARNING: 1}
    return Step(name, service, wanted, study, *pending, (final, failed))


def n_step(name, service, sop_class, instance, data, answer, status=SUCCESS, **fields):
    extra = {globals()[key]: value for key, value in fields.items()}
    creates = service in ("N-CREATE", "N-EVENT-REPORT")
    request = {AFFECTED_CLASS if creates else REQUESTED_CLASS: sop_class,
               AFFECTED if creates else REQUESTED: instance, **extra}
    response = ended(status, AFFECTED_CLASS=sop_class, AFFECTED=instance or CREATED_INSTANCE)
    response.update({key: value for key, value in extra.items() if key in (EVENT, ACTION)})
    if status != SUCCESS:
        response.update({ERROR_ID: 7, OFFENDING: "00100020"})
    return Step(name, service, request, data, (response, answer))


def some(*tags):
    return {tag: DATA[tag] for tag in tags}


def normalized(name, sop_class, instance, status=SUCCESS):
    four = ["00080005", "00100020", "00100010", "00280010"]
    common = sop_class, instance
    return [
        n_step(f"{name}: create", "N-CREATE", *common, DATA, DATA, status),
        n_step(f"{name}: get", "N-GET", *common, None, some(*four), status, LIST=four),
        n_step(f"{name}: set", "N-SET", *common, DATA, DATA, status),
        n_step(f"{name}: action", "N-ACTION", *common, DATA, DATA, status, ACTION=4),
        n_step(f"{name}: delete", "N-DELETE", *common, None, None, status)]


def all_steps(syntax):
    every = ALL_OF_DIMSE_N
    return [
        Step("echo", "C-ECHO", {AFFECTED_CLASS: "1.2.840.10008.1.1"}, None,
             ({STATUS: SUCCESS, AFFECTED_CLASS: "1.2.840.10008.1.1"}, None)),
        store("store", INSTANCE, SUCCESS),
        store("store, warning", ROOT + ".2.99.45056", 0xB000),
        store("store, failure", ROOT + ".2.99.42752", 0xA700),
        find("find", "25", 25, SUCCESS),
        find("find, FF01", "4", 4, SUCCESS, "FF01", warned=True),
        find("find, none", "0", 0, SUCCESS),
        find("find, failure", "2", 2, 0xA700),
        find("find, cancel", "endless" if syntax == "implicit" else "slow", 3, CANCEL),
        retrieve("move", "C-MOVE", "2", DESTINATION="DESTINATION"),
        retrieve("move, unknown destination", "C-MOVE", "2", DESTINATION="NOWHERE"),
        retrieve("get", "C-GET", "3"),
        *normalized("all", every, INSTANCE),
        *normalized("failure", every, ROOT + ".2.99.274", 0x0112),
        *normalized("warning", every, ROOT + ".2.99.263", 0x0107),
        n_step("create, no instance", "N-CREATE", every, None, DATA, DATA),
        n_step("get, all", "N-GET", every, INSTANCE, None, DATA, LIST=None),
        n_step("get, one", "N-GET", every, INSTANCE, None, some("00100020"), LIST="00100020"),
        n_step("event", "N-EVENT-REPORT", every, INSTANCE, DATA, DATA, EVENT=3),
        n_step("event, failure", "N-EVENT-REPORT", every, ROOT + ".2.99.275", DATA, DATA, 0x0113,
               EVENT=3),
        n_step("action, no data set", "N-ACTION", every, INSTANCE, None, None, ACTION=5),
        *normalized("meta", FILM_SESSION, INSTANCE),
        n_step("commitment", "N-ACTION", COMMITMENT, COMMITMENT_INSTANCE, DATA, None, ACTION=1)]


# What dcmjs-dimse 0.3.3 cannot do: (its role, step) -> why the step is left out.
CANNOT = {("SCU", "find, FF01"): "but for FF01, which dcmjs-dimse takes for a final status"}
# What the test leaves out or does otherwise for its sake: (direction, what, why).
LIMITS = [
    ("dcmjs-dimse -> codimse", "several operations at once",
     "not possible: offers a window (53H) but sends one request after the other"),
    ("dcmjs-dimse -> codimse", "C-GET beside C-STORE",
     "not possible: gives up the SCU role of all Storage SOP Classes for a C-GET"),
    ("codimse -> dcmjs-dimse", "requests without a data set",
     "in a row: keeps fields of the one before, so optional ones seem to be there"),
    ("both", "character set in items", "takes items without (0008,0005) of their own for Latin-1"),
    ("both", "OW in big endian", "not possible: does not swap it; Pixel Data here is OB"),
    ("both", "private elements", "not possible: drops them"),
]


# --- comparing ------------------------------------------------------------------------------------

def read_lines(text):
    """[(service, is it a response, line)]"""
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    found = []
    for line in lines:
        code = int(field(line, COMMAND))
        found.append((COMMANDS[code & ~RESPONSE], bool(code & RESPONSE), line))
    return found


def field(line, tag):
    element = line["command"].get(tag)
    values = element.get("Value") or [] if element else []
    if not values:
        return None
    if element["vr"] == "US":
        values = [int(value) for value in values]
    return values[0] if len(values) == 1 else values


class Row:
    """What was seen of one service in one direction."""

    def __init__(self):
        self.requests, self.responses, self.problems, self.note = 0, 0, 0, ""

    def equal(self, got, wanted, what):
        if not checks.equal(got, wanted, what):
            self.problems += 1

    def message(self, got, fields, data, what):
        is_response = int(field(got, COMMAND)) & RESPONSE
        self.responses += bool(is_response)
        self.requests += not is_response
        for tag, wanted in fields.items():
            self.equal(field(got, tag), wanted, f"{what}: {tag}")
        self.equal(difference(got["data"], data), None, f"{what}: data set")

    def messages(self, lines, wanted, what):
        """Holds lines against [(fields, data)]."""
        self.equal(len(lines), len(wanted), f"{what}: number of messages")
        for number, (line, (fields, data)) in enumerate(zip(lines, wanted), 1):
            self.message(line, fields, data, f"{what} {number}")


class Direction:
    """What was seen of one SCU with one SCP, by service."""

    def __init__(self, scu, scp):
        self.scu, self.scp, self.rows = scu, scp, {}

    def row(self, service):
        return self.rows.setdefault(service, Row())

    def compare(self, syntax, at_scu, at_scp):
        role = "SCU" if self.scu == THEIRS else "SCP"
        requests = {}
        for step in all_steps(syntax):
            if (role, step.name) in CANNOT:
                self.row(step.service).note = CANNOT[role, step.name]
                continue
            requests.setdefault(step.service, []).append((step.fields, step.data))
            self.row(step.service).messages(
                [line for _, response, line in at_scu if response and line["step"] == step.name],
                step.responses, f"{self.scu} as SCU, {syntax}, {step.name}: response")
        for service, wanted in requests.items():
            self.row(service).messages(
                [line for name, response, line in at_scp if name == service and not response],
                wanted, f"{self.scp} as SCP, {syntax}, {service}: request")

    def stored(self, service, receiver, seen, fields, syntax):
        """The C-STORE sub-operations of a C-MOVE or C-GET."""
        wanted = [({AFFECTED: data["00080018"]["Value"][0], AFFECTED_CLASS: STORAGE, **fields},
                   stored(data)) for data in FILES]
        self.row(f"{service}: C-STORE by the SCP").messages(
            [line for name, response, line in seen if name == "C-STORE" and not response],
            wanted, f"{receiver}, {syntax}, sub-operation of {service}")

    def reported(self, syntax, at_scu, at_scp):
        """N-EVENT-REPORT of the acceptor after storage commitment's N-ACTION."""
        row = self.row("N-ACTION: N-EVENT-REPORT by the SCP")
        request = {AFFECTED_CLASS: COMMITMENT, AFFECTED: COMMITMENT_INSTANCE, EVENT: 1}
        response = {STATUS: SUCCESS, AFFECTED: COMMITMENT_INSTANCE}
        for lines, is_response, wanted in ((at_scu, False, (request, DATA)),
                                           (at_scp, True, (response, None))):
            row.messages([line for name, response, line in lines if name == "N-EVENT-REPORT"
                          and response == is_response and not line["step"]], [wanted],
                         f"{self.scp} to {self.scu}, {syntax}, storage commitment")


# --- running --------------------------------------------------------------------------------------

def node_modules():
    folder = os.environ.get("CODIMSE_NODE_MODULES") or HERE.parents[1] / "build/npm/node_modules"
    if not (pathlib.Path(folder) / "dcmjs-dimse" / "package.json").is_file():
        raise _peers.Absent("dcmjs-dimse is not there: ./dev setup peers (needs nodejs and npm)")
    return str(folder)


def services_program():
    path = os.environ.get("CODIMSE_DIMSE_SERVICES")
    if not path:
        raise _peers.Absent("our dimse_services is not built: it needs nlohmann/json")
    return path


class Sides:
    """Both SCPs, each the move destination of the other."""

    def __init__(self, folder):
        self.node = {"NODE_PATH": node_modules()}
        self.data = folder / "data.json"
        self.data.write_text(json.dumps(DATA))
        write_files(folder / "files")
        ports = {OURS: _peers.free_port(), THEIRS: _peers.free_port()}
        self.servers = {}
        for name, other in ((OURS, THEIRS), (THEIRS, OURS)):
            self.servers[name] = _peers.Server(
                [*self.program(name, "scp"), ports[name], self.data, folder / "files",
                 ports[other]], ports[name], env=self.node)

    def program(self, name, role):
        if name == OURS:
            return [services_program(), role]
        return [_peers.peer("node"), "--no-deprecation", HERE / f"_dcmjs_{role}.js"]

    def run(self, direction, name, syntax):
        """One SCU with one SCP in one transfer syntax; compares all that both saw."""
        before = {side: len(server.output()) for side, server in self.servers.items()}
        server = self.servers[direction.scp]
        done = _peers.run([*self.program(direction.scu, "scu"), server.port, self.data, syntax],
                          timeout=60, env=self.node)
        checks.equal((done.code, done.err), (0, ""), f"{direction.scu} as SCU, {name}")
        seen = {side: read_lines(one.output()[before[side]:])
                for side, one in self.servers.items()}
        at_scu, at_scp = read_lines(done.out), seen[direction.scp]
        direction.compare(name, at_scu, at_scp)
        calling = "DCMJS" if direction.scu == THEIRS else "CODIMSE"
        moves = [field(line, MESSAGE_ID) for service, _, line in at_scp if service == "C-MOVE"]
        originator = {ORIGINATOR: calling, ORIGINATOR_ID: moves[0] if moves else None}
        # The SCP of the one is the move destination of the other.
        direction.stored("C-MOVE", f"{direction.scu} as destination", seen[direction.scu],
                         originator, name)
        direction.stored("C-GET", f"{direction.scu} as SCU", at_scu, {ORIGINATOR: None}, name)
        direction.reported(name, at_scu, at_scp)

    def stop(self):
        for name, server in self.servers.items():
            output = server.output()
            problems = [line for line in output.splitlines() if not line.startswith("{")]
            checks.equal((server.stop(), problems), (0, []), f"end of {name} as SCP")


def print_table(directions):
    table = _peers.Table("DIMSE services, SCU -> SCP, each in " + ", ".join(SYNTAXES),
                         ("service", "requests, responses", "shown"))
    for one in directions:
        way = f"{one.scu} -> {one.scp}"
        for service, row in sorted(one.rows.items()):
            shown = row.requests and not row.problems
            table.add(way, service, f"{row.requests}, {row.responses}", "yes" if shown else "no",
                      row.note)
    for way, what, why in LIMITS:
        table.add(way, what, "-", "-", why)
    table.print()


def main():
    with tempfile.TemporaryDirectory() as folder:
        sides = Sides(pathlib.Path(folder))
        directions = [Direction(OURS, THEIRS), Direction(THEIRS, OURS)]
        for direction in directions:
            for name, syntax in SYNTAXES.items():
                with checks.part(f"{direction.scu} -> {direction.scp}, {name}"):
                    sides.run(direction, name, syntax)
        sides.stop()
        print_table(directions)


with checks.part("dcmjs-dimse"):
    main()
checks.finish()
