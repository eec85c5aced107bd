// SPDX-License-Identifier: Apache-2.0
// capid setup
#include <CLI/CLI.hpp>
#include <iostream>

#include "accounts/setup.h"
#include "cli/cli.h"
#include "cli/terminal.h"

namespace capid::cli {
namespace {

constexpr const char* kAbout =
    "Print a link that sets the admin's password, once, within an hour\n\n"
    "Open it in a browser that reaches the server. Also for a password that was forgotten: the new one takes\n"
    "its place, and sessions that were open end. The link before is good for nothing.\n\n"
    "  capid setup\n";

Result<std::string> make_link(const Place& place) {
  const Workplace workplace = TRY(enter(place));
  const base::SecretKey secret = TRY(workplace.instance_secret());
  std::string token;
  TRY(server::write_once(workplace.folder, [&](store::Transaction& transaction) -> Result<void> {
    token = TRY(accounts::make_setup_token(transaction, secret));
    return store::append_audit(transaction, workplace.actor, "account.setup_link", "admin");
  }));
  return accounts::setup_link(page_address(workplace.config, workplace.folder.read_server_url()), token);
}

int setup(const Place& place, bool as_json) {
  const auto link = make_link(place);
  if (!link) return complain(link.error());
  if (as_json) {
    print_json(base::dump(OrderedJson{{"url", *link}}));
  } else {
    print_data(*link + "\n");
  }
  std::cerr << "Open it within an hour: it sets the password of the account \"admin\", once." << std::endl;
  return kDone;
}

}   // namespace

void add_setup(CLI::App& root, Action& action) {
  CLI::App* command = root.add_subcommand("setup", kAbout);
  auto place = std::make_shared<Place>();
  auto as_json = std::make_shared<bool>(false);
  add_place_options(*command, *place);
  command->add_flag("--json", *as_json, "as JSON");
  command->callback([&action, place, as_json] { action = [=] { return setup(*place, *as_json); }; });
}

}   // namespace capid::cli
