// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>

#include "accounts/accounts.h"
#include "apps/registry.h"
#include "cli/word_source.h"
#include "store/deliveries.h"
#include "store/keys.h"
#include "store/run_lists.h"
#include "store/secrets.h"
#include "store/workspaces.h"

namespace capid::cli {
namespace {

InputWords words_of(const apps::InputField& field) {
  InputWords words{.name = field.name,
                   .about = field.label.empty() ? std::string(to_string(field.type)) : field.label,
                   .is_file = field.type == apps::InputType::kFile,
                   .values = field.options};
  if (field.type == apps::InputType::kBoolean) words.values = {"true", "false"};
  return words;
}

class Here : public WordSource {
 public:
  Here(Workplace workplace, std::string account) : workplace_(std::move(workplace)), account_(std::move(account)) {}

  std::vector<Word> apps() override {
    std::vector<Word> words;
    for (const std::string& id : listed(apps::app_ids(workplace_.apps_folder()))) {
      const auto manifest = manifest_of(id);
      words.push_back({id, manifest ? manifest->name : "disabled"});
    }
    return words;
  }

  std::vector<InputWords> inputs(const std::string& app) override {
    const auto manifest = manifest_of(app);
    std::vector<InputWords> words;
    if (manifest) std::transform(manifest->inputs.begin(), manifest->inputs.end(), std::back_inserter(words), words_of);
    return words;
  }

  std::vector<Word> runs(size_t most) override {
    return read([&](store::Database& database) -> Result<std::vector<Word>> {
      const auto account = TRY(accounts::find(database, account_)).id;
      std::vector<Word> words;
      for (const std::string& id :
           TRY(store::list_run_ids(database, {.account = account, .limit = static_cast<int64_t>(most)}))) {
        const auto run = TRY(store::summarize_run(database, id));
        if (run) words.push_back({id, std::string(to_string(run->status)) + " " + run->app});
      }
      return words;
    });
  }

  std::vector<Word> workspaces() override {
    return read([&](store::Database& database) -> Result<std::vector<Word>> {
      const auto account = TRY(accounts::find(database, account_)).id;
      std::vector<Word> words;
      for (const auto& workspace : TRY(store::list_workspaces(database, account, std::nullopt)))
        words.push_back({workspace.id, "last used " + base::to_iso8601(workspace.last_used_at)});
      return words;
    });
  }

  // Those that can still be revoked.
  std::vector<Word> keys() override {
    return read([&](store::Database& database) -> Result<std::vector<Word>> {
      std::vector<Word> words;
      for (const store::Key& key : TRY(store::list_keys(database)))
        if (!key.revoked_at) words.push_back({key.id, key.name + ", of " + key.account_name});
      return words;
    });
  }

  std::vector<Word> accounts() override {
    return read([&](store::Database& database) -> Result<std::vector<Word>> {
      std::vector<Word> words;
      for (const store::Account& account : TRY(store::list_accounts(database)))
        words.push_back({account.name, account.disabled ? "disabled" : account.role});
      return words;
    });
  }

  std::vector<Word> secrets() override {
    return read([&](store::Database& database) -> Result<std::vector<Word>> {
      std::vector<Word> words;
      for (const store::Secret& secret : TRY(store::list_secrets(database)))
        words.push_back({secret.name, "set " + base::to_iso8601(secret.updated_at)});
      return words;
    });
  }

  std::vector<Word> models() override {
    std::vector<Word> words;
    for (const config::Model& model : workplace_.config.models)
      words.push_back({model.id, model.upstream + " of " + model.provider});
    return words;
  }

  std::vector<Word> deliveries(size_t most) override {
    return read([&](store::Database& database) -> Result<std::vector<Word>> {
      std::vector<Word> words;
      for (const auto& delivery : TRY(store::list_deliveries(database, {.limit = static_cast<int64_t>(most)})))
        words.push_back({delivery.id, std::string(store::to_string(delivery.status)) + " " + delivery.url});
      return words;
    });
  }

 private:
  template <typename T>
  static T listed(Result<T> list) {
    return list ? std::move(*list) : T{};
  }

  Result<apps::Manifest> manifest_of(const std::string& app) const {
    if (!apps::is_app_id(app)) return Error{Code::kAppNotFound, ""};
    return apps::read_manifest(workplace_.apps_folder() + "/" + app, app);
  }

  template <typename Job>
  std::vector<Word> read(const Job& job) const {
    auto database = workplace_.folder.open_database(mode());
    return database ? listed(job(*database)) : std::vector<Word>{};
  }

  // While no server runs there is no log beside the database. Who only reads makes one and cannot take it away again.
  store::Database::Mode mode() const {
    const bool has_log = std::filesystem::exists(workplace_.folder.database() + "-wal");
    return has_log ? store::Database::Mode::kReadOnly : store::Database::Mode::kReadWrite;
  }

  Workplace workplace_;
  std::string account_;
};

}   // namespace

std::string value_of(const Line& line, const std::string& option) {
  const auto found = line.values.find(option);
  return found == line.values.end() ? "" : found->second;
}

Place place_of(const Line& line) { return {.config_file = value_of(line, "config"), .data = value_of(line, "data")}; }

std::unique_ptr<WordSource> words_here(const Line& line) {
  auto workplace = enter(place_of(line));
  if (!workplace) return nullptr;
  const std::string account = value_of(line, "account");
  return std::make_unique<Here>(std::move(*workplace), account.empty() ? accounts::kFirstAccount : account);
}

}   // namespace capid::cli
