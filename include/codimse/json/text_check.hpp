// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <codimse/core/error.hpp>
#include <codimse/core/limits.hpp>

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <system_error>

namespace codimse::inline v0::detail {

/// Walks JSON text without building anything: how deep and how much it is must be known before a
/// tree is made of it.
class json_text_check final : public nlohmann::json::json_sax_t {
 public:
  /// Success, or what is wrong with the text.
  [[nodiscard]] static std::error_code check(std::string_view text, limits const& bounds) {
    if (text.size() > bounds.json_length) return make_error_code(errc::limit_exceeded);
    json_text_check walker{bounds};
    static_cast<void>(nlohmann::json::sax_parse(text.begin(), text.end(), &walker));
    return walker.failed_;
  }

  bool null() override { return count(); }
  bool boolean(bool) override { return count(); }
  bool number_integer(number_integer_t) override { return count(); }
  bool number_unsigned(number_unsigned_t) override { return count(); }
  bool number_float(number_float_t, string_t const&) override { return count(); }
  bool string(string_t&) override { return count(); }
  bool binary(binary_t&) override { return fail(errc::invalid_json); }
  bool key(string_t&) override { return true; }
  bool start_object(std::size_t) override { return enter(); }
  bool end_object() override { return leave(); }
  bool start_array(std::size_t) override { return enter(); }
  bool end_array() override { return leave(); }
  bool parse_error(std::size_t, std::string const&, nlohmann::json::exception const&) override {
    return fail(errc::invalid_json);
  }

 private:
  explicit json_text_check(limits const& bounds) : bounds_{bounds} {}

  bool fail(errc why) {
    failed_ = make_error_code(why);
    return false;
  }
  bool count() { return ++values_ <= bounds_.json_values || fail(errc::limit_exceeded); }
  /// An item is three levels: data set, attribute, Value; the innermost value may be a PN.
  bool enter() {
    bool const too_deep = ++depth_ > 3 * (std::size_t{bounds_.data_set_depth} + 1) + 1;
    return too_deep ? fail(errc::nested_too_deep) : count();
  }
  bool leave() {
    --depth_;
    return true;
  }

  limits const& bounds_;
  std::size_t values_ = 0;
  std::size_t depth_ = 0;
  std::error_code failed_;
};

}  // namespace codimse::inline v0::detail
