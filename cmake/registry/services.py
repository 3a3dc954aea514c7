# SPDX-License-Identifier: BSL-1.0
"""Service classes (PS3.4): SOP Classes with what they require, and statuses."""

from common import define, filled, header, literal, rows, snake, unique


def storage():
    table = [row for row in rows("uids.csv") if row["storage"]]
    names = [snake(row["keyword"]) for row in table]
    unique(names)
    out = header("codimse/sop/sop_class.hpp", "array")
    out += ["/// The Storage SOP Classes (PS3.4 Annex B) and the Non-Patient Object ones",
            "/// (Annex GG), of DICOS and DICONDE too, current and retired. Not the Media",
            "/// Storage Directory: it is never sent by C-STORE.",
            "namespace codimse::inline v0::sop {", ""]
    for name, row in zip(names, table):
        text = row["name"].removesuffix(" (Retired)")
        values = [literal(row["uid"]), literal(text), "dimse_operation::c_store"]
        out += define("sop_class", name, values)
    out += ["", "/// Every one of the above, for a service that stores whatever comes.",
            f"inline constexpr sop_class_list all_storage{{std::array<sop_class, {len(names)}>{{"]
    out += filled(names)
    out += ["}};", "", "}  // namespace codimse::inline v0::sop"]
    return out


def non_patient_object_storage():
    table = [row for row in rows("uids.csv") if row["storage"] == "non-patient"]
    names = [snake(row["keyword"]) for row in table]
    out = header("codimse/sop/storage.hpp")
    out += ["namespace codimse::inline v0::sop {", "",
            "/// The SOP Classes of the Non-Patient Object Storage service class (PS3.4 Annex GG):",
            "/// constants of `sop/storage.hpp`, and in `all_storage` too.",
            "inline constexpr sop_class_list all_non_patient_object_storage{"]
    out += filled(names)
    out[-1] = out[-1].rstrip(",") + "};"
    return out + ["", "}  // namespace codimse::inline v0::sop"]


# --- the other SOP Classes ------------------------------------------------------------------------

# What each header says about its service class, and its lists: name, what it has, who belongs.
EVENTS = "N-EVENT-REPORT is performed by the SCU, so an SCP need not handle it."
FIND, MOVE, GET = "C-FIND", "C-MOVE", "C-GET"


def three_lists(name, what):
    return [(f"all_{name}_{verb[2:].lower()}", f"Every one of {what} with {verb}.", verb)
            for verb in (FIND, MOVE, GET)]


SERVICES = {
    "query_retrieve": (
        "Query/Retrieve (PS3.4 Annexes C, Y and Z). Patient/study only is retired; the composite "
        "instance root retrieves frames (Y), Repository Query has rules of its own (C.6.4). An SCP "
        "of a GET class is SCU of the Storage SOP Classes on the same association.",
        three_lists("query_retrieve", "Annexes C, Y and Z")),
    "modality_worklist": ("Modality Worklist (PS3.4 Annex K).", []),
    "procedure_step": (
        "Modality Performed Procedure Step (PS3.4 Annex F): create and update, retrieve, "
        "notification. " + EVENTS, []),
    "storage_commitment": (
        "Storage Commitment (PS3.4 Annex J): N-ACTION to the well-known instance. The result comes "
        "back by N-EVENT-REPORT, which the SCU performs, so an SCP need not handle it.", []),
    "print": (
        "Print Management (PS3.4 Annex H). The meta SOP Classes are what is negotiated; commands "
        "name the SOP Classes that they stand for: film session, film box, image box, printer. "
        + EVENTS, []),
    "unified_procedure_step": (
        "Unified Procedure Step (PS3.4 Annex CC). Every instance is one of the Push SOP Class, and "
        "commands name that whatever the presentation context is for. " + EVENTS,
        [("all_unified_procedure_step", "The five; an SCP supports all of them.", "")]),
    "relevant_patient_query": (
        "Relevant Patient Information Query (PS3.4 Annex Q).",
        [("all_relevant_patient_query", "The three.", "")]),
    "instance_availability": ("Instance Availability Notification (PS3.4 Annex R).", []),
    "media_creation": ("Media Creation Management (PS3.4 Annex S).", []),
    "application_event_logging": (
        "Application Event Logging (PS3.4 Annex P): N-ACTION to a well-known instance.",
        [("all_application_event_logging", "Both.", "")]),
    "substance_administration": (
        "Substance Administration Query (PS3.4 Annex V).",
        [("all_substance_administration_query", "Both.", "")]),
    "hanging_protocol": (
        "Hanging Protocol Query/Retrieve (PS3.4 Annex U).",
        [("all_hanging_protocol_query_retrieve", "The three.", "")]),
    "color_palette": (
        "Color Palette Query/Retrieve (PS3.4 Annex X).",
        [("all_color_palette_query_retrieve", "The three.", "")]),
    "implant_template": (
        "Implant Template Query/Retrieve (PS3.4 Annex BB): generic templates, assembly templates "
        "and template groups.", three_lists("implant_template", "Annex BB")),
    "procedure_protocol": (
        "Defined Procedure Protocol and Protocol Approval Query/Retrieve (PS3.4 Annexes HH and "
        "II).", three_lists("procedure_protocol", "Annexes HH and II")),
    "rt_machine_verification": (
        "RT Machine Verification (PS3.4 Annex DD). " + EVENTS,
        [("all_rt_machine_verification", "Both.", "")]),
    "display_system": (
        "Display System Management (PS3.4 Annex EE): N-GET of the well-known instance.", []),
    "inventory": (
        "Inventory Query/Retrieve (PS3.4 Annex JJ), and Inventory Creation of Storage Management "
        "(Annex KK): N-ACTION to the well-known instance. " + EVENTS,
        [("all_inventory_query_retrieve", "The three of Annex JJ.", "C-")]),
}


def constants():
    """Keywords that have a constant in room sop/."""
    return {row["keyword"] for row in rows("sop_classes.csv")}


def comment(text, width=96):
    """A paragraph as lines of documentation."""
    lines, line = [], "///"
    for word in text.split():
        if len(line) + 1 + len(word) > width:
            lines.append(line)
            line = "///"
        line += " " + word
    return lines + [line]


def operations(text):
    lines = [""]
    for name in text.split():
        name = f"dimse_operation::{name.lower().replace('-', '_')} | "
        if len(lines[-1] + name) > 92:
            lines.append("")
        lines[-1] += name
    text = "\n        ".join(line.rstrip() for line in lines)
    return text.removesuffix(" |") or "dimse_operations{}"


def sop_classes(file):
    """The header of one service class."""
    about, lists = SERVICES[file]
    registry = {row["keyword"]: row for row in rows("uids.csv") if row["keyword"]}
    table = [row for row in rows("sop_classes.csv") if row["file"] == file]
    instances = any(row["required"] == "instance" for row in table)
    out = header("codimse/sop/sop_class.hpp", *(["string_view"] if instances else []))
    out += comment(about) + ["namespace codimse::inline v0::sop {", ""]
    for row in table:
        uid = registry[row["keyword"]]
        if row["required"] == "instance":
            out += ["", f"/// {uid['name']}, well-known."]
            out += define("std::string_view", row["constant"], [literal(uid["uid"])])
        else:
            values = [literal(uid["uid"]), literal(uid["name"]), operations(row["required"])]
            out += define("sop_class", row["constant"], values)
    for name, text, verb in lists:
        members = [row["constant"] for row in table
                   if row["required"] != "instance" and row["required"].startswith(verb)]
        out += [""] + comment(text) + define("sop_class_list", name, members)
    return out + ["", "}  // namespace codimse::inline v0::sop"]


def all_constants_differ():
    """Of room sop/: names and keywords stand once, keywords are registered."""
    table = rows("sop_classes.csv")
    stored = [snake(row["keyword"]) for row in rows("uids.csv") if row["storage"]]
    unique(stored + [row["constant"] for row in table] + ["verification"])
    registry = {row["keyword"] for row in rows("uids.csv")}
    if len(constants()) != len(table) or not constants() <= registry:
        raise SystemExit("sop_classes.csv: a keyword is repeated or not registered")
    if {row["file"] for row in table} != set(SERVICES):
        raise SystemExit("sop_classes.csv: its files are not those of SERVICES")


# --- statuses -------------------------------------------------------------------------------------

def code_text(row):
    first, last = row["code_first"], row["code_last"]
    return first if first == last else f"{first} to {last}"


def statuses():
    """Named constants by service; the general ones are members of `status`."""
    spaces = {}
    for row in rows("dimse_status.csv"):
        if row["service"] == "general":
            continue
        space, name = row["constant"].split("::")
        members = spaces.setdefault(space, {})
        if members.setdefault(name, row)["code_first"] != row["code_first"]:
            raise SystemExit(f"{row['constant']}: two codes")
    out = header("codimse/core/status.hpp")
    out += comment("The statuses that service classes define (PS3.4), in a namespace for each; the "
                   "general ones of PS3.7 Annex C are members of `status`. Of a range of codes the "
                   "first one has the name.")
    out += ["namespace codimse::inline v0::statuses {"]
    for space, members in spaces.items():
        unique(list(members))
        out += ["", f"namespace {space} {{"]
        for name, row in members.items():
            out += [f"/// {code_text(row)}: {row['meaning']}."]
            out += define("status", name, [f"0x{row['code_first']}"])
        out += [f"}}  // namespace {space}"]
    return out + ["", "}  // namespace codimse::inline v0::statuses"]


BITS = ["C-STORE", "C-FIND", "C-GET", "C-MOVE", "C-ECHO", "N-EVENT-REPORT", "N-GET", "N-SET",
        "N-ACTION", "N-CREATE", "N-DELETE"]


def bit(operation):
    return "for_" + operation.lower().replace("-", "_")


def meanings():
    """(first, last, operations, text): rows that say the same become one."""
    merged = {}
    for row in rows("dimse_status.csv"):
        # General codes mean the same in every operation (PS3.7 Annex C).
        general = row["service"] == "general"
        key = (row["code_first"], row["code_last"], row["meaning"], general)
        merged.setdefault(key, set()).update(row["operations"].split())
    table = []
    for (first, last, text, general), names in merged.items():
        bits = ["for_all"] if general else [bit(name) for name in BITS if name in names]
        if not bits:
            raise SystemExit(f"{first}: no operation")
        table.append((first, last, " | ".join(bits), text))
    return table


def status_table():
    out = header("cstdint", "string_view")
    out += ["namespace codimse::inline v0::detail {", "",
            "// The operations that a code may answer, one bit each."]
    for i, name in enumerate(BITS):
        out += [f"inline constexpr std::uint16_t {bit(name)} = 1U << {i}U;"]
    out += ["inline constexpr std::uint16_t for_all = 0xFFFF;", "",
            "struct status_row {",
            "  std::uint16_t first;", "  std::uint16_t last;", "  std::uint16_t operations;",
            "  std::string_view meaning;", "};", "",
            "// In the order of their precedence: the general codes stand first.",
            "inline constexpr status_row status_rows[] = {"]
    for first, last, bits, text in meanings():
        line = f"    {{0x{first}, 0x{last}, {bits}, {literal(text)}}},"
        if len(line) > 100:
            line = f"    {{0x{first}, 0x{last}, {bits},\n     {literal(text)}}},"
        out += [line]
    return out + ["};", "", "}  // namespace codimse::inline v0::detail"]
