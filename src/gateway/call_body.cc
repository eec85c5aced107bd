// SPDX-License-Identifier: Apache-2.0
#include "gateway/call_body.h"

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

// `text` is valid JSON, and begins with a brace.
std::vector<Member> members_of(std::string_view text) {
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
    members.push_back({std::move(name), begin, walk.at()});
  }
}

// Some servers take a name in any case for theirs.
bool is_named(const Member& member, std::string_view lower_name) { return base::to_lower(member.name) == lower_name; }

std::string quoted(const std::string& text) { return base::dump(Json(text)); }

// Replaced from the back, so that the places in front of it stay where they are.
void replace_models(std::string& text, const std::vector<Member>& members, const std::string& model) {
  bool named = false;
  for (auto member = members.rbegin(); member != members.rend(); ++member) {
    if (!is_named(*member, "model")) continue;
    text.replace(member->begin, member->end - member->begin, quoted(model));
    named = true;
  }
  if (!named) text.insert(text.find('{') + 1, "\"model\":" + quoted(model) + (members.empty() ? "" : ","));
}

// A stream of chat completions tells of usage only where that was asked for. True: it was not.
bool ask_for_usage(std::string& text, const std::vector<Member>& members) {
  const Member* options = nullptr;
  bool streams = false;
  for (const Member& member : members) {
    if (member.name == "stream") streams = text.compare(member.begin, member.end - member.begin, "true") == 0;
    if (member.name == "stream_options") options = &member;
  }
  if (!streams) return false;
  if (!options) {
    text.insert(text.find('{') + 1, "\"stream_options\":{\"include_usage\":true},");
    return true;
  }
  Json value = Json::parse(text.substr(options->begin, options->end - options->begin));
  if (!value.is_object()) value = Json::object();
  const Json asked = std::exchange(value["include_usage"], true);
  if (asked == true) return false;
  text.replace(options->begin, options->end - options->begin, base::dump(value));
  return true;
}

bool is_later(std::string_view value) { return value != "false" && value != "null"; }

}   // namespace

Result<CallBody> prepare_call(Protocol protocol, std::string text, const std::string& model) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos || text[first] != '{' || !Json::accept(text))
    return Error{Code::kInvalidJson, "the request's body is not a JSON object"};
  CallBody body{.text = std::move(text)};
  for (const Member& member : members_of(body.text)) {
    if (is_named(member, "background") &&
        is_later(std::string_view(body.text).substr(member.begin, member.end - member.begin)))
      return Error{Code::kInvalidParameter,
                   "this gateway passes on answers that come at once: leave out \"background\"", "background"};
  }
  replace_models(body.text, members_of(body.text), model);
  if (protocol == Protocol::kChatCompletions) body.usage_was_added = ask_for_usage(body.text, members_of(body.text));
  return body;
}

}   // namespace capid::gateway
