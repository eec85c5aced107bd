// SPDX-License-Identifier: Apache-2.0
// capid runs list|show|logs|cancel|replay|artifacts
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>

#include "cli/api_client.h"
#include "cli/cli.h"
#include "cli/download.h"
#include "cli/follow.h"
#include "cli/github.h"
#include "cli/outcome.h"
#include "cli/run_views.h"
#include "cli/terminal.h"
#include "cli/value_names.h"

namespace capid::cli {
namespace {

constexpr const char* kAbout =
    "List runs, look at one, watch, cancel or repeat it\n\n"
    "  capid runs list --app report --status failed     the newest first\n"
    "  capid runs show RUN_ID                           everything about one run\n"
    "  capid runs logs RUN_ID --follow                  what it writes, as it writes it\n"
    "  capid runs replay RUN_ID --wait                  the same inputs and files once more\n"
    "  capid runs artifacts RUN_ID -o out               save what it made\n";

struct ListOptions {
  ApiOptions api;
  std::string app;
  std::string status;
  std::vector<std::string> tags;
  std::vector<std::string> metadata;
  std::optional<int64_t> limit;
  std::optional<int64_t> offset;
  std::string before;
  bool as_json = false;
};

// What the commands about one run share.
struct OneOptions {
  ApiOptions api;
  std::string id;
  bool as_json = false;
  bool follow = false;
  OutcomeOptions outcome;
};

using Work = Result<int> (*)(ApiClient& api, const OneOptions& options);

Json list_in(const Document& document, const char* name) { return part_of(document.json, name); }

Result<std::string> query_of(const ListOptions& options) {
  std::string query;
  const auto add = [&](const std::string& name, const std::string& value) {
    query += (query.empty() ? "?" : "&") + net::encode(name) + "=" + net::encode(value);
  };
  if (!options.status.empty()) add("status", options.status);
  for (const std::string& tag : options.tags) add("tag", tag);
  for (const std::string& word : options.metadata) {
    const size_t equals = word.find('=');
    if (equals == 0 || equals == std::string::npos)
      return Error{Code::kInvalidParameter, "--metadata takes NAME=VALUE, and not \"" + harmless(word) + "\""};
    add("metadata." + word.substr(0, equals), word.substr(equals + 1));
  }
  if (options.limit) add("limit", std::to_string(*options.limit));
  if (options.offset) add("offset", std::to_string(*options.offset));
  if (!options.before.empty()) add("before", options.before);
  return query;
}

Result<void> print_list(const ListOptions& options) {
  const std::string query = TRY(query_of(options));
  const auto api = TRY(ApiClient::connect(options.api));
  const Unheeded strangers_words;
  const Document page =
      TRY(api->get((options.app.empty() ? "" : "/apps/" + net::encode(options.app)) + "/runs" + query));
  const Json runs = list_in(page, "runs");
  if (options.as_json) {
    print_json(page.text);
  } else if (runs.empty()) {
    std::cerr << "There are no such runs." << std::endl;
  } else {
    print_runs(runs);
    if (static_cast<double>(runs.size()) == number_at(page.json, "limit"))
      std::cerr << "There may be more: add  --before " << harmless(text_at(runs.back(), "id")) << std::endl;
  }
  return {};
}

int list(const ListOptions& options) {
  const auto printed = print_list(options);
  return printed ? kDone : complain(printed.error());
}

Result<int> show(ApiClient& api, const OneOptions& options) {
  const Document run = TRY(api.get(run_path(options.id)));
  if (options.as_json) {
    print_json(run.text);
  } else {
    print_page(run.json, list_in(TRY(api.get(run_path(options.id, "/artifacts"))), "artifacts"));
  }
  return kDone;
}

// Nobody reads any more, and the run may go on for hours.
[[noreturn]] void leave() {
  heed_again();
  std::_Exit(kDone);
}

Result<int> logs(ApiClient& api, const OneOptions& options) {
  const TakeEvent print = [&](const Json& event, const std::string& text) {
    if (is_unread()) leave();
    if (options.as_json) {
      print_data(text + "\n");
    } else if (text_at(event, "type") == "log") {
      print_data(text_at(part_of(event, "data"), "text"));
    } else if (options.follow) {
      std::cerr << event_text(event) << std::flush;
    }
  };
  TRY(options.follow ? follow(api, options.id, print) : read_events(api, options.id, print));
  return kDone;
}

Result<int> cancel(ApiClient& api, const OneOptions& options) {
  TRY(api.post({.path = run_path(options.id, "/cancel")}));
  std::cerr << "Cancelled: nothing of the run is left running." << std::endl;
  return kDone;
}

Result<int> replay(ApiClient& api, const OneOptions& options) {
  return start_run(api, {.path = run_path(options.id, "/replay")}, options.outcome);
}

Result<int> artifacts(ApiClient& api, const OneOptions& options) {
  const Document list = TRY(api.get(run_path(options.id, "/artifacts")));
  if (options.as_json) {
    print_json(list.text);
  } else if (list_in(list, "artifacts").empty()) {
    std::cerr << "The run left no artifacts." << std::endl;
  } else {
    print_artifacts(list_in(list, "artifacts"));
  }
  if (!options.outcome.folder.empty()) TRY(download_artifacts(api, options.id, options.outcome.folder));
  return kDone;
}

Result<int> connect_and(Work work, const OneOptions& options) {
  const auto api = TRY(ApiClient::connect(options.api));
  const Unheeded strangers_words;
  return work(*api, options);
}

void add_list(CLI::App& runs, Action& action) {
  CLI::App* command = runs.add_subcommand("list", "List runs, the newest first");
  auto options = std::make_shared<ListOptions>();
  command->add_option("--app", options->app, "of one app alone")->type_name(kAppWord);
  takes_one_of(command->add_option("--status", options->status, "with this status"),
               {"pending", "running", "completed", "failed", "cancelled"});
  command->add_option("--tag", options->tags, "with this tag")->type_name("TAG")->allow_extra_args(false);
  command->add_option("--metadata", options->metadata, "with this note")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  command->add_option("--limit", options->limit, "how many, at most 100 (default: 20)")->type_name("N");
  command->add_option("--offset", options->offset, "leave out so many")->type_name("N");
  command->add_option("--before", options->before, "only those before this run: the next page")->type_name(kRunWord);
  command->add_flag("--json", options->as_json, "as JSON");
  add_api_options(*command, options->api);
  command->callback([&action, options] { action = [options] { return list(*options); }; });
}

// A command about one run. Returns its options, for those that it has beside the id.
std::pair<CLI::App*, std::shared_ptr<OneOptions>> add_one(CLI::App& runs, Action& action, const char* name,
                                                          const char* about, Work work) {
  CLI::App* command = runs.add_subcommand(name, about);
  auto options = std::make_shared<OneOptions>();
  command->add_option("id", options->id, "the run")->required()->type_name(kRunWord);
  add_api_options(*command, options->api);
  command->callback([&action, options, work] {
    action = [options, work] {
      const auto code = connect_and(work, *options);
      return code ? *code : complain(code.error());
    };
  });
  return {command, options};
}

}   // namespace

void add_runs(CLI::App& root, Action& action) {
  CLI::App* runs = root.add_subcommand("runs", kAbout);
  runs->require_subcommand(1);
  add_list(*runs, action);
  const auto [show_command, show_options] = add_one(*runs, action, "show", "Show everything about a run", show);
  show_command->add_flag("--json", show_options->as_json, "as JSON");

  const auto [logs_command, logs_options] = add_one(*runs, action, "logs", "Print what a run wrote to stderr", logs);
  logs_command->add_flag("-f,--follow", logs_options->follow, "go on until the run is over");
  logs_command->add_flag("--json", logs_options->as_json, "every event of the run, as JSON, one a line");

  add_one(*runs, action, "cancel", "End a run; done once nothing of it is left running", cancel);

  const auto [replay_command, replay_options] =
      add_one(*runs, action, "replay", "Run the same version with the same inputs and files once more", replay);
  add_outcome_options(*replay_command, replay_options->outcome);

  const auto [artifacts_command, artifacts_options] =
      add_one(*runs, action, "artifacts", "List what a run made, and save it", artifacts);
  artifacts_command->add_option("-o,--output", artifacts_options->outcome.folder, "save them in this folder")
      ->type_name(kFolderWord);
  artifacts_command->add_flag("--json", artifacts_options->as_json, "as JSON");
}

}   // namespace capid::cli
