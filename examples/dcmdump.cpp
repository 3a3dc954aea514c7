// SPDX-License-Identifier: BSL-1.0
// dcmdump: prints DICOM files as text, or in the DICOM JSON model (PS3.18 Annex F).
#include "support/program.hpp"
#include <codimse/data/dictionary.hpp>
#include <codimse/data/tags.hpp>
#include <codimse/data/text_dump.hpp>
#include <codimse/file/part10.hpp>
#ifdef CODIMSE_EXAMPLE_DEFLATE
#include <codimse/deflate.hpp>
#endif
#ifdef CODIMSE_EXAMPLE_JSON
#include <codimse/json.hpp>
#endif

#include <cstdio>
#include <string_view>
#include <vector>

namespace {

struct wishes {
  bool json = false;
  codimse::text_dump_options dump;
};

void print_line(std::string_view line) {
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fputc('\n', stdout);
}

/// The file meta information as the elements that it is made of, those that are there.
codimse::data_set meta_elements(codimse::file_meta const& meta) {
  namespace tags = codimse::tags;
  codimse::data_set all;
  auto const set = [&all](codimse::tag at, std::string_view text) {
    if (!text.empty()) all.set(at, text);
  };
  set(tags::media_storage_sop_class_uid, meta.media_storage_sop_class.view());
  set(tags::media_storage_sop_instance_uid, meta.media_storage_sop_instance.view());
  set(tags::transfer_syntax_uid, meta.transfer_syntax.view());
  set(tags::implementation_class_uid, meta.implementation_class.view());
  set(tags::implementation_version_name, meta.implementation_version_name.view());
  set(tags::source_application_entity_title, meta.source.view());
  set(tags::sending_application_entity_title, meta.sending.view());
  set(tags::receiving_application_entity_title, meta.receiving.view());
  return all;
}

void print_text(codimse::part10_object const& object, codimse::text_dump_options const& options) {
  codimse::text_dump(meta_elements(object.meta), print_line, options);
  codimse::text_dump(object.dataset, print_line, options);
}

void print(std::string const& path, wishes const& wish) {
  auto const object = codimse::load_part10(path);
#ifdef CODIMSE_EXAMPLE_JSON
  if (wish.json) return print_line(codimse::to_json_text(object.dataset));
#endif
  print_text(object, wish.dump);
}

codimse::tag tag_of(std::string const& key) {
  if (auto const found = codimse::parse_tag(key)) return *found;
  throw CLI::ValidationError("--search", key + ": no keyword and no gggg,eeee");
}

void add_options(program::command_line& line, wishes& wish, std::vector<std::string>& paths) {
  line.app.remove_option(line.app.get_option("--aet"));  // nobody is called
  line.number<std::size_t>("--max-length", wish.dump.max_length, 0, 1U << 30U, "N",
                           "Longest value to print whole (0: any)");
  auto const search = [&wish](std::vector<std::string> const& keys) {
    for (auto const& key : keys) wish.dump.only.push_back(tag_of(key));
  };
  line.app
      .add_option_function<std::vector<std::string>>("--search", search,
                                                     "Only these elements, at any depth")
      ->type_name("KEY")
      ->allow_extra_args(false);
#ifdef CODIMSE_EXAMPLE_JSON
  line.app.add_flag("--json", wish.json, "DICOM JSON model, one object a line for each file");
#endif
  line.app.add_option("FILE", paths, "DICOM files")->type_name("")->required();
}

}  // namespace

int main(int argc, char** argv) {
  program::command_line line{"dcmdump", "Prints DICOM files as text or JSON."};
  wishes wish;
  std::vector<std::string> paths;
  add_options(line, wish, paths);
  if (!line.parse(argc, argv)) return line.exit_code;
#ifdef CODIMSE_EXAMPLE_DEFLATE
  codimse::use_deflate();
#endif

  int exit_code = program::success;
  for (auto const& path : paths) {
    try {
      if (paths.size() > 1 && !wish.json) print_line("# " + program::shown(path));
      print(path, wish);
    } catch (std::exception const& e) {
      line.complain(e.what());
      exit_code = program::failure;
    }
  }
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return exit_code;
  line.complain("cannot write the output");
  return program::failure;
}
