// SPDX-License-Identifier: Apache-2.0
#include "gateway/call_body.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/text.h"

namespace capid::gateway {
namespace {

// A member of the topmost object: its name as it is meant, and where its value stands.
struct Member {
  std::string name;
  size_t begin;
  size_t end;
};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Walks over JSON that is known to be valid.
class Walk {
 public:
  explicit Walk(std::string_view text) : text_(text) {}

  [[nodiscard]] size_t at() const { return at_; }
  [[nodiscard]] char next() const { return text_[at_]; }

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(next())) ++at_;
  }

  void skip_one() { ++at_; }

  // From its first quote to behind its last.
  void skip_string() {
    for (++at_; next() != '"'; ++at_) at_ += next() == '\\';
    ++at_;
  }

  void skip_value() {
    int depth = 0;
    do {
      const char c = next();
      if (c == '"') {
        skip_string();
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      ++at_;
    } while (depth > 0 || !ends_value());
  }

 private:
  // Of a value outside all brackets: a number or a word goes on up to what cannot belong to it.
  [[nodiscard]] bool ends_value() const {
    return at_ >= text_.size() || next() == ',' || next() == '}' || next() == ']' || is_blank(next());
  }

  std::string_view text_;
  size_t at_ = 0;
};

// `text` is valid JSON, and begins with a brace. Nothing where there are more than anybody sends.
std::optional<std::vector<Member>> members_of(std::string_view text) {
  constexpr size_t kMost = 1'000;   // the protocols have a few dozen
  std::vector<Member> members;
  Walk walk(text);
  walk.skip_blanks();
  walk.skip_one();
  for (;;) {
    walk.skip_blanks();
    if (walk.next() == '}') return members;
    if (walk.next() == ',') {
      walk.skip_one();
      continue;
    }
    const size_t name_at = walk.at();
    walk.skip_string();
    std::string name = Json::parse(text.substr(name_at, walk.at() - name_at)).get<std::string>();
    walk.skip_blanks();
    walk.skip_one();   // the colon
    walk.skip_blanks();
    const size_t begin = walk.at();
    walk.skip_value();
    if (members.size() == kMost) return std::nullopt;
    members.push_back({std::move(name), begin, walk.at()});
  }
}

// Some servers take a name in any case for theirs, others as it is written: what is set is set for both.
bool is_named(const Member& member, std::string_view lower_name) { return base::to_lower(member.name) == lower_name; }

std::string quoted(const std::string& text) { return base::dump(Json(text)); }

// Fields by which a request could be answered by another model than the run's, or later than anybody could tell what it cost.
constexpr std::array<std::string_view, 16> kRefused{"background",
                                                    "models",
                                                    "fallbacks",
                                                    "context_window_fallbacks",
                                                    "content_policy_fallbacks",
                                                    "default_fallbacks",
                                                    "route",
                                                    "extra_body",
                                                    "user_config",
                                                    "router_settings_override",
                                                    "mock_testing_fallbacks",
                                                    "deployment_id",
                                                    "model_list",
                                                    "api_base",
                                                    "base_url",
                                                    "preset"};

bool says_no(std::string_view value) { return value == "false" || value == "null"; }

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// The options of a stream, which tells of its usage then, whatever a server takes for that name. Nothing where they are nested
// too deeply.
std::optional<std::string> with_usage(std::string_view options, bool& was_asked) {
  auto value = base::parse_json(options);
  if (!value) return std::nullopt;
  if (!value->is_object()) *value = Json::object();
  was_asked = was_asked || value->value("include_usage", Json()) == true;
  for (auto member = value->begin(); member != value->end();) {
    const bool is_alike = !is_ascii(member.key()) || base::to_lower(member.key()) == "include_usage";
    member = is_alike ? value->erase(member) : std::next(member);
  }
  (*value)["include_usage"] = true;
  return base::dump(*value);
}

// Puts a body together from what stays of it and what takes its places, in one pass.
class Rewriting {
 public:
  explicit Rewriting(std::string_view text) : text_(text), at_(text.find('{') + 1) { out_ = text.substr(0, at_); }

  void insert(std::string_view name, std::string_view value, bool is_alone) {
    out_.append("\"").append(name).append("\":").append(value).append(is_alone ? "" : ",");
  }

  void replace(const Member& member, std::string_view value) {
    out_.append(text_.substr(at_, member.begin - at_)).append(value);
    at_ = member.end;
  }

  [[nodiscard]] std::string finish() { return std::move(out_.append(text_.substr(at_))); }

 private:
  std::string_view text_;
  size_t at_;
  std::string out_;
};

}   // namespace

Result<CallBody> prepare_call(Protocol protocol, const std::string& text, const std::string& model) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  const bool has_nul = text.find('\0') != std::string::npos;   // where some would take it to end
  if (first == std::string::npos || text[first] != '{' || has_nul || !Json::accept(text))
    return Error{Code::kInvalidJson, "the request's body is not a JSON object"};
  const auto members = members_of(text);
  if (!members) return Error{Code::kInvalidJson, "the request's body has too many members"};
  const auto value_of = [&](const Member& member) {
    return std::string_view(text).substr(member.begin, member.end - member.begin);
  };
  bool streams = false, names_model = false, has_options = false, asked_for_usage = false;
  for (const Member& member : *members) {
    if (!is_ascii(member.name))   // a letter may be one of ASCII's in another form to a server that folds case
      return Error{Code::kInvalidParameter,
                   "this gateway takes no name with letters outside ASCII at the top of a request: leave out \"" +
                       member.name + "\"",
                   member.name};
    for (const std::string_view refused : kRefused) {
      if (is_named(member, refused) && !says_no(value_of(member)))
        return Error{
            Code::kInvalidParameter,
            "this gateway lets no answer come later, or from another model: leave out \"" + std::string(refused) + "\"",
            std::string(refused)};
    }
    names_model = names_model || member.name == "model";
    streams = streams || (is_named(member, "stream") && !says_no(value_of(member)));
    has_options = has_options || member.name == "stream_options";
  }
  const bool wants_usage = protocol == Protocol::kChatCompletions && streams;
  Rewriting body(text);
  if (wants_usage && !has_options) body.insert("stream_options", "{\"include_usage\":true}", false);
  if (!names_model) body.insert("model", quoted(model), members->empty());
  for (const Member& member : *members) {
    if (is_named(member, "model")) body.replace(member, quoted(model));
    if (!wants_usage || !is_named(member, "stream_options")) continue;
    const auto options = with_usage(value_of(member), asked_for_usage);
    if (!options) return Error{Code::kInvalidJson, "stream_options is nested too deeply", "stream_options"};
    body.replace(member, *options);
  }
  return CallBody{.text = body.finish(), .usage_was_added = wants_usage && !asked_for_usage};
}

}   // namespace capid::gateway
