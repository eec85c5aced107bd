// SPDX-License-Identifier: Apache-2.0
// capid keys create|list|revoke
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iomanip>
#include <iostream>

#include "accounts/accounts.h"
#include "apps/registry.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/local_key.h"
#include "cli/terminal.h"
#include "cli/value_names.h"
#include "keys/keys.h"

namespace capid::cli {
namespace {

struct CreateOptions {
  Place place;
  std::string name;
  std::string app;
  std::string account = accounts::kFirstAccount;
  std::string expires;
  std::optional<int64_t> requests_per_minute;
  bool as_json = false;
};

Result<std::optional<base::TimeMs>> expiry(const std::string& text) {
  if (text.empty()) return std::optional<base::TimeMs>{};
  const auto duration = base::to_duration_ms(text);
  if (!duration || *duration <= 0)
    return Error{Code::kInvalidParameter, "--expires takes a time from now, such as 12h or 30d"};
  return std::optional(base::SystemClock().now_ms() + *duration);
}

Result<void> check_app(const Workplace& workplace, const std::string& app) {
  if (app.empty()) return {};
  const auto ids = TRY(apps::app_ids(workplace.apps_folder()));
  if (std::find(ids.begin(), ids.end(), app) != ids.end()) return {};
  return Error{Code::kInvalidParameter,
               "there is no app \"" + app + "\" in " + workplace.apps_folder() + base::did_you_mean(app, ids)};
}

struct Created {
  std::string secret;   // the key itself
  store::Key key;
};

Result<Created> create(const CreateOptions& options) {
  const Workplace workplace = TRY(enter(options.place));
  const auto expires_at = TRY(expiry(options.expires));
  TRY(check_app(workplace, options.app));
  const base::SecretKey secret = TRY(workplace.instance_secret());
  Created created;
  TRY(server::write_once(workplace.folder, [&](store::Transaction& transaction) -> Result<void> {
    const store::Account account = TRY(accounts::find(transaction.database(), options.account));
    const auto app = options.app.empty() ? std::nullopt : std::optional(options.app);
    const keys::IssuedKey issued = TRY(keys::issue(transaction, secret,
                                                   {.account = account.id,
                                                    .name = options.name,
                                                    .app = app,
                                                    .expires_at = expires_at,
                                                    .requests_per_minute = options.requests_per_minute}));
    created = {issued.key, TRY(store::find_key(transaction.database(), issued.id)).value()};
    return store::append_audit(transaction, workplace.actor, "key.create", keys::words_for(created.key));
  }));
  return created;
}

OrderedJson key_json(const store::Key& key) {
  return {{"id", key.id},
          {"name", key.name},
          {"account", key.account_name},
          {"appId", key.app ? OrderedJson(*key.app) : OrderedJson(nullptr)},
          {"prefix", key.prefix},
          {"requestsPerMinute", base::or_null(key.requests_per_minute)},
          {"createdAt", base::to_iso8601(key.created_at)},
          {"lastUsedAt", base::time_or_null(key.last_used_at)},
          {"expiresAt", base::time_or_null(key.expires_at)},
          {"revokedAt", base::time_or_null(key.revoked_at)}};
}

int print_new_key(const CreateOptions& options) {
  const auto created = create(options);
  if (!created) return complain(created.error());
  if (options.as_json) {
    OrderedJson json = key_json(created->key);
    json["key"] = created->secret;
    print_json(base::dump(json));
  } else {
    print_data(created->secret + "\n");
  }
  std::cerr << "This is the only time the key is shown. Send it as  Authorization: Bearer KEY" << std::endl;
  return kDone;
}

std::string state_of(const store::Key& key) {
  if (key.revoked_at) return "revoked " + base::to_iso8601(*key.revoked_at);
  if (key.expires_at && *key.expires_at <= base::SystemClock().now_ms())
    return "expired " + base::to_iso8601(*key.expires_at);
  if (key.account_disabled) return "account disabled";
  return key.last_used_at ? "used " + base::to_iso8601(*key.last_used_at) : "never used";
}

void print_table(const std::vector<store::Key>& keys) {
  for (const store::Key& key : keys) {
    std::cout << key.id << "  " << key.prefix << "…  " << std::left << std::setw(20) << harmless(key.name) << "  "
              << std::setw(10) << key.account_name << "  " << std::setw(16) << key.app.value_or("(every app)") << "  "
              << state_of(key) << "\n";
  }
  if (keys.empty()) std::cerr << "There are no keys yet: make one with  capid keys create --name NAME\n";
}

int list(const Place& place, bool all, bool as_json) {
  auto workplace = enter(place);
  if (!workplace) return complain(workplace.error());
  auto database = workplace->folder.open_database(store::Database::Mode::kReadOnly);
  if (!database) return complain(database.error());
  auto keys = store::list_keys(*database);
  if (!keys) return complain(keys.error());
  if (!all)
    std::erase_if(*keys,
                  [](const store::Key& key) { return keys::is_left_by_a_call(key, base::SystemClock().now_ms()); });
  if (!as_json) {
    print_table(*keys);
    return kDone;
  }
  OrderedJson listed = OrderedJson::array();
  for (const store::Key& key : *keys) listed.push_back(key_json(key));
  std::cout << listed.dump(2) << std::endl;
  return kDone;
}

Result<void> revoke_key(const Place& place, const std::string& id) {
  const Workplace workplace = TRY(enter(place));
  return server::write_once(workplace.folder, [&](store::Transaction& transaction) -> Result<void> {
    const auto key = TRY(store::find_key(transaction.database(), id));
    if (key && TRY(store::revoke_key(transaction, id)))
      return store::append_audit(transaction, workplace.actor, "key.revoke", keys::words_for(*key));
    return Error{Code::kInvalidParameter, "there is no live key with the id " + id + ": see  capid keys list"};
  });
}

int revoke(const Place& place, const std::string& id) {
  if (auto revoked = revoke_key(place, id); !revoked) return complain(revoked.error());
  std::cerr << "Revoked. The key stopped working." << std::endl;
  return kDone;
}

void add_create(CLI::App& keys, Action& action) {
  CLI::App* command = keys.add_subcommand("create", "Make a key and print it, once");
  auto options = std::make_shared<CreateOptions>();
  add_place_options(*command, options->place);
  command->add_option("--name", options->name, "what it is for")->required()->type_name("NAME");
  command->add_option("--app", options->app, "the one app that it works for (default: every app)")->type_name(kAppWord);
  command->add_option("--account", options->account, "whose key it is (default: admin)")->type_name(kAccountWord);
  command->add_option("--expires", options->expires, "when it stops working, from now (default: never)")
      ->type_name("30d");
  command->add_option("--rate", options->requests_per_minute, "requests a minute (default: the config's)")
      ->type_name("N");
  command->add_flag("--json", options->as_json, "as JSON, with all about it");
  command->callback([&action, options] { action = [options] { return print_new_key(*options); }; });
}

void add_list(CLI::App& keys, Action& action) {
  CLI::App* command = keys.add_subcommand("list", "List keys, without their secrets");
  auto place = std::make_shared<Place>();
  auto all = std::make_shared<bool>(false);
  auto as_json = std::make_shared<bool>(false);
  add_place_options(*command, *place);
  command->add_flag("--all", *all, "also what calls of `capid run` have left");
  command->add_flag("--json", *as_json, "as JSON");
  command->callback([&action, place, all, as_json] { action = [=] { return list(*place, *all, *as_json); }; });
}

void add_revoke(CLI::App& keys, Action& action) {
  CLI::App* command = keys.add_subcommand("revoke", "Make a key stop working at once");
  auto place = std::make_shared<Place>();
  auto id = std::make_shared<std::string>();
  add_place_options(*command, *place);
  command->add_option("id", *id, "the key's id, from the list")->required()->type_name(kKeyWord);
  command->callback([&action, place, id] { action = [=] { return revoke(*place, *id); }; });
}

}   // namespace

void add_keys(CLI::App& root, Action& action) {
  CLI::App* keys = root.add_subcommand("keys", "Make, list and revoke API keys");
  keys->require_subcommand(1);
  add_create(*keys, action);
  add_list(*keys, action);
  add_revoke(*keys, action);
}

}   // namespace capid::cli
