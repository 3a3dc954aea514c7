# SPDX-License-Identifier: BSL-1.0
"""The data dictionary: tags, VRs, keywords, names."""

import re

from common import WIDTH, define, filled, header, packed, rows, snake, unique

# An ambiguous VR is resolved as the standard resolves it for implicit VR, or to its first choice.
CHOICE = {"US or SS": "US", "OB or OW": "OW", "US or OW": "OW", "US or SS or OW": "OW"}


FAMILIES = re.compile(r"(50|60|7F)x\w{4}|002031x|00280[48]x\w|1000x\w|1010x")


def elements():
    """(tag with x digits, VR, keyword) of the whole registry in ascending order."""
    table = []
    for name in ("command_elements.csv", "file_meta.csv", "directory.csv", "elements.csv"):
        table += [(r["tag"], CHOICE.get(r["vr"], r["vr"]), r["keyword"]) for r in rows(name)]
    return sorted(table, key=lambda row: row[0].replace("x", "0"))


def first_member(tag):
    """Of a repeating element. (0028,04x0) and its like begin at x = 1: 0 is another element."""
    return int(tag.replace("x", "1" if tag.startswith("0028") else "0"), 16)


def dictionary_vr():
    known = {}
    repeating = set()
    for tag, vr, _ in elements():
        if vr in ("", "NONE"):
            continue
        if "x" in tag:
            repeating.add(re.sub(r"x+", "x", tag))
        if known.setdefault(first_member(tag), vr) != vr:
            raise SystemExit(f"{tag}: a repeating element and a plain one disagree")
    tags = sorted(known)
    vrs = sorted(set(known.values()))
    out = header("codimse/data/tag.hpp", "codimse/data/vr.hpp", "cstddef", "cstdint", "iterator")
    out += ["namespace codimse::inline v0 {", "namespace detail {", "",
            "// Tags in ascending order; a repeating element stands there as its first member.",
            "inline constexpr std::uint32_t dictionary_tags[] = {"]
    out += filled([f"0x{tag:08X}" if tag > 9 else str(tag) for tag in tags])
    out += ["};", "",
            "// The VR of each: a letter of the alphabets below. One literal compiles fast.",
            "inline constexpr char dictionary_vrs[] ="]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    letters = dict(zip(vrs, alphabet))
    text = "".join(letters[known[tag]] for tag in tags)
    step = WIDTH - 6
    out += [f'    "{text[i:i + step]}"' for i in range(0, len(text), step)]
    out[-1] += ";"
    out += ["", "inline constexpr vr dictionary_upper[] = {"]
    out += filled([f"vr::{vr.lower()}" for vr in vrs[:26]])
    out += ["};", "inline constexpr vr dictionary_lower[] = {"]
    out += filled([f"vr::{vr.lower()}" for vr in vrs[26:]])
    out += ["};", ""]
    out += '''static_assert(std::size(dictionary_vrs) == std::size(dictionary_tags) + 1);

/// The VR of exactly this tag in the table, or none.
[[nodiscard]] constexpr vr find_dictionary_vr(std::uint32_t number) {
  std::size_t first = 0;
  std::size_t last = std::size(dictionary_tags);
  while (first < last) {
    auto const middle = first + (last - first) / 2;
    if (dictionary_tags[middle] < number) first = middle + 1;
    else last = middle;
  }
  if (first == std::size(dictionary_tags) || dictionary_tags[first] != number) return vr::none;
  char const letter = dictionary_vrs[first];
  return letter >= 'a' ? dictionary_lower[letter - 'a'] : dictionary_upper[letter - 'A'];
}

/// The first member of the family of repeating elements that a tag would belong to (PS3.6
/// section 6, PS3.5 7.6): of groups 50xx, 60xx and 7Fxx the even ones.
[[nodiscard]] constexpr std::uint32_t first_repeating(tag at) {
  auto const number = at.number();
  if (at.group == 0x1010) return 0x10100000U;
  if (at.group == 0x1000) return number & 0xFFFF000FU;
  if (at.group == 0x0020 && (at.element & 0xFF00U) == 0x3100U) return number & 0xFFFFFF00U;
  bool const coefficients = (at.element & 0xFF00U) == 0x0400U;
  bool const tables = (at.element & 0xFF00U) == 0x0800U;
  if (at.group == 0x0028 && (coefficients || tables)) return (number & 0xFFFFFF0FU) | 0x10U;
  auto const family = at.group & 0xFF01U;
  if (family == 0x5000U || family == 0x6000U || family == 0x7F00U) return number & 0xFF00FFFFU;
  return number;
}

}  // namespace detail

/// The VR that the data dictionary (PS3.6) gives an element: what a reader of implicit VR needs.
/// Unknown and private elements are UN, private creators LO, group lengths UL, the FFFE items none.
/// Where the registry leaves a choice: US of `US or SS` (which Pixel Representation decides), OW of
/// every choice that has it (PS3.5 A.1, so Pixel Data too).
[[nodiscard]] constexpr vr dictionary_vr(tag at) {
  if (at.group == 0xFFFE) return vr::none;
  if (at.is_group_length()) return vr::ul;
  if (at.is_private()) return at.is_private_creator() ? vr::lo : vr::un;
  if (auto const found = detail::find_dictionary_vr(at.number()); found != vr::none) return found;
  auto const family = detail::find_dictionary_vr(detail::first_repeating(at));
  return family == vr::none ? vr::un : family;
}

}  // namespace codimse::inline v0'''.split("\n")
    for tag in repeating:
        if not FAMILIES.fullmatch(tag):
            raise SystemExit(f"{tag}: first_repeating() does not know this family")
    return out


def tags():
    table = [(tag, keyword) for tag, _, keyword in elements() if keyword]
    names = [snake(keyword) for _, keyword in table]
    unique(names)
    out = header("codimse/data/tag.hpp")
    out += [
            "/// Every element of the registry (PS3.6, PS3.7 Annex E), named from its keyword.",
            "/// A repeating element (overlays, curves) is its first member: `overlay_data` is",
            "/// (6000,3000).",
            "namespace codimse::inline v0::tags {", ""]
    for name, (tag, _) in zip(names, table):
        number = first_member(tag)
        out += define("tag", name, [f"0x{number >> 16:04X}", f"0x{number & 0xFFFF:04X}"])
    return out + ["", "}  // namespace codimse::inline v0::tags"]


# --- names ----------------------------------------------------------------------------------------

VM = re.compile(r"(\d+)(?:-(\d*)(n?))?")


def multiplicity(text):
    """'2-2n' as (minimum, maximum or 0 for n, step)."""
    low, high, more = VM.fullmatch(text).groups()
    if high is None:
        return int(low), int(low), 1
    return int(low), 0 if more else int(high), int(high or 1) if more else 1


def named_elements():
    """Rows in the order of dictionary_vr.hpp, then the three of group FFFE that have no VR."""
    table = {}
    for name in ("command_elements.csv", "file_meta.csv", "directory.csv", "elements.csv"):
        table.update({first_member(row["tag"]): row for row in rows(name)})
    with_vr = [table[tag] for tag in sorted(table) if table[tag]["vr"] not in ("", "NONE")]
    return with_vr + [table[tag] for tag in sorted(table) if table[tag]["vr"] == "NONE"]


def pieces(records, limit=65535):
    """Cut where a piece would be longer than the longest literal every compiler takes."""
    parts, size = [[]], 0
    for record in records:
        if size + len(record) > limit:
            parts.append([])
            size = 0
        parts[-1].append(record)
        size += len(record)
    return parts


def dictionary_names():
    table = named_elements()
    kinds = sorted({row["vm"] for row in table}, key=multiplicity)
    letters = dict(zip(kinds, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    if len(letters) != len(kinds):
        raise SystemExit("more value multiplicities than letters")
    records = []
    for row in table:
        letter = letters[row["vm"]]
        letter = letter.lower() if row["retired"] == "Y" else letter
        records.append(f"{letter}{row['keyword']}|{row['name']}|")
    out = header("codimse/data/multiplicity.hpp", "cstdint", "string_view")
    out += ["namespace codimse::inline v0::detail {", "",
            "// Of each element of the registry: a letter for its VM, small when it is retired,",
            "// its keyword and its name. In the order of `dictionary_tags`, then the three of",
            "// group FFFE. Few long texts and offsets compile fast, with no relocation for an",
            "// element. A literal of 65,535 characters is what every compiler takes."]
    offsets = []
    parts = pieces(records)
    for number, part in enumerate(parts):
        lines, starts = packed(part)
        offsets += [number << 16 | start for start in starts]
        out += ["", f"inline constexpr char dictionary_text_{number}[] ="] + lines
        out[-1] += ";"
    out += ["", "inline constexpr std::string_view dictionary_texts[] = {"]
    out += filled([f"{{dictionary_text_{n}, sizeof dictionary_text_{n} - 1}}"
                   for n in range(len(parts))])
    out += ["};", "",
            "// Where the record of each begins: the number of its text in the high 16 bits.",
            "inline constexpr std::uint32_t dictionary_starts[] = {"]
    out += filled([str(offset) for offset in offsets])
    out += ["};", "", "// The multiplicities that the letters stand for.",
            "inline constexpr multiplicity dictionary_multiplicities[] = {"]
    out += filled(["{%d, %d, %d}" % multiplicity(kind) for kind in kinds])
    out += ["};", "", "// The elements that have a keyword, in the order of the keywords.",
            "inline constexpr std::uint16_t dictionary_by_keyword[] = {"]
    named = [i for i, row in enumerate(table) if row["keyword"]]
    out += filled([str(i) for i in sorted(named, key=lambda i: table[i]["keyword"])])
    return out + ["};", "", "}  // namespace codimse::inline v0::detail"]
