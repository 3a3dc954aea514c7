# SPDX-License-Identifier: BSL-1.0
"""UIDs: transfer syntaxes, constants of the others, names of all."""

import re

import services
from common import define, filled, header, literal, packed, rows, snake, unique


def transfer_syntaxes():
    table = rows("transfer_syntaxes.csv")
    names = [snake(row["keyword"]) for row in table]
    unique(names)
    out = header("codimse/core/transfer_syntax.hpp", "string_view")
    out += ["/// The registered transfer syntaxes (PS3.6 Table A-1, PS3.5 section 10).",
            "namespace codimse::inline v0::transfer_syntaxes {", ""]
    for name, row in zip(names, table):
        note = row["note"]
        no_dimse = not row["vr"] or "not for DIMSE" in note or "not a DICOM network" in note
        values = [f".uid = {literal(row['uid'])}", f".name = {literal(row['name'])}"]
        values += [".explicit_vr = false"] if row["vr"] == "implicit" else []
        values += [".big_endian = true"] if row["endianness"] == "big" else []
        values += [".encapsulated = true"] if row["encapsulated"] == "Y" else []
        values += [".deflated = true"] if row["deflated"] == "Y" else []
        values += [".retired = true"] if row["retired"] == "Y" else []
        values += [".for_dimse = false"] if no_dimse else []
        out += define("transfer_syntax", name, values)
    out += ["", "/// All of them, in the order of the registry.",
            "inline constexpr transfer_syntax const* registered[] = {"]
    out += filled(["&" + name for name in names])
    out += ["};", "", "}  // namespace codimse::inline v0::transfer_syntaxes", "",
            "namespace codimse::inline v0 {", "",
            "/// The registered transfer syntax of a UID (without padding), or nullptr.",
            "[[nodiscard]] constexpr transfer_syntax const* find_transfer_syntax("
            "std::string_view uid) {",
            "  for (auto const* const syntax : transfer_syntaxes::registered)",
            "    if (syntax->uid == uid) return syntax;",
            "  return nullptr;", "}", "", "}  // namespace codimse::inline v0"]
    return out


def constant(row):
    """Frames of reference are named from their names: their keywords run words together."""
    if row["type"] == "Well-known Frame of Reference":
        name = row["name"].removesuffix(" Frame of Reference").lower()
        return re.sub(r"[^a-z0-9]+", "_", name)
    return snake(row["keyword"])


def other_uids():
    """What has no constant as a transfer syntax or SOP Class; LDAP's OIDs are names only."""
    elsewhere = services.constants() | {"Verification"}
    table = [row for row in rows("uids.csv") if row["keyword"] and not row["storage"] and
             row["type"] not in ("Transfer Syntax", "LDAP OID") and
             row["keyword"] not in elsewhere]
    names = [constant(row) for row in table]
    unique(names)
    out = header("string_view")
    out += ["/// The registered UIDs (PS3.6 Annex A) that are neither transfer syntaxes",
            "/// (`core/transfer_syntaxes.hpp`) nor of a service in room `sop/`: frames of",
            "/// reference, color palettes, coding schemes, retired SOP Classes and others. Each",
            "/// converts to `uid`.",
            "namespace codimse::inline v0::uids {"]
    kind = None
    for name, row in sorted(zip(names, table), key=lambda pair: pair[1]["type"]):
        if row["type"] != kind:
            kind = row["type"]
            out += ["", f"// {kind}"]
        out += define("std::string_view", name, [literal(row["uid"])])
    return out + ["", "}  // namespace codimse::inline v0::uids"]


def uid_table():
    table = sorted((row for row in rows("uids.csv") if row["keyword"]), key=lambda r: r["uid"])
    lines, starts = packed(f"{r['uid']}|{r['keyword']}|{r['name']}|" for r in table)
    out = header("cstdint")
    out += ["namespace codimse::inline v0::detail {", "",
            "// UID, keyword, name of each, in the order of the UIDs' characters. One text and",
            "// offsets compile fast and need no relocation for each.",
            "inline constexpr char uid_text[] ="]
    out += lines
    out[-1] += ";"
    out += ["", "inline constexpr std::uint16_t uid_starts[] = {"]
    out += filled([str(start) for start in starts])
    return out + ["};", "", "}  // namespace codimse::inline v0::detail"]
