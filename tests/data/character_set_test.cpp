// SPDX-License-Identifier: BSL-1.0
#include <codimse/data/character_set.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace codimse;
using namespace std::string_view_literals;

std::string decoded(std::string_view terms, std::string_view raw, vr type = vr::pn) {
  return character_set::from_terms(terms).to_utf8(raw, type);
}

bool is_exact(std::string_view terms, std::string_view raw, vr type = vr::pn) {
  return character_set::from_terms(terms).decode(raw, type).exact;
}

/// "(error)" when it cannot be written.
std::string encoded(std::string_view terms, std::string_view text, vr type = vr::pn) {
  auto written = character_set::from_terms(terms).from_utf8(text, type);
  if (written) return *written;
  EXPECT_EQ(written.error(), errc::cannot_encode_text);
  return "(error)";
}

std::vector<std::string> values(std::string_view terms, std::string_view raw, vr type = vr::lo) {
  return character_set::from_terms(terms).values_to_utf8(raw, type);
}

using list = std::vector<std::string>;

std::vector<std::string> characters(std::string_view text) {
  std::vector<std::string> all;
  for (char const c : text)
    if ((static_cast<unsigned char>(c) & 0xC0U) == 0x80) all.back() += c;
    else all.push_back({c});
  return all;
}

constexpr char const* replacement = "\uFFFD";

// ---- Terms ----------------------------------------------------------------------------------

struct spelling {
  std::string_view came;
  std::string_view value;
};

TEST(character_set, terms_in_the_words_of_the_standard) {
  for (auto const& [came, value] : {
           spelling{"", ""},
           {" ", ""},
           {"\\", ""},
           {"ISO_IR 6", ""},
           {"ISO 2022 IR 6", ""},
           {"ISO_IR 100", "ISO_IR 100"},
           {"ISO_IR 100\0"sv, "ISO_IR 100"},
           {" ISO_IR 100 \\ ", "ISO_IR 100"},
           {"ISO_IR_100", "ISO_IR 100"},
           {"ISO-IR 100", "ISO_IR 100"},
           {"ISO IR 100", "ISO_IR 100"},
           {"iso_ir 100", "ISO_IR 100"},
           {"ISO_IR  100", "ISO_IR 100"},
           {"ISO_IR100", "ISO_IR 100"},
           {"ISO 8859-1", "ISO_IR 100"},
           {"ISO_IR 192", "ISO_IR 192"},
           {"ISO_IR-192", "ISO_IR 192"},
           {"utf-8", "ISO_IR 192"},
           {"\\ISO_IR 192", "ISO_IR 192"},
           {"ISO 2022 IR 6\\ISO_IR 192", "ISO_IR 192"},
           {"gb18030", "GB18030"},
           {"ISO 2022 GB18030", "GB18030"},
           {"ISO 2022 GBK", "GBK"},
           {"GBK", "GBK"},
           {"ISO 2022 IR 100", "ISO 2022 IR 100"},
           {"ISO_IR 13", "ISO_IR 13"},
           {"ISO_IR 87", "\\ISO 2022 IR 87"},
           {"ISO 2022 58", "\\ISO 2022 IR 58"},
           {"ISO 2022 IR 149", "\\ISO 2022 IR 149"},
           {"\\ISO 2022 IR 149", "\\ISO 2022 IR 149"},
           {"\\ISO_2022_IR_87", "\\ISO 2022 IR 87"},
           {"ISO 2022-IR 13\\ISO 2022-IR 87", "ISO 2022 IR 13\\ISO 2022 IR 87"},
           {"ISO_IR 100\\ISO_IR 144", "ISO 2022 IR 100\\ISO 2022 IR 144"},
           {"ISO 2022 IR 6\\ISO 2022 IR 87\\\\ISO 2022 IR 87\\ISO 2022 IR 159",
            "ISO 2022 IR 6\\ISO 2022 IR 87\\ISO 2022 IR 159"},
       }) {
    SCOPED_TRACE(came);
    auto const set = character_set::from_terms(came);
    EXPECT_EQ(set.value(), value);
    EXPECT_TRUE(set.is_supported());
    // The value as it is written means the same.
    EXPECT_EQ(character_set::from_terms(set.value()), set);
  }
}

TEST(character_set, terms_that_are_not_supported) {
  for (auto const came :
       {"ISO_IR 99"sv, "ISO_IR 1000"sv, "KOI8-R"sv, "ISO 2022 IR 100\\NONSENSE"sv,
        "NONSENSE\\ISO 2022 IR 87"sv, "ISO_IR 192\\ISO 2022 IR 87"sv, "ISO 2022 IR 100\\GB18030"sv,
        "GBK\\GB18030"sv, "ISO_IR"sv, "\x1b$B"sv, "100 100"sv}) {
    SCOPED_TRACE(came);
    auto const set = character_set::from_terms(came);
    EXPECT_FALSE(set.is_supported());
    EXPECT_EQ(set.value(), came);
    EXPECT_EQ(set.from_utf8("Plain^Text", vr::pn).value_or_throw(), "Plain^Text");
    EXPECT_FALSE(set.from_utf8("\u00E9", vr::pn).has_value());
  }
  EXPECT_EQ(decoded("KOI8-R", "Buc^J\xe9r\xf4me"), "Buc^J\u00E9r\u00F4me");
  EXPECT_FALSE(is_exact("KOI8-R", "J\xe9r"));
  EXPECT_EQ(decoded("NONSENSE\\ISO 2022 IR 87", "\x1b$B;3\x1b(B"), "\u5C71");
  EXPECT_EQ(decoded("ISO_IR 192\\ISO 2022 IR 87", "\xc3\xa9"), "\u00E9");
}

TEST(character_set, very_many_terms) {
  std::string terms;
  for (int i = 0; i < 20000; ++i) terms += i % 2 == 0 ? "\\ISO 2022 IR 87" : "\\X";
  auto const set = character_set::from_terms(terms);
  EXPECT_FALSE(set.is_supported());
  EXPECT_EQ(set.to_utf8("\x1b$B;3\x1b(B", vr::lo), "\u5C71");
}

TEST(character_set, the_smallest_set) {
  EXPECT_EQ(character_set::smallest_for("Plain^Text").value(), "");
  EXPECT_EQ(character_set::smallest_for("J\u00E9r").value(), "ISO_IR 192");
  EXPECT_EQ(character_set{}.value(), "");
  EXPECT_TRUE(character_set{}.is_supported());
}

// ---- Single-byte sets -----------------------------------------------------------------------

/// The characters of A0H to FFH; '.' where there is none.
struct upper_half {
  std::string_view number;
  std::string_view characters;
};

constexpr upper_half upper_halves[] = {
    {"100",
     "\u00A0¡¢£¤¥¦§¨©ª«¬\u00AD®¯°±²³´µ¶·¸¹º»¼½¾¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñò"
     "óôõö÷øùúûüýþÿ"},
    {"101",
     "\u00A0Ą˘Ł¤ĽŚ§¨ŠŞŤŹ\u00ADŽŻ°ą˛ł´ľśˇ¸šşťź˝žżŔÁÂĂÄĹĆÇČÉĘËĚÍÎĎĐŃŇÓÔŐÖ×ŘŮÚŰÜÝŢßŕáâăäĺćçčéęëěíîďđńň"
     "óôőö÷řůúűüýţ˙"},
    {"109",
     "\u00A0Ħ˘£¤.Ĥ§¨İŞĞĴ\u00AD.Ż°ħ²³´µĥ·¸ışğĵ½.żÀÁÂ.ÄĊĈÇÈÉÊËÌÍÎÏ.ÑÒÓÔĠÖ×ĜÙÚÛÜŬŜßàáâ.äċĉçèéêëìíîï."
     "ñòóôġö÷ĝùúûüŭŝ˙"},
    {"110",
     "\u00A0ĄĸŖ¤ĨĻ§¨ŠĒĢŦ\u00ADŽ¯°ą˛ŗ´ĩļˇ¸šēģŧŊžŋĀÁÂÃÄÅÆĮČÉĘËĖÍÎĪĐŅŌĶÔÕÖ×ØŲÚÛÜŨŪßāáâãäåæįčéęëėíîīđņō"
     "ķôõö÷øųúûüũū˙"},
    {"144",
     "\u00A0ЁЂЃЄЅІЇЈЉЊЋЌ\u00ADЎЏАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдежзийклмнопрстуфхцчшщъыьэюя№ёђ"
     "ѓєѕіїјљњћќ§ўџ"},
    {"127",
     "\u00A0...¤.......،\u00AD.............؛...؟.ءآأؤإئابةتثجحخدذرزسشصضطظعغ....."
     "ـفقكلمنهوىي\u064B\u064C\u064D\u064E\u064F\u0650\u0651\u0652............."},
    {"126",
     "\u00A0‘’£€₯¦§¨©ͺ«¬\u00AD.―°±²³΄΅Ά·ΈΉΊ»Ό½ΎΏΐΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡ."
     "ΣΤΥΦΧΨΩΪΫάέήίΰαβγδεζηθικλμνξοπρςστυφχψωϊϋόύώ."},
    {"138",
     "\u00A0.¢£¤¥¦§¨©×«¬\u00AD®¯°±²³´µ¶·¸¹÷»¼½¾................................"
     "‗אבגדהוזחטיךכלםמןנסעףפץצקרשת..\u200E\u200F."},
    {"148",
     "\u00A0¡¢£¤¥¦§¨©ª«¬\u00AD®¯°±²³´µ¶·¸¹º»¼½¾¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏĞÑÒÓÔÕÖ×ØÙÚÛÜİŞßàáâãäåæçèéêëìíîïğñò"
     "óôõö÷øùúûüışÿ"},
    {"203",
     "\u00A0¡¢£€¥Š§š©ª«¬\u00AD®¯°±²³Žµ¶·ž¹º»ŒœŸ¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñò"
     "óôõö÷øùúûüýþÿ"},
    {"166",
     ".กขฃคฅฆงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรฤลฦวศษสหฬอฮฯะ\u0E31าำ\u0E34\u0E35\u0E36\u0E37\u0E38\u0E39"
     "\u0E3A....฿เแโใไๅๆ\u0E47\u0E48\u0E49\u0E4A\u0E4B\u0E4C\u0E4D\u0E4E๏๐๑๒๓๔๕๖๗๘๙๚๛...."},
    {"13",
     ".｡｢｣､･ｦｧｨｩｪｫｬｭｮｯｰｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝﾞﾟ............................."
     "..."},
};

TEST(character_set, every_byte_of_the_single_byte_sets) {
  for (auto const& [number, text] : upper_halves) {
    auto const expected = characters(text);
    ASSERT_EQ(expected.size(), 96U);
    for (auto const* const form : {"ISO_IR ", "ISO 2022 IR "}) {
      auto const set = character_set::from_terms(std::string{form}.append(number));
      ASSERT_TRUE(set.is_supported());
      for (unsigned byte = 0xA0; byte <= 0xFF; ++byte) {
        SCOPED_TRACE(std::string{number} + " " + std::to_string(byte));
        std::string const raw{static_cast<char>(byte)};
        auto const& character = expected[byte - 0xA0];
        bool const none = character == ".";
        auto const found = set.decode(raw, vr::lo);
        EXPECT_EQ(found.text, none ? replacement : character);
        EXPECT_EQ(found.exact, !none);
        if (none) continue;
        EXPECT_EQ(set.from_utf8(character, vr::lo).value_or_throw(), raw);
      }
    }
  }
}

TEST(character_set, ascii_stands_for_itself) {
  std::string ascii;
  for (char c = 1; c < 0x7F; ++c)
    if (c != 0x1B) ascii += c;
  std::vector<std::string> terms{"", "GBK", "GB18030", "ISO_IR 192", "\\ISO 2022 IR 87"};
  for (auto const& [number, text] : upper_halves)
    if (number != "13") terms.push_back("ISO_IR " + std::string{number});
  for (auto const& term : terms) {
    SCOPED_TRACE(term);
    auto const set = character_set::from_terms(term);
    EXPECT_EQ(set.decode(ascii, vr::lt).text, ascii);
    EXPECT_TRUE(set.decode(ascii, vr::lt).exact);
    // With something else behind it, so that each character is looked at.
    EXPECT_EQ(set.to_utf8(ascii + "\xFF", vr::lt).substr(0, ascii.size()), ascii);
    EXPECT_EQ(set.from_utf8(ascii, vr::lt).value_or_throw(), ascii);
    EXPECT_FALSE(set.from_utf8("a\x1b(B", vr::lt).has_value());
  }
}

TEST(character_set, yen_sign_and_overline_of_romaji) {
  EXPECT_EQ(decoded("ISO_IR 13", "a\\b~", vr::lt), "a\u00A5b\u203E");
  EXPECT_EQ(decoded("ISO_IR 13", "a\\b~", vr::lo), "a\\b\u203E");
  EXPECT_EQ(values("ISO_IR 13", "a\\b"), (list{"a", "b"}));
  EXPECT_EQ(encoded("ISO_IR 13", "a\u00A5b\u203E", vr::lt), "a\\b~");
  EXPECT_EQ(encoded("ISO_IR 13", "a\\b", vr::lo), "a\\b");
  EXPECT_EQ(encoded("ISO_IR 13", "\u00A5", vr::lo), "(error)");
  EXPECT_EQ(encoded("ISO_IR 13", "\\", vr::lt), "(error)");
  EXPECT_EQ(encoded("ISO_IR 13", "~", vr::lt), "(error)");
  // With both repertoires announced, both can be written.
  EXPECT_EQ(encoded("ISO 2022 IR 13\\ISO 2022 IR 6", "~\u203E", vr::lt), "\x1b(B~\x1b(J~");
  EXPECT_EQ(decoded("ISO 2022 IR 13\\ISO 2022 IR 6", "\x1b(B~\x1b(J~", vr::lt), "~\u203E");
}

// ---- The examples of PS3.5, Annexes H to K -----------------------------------------------------

struct example {
  std::string_view terms;
  std::string_view raw;
  std::string_view text;
};

constexpr example names[] = {
    {"\\ISO 2022 IR 87",
     "Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
     "Yamada^Tarou=山田^太郎=やまだ^たろう"},
    {"ISO 2022 IR 13\\ISO 2022 IR 87",
     "\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J="
     "\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J",
     "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"},
    {"\\ISO 2022 IR 149",
     "Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7="
     "\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
     "Hong^Gildong=洪^吉洞=홍^길동"},
    {"ISO_IR 192",
     "Wang^XiaoDong=\xe7\x8e\x8b^\xe5\xb0\x8f\xe6\x9d\xb1=", "Wang^XiaoDong=王^小東="},
    {"GB18030", "Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab=", "Wang^XiaoDong=王^小东="},
    {"GBK", "Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab=", "Wang^XiaoDong=王^小东="},
    {"\\ISO 2022 IR 58",
     "Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=", "Zhang^XiaoDong=张^小东="},
    {"ISO_IR 100", "Buc^J\xe9r\xf4me", "Buc^Jérôme"},
    {"ISO_IR 144",
     "\xbb\xee\xda"
     "ce\xdc\xd1yp\xd3",
     "Люкceмбypг"},
    // Value 1 is active again behind each delimiter.
    {"ISO 2022 IR 100\\ISO 2022 IR 144", "J\xe9r\xf4me=\x1b-L\xbb\xee\xda\x1b-A^\xe9",
     "Jérôme=Люк^é"},
    {"\\ISO 2022 IR 87\\ISO 2022 IR 159", "\x1b$B;3\x1b$(D0!\x1b(B^A", "山丂^A"},
};

TEST(character_set, person_names_of_the_standard_both_ways) {
  for (auto const& [terms, raw, text] : names) {
    SCOPED_TRACE(terms);
    auto const set = character_set::from_terms(terms);
    EXPECT_EQ(set.value(), terms);
    EXPECT_EQ(set.to_utf8(raw, vr::pn), text);
    EXPECT_TRUE(set.decode(raw, vr::pn).exact);
    EXPECT_EQ(set.from_utf8(text, vr::pn).value_or_throw(), raw);
    EXPECT_EQ(set.to_utf8(std::string{raw} + " ", vr::pn), text);
    EXPECT_EQ(set.to_utf8(std::string{raw} + '\0', vr::pn), text);
    auto const bytes = std::as_bytes(std::span{raw});
    EXPECT_EQ(set.to_utf8(bytes, vr::pn), text);
    EXPECT_EQ(set.decode(bytes, vr::pn).text, text);
    EXPECT_EQ(set.values_to_utf8(bytes, vr::pn), list{std::string{text}});
  }
}

TEST(character_set, text_of_the_standard) {
  // PS3.5 I.3: each line has escape sequences of its own.
  EXPECT_EQ(
      decoded("\\ISO 2022 IR 149",
              "\x1b$)CThe first line includes\xb1\xe6\xb5\xbf.\r\n"
              "\x1b$)CThe second line includes\xb1\xe6\xb5\xbf, too.\r\nThe third line.",
              vr::lt),
      "The first line includes길동.\r\nThe second line includes길동, too.\r\nThe third line.");
  // PS3.5 J.2 and K.3, in short.
  EXPECT_EQ(decoded("GB18030", "The first line includes\xd6\xd0\xce\xc4.\r\n", vr::lt),
            "The first line includes中文.\r\n");
  EXPECT_EQ(decoded("\\ISO 2022 IR 58", "1. \x1b$)A\xb5\xda\xd2\xbb\xd0\xd0\r\n2.", vr::ut),
            "1. 第一行\r\n2.");
}

// ---- Delimiters ---------------------------------------------------------------------------------

TEST(character_set, delimiter_bytes_within_characters) {
  // 本 is 4BH 5CH, 十 is 3DH 3DH, 江 begins with 39H 5EH.
  auto const raw = "\x1b$B;3K\\\x1b(B^\x1b$B==9>\x1b(B\\B"sv;
  EXPECT_EQ(decoded("\\ISO 2022 IR 87", raw), "山本^十江\\B");
  EXPECT_EQ(values("\\ISO 2022 IR 87", raw, vr::pn), (list{"山本^十江", "B"}));
  EXPECT_EQ(encoded("\\ISO 2022 IR 87", "山本^十江\\B"), raw);

  for (auto const* const terms : {"GBK", "GB18030"}) {
    EXPECT_EQ(values(terms, "\x96\\\\\x81\\ "), (list{"朶", "乗"}));
    EXPECT_EQ(encoded(terms, "朶\\乗", vr::lo), "\x96\\\\\x81\\");
    // Half a character does not take the delimiter with it where the two are none.
    EXPECT_EQ(values(terms, "\x80\\A"), (list{replacement, "A"}));
  }
}

TEST(character_set, values) {
  EXPECT_EQ(values("", ""), list{});
  EXPECT_EQ(values("", "  "), list{});
  EXPECT_EQ(values("", "A"), list{"A"});
  EXPECT_EQ(values("", "A\\"), (list{"A", ""}));
  EXPECT_EQ(values("", "\\"), (list{"", ""}));
  EXPECT_EQ(values("", "A \\ B "), (list{"A ", " B"}));
  EXPECT_EQ(values("", "ORIGINAL\\PRIMARY ", vr::cs), (list{"ORIGINAL", "PRIMARY"}));
  EXPECT_EQ(values("", "1.2\\1.3\0"sv, vr::ui), (list{"1.2", "1.3"}));
  for (auto const type : {vr::lt, vr::st, vr::ut, vr::ur})
    EXPECT_EQ(values("", "A\\B", type), list{"A\\B"});
}

TEST(character_set, what_brings_value_1_back) {
  auto const* const terms = "ISO 2022 IR 126\\ISO 2022 IR 144";
  auto const greek = "α", cyrillic = "с";  // E1H in both
  auto const with = [&](std::string_view between, vr type) {
    auto const text = decoded(terms, "\x1b-L\xe1" + std::string{between} + "\xe1", type);
    EXPECT_TRUE(text.starts_with(cyrillic));
    return text.ends_with(greek);
  };
  for (auto const* const control : {"\r", "\n", "\f", "\t", "\r\n"})
    for (auto const type : {vr::lt, vr::pn, vr::sh}) EXPECT_TRUE(with(control, type));
  for (auto const* const sign : {"^", "=", "\\"}) EXPECT_TRUE(with(sign, vr::pn));
  EXPECT_TRUE(with("\\", vr::lo) && with("\\", vr::uc) && with("\\", vr::sh));
  for (auto const* const sign : {"^", "=", " "}) EXPECT_FALSE(with(sign, vr::lo));
  for (auto const type : {vr::st, vr::lt, vr::ut}) EXPECT_FALSE(with("\\", type));
  EXPECT_EQ(encoded(terms, "с\\с", vr::lo), "\x1b-L\xe1\x1b-F\\\x1b-L\xe1\x1b-F");
  EXPECT_EQ(encoded(terms, "с\\с", vr::lt), "\x1b-L\xe1\\\xe1\x1b-F");
}

TEST(character_set, vrs_that_have_no_character_set) {
  for (auto const type : {vr::ae, vr::cs, vr::da, vr::ds, vr::is, vr::ui, vr::ur, vr::as}) {
    EXPECT_FALSE(uses_character_set(type));
    EXPECT_EQ(decoded("ISO_IR 13", "A~B", type), "A~B");
    EXPECT_EQ(decoded("ISO_IR 192", "\xc3\xa9", type), "Ã©");
    EXPECT_FALSE(is_exact("ISO_IR 192", "\xc3\xa9", type));
    EXPECT_EQ(encoded("ISO_IR 13", "A~B", type), "A~B");
    EXPECT_EQ(encoded("ISO_IR 192", "é", type), "(error)");
  }
  for (auto const type : {vr::lo, vr::lt, vr::pn, vr::sh, vr::st, vr::uc, vr::ut})
    EXPECT_TRUE(uses_character_set(type));
}

// ---- Bytes that are no text
// -----------------------------------------------------------------------

TEST(character_set, unknown_and_cut_escape_sequences) {
  EXPECT_EQ(decoded("\\ISO 2022 IR 87", "A\x1b"), "A\uFFFD");
  EXPECT_EQ(decoded("\\ISO 2022 IR 87", "A\x1b$"), "A\uFFFD$");
  EXPECT_EQ(decoded("\\ISO 2022 IR 87", "A\x1b$(ZB"), "A\uFFFD$(ZB");
  EXPECT_EQ(decoded("\\ISO 2022 IR 87", "\x1b\x1b$B;3"), "\uFFFD山");
  EXPECT_FALSE(is_exact("\\ISO 2022 IR 87", "A\x1b$"));
  EXPECT_EQ(decoded("\\ISO 2022 IR 87", "\x1b$B;"), replacement);
  EXPECT_EQ(decoded("\\ISO 2022 IR 87", "\x1b$B;\x1b(B^A"), "\uFFFD^A");
  EXPECT_EQ(decoded("\\ISO 2022 IR 87", "\x1b$B;3 ;3\r\n;3"), "山 山\r\n;3");
  EXPECT_EQ(decoded("\\ISO 2022 IR 87", "\x1b$B;\xe1;3"), "\uFFFDá山");
  EXPECT_EQ(decoded("\\ISO 2022 IR 87", "\x1b$B)!A"), "\uFFFD\uFFFD") << "no such row; half";
  EXPECT_EQ(decoded("\\ISO 2022 IR 149", "\x1b$)C\xb1"), replacement);
  EXPECT_EQ(decoded("\\ISO 2022 IR 149", "\x1b$)C\xb1^\xb1\xe6"), "\uFFFD^길");
  EXPECT_EQ(decoded("\\ISO 2022 IR 149", "\x1b$)C\x85\xb1\xe6"), "\uFFFD길");
  for (auto const* const terms : {"ISO_IR 192", "GBK", "GB18030"}) {
    EXPECT_EQ(decoded(terms, "\x1b$B;3"), "\uFFFD$B;3") << "no code extensions there";
    EXPECT_FALSE(is_exact(terms, "\x1b$B;3"));
  }
}

TEST(character_set, known_escape_sequences_that_were_not_announced) {
  EXPECT_EQ(decoded("", "\x1b$B;3\x1b(B"), "山");
  EXPECT_EQ(decoded("ISO_IR 100", "é\x1b-F\xe1"sv.substr(2)), "α");
  EXPECT_EQ(decoded("\\ISO 2022 IR 87", "\x1b$B;3\x1b(J~"), "山\u203E");
}

TEST(character_set, forgotten_escape_sequences) {
  // The set that was announced is likelier than none; it stays a guess.
  EXPECT_EQ(decoded("\\ISO 2022 IR 149", "\xb1\xe6\xb5\xbf"), "길동");
  EXPECT_EQ(decoded("ISO_IR 149", "\xb1\xe6\xb5\xbf"), "길동");
  EXPECT_FALSE(is_exact("\\ISO 2022 IR 149", "\xb1\xe6\xb5\xbf"));
  EXPECT_EQ(decoded("", "J\xe9r"), "Jér");
  EXPECT_FALSE(is_exact("", "J\xe9r"));
}

TEST(character_set, broken_utf8) {
  struct broken {
    std::string_view raw;
    std::string_view text;
  };
  for (auto const& [raw, text] : {
           broken{"\xc3", "\uFFFD"},
           {"\xc3(", "\uFFFD("},
           {"\x80\xbf", "\uFFFD\uFFFD"},
           {"\xc0\xaf", "\uFFFD\uFFFD"},            // overlong '/'
           {"\xc1\x9c", "\uFFFD\uFFFD"},            // overlong backslash
           {"\xe0\x81\x9c", "\uFFFD\uFFFD\uFFFD"},  // the same in three bytes
           {"\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD"},  // a surrogate
           {"\xf4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},
           {"\xf5\x80", "\uFFFD\uFFFD"},
           {"\xe7\x8e^A", "\uFFFD^A"},
           {"\xf0\x9f\x98", "\uFFFD"},
           {"\xff\xfe", "\uFFFD\uFFFD"},
       }) {
    EXPECT_EQ(decoded("ISO_IR 192", raw), text);
    EXPECT_FALSE(is_exact("ISO_IR 192", raw));
    for (auto const* const terms : {"ISO_IR 192", "ISO_IR 100", "GB18030", "\\ISO 2022 IR 87"})
      EXPECT_EQ(encoded(terms, raw), "(error)");
  }
  for (auto const* const good : {"\u0080", "\u07FF", "\u0800", "\uD7FF", "\uE000", "\uFFFD",
                                 "\uFFFF", "\U00010000", "\U0010FFFF"}) {
    EXPECT_EQ(decoded("ISO_IR 192", good), good);
    EXPECT_TRUE(is_exact("ISO_IR 192", good));
    EXPECT_EQ(encoded("ISO_IR 192", good), good);
  }
}

TEST(character_set, broken_gb18030) {
  EXPECT_EQ(decoded("GB18030", "\x81\x30\x81\x30"), "\u0080");
  EXPECT_EQ(decoded("GB18030", "\x90\x30\x81\x30"), "\U00010000");
  EXPECT_EQ(decoded("GB18030", "\xe3\x32\x9a\x35"), "\U0010FFFF");
  EXPECT_EQ(encoded("GB18030", "\U00010000\U0010FFFF"), "\x90\x30\x81\x30\xe3\x32\x9a\x35");
  EXPECT_EQ(decoded("GB18030", "\xe3\x32\x9a\x36"), "\uFFFD2\uFFFD6");
  EXPECT_EQ(decoded("GB18030", "\x81\x30\x81"), "\uFFFD0\uFFFD");
  EXPECT_EQ(decoded("GB18030", "\xb6"), replacement);
  EXPECT_EQ(decoded("GB18030",
                    "\xff\x80"
                    "A"),
            "\uFFFD\uFFFDA");
  EXPECT_EQ(decoded("GBK", "\x90\x30\x81\x30"), "\uFFFD0\uFFFD0");
  EXPECT_EQ(encoded("GBK", "\U00010000"), "(error)");
  EXPECT_EQ(encoded("GBK", "é"), "\xa8\xa6");
  EXPECT_EQ(encoded("GBK", "ñ"), "(error)");
}

TEST(character_set, text_that_does_not_fit) {
  EXPECT_EQ(encoded("", "é"), "(error)");
  EXPECT_EQ(encoded("ISO_IR 100", "山"), "(error)");
  EXPECT_EQ(encoded("\\ISO 2022 IR 87", "é"), "(error)");
  EXPECT_EQ(encoded("\\ISO 2022 IR 149", "Ж山é"), "(error)");
  EXPECT_EQ(encoded("ISO_IR 87", "山"), "\x1b$B;3\x1b(B");
}

// ---- Everything there and back ------------------------------------------------------------------

struct repertoire {
  std::string_view terms;
  int at_least;  // characters beyond ASCII
};

TEST(character_set, every_character_that_can_be_written_is_read_as_itself) {
  for (auto const& [terms, at_least] :
       {repertoire{"\\ISO 2022 IR 87", 6800},
        {"\\ISO 2022 IR 159", 6000},
        {"ISO 2022 IR 13\\ISO 2022 IR 87\\ISO 2022 IR 159", 12000},
        {"\\ISO 2022 IR 149", 8200},
        {"\\ISO 2022 IR 58", 7400},
        {"GBK", 21700},
        {"GB18030", 60000},
        {"ISO_IR 192", 63360},
        {"ISO_IR 100", 128},
        {"ISO_IR 13", 64},
        {"ISO 2022 IR 100\\ISO 2022 IR 126\\ISO 2022 IR 144\\ISO 2022 IR 166", 350}}) {
    SCOPED_TRACE(terms);
    auto const set = character_set::from_terms(terms);
    int written = 0;
    std::string all;
    for (char32_t c = 0x80; c <= 0xFFFF; ++c) {
      if (c >= 0xD800 && c < 0xE000) continue;
      std::string text;
      detail::append_utf8(text, c);
      auto const raw = set.from_utf8(text, vr::pn);
      if (!raw) continue;
      ++written;
      auto const back = set.decode(*raw, vr::pn);
      ASSERT_EQ(back.text, text) << static_cast<unsigned>(c);
      ASSERT_TRUE(back.exact);
      all += text + (written % 7 == 0 ? "^" : written % 11 == 0 ? "\\" : "");
    }
    EXPECT_GE(written, at_least);
    auto const raw = set.from_utf8(all, vr::pn).value_or_throw();
    EXPECT_EQ(set.to_utf8(raw, vr::pn), all);
    list split;
    for (std::size_t at = 0, end = 0; end != std::string::npos; at = end + 1) {
      end = all.find('\\', at);
      split.push_back(all.substr(at, end - at));
    }
    EXPECT_EQ(set.values_to_utf8(raw, vr::pn), split);
  }
}

TEST(character_set, long_text) {
  std::string raw;
  while (raw.size() < 1'000'000) raw += "\x1b$B;3\x1b(B^A\\\xb1\x1b$)C\xb1\xe6 ";
  auto const set = character_set::from_terms("\\ISO 2022 IR 87\\ISO 2022 IR 149");
  auto const text = set.to_utf8(raw, vr::pn);
  EXPECT_TRUE(text.ends_with("山^A\\\uFFFD길"));
  EXPECT_EQ(set.values_to_utf8(raw, vr::pn).size(), raw.size() / 19 + 1);
  EXPECT_EQ(set.to_utf8(std::string(1'000'000, '\x1b'), vr::lo).size(), 3'000'000U);
}

TEST(character_set, from_many_threads) {
  auto const shared = character_set::from_terms("\\ISO 2022 IR 58");
  std::vector<std::thread> threads;
  std::vector<std::string> found(4);
  for (auto& one : found)
    threads.emplace_back([&one, &shared] {
      one = shared.to_utf8("\x1b$)A\xd5\xc5", vr::pn) +
            character_set::from_terms("\\ISO 2022 IR 149").to_utf8("\x1b$)C\xb1\xe6", vr::pn);
    });
  for (auto& thread : threads) thread.join();
  for (auto const& one : found) EXPECT_EQ(one, "张길");
}

TEST(character_set, a_set_that_the_system_does_not_have) {
  detail::system_charset const none{"NO-SUCH-SET"};
  EXPECT_FALSE(static_cast<bool>(none));
  auto const table = detail::code_table::from_system(
      "NO-SUCH-SET", 128, [](std::uint32_t code) { return detail::gb::bytes_of(code); });
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(table.character(5), 0U);
  EXPECT_FALSE(table.code(U'A').has_value());
}

TEST(character_set, too_many_terms_are_not_read) {
  std::string terms;
  while (terms.size() < 1'000'000) terms += "ISO_IR 100\\";
  auto const set = character_set::from_terms(terms);
  EXPECT_FALSE(set.is_supported());
  EXPECT_EQ(set.value().size(), 1024U);
  EXPECT_EQ(set.to_utf8("\xE9", vr::lo), "\xC3\xA9");
  // Cut off behind a space, which is padding then.
  auto const cut = character_set::from_terms(std::string(1020, 'x') + " IR 6");
  EXPECT_EQ(cut.value(), std::string(1020, 'x') + " IR");
  EXPECT_EQ(character_set::from_terms(cut.value()).value(), cut.value());
}

}  // namespace
