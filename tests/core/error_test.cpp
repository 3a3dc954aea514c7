// SPDX-License-Identifier: BSL-1.0
#include <codimse/core/error.hpp>

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <system_error>

using codimse::abort_for;
using codimse::abort_reason;
using codimse::errc;
using codimse::fault;
using codimse::fault_of;

static_assert(fault_of(errc::invalid_argument) == fault::local);
static_assert(fault_of(errc::stopped) == fault::local);
static_assert(fault_of(errc::unknown_pdu_type) == fault::remote);
static_assert(fault_of(errc::peer_max_length_too_small) == fault::remote);
static_assert(fault_of(errc::connection_closed) == fault::transport);
static_assert(fault_of(errc::idle_timeout) == fault::transport);

// PS3.8 9.3.8: source 2, reasons 1, 2, 5 and 6; 0 where none of them fits.
static_assert(abort_for(errc::unknown_pdu_type) == abort_reason{2, 1});
static_assert(abort_for(errc::unexpected_pdu) == abort_reason{2, 2});
static_assert(abort_for(errc::unexpected_pdu_parameter) == abort_reason{2, 5});
static_assert(abort_for(errc::pdu_too_long) == abort_reason{2, 6});
static_assert(abort_for(errc::invalid_pdu_parameter) == abort_reason{2, 6});
static_assert(abort_for(errc::invalid_command_set) == abort_reason{2, 6});
static_assert(abort_for(errc::unexpected_response) == abort_reason{2, 0});
static_assert(abort_for(errc::dimse_timeout) == abort_reason{2, 0});

namespace {

constexpr errc all_errors[] = {
    errc::invalid_argument,
    errc::invalid_uid,
    errc::invalid_ae_title,
    errc::too_many_presentation_contexts,
    errc::no_presentation_context,
    errc::not_established,
    errc::source_failed,
    errc::not_a_dicom_file,
    errc::data_set_malformed,
    errc::no_sop_instance,
    errc::limit_exceeded,
    errc::cancelled,
    errc::stopped,
    errc::missing_element,
    errc::wrong_vr,
    errc::invalid_value,
    errc::truncated_data_set,
    errc::invalid_element_length,
    errc::invalid_item,
    errc::nested_too_deep,
    errc::invalid_deflated_data,
    errc::deflate_not_available,
    errc::cannot_encode_text,
    errc::invalid_json,
    errc::unknown_pdu_type,
    errc::unexpected_pdu,
    errc::pdu_too_long,
    errc::invalid_pdu_parameter,
    errc::unexpected_pdu_parameter,
    errc::invalid_command_set,
    errc::unexpected_response,
    errc::association_rejected,
    errc::aborted_by_user,
    errc::aborted_by_provider,
    errc::no_common_presentation_context,
    errc::peer_max_length_too_small,
    errc::connection_closed,
    errc::connect_failed,
    errc::connect_timeout,
    errc::acse_timeout,
    errc::dimse_timeout,
    errc::write_timeout,
    errc::idle_timeout,
};

}  // namespace

TEST(error, every_code_has_a_message_of_its_own) {
  std::set<std::string> messages;
  for (errc const one : all_errors) {
    std::string const message = make_error_code(one).message();
    EXPECT_FALSE(message.empty());
    EXPECT_NE(message, "unknown error") << static_cast<int>(one);
    EXPECT_TRUE(messages.insert(message).second) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos);
  }
}

TEST(error, fault_follows_the_number) {
  for (errc const one : all_errors) {
    int const number = static_cast<int>(one);
    fault const expected = number < 100   ? fault::local
                           : number < 200 ? fault::remote
                                          : fault::transport;
    EXPECT_EQ(fault_of(one), expected) << number;
    if (expected == fault::transport) {
      EXPECT_EQ(abort_for(one), (abort_reason{2, 0})) << number;
    }
  }
}

TEST(error, unknown_numbers_do_no_harm) {
  for (int const number : {-1, 0, 99, 199, 100'000})
    EXPECT_EQ(codimse::error_category().message(number), "unknown error");
}

TEST(error, converts_to_std_error_code) {
  std::error_code const code = errc::acse_timeout;
  EXPECT_EQ(code, errc::acse_timeout);
  EXPECT_NE(code, errc::dimse_timeout);
  EXPECT_STREQ(code.category().name(), "codimse");
  EXPECT_EQ(&code.category(), &codimse::error_category());
}

TEST(error, exception_carries_code_and_text) {
  codimse::error const plain{errc::invalid_uid};
  EXPECT_EQ(plain.code(), errc::invalid_uid);
  EXPECT_NE(std::string{plain.what()}.find("PS3.5"), std::string::npos);

  codimse::error const told{errc::association_rejected, "called AE title not recognized"};
  EXPECT_EQ(told.code(), errc::association_rejected);
  EXPECT_NE(std::string{told.what()}.find("called AE"), std::string::npos);

  codimse::error const of_system{std::make_error_code(std::errc::no_space_on_device)};
  EXPECT_EQ(of_system.code(), std::errc::no_space_on_device);
  EXPECT_THROW(throw codimse::error(errc::stopped), std::system_error);
}
