// SPDX-License-Identifier: Apache-2.0
// capid accounts add|list|credit|passwd|disable|enable
#include "accounts/accounts.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iomanip>
#include <iostream>

#include "base/json.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/hidden_input.h"
#include "cli/terminal.h"
#include "cli/value_names.h"
#include "credits/credits.h"
#include "store/audit.h"

namespace capid::cli {
namespace {

struct AddOptions {
  Place place;
  std::string name;
  std::string role = "member";
  bool password_stdin = false;
  bool as_json = false;
};

// Its id.
Result<std::string> add_account(const AddOptions& options) {
  const Workplace workplace = TRY(enter(options.place));
  std::string password;
  if (options.password_stdin) std::getline(std::cin, password);
  const std::string hash = options.password_stdin ? TRY(accounts::hash_of_password(password)) : "";
  const credits::Prices prices{.starting_balance = workplace.config.credits.starting_balance};
  std::string id;
  TRY(server::write_once(workplace.folder, [&](store::Transaction& transaction) -> Result<void> {
    id = TRY(accounts::add(transaction, options.name, options.role));
    if (options.password_stdin) TRY(store::set_password_hash(transaction, id, hash));
    TRY(store::append_audit(transaction, workplace.actor, "account.add", options.name + ", " + options.role));
    return credits::open_account(transaction, prices, id);
  }));
  return id;
}

int add(const AddOptions& options) {
  const auto id = add_account(options);
  if (!id) return complain(id.error());
  if (options.as_json) print_json(base::dump(OrderedJson{{"id", *id}, {"name", options.name}, {"role", options.role}}));
  std::cerr << "Added. Make a key for it with  capid keys create --account " << options.name << " --name NAME"
            << std::endl;
  return kDone;
}

int list(const Place& place, bool as_json) {
  auto workplace = enter(place);
  if (!workplace) return complain(workplace.error());
  auto database = workplace->folder.open_database(store::Database::Mode::kReadOnly);
  if (!database) return complain(database.error());
  const auto accounts = store::list_accounts(*database);
  if (!accounts) return complain(accounts.error());
  OrderedJson listed = OrderedJson::array();
  for (const store::Account& account : *accounts) {
    listed.push_back({{"id", account.id},
                      {"name", account.name},
                      {"role", account.role},
                      {"balance", base::micro_to_number(account.balance)},
                      {"createdAt", base::to_iso8601(account.created_at)},
                      {"disabled", account.disabled}});
    if (as_json) continue;
    std::cout << std::left << std::setw(24) << account.name << "  " << std::setw(6) << account.role << "  "
              << std::right << std::setw(16) << base::micro_to_text(account.balance) << " credits  since "
              << base::to_iso8601(account.created_at) << (account.disabled ? "  disabled" : "") << "\n";
  }
  if (as_json) std::cout << listed.dump(2) << std::endl;
  return kDone;
}

// The balance after it, in micro-credits.
Result<int64_t> credit_account(const Place& place, const std::string& name, const std::string& text) {
  const auto amount = base::to_micro(text);
  if (!amount || *amount == 0)
    return Error{Code::kInvalidParameter,
                 "AMOUNT is a number of credits such as 100, 2.5 or -10, with at most six decimals"};
  const Workplace workplace = TRY(enter(place));
  int64_t balance = 0;
  TRY(server::write_once(workplace.folder, [&](store::Transaction& transaction) -> Result<void> {
    const store::Account account = TRY(accounts::find(transaction.database(), name));
    TRY(credits::grant(transaction, account.id, *amount));
    TRY(store::append_audit(transaction, workplace.actor, "account.credit",
                            name + ", " + base::micro_to_text(*amount) + " credits"));
    balance = account.balance + *amount;
    return {};
  }));
  return balance;
}

int credit(const Place& place, const std::string& name, const std::string& amount, bool as_json) {
  const auto balance = credit_account(place, name, amount);
  if (!balance) return complain(balance.error());
  if (as_json) print_json(base::dump(OrderedJson{{"name", name}, {"balance", base::micro_to_number(*balance)}}));
  std::cerr << "The balance of " << name << " is now " << base::micro_to_text(*balance) << " credits." << std::endl;
  return kDone;
}

// Asked for twice on a terminal; elsewhere standard input is the password.
Result<std::string> new_password() {
  constexpr size_t kMost = 1024;
  const base::SecretText password = TRY(read_hidden("New password (not shown): ", kMost));
  if (::isatty(STDIN_FILENO) && password.view() != TRY(read_hidden("Once more: ", kMost)).view())
    return Error{Code::kInvalidParameter, "the two are not the same: nothing was changed"};
  return std::string(password.view());
}

Result<void> set_password(const Place& place, const std::string& name) {
  const Workplace workplace = TRY(enter(place));
  {
    auto database = TRY(workplace.folder.open_database(store::Database::Mode::kReadOnly));
    TRY(accounts::find(database, name));   // before anybody types in vain
  }
  const std::string hash = TRY(accounts::hash_of_password(TRY(new_password())));
  return server::write_once(workplace.folder, [&](store::Transaction& transaction) -> Result<void> {
    const store::Account account = TRY(accounts::find(transaction.database(), name));
    TRY(accounts::set_password(transaction, account.id, hash));
    return store::append_audit(transaction, workplace.actor, "account.password", name);
  });
}

int passwd(const Place& place, const std::string& name) {
  if (auto set = set_password(place, name); !set) return complain(set.error());
  std::cerr << name << " signs in with the new password from now on; sessions that were open have ended." << std::endl;
  return kDone;
}

Result<void> turn(const Place& place, const std::string& name, bool disabled) {
  const Workplace workplace = TRY(enter(place));
  return server::write_once(workplace.folder, [&](store::Transaction& transaction) -> Result<void> {
    const store::Account account = TRY(accounts::find(transaction.database(), name));
    TRY(accounts::set_disabled(transaction, account, disabled));
    return store::append_audit(transaction, workplace.actor, disabled ? "account.disable" : "account.enable", name);
  });
}

int disable(const Place& place, const std::string& name) {
  if (auto turned = turn(place, name, true); !turned) return complain(turned.error());
  std::cerr << "Disabled: its keys and sessions are good for nothing until  capid accounts enable " << name
            << std::endl;
  return kDone;
}

int enable(const Place& place, const std::string& name) {
  if (auto turned = turn(place, name, false); !turned) return complain(turned.error());
  std::cerr << "Enabled: its keys work again, and it can sign in." << std::endl;
  return kDone;
}

void add_add(CLI::App& accounts, Action& action) {
  CLI::App* command = accounts.add_subcommand("add", "Make an account");
  auto options = std::make_shared<AddOptions>();
  add_place_options(*command, options->place);
  command->add_option("name", options->name, "its name")->required()->type_name("NAME");
  takes_one_of(command->add_option("--role", options->role, "what it may do (default: member)"), {"admin", "member"});
  command->add_flag("--password-stdin", options->password_stdin,
                    "read the password from the first line of standard input");
  command->add_flag("--json", options->as_json, "print what was made as JSON");
  command->callback([&action, options] { action = [options] { return add(*options); }; });
}

void add_list(CLI::App& accounts, Action& action) {
  CLI::App* command = accounts.add_subcommand("list", "List accounts with their balance");
  auto place = std::make_shared<Place>();
  auto as_json = std::make_shared<bool>(false);
  add_place_options(*command, *place);
  command->add_flag("--json", *as_json, "as JSON");
  command->callback([&action, place, as_json] { action = [=] { return list(*place, *as_json); }; });
}

void add_credit(CLI::App& accounts, Action& action) {
  CLI::App* command =
      accounts.add_subcommand("credit", "Add credits to an account, or take some with a negative amount");
  auto place = std::make_shared<Place>();
  auto name = std::make_shared<std::string>();
  auto amount = std::make_shared<std::string>();
  auto as_json = std::make_shared<bool>(false);
  add_place_options(*command, *place);
  command->add_option("name", *name, "the account")->required()->type_name(kAccountWord);
  command->add_option("amount", *amount, "credits")->required()->type_name("AMOUNT");
  command->add_flag("--json", *as_json, "print the new balance as JSON");
  command->callback(
      [&action, place, name, amount, as_json] { action = [=] { return credit(*place, *name, *amount, *as_json); }; });
}

// A command that takes an account's name alone.
void add_of_one(CLI::App& accounts, Action& action, const char* word, const char* about,
                int (*act)(const Place& place, const std::string& name)) {
  CLI::App* command = accounts.add_subcommand(word, about);
  auto place = std::make_shared<Place>();
  auto name = std::make_shared<std::string>();
  add_place_options(*command, *place);
  command->add_option("name", *name, "the account")->required()->type_name(kAccountWord);
  command->callback([&action, place, name, act] { action = [=] { return act(*place, *name); }; });
}

}   // namespace

void add_accounts(CLI::App& root, Action& action) {
  CLI::App* accounts =
      root.add_subcommand("accounts", "Make and list accounts, give them credits, set passwords, disable them");
  accounts->require_subcommand(1);
  add_add(*accounts, action);
  add_list(*accounts, action);
  add_credit(*accounts, action);
  add_of_one(*accounts, action, "passwd", "Set the password with which an account signs in to the page", passwd);
  add_of_one(*accounts, action, "disable", "Stop an account: its keys and sessions are good for nothing", disable);
  add_of_one(*accounts, action, "enable", "Let a disabled account work again", enable);
}

}   // namespace capid::cli
