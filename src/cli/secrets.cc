// SPDX-License-Identifier: Apache-2.0
// capid secrets set|list|remove
#include "secrets/secrets.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/json.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/hidden_input.h"
#include "cli/terminal.h"
#include "cli/value_names.h"
#include "store/secrets.h"

namespace capid::cli {
namespace {

constexpr const char* kAbout =
    "The secrets that apps use by name; their values are never shown\n\n"
    "  capid secrets set GITHUB_TOKEN                 asks for the value, and does not show it\n"
    "  capid secrets set GITHUB_TOKEN < token.txt     the same from a file\n"
    "  capid secrets list                             which there are\n"
    "  capid secrets remove GITHUB_TOKEN              runs that need it fail from then on\n\n"
    "An app says in its app.yaml which it is given:  secrets: [{name: GITHUB_TOKEN, env: GITHUB_TOKEN}]\n";

// The place is looked at before anybody is asked for a value.
Result<void> set_secret(const Place& place, const std::string& name) {
  TRY(secrets::check_name(name));
  const Workplace workplace = TRY(enter(place));
  const secrets::Secrets secrets(TRY(workplace.instance_secret()));
  const base::SecretText value = TRY(read_hidden("The value of " + name + " (not shown): ", secrets::kMostBytes));
  return server::write_once(workplace.folder, [&](store::Transaction& transaction) -> Result<void> {
    TRY(secrets.set(transaction, name, value.view()));
    return store::append_audit(transaction, workplace.actor, "secret.set", name);
  });
}

int set(const Place& place, const std::string& name) {
  if (auto done = set_secret(place, name); !done) return complain(done.error());
  std::cerr << "Set. Runs that start from now on are given it." << std::endl;
  return kDone;
}

Result<std::vector<store::Secret>> listed(const Place& place) {
  const Workplace workplace = TRY(enter(place));
  auto database = TRY(workplace.folder.open_database(store::Database::Mode::kReadOnly));
  return store::list_secrets(database);
}

OrderedJson secret_json(const store::Secret& secret) {
  return {{"name", secret.name},
          {"createdAt", base::to_iso8601(secret.created_at)},
          {"updatedAt", base::to_iso8601(secret.updated_at)}};
}

int list(const Place& place, bool as_json) {
  const auto secrets = listed(place);
  if (!secrets) return complain(secrets.error());
  OrderedJson json = OrderedJson::array();
  std::vector<std::vector<std::string>> rows{{"NAME", "CREATED", "UPDATED"}};
  for (const store::Secret& secret : *secrets) {
    json.push_back(secret_json(secret));
    rows.push_back({secret.name, base::to_iso8601(secret.created_at), base::to_iso8601(secret.updated_at)});
  }
  if (as_json) {
    std::cout << json.dump(2) << std::endl;
  } else if (secrets->empty()) {
    std::cerr << "There are no secrets yet: set one with  capid secrets set NAME" << std::endl;
  } else {
    print_table(rows);
  }
  return kDone;
}

Result<void> remove_secret(const Place& place, const std::string& name) {
  const Workplace workplace = TRY(enter(place));
  return server::write_once(workplace.folder, [&](store::Transaction& transaction) -> Result<void> {
    if (TRY(store::remove_secret(transaction, name)))
      return store::append_audit(transaction, workplace.actor, "secret.remove", name);
    std::vector<std::string> names;
    for (const store::Secret& secret : TRY(store::list_secrets(transaction.database()))) names.push_back(secret.name);
    return Error{Code::kInvalidParameter, "there is no secret \"" + name + "\"" + base::did_you_mean(name, names)};
  });
}

int remove(const Place& place, const std::string& name) {
  if (auto removed = remove_secret(place, name); !removed) return complain(removed.error());
  std::cerr << "Removed. Runs that need it fail from now on." << std::endl;
  return kDone;
}

void add_with_name(CLI::App& secrets, Action& action, const char* command_name, const char* about,
                   int (*act)(const Place&, const std::string&)) {
  CLI::App* command = secrets.add_subcommand(command_name, about);
  auto place = std::make_shared<Place>();
  auto name = std::make_shared<std::string>();
  add_place_options(*command, *place);
  command->add_option("name", *name, "the secret's name, such as GITHUB_TOKEN")->required()->type_name(kSecretWord);
  command->callback([&action, place, name, act] { action = [=] { return act(*place, *name); }; });
}

void add_list(CLI::App& secrets, Action& action) {
  CLI::App* command = secrets.add_subcommand("list", "List the secrets, without their values");
  auto place = std::make_shared<Place>();
  auto as_json = std::make_shared<bool>(false);
  add_place_options(*command, *place);
  command->add_flag("--json", *as_json, "as JSON");
  command->callback([&action, place, as_json] { action = [=] { return list(*place, *as_json); }; });
}

}   // namespace

void add_secrets(CLI::App& root, Action& action) {
  CLI::App* secrets = root.add_subcommand("secrets", kAbout);
  secrets->require_subcommand(1);
  add_with_name(*secrets, action, "set", "Set a secret; its value comes from standard input, or is asked for", set);
  add_list(*secrets, action);
  add_with_name(*secrets, action, "remove", "Remove a secret", remove);
}

}   // namespace capid::cli
