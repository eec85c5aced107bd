// SPDX-License-Identifier: Apache-2.0
#include "cli/api_client.h"
#include "cli/terminal.h"
#include "cli/word_source.h"

namespace capid::cli {
namespace {

std::vector<std::string> values_in(const Json& schema) {
  if (text_at(schema, "type") == "boolean") return {"true", "false"};
  std::vector<std::string> values;
  for (const Json& value : part_of(schema, "enum")) {
    if (value.is_string()) values.push_back(value.get<std::string>());
  }
  return values;
}

std::string about_input(const Json& schema) {
  const std::string title = text_at(schema, "title");
  return title.empty() ? text_at(schema, "type") : title;
}

class There : public WordSource {
 public:
  explicit There(std::unique_ptr<ApiClient> api) : api_(std::move(api)) {}

  std::vector<Word> apps() override {
    return words("/apps", "apps", [](const Json& app) { return text_at(app, "name"); });
  }

  std::vector<InputWords> inputs(const std::string& app) override {
    std::vector<InputWords> inputs;
    const Json about = part_of(get("/apps/" + net::encode(app)), "inputSchema");
    const Json& fields = part_of(about, "properties");
    for (const auto& [name, schema] : fields.items()) {
      inputs.push_back({.name = name,
                        .about = about_input(schema),
                        .is_file = text_at(schema, "format") == "binary",
                        .values = values_in(schema)});
    }
    return inputs;
  }

  std::vector<Word> runs(size_t most) override {
    return words("/runs?limit=" + std::to_string(most), "runs",
                 [](const Json& run) { return text_at(run, "status") + " " + text_at(run, "appId"); });
  }

  std::vector<Word> workspaces() override {
    return words("/workspaces", "workspaces",
                 [](const Json& workspace) { return "last used " + text_at(workspace, "lastUsedAt"); });
  }

 private:
  Json get(const std::string& path) {
    auto document = api_->get(path);
    return document ? std::move(document->json) : Json();
  }

  template <typename About>
  std::vector<Word> words(const std::string& path, const std::string& list, const About& about) {
    std::vector<Word> words;
    const Json listed = part_of(get(path), list);
    for (const Json& each : listed) words.push_back({text_at(each, "id"), about(each)});
    return words;
  }

  std::unique_ptr<ApiClient> api_;
};

}   // namespace

std::unique_ptr<WordSource> words_there(const Line& line) {
  auto api = ApiClient::connect({.place = place_of(line), .account = ""});
  return api ? std::make_unique<There>(std::move(*api)) : nullptr;
}

}   // namespace capid::cli
