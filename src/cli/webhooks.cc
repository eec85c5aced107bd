// SPDX-License-Identifier: Apache-2.0
// capid webhooks secret|deliveries|redeliver|test
#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <thread>

#include "accounts/accounts.h"
#include "cli/cli.h"
#include "cli/delivery_views.h"
#include "cli/terminal.h"
#include "cli/value_names.h"
#include "runs/test_webhook.h"
#include "webhooks/render.h"
#include "webhooks/secrets.h"
#include "webhooks/targets.h"

namespace capid::cli {
namespace {

using namespace std::chrono_literals;

constexpr const char* kAbout =
    "The webhooks' secret, what was delivered, and a way to try a receiver\n\n"
    "  capid webhooks secret                          the secret that webhooks are signed with\n"
    "  capid webhooks secret --rotate                 a new one; the old one signs for a day more\n"
    "  capid webhooks deliveries --status failed      what did not arrive, and why\n"
    "  capid webhooks redeliver DELIVERY_ID           send it again\n"
    "  capid webhooks test https://example.org/hook   send something, and see what comes back\n";

// A try takes at most the configured time, and a server that is up begins it within the first of these.
constexpr std::chrono::milliseconds kUntilTaken = 3s, kSlack = 5s, kLook = 50ms;

struct SecretOptions {
  Place place;
  std::string account = accounts::kFirstAccount;
  bool rotate = false;
  bool now = false;   // what was before signs no more
  bool as_json = false;
};

struct ListOptions {
  Place place;
  std::string account;
  std::string run;
  std::string status;
  int64_t limit = 20;
  bool as_json = false;
};

struct TestOptions {
  Place place;
  std::string account = accounts::kFirstAccount;
  std::string url;
  bool as_json = false;
};

Result<std::vector<webhooks::Secret>> secrets_of(const SecretOptions& options) {
  const Workplace workplace = TRY(enter(options.place));
  const webhooks::Secrets secrets(TRY(workplace.instance_secret()));
  std::vector<webhooks::Secret> found;
  TRY(server::write_once(workplace.folder, [&](store::Transaction& transaction) -> Result<void> {
    const store::Account account = TRY(accounts::find(transaction.database(), options.account));
    found = TRY(!options.rotate ? secrets.open(transaction, account.id)
                : options.now   ? secrets.replace(transaction, account.id)
                                : secrets.rotate(transaction, account.id));
    const char* action = !options.rotate ? "show" : options.now ? "replace" : "rotate";
    return store::append_audit(transaction, workplace.actor, std::string("webhook_secret.") + action, account.name);
  }));
  return found;
}

OrderedJson secrets_json(const std::string& account, const std::vector<webhooks::Secret>& secrets) {
  OrderedJson previous = OrderedJson::array();
  for (size_t i = 1; i < secrets.size(); ++i)
    previous.push_back({{"createdAt", base::to_iso8601(secrets[i].created_at)},
                        {"retiresAt", base::to_iso8601(secrets[i].retires_at.value_or(0))}});
  return {{"account", account},
          {"secret", secrets.front().text},
          {"createdAt", base::to_iso8601(secrets.front().created_at)},
          {"previous", std::move(previous)}};
}

int print_secret(const SecretOptions& options) {
  const auto secrets = secrets_of(options);
  if (!secrets) return complain(secrets.error());
  if (options.as_json) {
    std::cout << secrets_json(options.account, *secrets).dump(2) << std::endl;
    return kDone;
  }
  std::cout << secrets->front().text << std::endl;
  for (size_t i = 1; i < secrets->size(); ++i)
    std::cerr << "The one made " << base::to_iso8601((*secrets)[i].created_at) << " signs beside it until "
              << base::to_iso8601((*secrets)[i].retires_at.value_or(0)) << "." << std::endl;
  return kDone;
}

Result<DeliveryLog> log_of(store::Database& database, store::Delivery delivery) {
  auto attempts = TRY(store::attempts_of_delivery(database, delivery.id));
  return DeliveryLog{.delivery = std::move(delivery), .attempts = std::move(attempts)};
}

Result<store::DeliveryFilter> filter_of(store::Database& database, const ListOptions& options) {
  store::DeliveryFilter filter{.limit = options.limit};
  if (!options.account.empty()) filter.account = TRY(accounts::find(database, options.account)).id;
  if (!options.run.empty()) filter.run = options.run;
  if (!options.status.empty()) filter.status = store::to_delivery_status(options.status);
  return filter;
}

Result<std::vector<DeliveryLog>> logs_of(const ListOptions& options) {
  const Workplace workplace = TRY(enter(options.place));
  auto database = TRY(workplace.folder.open_database(store::Database::Mode::kReadOnly));
  const store::ReadTransaction one_view(database);
  std::vector<DeliveryLog> logs;
  for (auto& delivery : TRY(store::list_deliveries(database, TRY(filter_of(database, options)))))
    logs.push_back(TRY(log_of(database, std::move(delivery))));
  return logs;
}

int list(const ListOptions& options) {
  const auto logs = logs_of(options);
  if (!logs) return complain(logs.error());
  if (!options.as_json) {
    if (logs->empty()) std::cerr << "There are no such deliveries." << std::endl;
    if (!logs->empty()) print_deliveries(*logs);
    return kDone;
  }
  OrderedJson listed = OrderedJson::array();
  for (const DeliveryLog& log : *logs) listed.push_back(webhooks::render_delivery(log.delivery, log.attempts));
  std::cout << listed.dump(2) << std::endl;
  return kDone;
}

Result<void> send_again(const Place& place, const std::string& id) {
  const Workplace workplace = TRY(enter(place));
  return server::write_once(workplace.folder, [&](store::Transaction& transaction) -> Result<void> {
    if (TRY(store::send_again(transaction, id)))
      return store::append_audit(transaction, workplace.actor, "delivery.redeliver", id);
    if (TRY(store::find_delivery(transaction.database(), id)))
      return Error{Code::kInvalidParameter, "the delivery is still on its way: see  capid webhooks deliveries"};
    return Error{Code::kInvalidParameter,
                 "there is no delivery with the id " + id + ": see  capid webhooks deliveries"};
  });
}

int redeliver(const Place& place, const std::string& id) {
  if (auto sent = send_again(place, id); !sent) return complain(sent.error());
  std::cerr << "It goes out again, at once where the server runs. See  capid webhooks deliveries" << std::endl;
  return kDone;
}

// "-": from standard input, so that a token in it stands in no list of processes.
std::string url_of(const TestOptions& options) {
  std::string url = options.url;
  if (url == "-") std::getline(std::cin, url);
  return url;
}

Result<std::string> enqueue_test(const Workplace& workplace, const TestOptions& options) {
  const std::string url = url_of(options);
  const auto guard = TRY(net::AddressGuard::make(workplace.config.webhooks.allow));
  TRY(webhooks::Targets(guard).check(url));
  std::string id;
  TRY(server::write_once(workplace.folder, [&](store::Transaction& transaction) -> Result<void> {
    const store::Account account = TRY(accounts::find(transaction.database(), options.account));
    id = TRY(runs::enqueue_test_webhook(transaction, account.id, url, workplace.config.public_url));
    return store::append_audit(transaction, workplace.actor, "webhook.test", account.name);
  }));
  return id;
}

// The first try, once it is over; nothing where no server took it, or none ended it.
Result<std::optional<store::Attempt>> first_try(const Workplace& workplace, const std::string& id) {
  const auto began = std::chrono::steady_clock::now();
  const auto most = std::chrono::milliseconds(workplace.config.webhooks.timeout_ms) + kSlack;
  auto database = TRY(workplace.folder.open_database(store::Database::Mode::kReadOnly));
  for (;;) {
    const auto attempts = TRY(store::attempts_of_delivery(database, id));
    if (!attempts.empty() && attempts.front().ended_at) return std::optional(attempts.front());
    const auto waited = std::chrono::steady_clock::now() - began;
    const bool nobody_sends = attempts.empty() && !workplace.folder.read_server_url();
    if (waited > most || (nobody_sends && waited > kUntilTaken)) return std::optional<store::Attempt>{};
    std::this_thread::sleep_for(kLook);
  }
}

// The id as soon as there is one; as JSON the whole delivery, once its first try is over.
Result<void> print_json_of(const Workplace& workplace, const std::string& id) {
  auto database = TRY(workplace.folder.open_database(store::Database::Mode::kReadOnly));
  const DeliveryLog log = TRY(log_of(database, TRY(store::find_delivery(database, id)).value()));
  print_json(base::dump(webhooks::render_delivery(log.delivery, log.attempts)));
  return {};
}

Result<int> send_test(const TestOptions& options) {
  const Workplace workplace = TRY(enter(options.place));
  const std::string id = TRY(enqueue_test(workplace, options));
  if (!options.as_json) print_data(id + "\n");
  const auto attempt = TRY(first_try(workplace, id));
  if (options.as_json) TRY(print_json_of(workplace, id));
  if (!attempt) {
    const bool runs = workplace.folder.read_server_url().has_value();
    std::cerr << (runs ? "It has no answer yet: see  capid webhooks deliveries"
                       : "No server runs: it goes out when one does, with  capid serve")
              << std::endl;
    return kNotDone;
  }
  const bool arrived = attempt->end.http_status.value_or(0) / 100 == 2;
  std::cerr << (arrived ? "Delivered: " : "Not delivered: ") << harmless(outcome_of(*attempt))
            << (arrived && attempt->end.address ? " (" + *attempt->end.address + ")" : "")
            << (arrived ? "" : ". It may be tried again: see  capid webhooks deliveries") << std::endl;
  return arrived ? kDone : kNotDone;
}

int test(const TestOptions& options) {
  const auto done = send_test(options);
  return done ? *done : complain(done.error());
}

void add_account_option(CLI::App& command, std::string& account, const char* about) {
  command.add_option("--account", account, about)->type_name(kAccountWord);
}

void add_secret(CLI::App& webhooks, Action& action) {
  CLI::App* command = webhooks.add_subcommand("secret", "Print the secret that an account's webhooks are signed with");
  auto options = std::make_shared<SecretOptions>();
  add_place_options(*command, options->place);
  add_account_option(*command, options->account, "whose secret (default: admin)");
  CLI::Option* rotate =
      command->add_flag("--rotate", options->rotate, "make a new one; the old one signs beside it for 24 hours");
  command->add_flag("--now", options->now, "with --rotate: the old one signs no more")->needs(rotate);
  command->add_flag("--json", options->as_json, "as JSON");
  command->callback([&action, options] { action = [options] { return print_secret(*options); }; });
}

void add_deliveries(CLI::App& webhooks, Action& action) {
  CLI::App* command = webhooks.add_subcommand("deliveries", "List deliveries with their tries, newest first");
  auto options = std::make_shared<ListOptions>();
  add_place_options(*command, options->place);
  add_account_option(*command, options->account, "of one account (default: of all)");
  command->add_option("--run", options->run, "of one run")->type_name(kRunWord);
  takes_one_of(command->add_option("--status", options->status, "with this status"),
               {"pending", "sending", "delivered", "failed"});
  command->add_option("--limit", options->limit, "at most so many (default: 20)")
      ->type_name("N")
      ->check(CLI::Range(1, 100'000));
  command->add_flag("--json", options->as_json, "as JSON, with every try");
  command->callback([&action, options] { action = [options] { return list(*options); }; });
}

void add_redeliver(CLI::App& webhooks, Action& action) {
  CLI::App* command = webhooks.add_subcommand("redeliver", "Send a delivery again, with the same id and content");
  auto place = std::make_shared<Place>();
  auto id = std::make_shared<std::string>();
  add_place_options(*command, *place);
  command->add_option("id", *id, "the delivery's id, from the list")->required()->type_name(kDeliveryWord);
  command->callback([&action, place, id] { action = [=] { return redeliver(*place, *id); }; });
}

void add_test(CLI::App& webhooks, Action& action) {
  CLI::App* command = webhooks.add_subcommand("test", "Send a test to a receiver, as a run's webhook would go");
  auto options = std::make_shared<TestOptions>();
  add_place_options(*command, options->place);
  add_account_option(*command, options->account, "whose secret signs it (default: admin)");
  command->add_option("url", options->url, "where to; - reads it from standard input")->required()->type_name("URL");
  command->add_flag("--json", options->as_json, "as JSON, with the first try");
  command->callback([&action, options] { action = [options] { return test(*options); }; });
}

}   // namespace

void add_webhooks(CLI::App& root, Action& action) {
  CLI::App* webhooks = root.add_subcommand("webhooks", kAbout);
  webhooks->require_subcommand(1);
  add_secret(*webhooks, action);
  add_deliveries(*webhooks, action);
  add_redeliver(*webhooks, action);
  add_test(*webhooks, action);
}

}   // namespace capid::cli
