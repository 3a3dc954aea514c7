// SPDX-License-Identifier: BSL-1.0
#include "data/bytes.hpp"
#include <codimse/data/tags.hpp>
#include <codimse/json.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace codimse;
using namespace std::string_view_literals;
using json = nlohmann::json;

constexpr tag any{0x0009, 0x1001};

data_set one(tag at, vr type, std::string_view bytes) {
  data_set all;
  all.set_bytes(at, type, std::as_bytes(std::span{bytes}));
  return all;
}
/// The attribute that one element becomes, as text.
std::string attribute_of(vr type, std::string_view bytes) {
  auto const all = to_json(one(any, type, bytes));
  EXPECT_EQ(all.size(), 1U);
  return all.contains("00091001") ? all["00091001"].dump() : "missing";
}
std::string value_of(vr type, std::string_view bytes) {
  auto const attribute = json::parse(attribute_of(type, bytes));
  EXPECT_EQ(attribute["vr"], to_string(type));
  return attribute.contains("Value") ? attribute["Value"].dump() : "none";
}
/// The value field that `{"vr": type, "Value": value}` becomes.
std::string bytes_of(std::string const& type, std::string const& value) {
  auto const text = R"({"00091001":{"vr":")" + type + R"(","Value":)" + value + "}}";
  auto const read = from_json_text(text);
  EXPECT_TRUE(read.has_value()) << text;
  if (!read || !read->contains(any)) return "missing";
  auto const bytes = read->find(any)->bytes();
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}
std::string where_wrong(std::string_view text, errc expected = errc::invalid_json) {
  std::string where = "nowhere";
  from_json_options options;
  options.error_at = &where;
  auto const read = from_json_text(text, options);
  EXPECT_FALSE(read.has_value()) << text;
  EXPECT_EQ(read.error(), expected) << text;
  return where;
}

// --- to JSON
// --------------------------------------------------------------------------------------

TEST(ToJson, EmptyElementsHaveOnlyTheirVr) {
  for (auto const type : {vr::us, vr::lo, vr::pn, vr::ob, vr::un, vr::fd, vr::at})
    EXPECT_EQ(attribute_of(type, ""), R"({"vr":")" + to_string(type) + "\"}");
  EXPECT_EQ(attribute_of(vr::lo, "  "), R"({"vr":"LO"})");
  data_set all;
  all.set_empty(tags::referenced_image_sequence);
  EXPECT_EQ(to_json_text(all), R"({"00081140":{"vr":"SQ"}})");
  EXPECT_EQ(to_json_text({}), "{}");
}

TEST(ToJson, Texts) {
  EXPECT_EQ(value_of(vr::cs, "A\\B "), R"(["A","B"])");
  EXPECT_EQ(value_of(vr::lo, "a\\\\ b \\"), R"(["a",null,"b",null])");
  EXPECT_EQ(value_of(vr::lt, " a\\b"), R"([" a\\b"])");  // one value; its leading space counts
  EXPECT_EQ(value_of(vr::uc, " a\\b "), R"([" a","b"])");
  EXPECT_EQ(value_of(vr::ui, "1.2.3\0"sv), R"(["1.2.3"])");
  EXPECT_EQ(value_of(vr::ur, "http://x/y"), R"(["http://x/y"])");
}

TEST(ToJson, PersonNames) {
  EXPECT_EQ(value_of(vr::pn, "Doe^J"), R"([{"Alphabetic":"Doe^J"}])");
  EXPECT_EQ(value_of(vr::pn, "A =B=C\\\\= \\==C"),
            R"([{"Alphabetic":"A","Ideographic":"B","Phonetic":"C"},null,null,{"Phonetic":"C"}])");
}

TEST(ToJson, DecimalsAreNumbersWhereNothingIsLost) {
  EXPECT_EQ(value_of(vr::ds, "1.50\\ +2\\-.5\\1e5\\0"), "[1.5,2,-0.5,100000,0]");
  EXPECT_EQ(value_of(vr::ds, "123456789.123456\\1234567890123456"),
            "[123456789.123456,1234567890123456]");
  // More digits than a double keeps, what is no number, and what a double has no place for.
  EXPECT_EQ(value_of(vr::ds, "0.12345678901234567\\9007199254740993\\bad\\1,5\\1e-400"),
            R"(["0.12345678901234567","9007199254740993","bad","1,5","1e-400"])");
  // 17 characters when it is written as a DS again.
  EXPECT_EQ(value_of(vr::ds, "-1.2345678901e-5"), R"(["-1.2345678901e-5"])");
  EXPECT_EQ(value_of(vr::is, "3\\\\ 07\\-2147483648\\1.0\\1.5"),
            R"([3,null,7,-2147483648,1,"1.5"])");
}

TEST(ToJson, BinaryNumbers) {
  EXPECT_EQ(value_of(vr::us, "\x01\x02\xFF\xFF"sv), "[513,65535]");
  EXPECT_EQ(value_of(vr::ss, "\xFF\xFF"sv), "[-1]");
  EXPECT_EQ(value_of(vr::ul, "\xFF\xFF\xFF\xFF"sv), "[4294967295]");
  EXPECT_EQ(value_of(vr::sl, "\xFF\xFF\xFF\xFF"sv), "[-1]");
  EXPECT_EQ(value_of(vr::at, "\x10\0\x20\0\x28\0\xFE\x1A"sv), R"(["00100020","00281AFE"])");
  EXPECT_EQ(value_of(vr::sv, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"sv), "[-1]");
  EXPECT_EQ(value_of(vr::uv, "\0\0\0\0\0\0\x20\0"sv), "[9007199254740992]");
  EXPECT_EQ(value_of(vr::uv, "\x01\0\0\0\0\0\x20\0"sv), R"(["9007199254740993"])");
  EXPECT_EQ(value_of(vr::sv, "\0\0\0\0\0\0\0\x80"sv), R"(["-9223372036854775808"])");
  EXPECT_EQ(value_of(vr::fl, "\xCD\xCC\xCC\x3D"sv), "[0.1]");
  EXPECT_EQ(value_of(vr::fl, "\0\0\xC0\x7F\0\0\x80\xFF"sv), R"(["NaN","-Infinity"])");
  EXPECT_EQ(value_of(vr::fd, "\0\0\0\0\0\0\xF0\x7F\0\0\0\0\0\0\xE0\x3F"sv), R"(["Infinity",0.5])");
}

TEST(ToJson, BytesAreBase64) {
  for (auto const type : {vr::ob, vr::ow, vr::ol, vr::ov, vr::of, vr::od, vr::un})
    EXPECT_EQ(attribute_of(type, "\x01\xFF"),
              R"({"InlineBinary":"Af8=","vr":")" + to_string(type) + "\"}");
  // What cannot be its VR, or is of a VR that this edition does not know.
  EXPECT_EQ(attribute_of(vr::fd, "ab"), R"({"InlineBinary":"YWI=","vr":"UN"})");
  EXPECT_EQ(attribute_of(vr_from('Z', 'Z'), "ab"), R"({"InlineBinary":"YWI=","vr":"UN"})");
  EXPECT_EQ(attribute_of(vr::none, "ab"), R"({"InlineBinary":"YWI=","vr":"UN"})");
}

TEST(ToJson, TextIsUtf8AndSaysSo) {
  data_set item = one(tags::patient_name, vr::pn, "\xE4");
  data_set all;
  all.set(tags::specific_character_set, "ISO_IR 100");
  all.set(tags::referenced_image_sequence, item).set(tags::patient_name, "\xFC");
  EXPECT_EQ(to_json(all).dump(),
            "{\"00080005\":{\"Value\":[\"ISO_IR 192\"],\"vr\":\"CS\"},"
            "\"00081140\":{\"Value\":[{\"00100010\":{\"Value\":[{\"Alphabetic\":\"\xC3\xA4\"}],"
            "\"vr\":\"PN\"}}],\"vr\":\"SQ\"},"
            "\"00100010\":{\"Value\":[{\"Alphabetic\":\"\xC3\xBC\"}],\"vr\":\"PN\"}}");
  // A backslash byte within a character of several bytes separates nothing.
  all = one(tags::patient_name, vr::pn, "\x81\x5C");
  all.set(tags::specific_character_set, "GBK");
  EXPECT_EQ(to_json(all)["00100010"]["Value"].size(), 1U);
  // Bytes that are no text never make bad JSON, and what is not ASCII is announced.
  auto const text = to_json_text(one(tags::patient_name, vr::pn, "\xFF\x1B\xC3"));
  EXPECT_TRUE(json::accept(text));
  EXPECT_EQ(json::parse(text)["00080005"]["Value"][0], "ISO_IR 192");
  EXPECT_TRUE(json::accept(to_json_text(one(tags::modality, vr::cs, "\xFF\xFE"))));
  all = one(tags::modality, vr::cs, "\xE4");  // should be ASCII, and is met all the same
  all.set(tags::specific_character_set, "ISO_IR 100");
  EXPECT_EQ(to_json(all)["00080060"]["Value"][0], "\xC3\xA4");
}

TEST(ToJson, TextControlsNoTerminal) {
  data_set all;
  all.set(tags::specific_character_set, "ISO_IR 192");
  std::string_view const hostile = "\x7F\xC2\x9B\xE2\x80\xAE\xEF\xBB\xBF\xC3\xA4 \xF0\x9F\x98\x80";
  all.set_bytes(tags::patient_comments, vr::lt, std::as_bytes(std::span{hostile}));
  auto const text = to_json_text(all);
  EXPECT_NE(text.find("\"\\u007F\\u009B\\u202E\\uFEFF\xC3\xA4 \xF0\x9F\x98\x80\""),
            std::string::npos)
      << text;
  EXPECT_EQ(json::parse(text)["00104000"]["Value"][0], hostile);  // and says the same
}

TEST(ToJson, LeavesOutWhatHasNoPlace) {
  data_set all;
  for (tag const at : {tag{2, 0x10}, tag{0, 0x0110}, tag{0x10, 0}})
    all.set_bytes(at, vr::un, std::as_bytes(std::span{"ab"sv}));
  EXPECT_EQ(to_json_text(all), "{}");
}

TEST(ToJson, BulkData) {
  data_set item = one(any, vr::un, "12345678");
  item.set(tags::patient_name, "a longer name");
  data_set all;
  all.set(tags::referenced_image_sequence, data_set{}, item);
  all.set(tags::rows, 1).set_bytes(tags::pixel_data, vr::ob, std::as_bytes(std::span{"123456"sv}));
  std::vector<std::string> asked;
  to_json_options options;
  options.bulk_data_above = 4;
  options.bulk_data_uri = [&](element const& of, std::string const& path) {
    asked.push_back(path);
    return of.tag() == tags::pixel_data ? std::optional<std::string>{"bulk" + path} : std::nullopt;
  };
  auto const out = to_json(all, options);
  EXPECT_EQ(asked, (std::vector<std::string>{"/00081140/1/00091001", "/7FE00010"}));
  EXPECT_EQ(out["7FE00010"].dump(), R"({"BulkDataURI":"bulk/7FE00010","vr":"OB"})");
  EXPECT_TRUE(out["00081140"]["Value"][1]["00091001"].contains("InlineBinary"));
  EXPECT_EQ(out["00280010"]["Value"][0], 1);
}

TEST(ToJson, Indent) {
  to_json_options options;
  options.indent = 1;
  EXPECT_EQ(to_json_text(one(any, vr::us, ""), options),
            "{\n \"00091001\": {\n  \"vr\": \"US\"\n }\n}");
}

// --- from JSON
// ------------------------------------------------------------------------------------

TEST(FromJson, Texts) {
  EXPECT_EQ(bytes_of("LO", R"(["a",null,"b"])"), "a\\\\b");
  EXPECT_EQ(bytes_of("LO", R"(["a",null])"), "a\\");
  EXPECT_EQ(bytes_of("LO", R"([null])"), "");
  EXPECT_EQ(bytes_of("UI", R"(["1.2.3"])"), "1.2.3\0"sv);
  EXPECT_EQ(bytes_of("UT", R"(["a\\b "])"), "a\\b ");
  EXPECT_EQ(bytes_of("PN", R"([{"Alphabetic":"A","Phonetic":"C"},{},null,{"Ideographic":"B"}])"),
            "A==C\\\\\\=B ");
  EXPECT_EQ(bytes_of("AT", R"(["00100020","00281aFE"])"), "\x10\0\x20\0\x28\0\xFE\x1A"sv);
  EXPECT_EQ(bytes_of("LO", "[]"), "");
}

TEST(FromJson, Numbers) {
  EXPECT_EQ(bytes_of("DS", R"([1.5,2,"1.50",null,1e5,-0.25])"), "1.5\\2\\1.50\\\\1e+05\\-0.25 ");
  EXPECT_EQ(bytes_of("IS", R"([1,"02",-3,4.0])"), "1\\02\\-3\\4 ");
  EXPECT_EQ(bytes_of("US", "[513,65535,2.0]"), "\x01\x02\xFF\xFF\x02\0"sv);
  EXPECT_EQ(bytes_of("SS", "[-1]"), "\xFF\xFF");
  EXPECT_EQ(bytes_of("UV", R"([18446744073709551615,"18446744073709551615"])"),
            std::string(16, '\xFF'));
  EXPECT_EQ(bytes_of("SV", R"(["-1",-1])"), std::string(16, '\xFF'));
  EXPECT_EQ(bytes_of("FL", "[0.1,1]"), "\xCD\xCC\xCC\x3D\0\0\x80\x3F"sv);
  // The largest float in the shortest decimal, which is a little more than it.
  EXPECT_EQ(bytes_of("FL", "[3.4028235e38]"), "\xFF\xFF\x7F\x7F"sv);
  EXPECT_EQ(bytes_of("FL", R"(["Infinity","-inf"])"), "\0\0\x80\x7F\0\0\x80\xFF"sv);
  EXPECT_EQ(bytes_of("FD", R"(["-Infinity",1])"), "\0\0\0\0\0\0\xF0\xFF\0\0\0\0\0\0\xF0\x3F"sv);
  auto const nan = from_json_text(R"({"00091001":{"vr":"FD","Value":["NaN"]}})");
  ASSERT_TRUE(nan.has_value());
  EXPECT_TRUE(std::isnan(nan->get<double>(any)));
}

TEST(FromJson, OrderAndLettersOfNames) {
  auto const read = from_json_text(R"({"7fe00010":{"vr":"OB"},"0009100A":{"vr":"US","Value":[2]},)"
                                   R"("00091001":{"vr":"US","Value":[1]},"0008000a":{"vr":"CS"}})");
  ASSERT_TRUE(read.has_value());
  std::vector<tag> found;
  for (auto const& each : *read) found.push_back(each.tag());
  EXPECT_EQ(found, (std::vector<tag>{{8, 0x000A}, {9, 0x1001}, {9, 0x100A}, tags::pixel_data}));
  EXPECT_EQ(where_wrong(R"({"0008000a":{"vr":"CS"},"0008000A":{"vr":"CS"}})"), "/0008000a");
}

TEST(FromJson, IsUtf8WhateverItSaid) {
  auto const named = from_json_text(
      "{\"00080005\":{\"vr\":\"CS\",\"Value\":[\"ISO_IR 100\"]},"
      "\"00080060\":{\"vr\":\"CS\",\"Value\":[\"MR\"]}}");
  ASSERT_TRUE(named.has_value());
  EXPECT_EQ(named->text(tags::specific_character_set), "ISO_IR 192");
  auto const needed = from_json_text(
      "{\"00081140\":{\"vr\":\"SQ\",\"Value\":[{\"00100010\":"
      "{\"vr\":\"PN\",\"Value\":[{\"Alphabetic\":\"\xC3\xA4\"}]}}]}}");
  ASSERT_TRUE(needed.has_value());
  EXPECT_EQ(needed->text(tags::specific_character_set), "ISO_IR 192");
  EXPECT_EQ(needed->item(tags::referenced_image_sequence).text(tags::patient_name), "\xC3\xA4");
  auto const ascii = from_json_text(R"({"00080060":{"vr":"CS","Value":["MR"]}})");
  ASSERT_TRUE(ascii.has_value());
  EXPECT_FALSE(ascii->contains(tags::specific_character_set));
}

TEST(FromJson, PassesOverWhatHasNoPlaceAndWhatIsUnknown) {
  auto const read = from_json_text(
      R"({"00020010":{"vr":"UI","Value":["1.2"]},"00080000":{"vr":"UL","Value":[4]},)"
      R"("00280010":{"vr":"US","Value":[1],"keyword":"Rows"}})");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->size(), 1U);
}

TEST(FromJson, EmptyItems) {
  auto const read = from_json_text(R"({"00081140":{"vr":"SQ","Value":[{},null]}})");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->items(tags::referenced_image_sequence).size(), 2U);
}

TEST(FromJson, BulkData) {
  auto const text = R"({"7FE00010":{"vr":"OB","BulkDataURI":"http://x"}})";
  auto const without = from_json_text(text);
  ASSERT_TRUE(without.has_value());
  EXPECT_TRUE(without->contains(tags::pixel_data) && !without->has_value(tags::pixel_data));
  from_json_options options;
  options.bulk_data = [](std::string const& uri) {
    EXPECT_EQ(uri, "http://x");
    return std::optional{std::vector<std::byte>{std::byte{1}, std::byte{2}}};
  };
  auto const with = from_json_text(text, options);
  ASSERT_TRUE(with.has_value());
  EXPECT_EQ(with->find(tags::pixel_data)->bytes().size(), 2U);
}

TEST(FromJson, WhatIsWrongIsNamed) {
  for (auto const* const text : {"", "x", "{", "[]", "null", "1", "\"a\"", "{}{}", "{\"a\":}",
                                 "{\"00080060\":{\"vr\":\"CS\",\"Value\":[\"\xFF\"]}}", "[1e999]"})
    where_wrong(text);
  auto const wrong = [](std::string const& attribute) {
    return where_wrong("{\"00091001\":" + attribute + "}");
  };
  EXPECT_EQ(where_wrong(R"({"PatientName":{"vr":"PN"}})"), "/PatientName");
  EXPECT_EQ(where_wrong(R"({"0010001":{"vr":"PN"}})"), "/0010001");
  EXPECT_EQ(where_wrong(R"({"FFFEE000":{"vr":"UN"}})"), "/FFFEE000");
  for (auto const* const attribute :
       {"1", "[]", "null", "\"US\"", R"({"vr":"US","Value":[1],"InlineBinary":"AAA="})",
        R"({"vr":"OB","InlineBinary":"","BulkDataURI":""})"})
    EXPECT_EQ(wrong(attribute), "/00091001");
  for (auto const* const attribute : {"{}", R"({"vr":1})", R"({"vr":"us"})", R"({"vr":"U"})",
                                      R"({"vr":"ZZ"})", R"({"vr":"--"})", R"({"vr":"USX"})"})
    EXPECT_EQ(wrong(attribute), "/00091001/vr");
  for (auto const* const value : {R"("US","Value":1)", R"("US","Value":{})", R"("UN","Value":[1])",
                                  R"("OW","Value":[])", R"("UT","Value":["a","b"])"})
    EXPECT_EQ(wrong(std::string{"{\"vr\":"} + value + "}"), "/00091001/Value") << value;
  for (auto const* const value : {R"("US","Value":[-1])",
                                  R"("US","Value":[65536])",
                                  R"("US","Value":[1.5])",
                                  R"("US","Value":["1"])",
                                  R"("US","Value":[null])",
                                  R"("US","Value":[true])",
                                  R"("US","Value":[1e300])",
                                  R"("SS","Value":[32768])",
                                  R"("UV","Value":[-1])",
                                  R"("UV","Value":["1x"])",
                                  R"("UV","Value":["18446744073709551616"])",
                                  R"("SV","Value":[9223372036854775808])",
                                  R"("FL","Value":[1e39])",
                                  R"("FL","Value":["0.1"])",
                                  R"("FD","Value":[[]])",
                                  R"("AT","Value":[1048608])",
                                  R"("AT","Value":["0010002"])",
                                  R"("AT","Value":["0010,0020"])",
                                  R"("LO","Value":[1])",
                                  R"("LO","Value":[{}])",
                                  R"("LO","Value":["a\\b"])",
                                  R"("PN","Value":["a"])",
                                  R"("IS","Value":[1.5])",
                                  R"("IS","Value":[1e30])",
                                  R"("IS","Value":[true])",
                                  R"("DS","Value":["1\\2"])",
                                  R"("SQ","Value":[1])",
                                  R"("SQ","Value":[[]])"})
    EXPECT_EQ(wrong(std::string{"{\"vr\":"} + value + "}"), "/00091001/Value/0") << value;
  for (auto const* const name : {R"({"Alphabetic":1})", R"({"Alphabetic":"a\\b"})",
                                 R"({"Alphabetic":"a=b"})", R"({"Alphabetic":null})"})
    EXPECT_EQ(wrong(std::string{R"({"vr":"PN","Value":[)"} + name + "]}"),
              "/00091001/Value/0/Alphabetic");
  for (auto const* const binary : {"1", "null", R"("A")", R"("AA==A")", R"("AAA")", R"("A===")",
                                   R"("AB==")", R"("AA A")", R"("====")", R"("A=A=")"})
    EXPECT_EQ(wrong(std::string{R"({"vr":"OB","InlineBinary":)"} + binary + "}"),
              "/00091001/InlineBinary")
        << binary;
  EXPECT_EQ(wrong(R"({"vr":"LO","InlineBinary":"AAA="})"), "/00091001/InlineBinary");
  EXPECT_EQ(wrong(R"({"vr":"OB","BulkDataURI":1})"), "/00091001/BulkDataURI");
  EXPECT_EQ(wrong(R"({"vr":"SQ","BulkDataURI":"x"})"), "/00091001/BulkDataURI");
  EXPECT_EQ(where_wrong(
                R"({"00081140":{"vr":"SQ","Value":[{},{"00280010":{"vr":"US","Value":[1,""]}}]}})"),
            "/00081140/Value/1/00280010/Value/1");
}

std::string nested(unsigned depth) {
  std::string text = R"({"00280010":{"vr":"PN","Value":[{"Alphabetic":"a"}]}})";
  for (unsigned i = 0; i < depth; ++i) text = R"({"00081140":{"vr":"SQ","Value":[)" + text + "]}}";
  return text;
}

TEST(FromJson, Limits) {
  from_json_options options;
  auto const deepest = from_json_text(nested(options.limits.data_set_depth));
  ASSERT_TRUE(deepest.has_value());
  EXPECT_EQ(to_json_text(*deepest).size(), nested(options.limits.data_set_depth).size());
  where_wrong(nested(options.limits.data_set_depth + 1), errc::nested_too_deep);
  // A tree that another parser made is held to the same.
  auto const too_deep = from_json(json::parse(nested(options.limits.data_set_depth + 1)));
  EXPECT_EQ(too_deep.error(), errc::nested_too_deep);
  where_wrong(std::string(1'000'000, '['), errc::nested_too_deep);
  where_wrong(std::string(1'000'000, '{'));

  auto const text = R"({"00280010":{"vr":"US","Value":[1,2,3]}})"sv;
  options.limits.json_length = text.size();
  options.limits.json_values = 7;  // 2 objects, 1 array, 4 values
  EXPECT_TRUE(from_json_text(text, options).has_value());
  options.limits.json_values = 6;
  EXPECT_EQ(from_json_text(text, options).error(), errc::limit_exceeded);
  options.limits.json_values = 7;
  options.limits.json_length = text.size() - 1;
  EXPECT_EQ(from_json_text(text, options).error(), errc::limit_exceeded);
}

// --- there and back
// -------------------------------------------------------------------------------

TEST(Json, EveryVrComesBack) {
  data_set all;
  all.set(tags::specific_character_set, "ISO_IR 192").set({0x0009, 0x0010}, vr::lo, "ACME");
  std::uint16_t next = 0x1001;
  auto const add = [&](vr type, std::string_view bytes) {
    all.set_bytes({9, next++}, type, std::as_bytes(std::span{bytes}));
  };
  auto const eights = "\1\2\3\4\5\6\7\x08\x01\x02\x03\x04\x05\x06\x07\xF8"sv;
  for (auto const type : {vr::us, vr::ss, vr::ul, vr::sl, vr::uv, vr::sv, vr::fl, vr::fd, vr::at,
                          vr::ob, vr::ow, vr::ol, vr::ov, vr::of, vr::od, vr::un})
    add(type, eights);
  for (auto const type : {vr::ae, vr::cs}) add(type, "ab\\\\c ");
  for (auto const type : {vr::lo, vr::sh, vr::uc, vr::pn}) add(type, "ab\\\\c\xC3\xA4");
  for (auto const type : {vr::lt, vr::st, vr::ut, vr::ur}) add(type, "ab\\c\\");
  add(vr::as, "012Y");
  add(vr::da, "20240229");
  add(vr::dt, "20240229120000.123456&ZZXX");
  add(vr::tm, "1200");
  add(vr::ui, "1.2\\1.3\0"sv);
  add(vr::is, "12\\-7\\0 ");
  add(vr::ds, "0.25\\-7 ");
  data_set item;
  item.set(tags::patient_name, "A==C");
  all.set(tags::referenced_image_sequence, item, data_set{});
  all.set_empty(tags::patient_id);
  auto const again = from_json_text(to_json_text(all));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->size(), all.size());
  for (auto const& each : all) {
    auto const* const back = again->find(each.tag());
    ASSERT_NE(back, nullptr);
    EXPECT_EQ(*back, each) << to_string(each.tag()) << ' ' << to_string(each.vr());
  }
}

TEST(Json, EncapsulatedPixelDataComesBack) {
  data_set all;
  data_set_builder builder{all, nullptr};
  builder.fragments(tags::pixel_data, vr::ob);
  for (auto const fragment : {""sv, "\xFF\xD8\xFF\xD9"sv, "ab"sv})
    builder.add_copied_fragment(std::as_bytes(std::span{fragment}));
  auto const again = from_json_text(to_json_text(all));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(*again, all);
  // The same bytes elsewhere, and bytes that only begin so, are a value.
  for (auto const* const text :
       {R"({"00091001":{"vr":"OB","InlineBinary":"/v8A4AAAAAD+/93gAAAAAA=="}})",
        R"({"7FE00010":{"vr":"OB","InlineBinary":"/v8A4AAAAAD+/93gAAAA"}})",
        R"({"7FE00010":{"vr":"OB","InlineBinary":"/v8A4AAAAAA="}})",
        R"({"7FE00010":{"vr":"OB","InlineBinary":"/v/d4AAAAAA="}})"}) {
    auto const read = from_json_text(text);
    ASSERT_TRUE(read.has_value());
    EXPECT_FALSE(read->begin()->is_encapsulated()) << text;
    EXPECT_FALSE(read->begin()->bytes().empty()) << text;
  }
}

TEST(Base64, AllLengths) {
  std::string const text = "any carnal pleas";
  for (std::size_t n = 0; n <= text.size(); ++n) {
    auto const bytes = std::as_bytes(std::span{text}).first(n);
    auto const encoded = detail::encode_base64(bytes);
    EXPECT_EQ(encoded.size(), (n + 2) / 3 * 4);
    auto const back = detail::decode_base64(encoded);
    ASSERT_TRUE(back.has_value());
    EXPECT_TRUE(std::ranges::equal(*back, bytes));
  }
  EXPECT_EQ(detail::encode_base64(std::as_bytes(std::span{"\xFB\xFF"sv})), "+/8=");
}

}  // namespace
