// SPDX-License-Identifier: Apache-2.0
// capid run
#include <sys/stat.h>

#include <cmath>

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/text.h"
#include "cli/api_client.h"
#include "cli/cli.h"
#include "cli/github.h"
#include "cli/outcome.h"
#include "cli/terminal.h"
#include "cli/value_names.h"
#include "files/types.h"

namespace capid::cli {
namespace {

constexpr const char* kAbout =
    "Run an app\n\n"
    "  capid run report -i year=2026 -i region=EMEA      start it and print the run's id\n"
    "  capid run report -f sales.csv --wait              watch it, then print its result\n"
    "  capid run report -f sales=june.csv -o out         bind a file to an input; save what the run makes\n"
    "  CAPI_URL=https://capid.example.org CAPI_KEY=capi_... capid run report --wait\n\n"
    "Exit codes: 0 accepted, or with --wait completed; 1 not done: refused, or the server is not there; 2 wrong call;\n"
    "3 the run failed; 4 it was cancelled; 130 Ctrl-C, and the run goes on.\n";

struct RunOptions {
  ApiOptions api;
  OutcomeOptions outcome;
  std::string app;
  std::vector<std::string> inputs;
  std::vector<std::string> files;
  std::vector<std::string> tags;
  std::vector<std::string> metadata;
  std::string model;
  std::string workspace;
  std::string thread;
  std::optional<int64_t> timeout_s;
  std::optional<int64_t> ttl_s;
  std::optional<double> max_credits;
  std::string idempotency_key;
};

Error wrong(std::string message) { return {Code::kInvalidParameter, std::move(message)}; }

// NAME=VALUE, each name once, as a JSON object of strings.
Result<OrderedJson> pairs(const std::vector<std::string>& words, const std::string& option) {
  OrderedJson object = OrderedJson::object();
  for (const std::string& word : words) {
    const size_t equals = word.find('=');
    if (equals == 0 || equals == std::string::npos)
      return wrong(option + " takes NAME=VALUE, and not \"" + harmless(word) + "\"");
    const std::string name = word.substr(0, equals);
    if (object.contains(name)) return wrong(option + " says " + harmless(name) + " twice");
    if (!base::is_utf8(word)) return wrong(option + " " + harmless(name) + " is not UTF-8 text");
    object[name] = word.substr(equals + 1);
  }
  return object;
}

// The fields of the body, in the order of the documentation.
Result<OrderedJson> fields_of(const RunOptions& options) {
  OrderedJson fields = OrderedJson::object();
  fields["inputs"] = TRY(pairs(options.inputs, "-i"));
  if (!options.model.empty()) fields["chatModelId"] = options.model;
  if (!options.workspace.empty()) fields["workspaceId"] = options.workspace;
  if (!options.thread.empty()) fields["threadId"] = options.thread;
  if (!options.tags.empty()) fields["tags"] = options.tags;
  if (!options.metadata.empty()) fields["metadata"] = TRY(pairs(options.metadata, "--metadata"));
  if (options.ttl_s) fields["ttlSeconds"] = *options.ttl_s;
  if (options.timeout_s) fields["timeoutSeconds"] = *options.timeout_s;
  if (options.max_credits && !std::isfinite(*options.max_credits)) return wrong("--max-credits takes a number");
  if (options.max_credits) fields["maxCredits"] = *options.max_credits;
  return fields;
}

// FILE or PART=FILE. A path with a / before its = is a path.
std::pair<std::string, std::string> part_and_path(const std::string& word) {
  const size_t equals = word.find('=');
  if (equals == 0 || equals == std::string::npos || word.find('/') < equals) return {"files", word};
  return {word.substr(0, equals), word.substr(equals + 1)};
}

// What is too large is told before it is sent: a server hangs up in the middle of it.
Result<void> add_file(net::Form& form, const std::string& word) {
  const auto [part, path] = part_and_path(word);
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return wrong("there is no file " + path + ": -f takes FILE or PART=FILE");
  if (!S_ISREG(status.st_mode)) return wrong(path + " is no ordinary file");
  if (status.st_size > files::kMaxFileSize)
    return wrong(path + " is larger than " + size_text(files::kMaxFileSize) + ", the most a file may have");
  form.add_file(part, path.substr(path.rfind('/') + 1), path, status.st_size);
  return {};
}

Result<net::Form> form_of(const RunOptions& options, const OrderedJson& fields) {
  net::Form form;
  for (const auto& [name, value] : fields.items())
    form.add_text(name, value.is_string() ? value.get<std::string>() : base::dump(value));
  for (const std::string& file : options.files) TRY(add_file(form, file));
  return form;
}

Result<int> start(const RunOptions& options) {
  const OrderedJson fields = TRY(fields_of(options));
  const net::Form form = TRY(form_of(options, fields));
  const auto api = TRY(ApiClient::connect(options.api));
  ApiClient::Post post{.path = "/apps/" + net::encode(options.app) + "/runs",
                       .idempotency_key = options.idempotency_key};
  if (options.files.empty()) {
    post.json = base::dump(fields);
  } else {
    post.form = &form;
  }
  const Unheeded strangers_words;
  return start_run(*api, std::move(post), options.outcome);
}

int run_app(const RunOptions& options) {
  const auto code = start(options);
  return code ? *code : complain(code.error());
}

void add_list(CLI::App& command, const char* name, std::vector<std::string>& values, const char* type,
              const char* about) {
  command.add_option(name, values, about)->type_name(type)->allow_extra_args(false);
}

}   // namespace

void add_run(CLI::App& root, Action& action) {
  CLI::App* command = root.add_subcommand("run", kAbout);
  auto options = std::make_shared<RunOptions>();
  command->add_option("app", options->app, "the app's id")->required()->type_name(kAppWord);
  add_list(*command, "-i,--input", options->inputs, kInputWord, "an input");
  add_list(*command, "-f,--file", options->files, kPartWord, "a file, at most 10 MiB; PART binds it to an input");
  add_outcome_options(*command, options->outcome);
  add_list(*command, "--tag", options->tags, "TAG", "a tag, to find the run by");
  add_list(*command, "--metadata", options->metadata, "NAME=VALUE", "a note, to find the run by");
  command->add_option("--model", options->model, "the model that the agent uses")->type_name(kModelWord);
  command->add_option("--workspace", options->workspace, "the folder that outlives the run")->type_name(kWorkspaceWord);
  command->add_option("--thread", options->thread, "the thread to continue")->type_name("ID");
  command->add_option("--timeout", options->timeout_s, "the most time it may take")->type_name("SECONDS");
  command->add_option("--ttl", options->ttl_s, "the most time it may wait for its turn")->type_name("SECONDS");
  command->add_option("--max-credits", options->max_credits, "the most it may cost")->type_name("NUMBER");
  command->add_option("--idempotency-key", options->idempotency_key, "a repeat with the same key starts nothing")
      ->type_name("KEY");
  add_api_options(*command, options->api);
  command->callback([&action, options] { action = [options] { return run_app(*options); }; });
}

}   // namespace capid::cli
