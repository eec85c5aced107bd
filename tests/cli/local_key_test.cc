// SPDX-License-Identifier: Apache-2.0
#include "cli/local_key.h"

#include "accounts/accounts.h"
#include "keys/keys.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::cli;
using namespace std::chrono_literals;

namespace {

// A data folder as a server has set it up.
struct Folder {
  test::TempFolder place;
  server::DataFolder folder{place.path()};
  base::SecretKey secret = base::create_instance_secret(folder.instance_secret()).value();

  Folder() {
    auto database = store::Database::open(folder.database(), store::Database::Mode::kCreate).value();
    store::migrate(database).value();
    server::write_once(folder, [](store::Transaction& transaction) -> Result<void> {
      TRY(accounts::add(transaction, accounts::kFirstAccount, "admin"));
      return {};
    }).value();
  }

  [[nodiscard]] std::vector<store::Key> keys() const {
    auto database = folder.open_database(store::Database::Mode::kReadOnly).value();
    return store::list_keys(database).value();
  }

  [[nodiscard]] size_t live_keys() const {
    size_t live = 0;
    for (const store::Key& key : keys()) live += key.revoked_at ? 0 : 1;
    return live;
  }
};

}   // namespace

TEST_CASE("a call's key is renewed before it expires, and there is never more than one") {
  const Folder folder;
  const auto key = LocalKey::start({.config_file = "", .data = folder.place.path()}, accounts::kFirstAccount).value();
  CHECK(folder.keys().empty());
  const auto now = LocalKey::Clock::now();
  const std::string first = *key->get(now);
  CHECK(keys::is_well_formed(first));
  CHECK(*key->get(now + 3min) == first);
  const std::string second = *key->get(now + 4min);
  CHECK(second != first);
  CHECK(*key->get(now + 7min) == second);
  CHECK(folder.keys().size() == 2);
  CHECK(folder.live_keys() == 1);
  for (const store::Key& made : folder.keys()) {
    CHECK(made.name == "capid run");
    CHECK(made.requests_per_minute == 6000);
    CHECK(*made.expires_at - made.created_at <= 300'000);
  }
  key->finish();
  CHECK(folder.live_keys() == 0);
  CHECK_FALSE(key->get(now + 9min));
}

TEST_CASE("no key without data, and none for a stranger") {
  const Folder folder;
  const auto stranger = LocalKey::start({.config_file = "", .data = folder.place.path()}, "ada").value();
  CHECK(stranger->get().error().code == Code::kInvalidParameter);
  const auto nowhere = LocalKey::start({.config_file = "", .data = folder.place.path() + "/gone"}, "admin").value();
  CHECK(nowhere->get().error().message.ends_with("for a server elsewhere set CAPI_URL and CAPI_KEY"));
  CHECK(folder.keys().empty());
}
