// SPDX-License-Identifier: Apache-2.0
#include "api/run_fields.h"

#include <algorithm>
#include <cmath>

#include "base/ids.h"
#include "base/text.h"
#include "runs/workspace_folder.h"

namespace capid::api {
namespace {

constexpr int64_t kSecondMs = 1000;
constexpr int64_t kLongestS = 7 * 86'400;
constexpr size_t kMaxTags = 10, kMaxTagLength = 64;
constexpr size_t kMaxEntries = 32, kMaxKeyLength = 64, kMaxValueLength = 512;
constexpr double kMicro = 1e6, kMostCredits = 1e9;

enum class Kind { kText, kNumber, kJson };

using Set = Result<void> (*)(runs::NewRun& run, const std::string& name, const Json& value);

struct Field {
  const char* name;
  Kind kind;   // what a form's text stands for
  Set set;
};

Error wrong(const std::string& name, const std::string& what) {
  return {Code::kInvalidParameter, name + " " + what, name};
}

Result<std::string> text_of(const std::string& name, const Json& value) {
  if (!value.is_string()) return wrong(name, "must be a string");
  return value.get<std::string>();
}

Result<int64_t> seconds_of(const std::string& name, const Json& value) {
  if (value.is_number_integer() && value >= 1 && value <= kLongestS) return value.get<int64_t>() * kSecondMs;
  return wrong(name, "must be a whole number of seconds from 1 to " + std::to_string(kLongestS));
}

bool is_short_text(const Json& value, size_t most) {
  if (!value.is_string()) return false;
  const auto& text = value.get_ref<const std::string&>();
  return !text.empty() && text.size() <= most && text.find('\0') == std::string::npos;
}

Result<void> set_app(runs::NewRun& run, const std::string& name, const Json& value) {
  run.app = TRY(text_of(name, value));
  return {};
}

Result<void> set_inputs(runs::NewRun& run, const std::string& name, const Json& value) {
  if (!value.is_object())
    return Error{Code::kInvalidInput, "inputs must be a JSON object of input names and values", name};
  run.inputs = value;
  return {};
}

Result<void> set_model(runs::NewRun& run, const std::string& name, const Json& value) {
  run.options.model = TRY(text_of(name, value));
  return {};
}

Result<void> set_workspace(runs::NewRun& run, const std::string& name, const Json& value) {
  std::string id = TRY(text_of(name, value));
  if (!runs::is_workspace_id(id))
    return wrong(name, "must be 1 to 64 of a-z, 0-9, '_' and '-', beginning with a letter or a digit");
  run.options.workspace = std::move(id);
  return {};
}

Result<void> set_thread(runs::NewRun& run, const std::string& name, const Json& value) {
  std::string id = TRY(text_of(name, value));
  if (!base::is_uuid(id)) return wrong(name, "must be the threadId of an earlier run");
  run.thread = std::move(id);
  return {};
}

Result<void> set_tags(runs::NewRun& run, const std::string& name, const Json& value) {
  if (!value.is_array() || value.size() > kMaxTags)
    return wrong(name, "must be a list of at most " + std::to_string(kMaxTags) + " texts");
  for (const Json& tag : value) {
    if (!is_short_text(tag, kMaxTagLength))
      return wrong(name, "must hold texts of 1 to " + std::to_string(kMaxTagLength) + " bytes");
    const auto& text = tag.get_ref<const std::string&>();
    auto& tags = run.options.tags;
    if (std::find(tags.begin(), tags.end(), text) == tags.end()) tags.push_back(text);
  }
  return {};
}

Result<void> set_metadata(runs::NewRun& run, const std::string& name, const Json& value) {
  if (!value.is_object() || value.size() > kMaxEntries)
    return wrong(name, "must be an object of at most " + std::to_string(kMaxEntries) + " texts");
  for (const auto& [key, entry] : value.items()) {
    const std::string field = name + "." + base::to_utf8(key.substr(0, kMaxKeyLength));
    if (!is_short_text(Json(key), kMaxKeyLength))
      return wrong(field, "has a name that is not 1 to " + std::to_string(kMaxKeyLength) + " bytes long");
    if (!is_short_text(entry, kMaxValueLength))
      return wrong(field, "must be a text of 1 to " + std::to_string(kMaxValueLength) + " bytes");
    run.options.metadata.emplace(key, entry.get<std::string>());
  }
  return {};
}

// Where it may lead is judged with the run's other options.
Result<void> set_webhook(runs::NewRun& run, const std::string& name, const Json& value) {
  run.options.webhook_url = TRY(text_of(name, value));
  return {};
}

Result<void> set_ttl(runs::NewRun& run, const std::string& name, const Json& value) {
  run.ttl_ms = TRY(seconds_of(name, value));
  return {};
}

Result<void> set_timeout(runs::NewRun& run, const std::string& name, const Json& value) {
  run.options.timeout_ms = TRY(seconds_of(name, value));
  return {};
}

Result<void> set_max_credits(runs::NewRun& run, const std::string& name, const Json& value) {
  const double credits = value.is_number() ? value.get<double>() : -1;
  if (credits < 0 || credits > kMostCredits) return wrong(name, "must be a number of credits, from 0 to a billion");
  run.options.max_credits = std::llround(credits * kMicro);
  return {};
}

constexpr Field kFields[] = {
    {"appId", Kind::kText, set_app},
    {"inputs", Kind::kJson, set_inputs},
    {"chatModelId", Kind::kText, set_model},
    {"workspaceId", Kind::kText, set_workspace},
    {"threadId", Kind::kText, set_thread},
    {"tags", Kind::kJson, set_tags},
    {"metadata", Kind::kJson, set_metadata},
    {"ttlSeconds", Kind::kNumber, set_ttl},
    {"timeoutSeconds", Kind::kNumber, set_timeout},
    {"maxCredits", Kind::kNumber, set_max_credits},
    {"webhookUrl", Kind::kText, set_webhook},
};

Result<const Field*> find_field(const std::string& name) {
  std::vector<std::string> known;
  for (const Field& field : kFields) {
    if (name == field.name) return &field;
    known.emplace_back(field.name);
  }
  const std::string shown = base::to_utf8(name.substr(0, 64));
  return Error{Code::kUnknownField, "unknown field \"" + shown + "\"" + base::did_you_mean(name, known), shown};
}

// A number that is none stays a text, and is refused as one by the field.
Json number_in(const std::string& text) {
  if (const auto integer = base::to_integer(text)) return *integer;
  if (const auto number = base::to_number(text)) return *number;
  return text;
}

Result<Json> json_in(const std::string& name, const std::string& text) {
  auto json = base::parse_json(text);
  if (!json) return Error{Code::kInvalidJson, name + ": " + json.error().message, name};
  return json;
}

}   // namespace

Result<void> check_field_name(const std::string& name) {
  TRY(find_field(name));
  return {};
}

Result<void> set_field(runs::NewRun& run, const std::string& name, const Json& value) {
  const Field* field = TRY(find_field(name));
  return value.is_null() ? Result<void>{} : field->set(run, name, value);
}

Result<void> set_field_from_text(runs::NewRun& run, const std::string& name, const std::string& text) {
  const Field* field = TRY(find_field(name));
  if (field->kind == Kind::kJson) return set_field(run, name, TRY(json_in(name, text)));
  if (text.empty()) return {};
  return field->set(run, name, field->kind == Kind::kNumber ? number_in(text) : Json(text));
}

}   // namespace capid::api
