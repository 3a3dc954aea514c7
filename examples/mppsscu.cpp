// SPDX-License-Identifier: BSL-1.0
// mppsscu: tells a peer about a performed procedure step (MPPS as SCU, PS3.4 Annex F).
#include "support/program.hpp"
#include "support/query_client.hpp"
#include "support/query_keys.hpp"
#include <codimse/client.hpp>
#include <codimse/core/new_uid.hpp>
#include <codimse/sop/procedure_step.hpp>

#include <ctime>

namespace {

namespace tags = codimse::tags;

struct wishes {
  std::string complete;
  std::string discontinue;
  std::string uid;
  std::string then;
  codimse::data_set given;

  void add_to(program::command_line& line) {
    auto& app = line.app;
    auto const is_uid = [](std::string& text) {
      return codimse::uid{text}.valid() ? std::string{} : "not a UID";
    };
    CLI::Validator const check{is_uid, ""};
    auto* const end = line.text("--complete", "UID", complete, "Set this step to COMPLETED");
    auto* const stop =
        line.text("--discontinue", "UID", discontinue, "Set this step to DISCONTINUED");
    auto* const name = line.text("--uid", "UID", uid, "SOP Instance UID of the new step [random]");
    auto* const next =
        line.text("--then", "WORD", then, "Then also: complete or discontinue what was created");
    end->check(check)->excludes(stop)->excludes(name)->excludes(next);
    stop->check(check)->excludes(name)->excludes(next);
    name->check(check);
    next->check(CLI::IsMember({"complete", "discontinue"}).description(""));
    auto const take = [this](std::vector<std::string> const& keys) {
      try {
        given = program::keys_as_data_set(keys);
        if (given.contains(tags::performed_procedure_step_status))
          throw program::wrong_key{"PerformedProcedureStepStatus",
                                   "set by --complete, --discontinue and --then"};
      } catch (std::runtime_error const& e) {
        throw CLI::ValidationError(e.what());
      }
    };
    app.add_option_function<std::vector<std::string>>(
           "-k,--key", take,
           "An attribute. KEY: keyword or gggg,eeee, in sequences Keyword[0].Keyword")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
  }
};

void set_default(codimse::data_set& in, codimse::tag at, std::string_view value) {
  if (!in.contains(at)) in.set(at, value);
}
void set_defaults_empty(codimse::data_set& in, std::vector<codimse::tag> const& all) {
  for (auto const at : all)
    if (!in.contains(at)) in.set_empty(at);
}
codimse::data_set& first_item(codimse::data_set& in, codimse::tag sequence) {
  bool const there = in.contains(sequence) && !in.items(sequence).empty();
  return there ? in.edit_item(sequence) : in.add_item(sequence);
}

std::string now_as(char const* format) {
  std::time_t const now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  std::array<char, 16> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &local)};
}

/// The attributes that N-CREATE must bring (PS3.4 Table F.7.2-1), as far as nobody gave them.
codimse::data_set new_step(program::command_line const& line, wishes const& wish) {
  codimse::data_set step = wish.given;
  step.set(tags::performed_procedure_step_status, "IN PROGRESS");
  set_default(step, tags::modality, "OT");
  set_default(step, tags::performed_station_ae_title, line.ae_title);
  set_default(step, tags::performed_procedure_step_start_date, now_as("%Y%m%d"));
  set_default(step, tags::performed_procedure_step_start_time, now_as("%H%M%S"));
  set_default(step, tags::performed_procedure_step_id, now_as("%m%d%H%M%S"));
  set_defaults_empty(
      step, {tags::patient_name, tags::patient_id, tags::patient_birth_date, tags::patient_sex,
             tags::referenced_patient_sequence, tags::study_id, tags::performed_station_name,
             tags::performed_location, tags::performed_procedure_step_end_date,
             tags::performed_procedure_step_end_time, tags::performed_procedure_step_description,
             tags::performed_procedure_type_description, tags::procedure_code_sequence,
             tags::performed_protocol_code_sequence, tags::performed_series_sequence});
  auto& scheduled = first_item(step, tags::scheduled_step_attributes_sequence);
  if (!scheduled.contains(tags::study_instance_uid))
    scheduled.set(tags::study_instance_uid, codimse::new_uid());
  set_defaults_empty(
      scheduled, {tags::accession_number, tags::referenced_study_sequence,
                  tags::requested_procedure_description, tags::scheduled_procedure_step_description,
                  tags::scheduled_protocol_code_sequence, tags::scheduled_procedure_step_id,
                  tags::requested_procedure_id});
  return step;
}

/// What a final state must have, as far as nobody gave it.
codimse::data_set end_of_step(codimse::data_set const& given, std::string_view state) {
  codimse::data_set changes = given;
  changes.set(tags::performed_procedure_step_status, state);
  set_default(changes, tags::performed_procedure_step_end_date, now_as("%Y%m%d"));
  set_default(changes, tags::performed_procedure_step_end_time, now_as("%H%M%S"));
  auto& series = first_item(changes, tags::performed_series_sequence);
  set_default(series, tags::protocol_name, "UNKNOWN");
  if (!series.contains(tags::series_instance_uid))
    series.set(tags::series_instance_uid, codimse::new_uid());
  set_defaults_empty(
      series, {tags::performing_physician_name, tags::operators_name, tags::series_description,
               tags::retrieve_ae_title, tags::referenced_image_sequence,
               tags::referenced_non_image_composite_sop_instance_sequence});
  return changes;
}

/// Says what went wrong with a request, if something did.
template <class Response>
bool well(program::command_line const& line, Response const& response, codimse::command_field of) {
  if (response.status.is_warning())
    line.remark("the peer answered with " + program::status_text(response, of));
  if (response.status.is_success() || response.status.is_warning()) return true;
  std::string about;
  for (auto const at : response.attribute_identifier_list) about += ' ' + codimse::to_string(at);
  line.complain("the peer answered with " + program::status_text(response, of) + about);
  return false;
}

asio::awaitable<bool> create(program::command_line& line, wishes const& wish,
                             codimse::association& over, codimse::uid& instance) {
  codimse::n_create_rq const request{codimse::sop::modality_performed_procedure_step.uid, instance};
  auto step = new_step(line, wish);
  auto const response = co_await over.request(request, std::move(step));
  if (!well(line, response, request.command)) co_return false;
  if (!response.affected_sop_instance_uid.empty()) instance = response.affected_sop_instance_uid;
  if (!instance.valid()) {
    line.complain("the peer named the step with what is no UID");
    co_return false;
  }
  std::printf("%s\n", codimse::printable(instance.view()).c_str());
  bool const told = std::fflush(stdout) == 0;
  if (!told) line.complain("cannot write to standard output");
  co_return told;
}

asio::awaitable<bool> finish(program::command_line& line, codimse::association& over,
                             codimse::uid instance, codimse::data_set changes) {
  codimse::n_set_rq const request{codimse::sop::modality_performed_procedure_step.uid, instance};
  auto const response = co_await over.request(request, std::move(changes));
  co_return well(line, response, request.command);
}

asio::awaitable<int> tell(program::command_line& line, wishes const& wish) {
  auto const executor = co_await asio::this_coro::executor;
  auto const options = line.association_options();
  auto association = co_await codimse::connect(
      executor, line.peer(), codimse::sop::modality_performed_procedure_step, options);
  bool all_well = true;
  codimse::uid instance{wish.uid};
  std::string_view state;
  if (!wish.complete.empty() || wish.then == "complete") state = "COMPLETED";
  if (!wish.discontinue.empty() || wish.then == "discontinue") state = "DISCONTINUED";
  bool const create_first = wish.complete.empty() && wish.discontinue.empty();
  if (create_first) {
    if (instance.empty()) instance = codimse::new_uid();
    all_well = co_await create(line, wish, association, instance);
  } else {
    instance = codimse::uid{wish.complete + wish.discontinue};
  }
  if (all_well && !state.empty()) {
    codimse::data_set const none;
    auto changes = end_of_step(create_first ? none : wish.given, state);
    all_well = co_await finish(line, association, instance, std::move(changes));
  }
  co_await association.release();
  co_return all_well ? program::success : program::failure;
}

}  // namespace

int main(int argc, char** argv) {
  program::command_line line{
      "mppsscu",
      "Tells a DICOM peer that a procedure step has begun (N-CREATE: prints its SOP Instance UID), "
      "or that it has ended (N-SET)."};
  wishes wish;
  wish.add_to(line);
  line.add_association_options();
  line.add_peer();
  if (!line.parse(argc, argv)) return line.exit_code;

  asio::io_context context{1};
  return program::run_client(line, context, tell(line, wish));
}
