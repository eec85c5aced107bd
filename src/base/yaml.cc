// SPDX-License-Identifier: Apache-2.0
#include "base/yaml.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>

#include "base/text.h"

namespace capid::base {
namespace {

constexpr int kMaxDepth = 32;
constexpr size_t kMaxNodes = 10'000;
constexpr size_t kMaxProblems = 50;

Json plain_scalar(const std::string& text) {
  if (text == "null" || text == "~" || text.empty()) return nullptr;
  if (text == "true" || text == "false") return text == "true";
  if (const auto integer = to_integer(text)) return *integer;
  if (const auto number = to_number(text)) return *number;
  return text;
}

// Aliases let a small file stand for a huge tree, or an endless one: what is built is counted.
Json to_json(const YAML::Node& node, int depth, size_t& budget) {
  if (depth > kMaxDepth || budget == 0) {
    budget = 0;
    return nullptr;
  }
  --budget;
  switch (node.Type()) {
    case YAML::NodeType::Scalar:
      return node.Tag() == "!" ? Json(node.Scalar()) : plain_scalar(node.Scalar());
    case YAML::NodeType::Sequence: {
      Json list = Json::array();
      for (const auto& item : node) list.push_back(to_json(item, depth + 1, budget));
      return list;
    }
    case YAML::NodeType::Map: {
      Json object = Json::object();
      for (const auto& entry : node) object[entry.first.Scalar()] = to_json(entry.second, depth + 1, budget);
      return object;
    }
    default:
      return nullptr;
  }
}

int line_of(const YAML::Node& node) { return std::max(node.Mark().line + 1, 1); }

template <typename T>
std::optional<T> in_range(const YamlValue& value, std::optional<T> got, T least, T most, const std::string& wanted) {
  if (got && *got >= least && *got <= most) return got;
  value.problem(wanted);
  return std::nullopt;
}

}   // namespace

void YamlProblems::add(int line, const std::string& what) {
  if (lines_.size() < kMaxProblems) lines_.push_back(file_ + ":" + std::to_string(line) + ": " + what);
}

YamlValue::YamlValue(std::shared_ptr<const YAML::Node> node, int line, std::string path, YamlProblems& problems)
    : node_(std::move(node)), line_(line), path_(std::move(path)), problems_(&problems) {}

void YamlValue::problem(const std::string& what) const { remark(path_.empty() ? what : path_ + ": " + what); }
void YamlValue::remark(const std::string& what) const { problems_->add(line_, what); }

bool YamlValue::is_map() const { return node_->IsMap(); }
bool YamlValue::is_list() const { return node_->IsSequence(); }

bool YamlValue::is_null() const {
  return node_->IsNull() || (node_->IsScalar() && node_->Tag() != "!" && plain_scalar(node_->Scalar()).is_null());
}

std::optional<std::string> YamlValue::text() const {
  if (node_->IsScalar()) return node_->Scalar();
  problem("must be text");
  return std::nullopt;
}

std::optional<bool> YamlValue::boolean() const {
  if (node_->IsScalar() && (node_->Scalar() == "true" || node_->Scalar() == "false")) return node_->Scalar() == "true";
  problem("must be true or false");
  return std::nullopt;
}

std::optional<int64_t> YamlValue::integer(int64_t least, int64_t most) const {
  const auto got = node_->IsScalar() ? to_integer(node_->Scalar()) : std::nullopt;
  return in_range(*this, got, least, most,
                  "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
}

std::optional<double> YamlValue::number() const {
  if (const auto got = node_->IsScalar() ? to_number(node_->Scalar()) : std::nullopt) return got;
  problem("must be a number");
  return std::nullopt;
}

std::optional<int64_t> YamlValue::duration_ms(int64_t least, int64_t most) const {
  const auto got = node_->IsScalar() ? to_duration_ms(node_->Scalar()) : std::nullopt;
  return in_range(*this, got, least, most,
                  "must be a time with its unit, such as 30s, 10m or 2h, from " + std::to_string(least) + "ms to " +
                      std::to_string(most / 1000) + "s");
}

std::optional<int64_t> YamlValue::bytes(int64_t least, int64_t most) const {
  const auto got = node_->IsScalar() ? to_bytes(node_->Scalar()) : std::nullopt;
  return in_range(*this, got, least, most,
                  "must be a size with its unit, such as 512MiB or 1GiB, from " + std::to_string(least) + "B to " +
                      std::to_string(most >> 20) + "MiB");
}

std::optional<int64_t> YamlValue::micro() const {
  const auto got = node_->IsScalar() ? to_micro(node_->Scalar()) : std::nullopt;
  return in_range(*this, got, int64_t{0}, int64_t{1'000'000'000'000'000},
                  "must be an amount of credits of 0 or more, with at most six decimals");
}

std::vector<YamlValue> YamlValue::items() const {
  std::vector<YamlValue> items;
  if (!node_->IsSequence()) {
    problem("must be a list");
    return items;
  }
  for (const auto& item : *node_) {
    items.emplace_back(std::make_shared<YAML::Node>(item), line_of(item),
                       path_ + "[" + std::to_string(items.size()) + "]", *problems_);
  }
  return items;
}

std::vector<std::string> YamlValue::texts() const {
  std::vector<std::string> texts;
  for (const YamlValue& item : items()) {
    if (auto text = item.text()) texts.push_back(std::move(*text));
  }
  return texts;
}

YamlMap YamlValue::map() const {
  std::vector<std::pair<std::string, YamlValue>> entries;
  if (!node_->IsMap()) {
    problem("must be a mapping of keys to values");
    return YamlMap(*this);
  }
  std::set<std::string> seen;
  for (const auto& entry : *node_) {
    if (!entry.first.IsScalar()) {
      problem("has a key that is not plain text");
      continue;
    }
    const std::string key = entry.first.Scalar();
    const std::string path = path_.empty() ? key : path_ + "." + key;
    if (!seen.insert(key).second) problems_->add(line_of(entry.first), path + ": is given twice");
    entries.emplace_back(key,
                         YamlValue(std::make_shared<YAML::Node>(entry.second), line_of(entry.first), path, *problems_));
  }
  return YamlMap(*this, std::move(entries));
}

Json YamlValue::json() const {
  size_t budget = kMaxNodes;
  Json json = to_json(*node_, 0, budget);
  if (budget > 0) return json;
  problem("is too large, or refers to itself");
  return nullptr;
}

YamlMap::YamlMap(YamlValue where, std::vector<std::pair<std::string, YamlValue>> entries)
    : where_(std::move(where)), entries_(std::move(entries)) {}

std::optional<YamlValue> YamlMap::take(const std::string& key) {
  known_.push_back(key);
  for (const auto& [name, value] : entries_) {
    if (name == key && !value.is_null()) return value;
  }
  return std::nullopt;
}

void YamlMap::read(const std::string& key, std::string& out) {
  if (const auto value = take(key)) out = value->text().value_or(out);
}

void YamlMap::read(const std::string& key, bool& out) {
  if (const auto value = take(key)) out = value->boolean().value_or(out);
}

void YamlMap::read(const std::string& key, std::vector<std::string>& out) {
  if (const auto value = take(key)) out = value->texts();
}

void YamlMap::read(const std::string& key, int64_t& out, int64_t least, int64_t most) {
  if (const auto value = take(key)) out = value->integer(least, most).value_or(out);
}

void YamlMap::read_duration(const std::string& key, int64_t& out_ms, int64_t least, int64_t most) {
  if (const auto value = take(key)) out_ms = value->duration_ms(least, most).value_or(out_ms);
}

void YamlMap::read_bytes(const std::string& key, int64_t& out, int64_t least, int64_t most) {
  if (const auto value = take(key)) out = value->bytes(least, most).value_or(out);
}

void YamlMap::read_micro(const std::string& key, int64_t& out) {
  if (const auto value = take(key)) out = value->micro().value_or(out);
}

void YamlMap::read_choice(const std::string& key, std::string& out, const std::vector<std::string>& choices) {
  const auto value = take(key);
  if (!value) return;
  const auto text = value->text();
  if (!text) return;
  if (std::find(choices.begin(), choices.end(), *text) != choices.end()) {
    out = *text;
  } else {
    value->problem("must be one of " + join(choices, ", ") + did_you_mean(*text, choices));
  }
}

void YamlMap::finish() const {
  for (const auto& [name, value] : entries_) {
    if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
    const std::string place = where_.path().empty() ? "" : " in " + where_.path();
    value.remark("unknown key \"" + name + "\"" + place + did_you_mean(name, known_));
  }
}

// The library takes any bytes, and what is made of them must stand in JSON.
std::optional<YamlMap> parse_yaml(const std::string& text, YamlProblems& problems) {
  if (!is_utf8(text)) {
    problems.add(1, "this is not UTF-8 text: save it in that encoding");
    return std::nullopt;
  }
  try {
    YAML::Node root = YAML::Load(text);
    const YamlValue value(std::make_shared<YAML::Node>(root), line_of(root), "", problems);
    return root.IsNull() ? YamlMap(value) : value.map();
  } catch (const YAML::Exception& error) {
    problems.add(std::max(error.mark.line + 1, 1), "this is not valid YAML: " + error.msg);
    return std::nullopt;
  }
}

}   // namespace capid::base
