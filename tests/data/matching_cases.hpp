// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/data/matching.hpp>

#include <stdexcept>
#include <string>

/// C-FIND matching of one attribute (PS3.4 C.2.2.2), case by case. Read by matching_test.cpp, and
/// by tests/interop, which asks DCMTK the same.
namespace codimse_test {

using namespace codimse;

// What was negotiated, and what the SCP chose.
inline constexpr unsigned exact_names = 1;
inline constexpr unsigned empty_values = 2;
inline constexpr unsigned several_values = 4;

struct matching_case {
  char const* rule;
  vr type;
  char const* key;
  char const* value;  // of the entity; nullptr: it has no such element
  bool matches;
  unsigned options = 0;
};

inline matching_options options_of(unsigned flags) {
  matching_options options;
  options.case_sensitive_names = (flags & exact_names) != 0;
  options.empty_value_matching = (flags & empty_values) != 0;
  options.multiple_value_matching = (flags & several_values) != 0;
  return options;
}

/// The element that stands for its VR: those that DCMTK's dcmqrscp can be asked for, where it can.
inline tag tag_for(vr type) {
  switch (type) {
    case vr::ae: return tags::station_ae_title;
    case vr::as: return tags::patient_age;
    case vr::cs: return tags::patient_sex;
    case vr::da: return tags::study_date;
    case vr::ds: return tags::patient_weight;
    case vr::dt: return tags::acquisition_date_time;
    case vr::is: return tags::series_number;
    case vr::lo: return tags::study_description;
    case vr::lt: return tags::additional_patient_history;
    case vr::pn: return tags::patient_name;
    case vr::sh: return tags::accession_number;
    case vr::st: return tags::institution_address;
    case vr::tm: return tags::study_time;
    case vr::uc: return tags::long_code_value;
    case vr::ui: return tags::study_instance_uid;
    case vr::ur: return tags::urn_code_value;
    case vr::ut: return tags::text_value;
    default: throw std::invalid_argument{"no element for " + to_string(type)};
  }
}

inline bool verdict(matching_case const& one) {
  data_set identifier;
  data_set entity;
  identifier.set(tags::specific_character_set, "ISO_IR 192");
  entity.set(tags::specific_character_set, "ISO_IR 192");
  identifier.set(tag_for(one.type), one.type, one.key);
  if (one.value != nullptr) entity.set(tag_for(one.type), one.type, one.value);
  return matches(identifier, entity, options_of(one.options));
}

inline constexpr bool yes = true;
inline constexpr bool no = false;

inline constexpr matching_case matching_cases[] = {
    // --- C.2.2.2.3 universal -------------------------------------------------------------------
    {"universal", vr::lo, "", "anything", yes},
    {"universal", vr::lo, "", "", yes},
    {"universal", vr::lo, "", nullptr, yes},
    {"universal: only padding", vr::lo, " ", "anything", yes},
    {"universal", vr::da, "", "20200101", yes},
    {"universal", vr::da, "", nullptr, yes},
    {"universal", vr::tm, "", "1000", yes},
    {"universal", vr::ui, "", "1.2.3", yes},
    {"universal", vr::pn, "", nullptr, yes},
    {"universal: a name of delimiters", vr::pn, "^^^^", "Doe^John", yes},
    {"universal: a name of delimiters", vr::pn, "^^=^^", nullptr, yes},
    {"universal: '*' alone", vr::pn, "*", "Doe^John", yes},
    {"universal: '*' alone", vr::pn, "*", nullptr, yes},
    {"universal: '*' alone", vr::lo, "*", "anything", yes},
    {"universal: '*' alone", vr::lo, "*", "", yes},
    {"universal: '*' alone", vr::lo, "*", nullptr, yes},
    {"universal: '*' alone", vr::cs, "*", "M", yes},
    {"universal: '*' more than once", vr::lo, "***", nullptr, yes},

    // --- C.2.2.2.1 single value ----------------------------------------------------------------
    {"single value", vr::lo, "HEAD", "HEAD", yes},
    {"single value", vr::lo, "HEAD", "HEADS", no},
    {"single value", vr::lo, "HEADS", "HEAD", no},
    {"single value", vr::lo, "HEAD", "", no},
    {"single value", vr::lo, "HEAD", nullptr, no},
    {"single value: case counts", vr::lo, "HEAD", "Head", no},
    {"single value: case counts", vr::sh, "abc", "ABC", no},
    {"single value: case counts", vr::cs, "m", "M", no},
    {"single value", vr::cs, "M", "M", yes},
    {"single value", vr::cs, "M", "F", no},
    {"single value", vr::sh, "A-1", "A-1", yes},
    {"single value: spaces inside count", vr::lo, "A B", "A  B", no},
    {"single value: spaces inside count", vr::lo, "A B", "AB", no},
    {"padding at the end", vr::lo, "HEAD ", "HEAD", yes},
    {"padding at the end", vr::lo, "HEAD", "HEAD   ", yes},
    {"spaces in front", vr::lo, " HEAD", "HEAD", yes},
    {"spaces in front", vr::lo, "HEAD", "  HEAD", yes},
    {"spaces in front", vr::ae, " ARCHIVE ", "ARCHIVE", yes},
    {"AE title", vr::ae, "ARCHIVE", "archive", no},
    {"age", vr::as, "042Y", "042Y", yes},
    {"age: no wild cards", vr::as, "04*Y", "042Y", no},
    {"narrative text: spaces in front count", vr::lt, " text", "text", no},
    {"narrative text: spaces at the end", vr::lt, "text", "text  ", yes},
    {"narrative text: backslash is text", vr::lt, "a\\b", "a\\b", yes},
    {"narrative text: backslash is text", vr::lt, "a", "a\\b", no},
    {"narrative text: backslash is text", vr::st, "b", "a\\b", no},
    {"narrative text: line ends", vr::ut, "a\r\nb", "a\r\nb", yes},
    {"unlimited characters", vr::uc, "code", "code", yes},
    {"unlimited characters: spaces in front count", vr::uc, " code", "code", no},
    {"URI", vr::ur, "urn:oid:1.2", "urn:oid:1.2", yes},
    {"URI: case counts", vr::ur, "urn:oid:1.2", "URN:oid:1.2", no},
    {"quotation marks, not negotiated", vr::lo, "\"\"", "", no},
    {"quotation marks, not negotiated", vr::lo, "\"\"", "\"\"", yes},

    // --- any value of several matches (C.2.2.2.1) ----------------------------------------------
    {"any value of several", vr::lo, "B", "A\\B\\C", yes},
    {"any value of several", vr::lo, "C", "A\\B\\C", yes},
    {"any value of several", vr::lo, "D", "A\\B\\C", no},
    {"any value of several: padding of each", vr::lo, "B", "A \\ B \\C", yes},
    {"any value of several", vr::lo, "A*", "B\\AB", yes},
    {"any value of several", vr::pn, "doe^*", "Roe^Jane\\Doe^John", yes},
    {"any value of several", vr::da, "20200101-", "20190101\\20200102", yes},
    {"any value of several: empty ones", vr::lo, "?", "\\\\", no},
    {"any value of several: empty ones", vr::pn, "*^*", "\\\\", no},
    {"several values in the key, not negotiated", vr::lo, "A\\B", "A\\B", yes},
    {"several values in the key, not negotiated", vr::lo, "A \\B", "A\\ B", yes},
    {"several values in the key, not negotiated", vr::lo, "A\\B", "A", no},
    {"several values in the key, not negotiated", vr::lo, "A\\B", "B\\A", no},
    {"several values in the key, not negotiated", vr::lo, "A\\B", "A\\B\\C", no},
    {"several values in the key, not negotiated", vr::cs, "F\\M", "M", no},
    {"several values in the key, not negotiated", vr::lo, "A*\\B", "AX\\B", no},

    // --- numbers as text (CP-2305: up to the SCP) ----------------------------------------------
    {"IS as a number", vr::is, "7", "7", yes},
    {"IS as a number", vr::is, "7", "007", yes},
    {"IS as a number", vr::is, "+7", "7", yes},
    {"IS as a number", vr::is, " 7", "7 ", yes},
    {"IS as a number", vr::is, "7", "8", no},
    {"IS as a number", vr::is, "7", "77", no},
    {"IS as a number", vr::is, "-7", "7", no},
    {"IS as a number", vr::is, "7", "7.0", yes},
    {"IS: no number is text", vr::is, "seven", "seven", yes},
    {"IS: no number is text", vr::is, "7", "seven", no},
    {"IS: no wild cards", vr::is, "7*", "77", no},
    {"DS as a number", vr::ds, "70.5", "70.50", yes},
    {"DS as a number", vr::ds, "70.5", "7.05e1", yes},
    {"DS as a number", vr::ds, "70.5", "70.6", no},
    {"DS: no number is text", vr::ds, "70,5", "70,5", yes},
    {"DS: no number is text", vr::ds, "70,5", "70.5", no},
    {"DS: not a number", vr::ds, "nan", "NaN", no},
    {"DS: not a number", vr::ds, "inf", "inf", yes},

    // --- C.2.2.2.2 list of UIDs ----------------------------------------------------------------
    {"UID", vr::ui, "1.2.3", "1.2.3", yes},
    {"UID", vr::ui, "1.2.3", "1.2.30", no},
    {"UID", vr::ui, "1.2.30", "1.2.3", no},
    {"UID: padded with a space", vr::ui, "1.2.3 ", "1.2.3", yes},
    {"UID: no wild cards", vr::ui, "1.2.*", "1.2.3", no},
    {"UID: no wild cards", vr::ui, "*", "1.2.3", no},
    {"list of UIDs", vr::ui, "1.2.3\\1.2.4", "1.2.3", yes},
    {"list of UIDs", vr::ui, "1.2.3\\1.2.4", "1.2.4", yes},
    {"list of UIDs", vr::ui, "1.2.3\\1.2.4", "1.2.5", no},
    {"list of UIDs", vr::ui, "1.2.3\\1.2.4", "1.2", no},
    {"list of UIDs", vr::ui, "1.2.3\\1.2.4", nullptr, no},
    {"list of UIDs: an empty one", vr::ui, "1.2.3\\", "1.2.4", no},
    {"list of UIDs: an empty one", vr::ui, "\\1.2.3", "1.2.3", yes},
    {"list of UIDs: an empty one", vr::ui, "1.2.3\\", nullptr, no},
    {"list of UIDs: several in the entity", vr::ui, "1.2.3\\1.2.4", "1.2.9\\1.2.4", yes},

    // --- C.2.2.2.4 wild cards ------------------------------------------------------------------
    {"'*' at the end", vr::lo, "HE*", "HEAD", yes},
    {"'*' at the end", vr::lo, "HEAD*", "HEAD", yes},
    {"'*' at the end", vr::lo, "HE*", "CHEST", no},
    {"'*' at the front", vr::lo, "*ST", "CHEST", yes},
    {"'*' at the front", vr::lo, "*ST", "CHESTS", no},
    {"'*' in the middle", vr::lo, "C*T", "CHEST", yes},
    {"'*' in the middle", vr::lo, "C*T", "CT", yes},
    {"'*' in the middle", vr::lo, "C*T", "C", no},
    {"'*' twice", vr::lo, "*EA*", "HEAD", yes},
    {"'*' twice", vr::lo, "*EA*", "HE", no},
    {"'*' goes back", vr::lo, "*AB", "AAB", yes},
    {"'*' goes back", vr::lo, "*ABAC", "ABABAC", yes},
    {"'*' goes back", vr::lo, "A*B*C", "A-B-B-C-C", yes},
    {"'*' goes back", vr::lo, "A*B*C", "A-C-B", no},
    {"'*' needs a value", vr::lo, "A*", nullptr, no},
    {"'?' is one character", vr::lo, "HE?D", "HEAD", yes},
    {"'?' is one character", vr::lo, "HE?D", "HED", no},
    {"'?' is one character", vr::lo, "HEA?", "HEA", no},
    {"'?' is one character", vr::lo, "????", "HEAD", yes},
    {"'?' is one character", vr::lo, "???", "HEAD", no},
    {"'?' is one character", vr::lo, "?", nullptr, no},
    {"'?' is one character, not one byte", vr::lo, "M?ller", "M\u00FCller", yes},
    {"'?' is one character, not one byte", vr::lo, "M??ller", "M\u00FCller", no},
    {"'?' is one character, not one byte", vr::lo, "??", "\u5C71\u7530", yes},
    {"'*' and '?'", vr::lo, "?*", "A", yes},
    {"'*' and '?'", vr::lo, "*?", "", no},
    {"'*' and '?'", vr::lo, "*A?", "XXAB", yes},
    {"wild cards: case counts", vr::lo, "he*", "HEAD", no},
    {"wild cards in SH", vr::sh, "A*", "A-1", yes},
    {"wild cards in SH", vr::sh, "A-?", "A-1", yes},
    {"wild cards in CS", vr::cs, "?", "M", yes},
    {"wild cards in AE", vr::ae, "ARC*", "ARCHIVE", yes},
    {"wild cards in ST", vr::st, "*street*", "1 High street, X", yes},
    {"wild cards in LT", vr::lt, "*\\*", "a\\b", yes},
    {"wild cards in UC", vr::uc, "c?de", "code", yes},
    {"wild cards in UR", vr::ur, "urn:*", "urn:oid:1.2", yes},
    {"wild cards in UT", vr::ut, "a*b", "a\r\nb", yes},
    {"no escape exists", vr::lo, "A\\*", "A*", no},
    {"wild cards in the entity are text", vr::lo, "A", "*", no},
    {"wild cards in the entity are text", vr::lo, "A*", "A*", yes},
    {"no wild cards in DA", vr::da, "2020*", "20200101", no},
    {"no wild cards in DA", vr::da, "*", "20200101", no},
    {"no wild cards in TM", vr::tm, "10*", "1000", no},

    // --- names (PN) ----------------------------------------------------------------------------
    {"name", vr::pn, "Doe^John", "Doe^John", yes},
    {"name", vr::pn, "Doe^John", "Doe^Jane", no},
    {"name", vr::pn, "Doe", "Doe^John", no},
    {"name: case does not count", vr::pn, "DOE^JOHN", "Doe^John", yes},
    {"name: case does not count", vr::pn, "doe^j*", "DOE^JOHN", yes},
    {"name: case counts, if so chosen", vr::pn, "DOE^JOHN", "Doe^John", no, exact_names},
    {"name: case counts, if so chosen", vr::pn, "Doe^John", "Doe^John", yes, exact_names},
    {"name: case counts, if so chosen", vr::pn, "doe*", "Doe^John", no, exact_names},
    {"name: case of Latin 1", vr::pn, "M\u00DCLLER", "M\u00FCller", yes},
    {"name: case of Latin 2", vr::pn, "DVO\u0158\u00C1K", "Dvo\u0159\u00E1k", yes},
    {"name: case of Greek", vr::pn, "\u0394\u0399\u039F\u039D\u03A5\u03A3\u0399\u039F\u03A3",
     "\u03B4\u03B9\u03BF\u03BD\u03C5\u03C3\u03B9\u03BF\u03C2", yes},
    {"name: case of Cyrillic", vr::pn, "\u041B\u042E\u043A\u0441\u0401",
     "\u043B\u044E\u041A\u0421\u0451", yes},
    {"name: accents count", vr::pn, "Muller", "M\u00FCller", no},
    {"name: empty components at the end", vr::pn, "Doe^John^^", "Doe^John", yes},
    {"name: empty components at the end", vr::pn, "Doe^John", "Doe^John^^^", yes},
    {"name: empty components at the end", vr::pn, "Doe", "Doe^", yes},
    {"name: empty components in front", vr::pn, "^John", "Doe^John", no},
    {"name: empty components in front", vr::pn, "^John", "^John", yes},
    {"name: empty components in the middle", vr::pn, "Doe^^M", "Doe^John^M", no},
    {"name: padding", vr::pn, "Doe^John ", "Doe^John", yes},
    {"name: spaces around components", vr::pn, "Doe ^ John", "Doe^John", yes},
    {"name: wild cards", vr::pn, "Doe^*", "Doe^John", yes},
    {"name: wild cards", vr::pn, "Doe^*", "Doe", yes},
    {"name: wild cards", vr::pn, "Doe^*", "Doering^John", no},
    {"name: wild cards", vr::pn, "Doe*", "Doering^John", yes},
    {"name: wild cards", vr::pn, "*^John", "Doe^John", yes},
    {"name: wild cards", vr::pn, "*John*", "Doe^John^M", yes},
    {"name: wild cards", vr::pn, "D?e^J*", "Doe^John", yes},
    {"name: wild cards", vr::pn, "Doe????", "Doe", no},
    {"name: wild cards", vr::pn, "Doe*", nullptr, no},
    {"name: '*' in each component", vr::pn, "*^*", "Doe^John", yes},
    {"name: '*' in each component", vr::pn, "Doe^*^*", "Doe^John", yes},
    {"name: any group", vr::pn, "Yamada^Tarou",
     "Yamada^Tarou=\u5C71\u7530^\u592A\u90CE=\u3084\u307E\u3060^\u305F\u308D\u3046", yes},
    {"name: any group", vr::pn, "\u5C71\u7530^*",
     "Yamada^Tarou=\u5C71\u7530^\u592A\u90CE=\u3084\u307E\u3060^\u305F\u308D\u3046", yes},
    {"name: any group", vr::pn, "\u3084\u307E\u3060^\u305F\u308D\u3046",
     "Yamada^Tarou=\u5C71\u7530^\u592A\u90CE=\u3084\u307E\u3060^\u305F\u308D\u3046", yes},
    {"name: its own group", vr::pn, "=\u5C71\u7530*", "Yamada=\u5C71\u7530^\u592A\u90CE", yes},
    {"name: its own group", vr::pn, "=Yamada*", "Yamada=\u5C71\u7530^\u592A\u90CE", no},
    {"name: each group", vr::pn, "Yamada=\u5C71*", "Yamada=\u5C71\u7530", yes},
    {"name: each group", vr::pn, "Yamada=\u6728*", "Yamada=\u5C71\u7530", no},
    {"name: each group", vr::pn, "*=*", "Doe^John", yes},
    {"name: each group", vr::pn, "Doe==", "Doe", yes},
    {"name: each group", vr::pn, "Doe=X", "Doe", no},
    {"name: more than three groups is text", vr::pn, "A=B=C=D", "A=B=C=D", yes},
    {"name: more than three groups is text", vr::pn, "A=B=C=D", "A=B=C=E", no},

    // --- C.2.2.2.1, C.2.2.2.5.1 dates ----------------------------------------------------------
    {"date", vr::da, "20200131", "20200131", yes},
    {"date", vr::da, "20200131", "20200130", no},
    {"date", vr::da, "20200131", nullptr, no},
    {"date: the old form", vr::da, "20200131", "2020.01.31", yes},
    {"date: the old form", vr::da, "2020.01.31", "20200131", yes},
    {"date: padding", vr::da, "20200131  ", "20200131", yes},
    {"date range", vr::da, "20200101-20200131", "20200101", yes},
    {"date range", vr::da, "20200101-20200131", "20200115", yes},
    {"date range", vr::da, "20200101-20200131", "20200131", yes},
    {"date range", vr::da, "20200101-20200131", "20191231", no},
    {"date range", vr::da, "20200101-20200131", "20200201", no},
    {"date range", vr::da, "20200101-20200131", "", no},
    {"date range", vr::da, "20200101-20200131", nullptr, no},
    {"date range: spaces around the hyphen", vr::da, "20200101 - 20200131", "20200115", yes},
    {"date range: open", vr::da, "20200101-", "20200101", yes},
    {"date range: open", vr::da, "20200101-", "20991231", yes},
    {"date range: open", vr::da, "20200101-", "20191231", no},
    {"date range: open", vr::da, "-20200101", "20200101", yes},
    {"date range: open", vr::da, "-20200101", "19000101", yes},
    {"date range: open", vr::da, "-20200101", "20200102", no},
    {"date range: of one day", vr::da, "20200101-20200101", "20200101", yes},
    {"date range: backwards", vr::da, "20200131-20200101", "20200115", no},
    {"date range: the old form", vr::da, "2020.01.01-2020.01.31", "20200115", yes},
    {"date range: the old form", vr::da, "20200101-20200131", "2020.01.15", yes},
    {"date: nonsense in the key is text", vr::da, "yesterday", "20200101", no},
    {"date: nonsense in the key is text", vr::da, "yesterday", "yesterday", yes},
    {"date: nonsense in the key is text", vr::da, "20201301-", "20210101", no},
    {"date: nonsense in the key is text", vr::da, "20200230", "20200230", yes},
    {"date: nonsense in the key is text", vr::da, "-", "20200101", no},
    {"date: nonsense in the key is text", vr::da, "20200101-20200131-", "20200115", no},
    {"date: nonsense in the entity", vr::da, "20200101-", "20209999", no},
    {"date: nonsense in the entity", vr::da, "-20200101", "unknown", no},

    // --- C.2.2.2.5.2 times ---------------------------------------------------------------------
    {"time", vr::tm, "103015", "103015", yes},
    {"time", vr::tm, "103015", "103016", no},
    {"time: same instant", vr::tm, "103000", "1030", yes},
    {"time: same instant", vr::tm, "103000", "103000.000", yes},
    {"time: same instant", vr::tm, "103000.5", "103000.500000", yes},
    {"time: the old form", vr::tm, "103015", "10:30:15", yes},
    {"time: parts left out of the key", vr::tm, "10", "103015", yes},
    {"time: parts left out of the key", vr::tm, "1030", "103059.999999", yes},
    {"time: parts left out of the key", vr::tm, "10", "110000", no},
    {"time: parts left out of the key", vr::tm, "103015", "103015.25", yes},
    {"time: parts left out of the entity", vr::tm, "103015", "1030", no},
    {"time range", vr::tm, "100000-120000", "100000", yes},
    {"time range", vr::tm, "100000-120000", "110000", yes},
    {"time range", vr::tm, "100000-120000", "120000", yes},
    {"time range", vr::tm, "100000-120000", "095959", no},
    {"time range", vr::tm, "100000-120000", "120001", no},
    {"time range", vr::tm, "100000-120000", nullptr, no},
    {"time range: parts left out", vr::tm, "10-12", "125959", yes},
    {"time range: parts left out", vr::tm, "10-12", "130000", no},
    {"time range: parts left out", vr::tm, "1030-1031", "1031", yes},
    {"time range: parts left out", vr::tm, "1030-1031", "103159.9", yes},
    {"time range: parts left out of the entity", vr::tm, "1030-1200", "10", no},
    {"time range: parts left out of the entity", vr::tm, "1000-1200", "10", yes},
    {"time range: open", vr::tm, "1200-", "235959", yes},
    {"time range: open", vr::tm, "1200-", "115959", no},
    {"time range: open", vr::tm, "-1200", "000000", yes},
    {"time range: open", vr::tm, "-115959", "120000", no},
    {"time range: fractions", vr::tm, "100000.25-100000.75", "100000.5", yes},
    {"time range: fractions", vr::tm, "100000.25-100000.75", "100000.8", no},
    {"time range: not across midnight", vr::tm, "2200-0200", "2300", no},
    {"time range: leap second", vr::tm, "235900-235960", "235960", yes},
    {"time range: the old form", vr::tm, "10:00-12:00", "110000", yes},
    {"time: nonsense in the key is text", vr::tm, "noon", "120000", no},
    {"time: nonsense in the key is text", vr::tm, "2500-", "120000", no},
    {"time: nonsense in the entity", vr::tm, "1000-1200", "1199", no},
    {"time: nonsense in the entity", vr::tm, "1000-", "99", no},

    // --- C.2.2.2.5.3 dates with times ----------------------------------------------------------
    {"date and time", vr::dt, "20200131103015", "20200131103015", yes},
    {"date and time", vr::dt, "20200131103015", "20200131103016", no},
    {"date and time: parts left out of the key", vr::dt, "2020", "20200131103015", yes},
    {"date and time: parts left out of the key", vr::dt, "202001", "20200131", yes},
    {"date and time: parts left out of the key", vr::dt, "202001", "20200201", no},
    {"date and time: offsets", vr::dt, "20200131103000+0100", "20200131093000+0000", yes},
    {"date and time: offsets", vr::dt, "20200131103000+0100", "20200131043000-0500", yes},
    {"date and time: offsets", vr::dt, "20200131103000+0100", "20200131103000+0000", no},
    {"date and time: offsets", vr::dt, "20200131103000+0000", "20200131103000", yes},
    {"date and time range", vr::dt, "20200101-20200131", "20200131235959", yes},
    {"date and time range", vr::dt, "20200101-20200131", "20200201000000", no},
    {"date and time range", vr::dt, "2019-2020", "20201231235959.999999", yes},
    {"date and time range", vr::dt, "2019-2020", "2021", no},
    {"date and time range: open", vr::dt, "202001-", "20200101", yes},
    {"date and time range: open", vr::dt, "-202001", "20200131", yes},
    {"date and time range: open", vr::dt, "-202001", "20200201", no},
    {"date and time range: offsets", vr::dt, "20200101-0500-20200131-0500", "20200101040000+0000",
     no},
    {"date and time range: offsets", vr::dt, "20200101-0500-20200131-0500", "20200101050000+0000",
     yes},
    {"date and time range: offsets", vr::dt, "20200101-0500-20200131-0500", "20200201045959+0000",
     yes},
    {"date and time range: offsets", vr::dt, "20200101000000-0500-", "20200101050000", yes},
    {"date and time range: offsets", vr::dt, "20200101000000-0500-", "20200101045959", no},
    {"date and time range: offsets", vr::dt, "-20200101000000-0500", "20200101050000", yes},
    {"date and time range: offsets", vr::dt, "-20200101000000+0500", "20191231190001", no},
    {"date and time: not a range but an offset", vr::dt, "20200101-0500", "20200101050000", yes},
    {"date and time: not a range but an offset", vr::dt, "20200101-0500", "20200301", no},
    {"date and time: a range, there is no such offset", vr::dt, "2020-2021", "20210615", yes},
    {"date and time: spaces around the hyphen", vr::dt, "2020 - 2021", "20210615", yes},
    {"date and time: nonsense in the key is text", vr::dt, "20201", "20201", yes},
    {"date and time: nonsense in the key is text", vr::dt, "----", "2020", no},
    {"date and time: nonsense in the entity", vr::dt, "2020-", "soon", no},

    // --- C.2.2.2.7 empty value, negotiated -----------------------------------------------------
    {"empty value", vr::lo, "\"\"", nullptr, yes, empty_values},
    {"empty value", vr::lo, "\"\"", "", yes, empty_values},
    {"empty value", vr::lo, "\"\"", "  ", yes, empty_values},
    {"empty value", vr::lo, "\"\"", "HEAD", no, empty_values},
    {"empty value", vr::lo, "\"\"", "\"\"", no, empty_values},
    {"empty value", vr::da, "\"\"", nullptr, yes, empty_values},
    {"empty value", vr::da, "\"\"", "20200101", no, empty_values},
    {"empty value", vr::pn, "\"\"", "", yes, empty_values},
    {"empty value", vr::ui, "\"\"", nullptr, yes, empty_values},
    {"empty value: zero length is universal still", vr::lo, "", "HEAD", yes, empty_values},

    // --- C.2.2.2.8 multiple values, negotiated -------------------------------------------------
    {"multiple values", vr::lo, "A\\B", "A", yes, several_values},
    {"multiple values", vr::lo, "A\\B", "B", yes, several_values},
    {"multiple values", vr::lo, "A\\B", "C", no, several_values},
    {"multiple values", vr::lo, "A\\B", "C\\B", yes, several_values},
    {"multiple values", vr::lo, "A\\B", nullptr, no, several_values},
    {"multiple values", vr::cs, "F\\M", "M", yes, several_values},
    {"multiple values: wild cards", vr::lo, "A*\\B*", "BX", yes, several_values},
    {"multiple values: '*'", vr::lo, "A\\*", nullptr, yes, several_values},
    {"multiple values: empty ones ask for nothing", vr::lo, "A\\", "C", no, several_values},
    {"multiple values: ranges", vr::da, "20190101-20190131\\20200101-20200131", "20200115", yes,
     several_values},
    {"multiple values: ranges", vr::da, "20190101-20190131\\20200101-20200131", "20190215", no,
     several_values},
    {"multiple values: numbers", vr::is, "1\\2\\3", "02", yes, several_values},
    {"multiple values: names", vr::pn, "roe*\\doe*", "Doe^John", yes, several_values},
    {"multiple values: narrative text has one", vr::lt, "a\\b", "b", no, several_values},
    {"multiple values: or none", vr::lo, "A\\\"\"", nullptr, yes, empty_values | several_values},
    {"multiple values: or none", vr::lo, "A\\\"\"", "A", yes, empty_values | several_values},
    {"multiple values: or none", vr::lo, "A\\\"\"", "B", no, empty_values | several_values},
};

}  // namespace codimse_test
