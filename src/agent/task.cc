// SPDX-License-Identifier: Apache-2.0
#include "agent/task.h"

#include <fstream>

#include "apps/prompt.h"
#include "base/crypto.h"
#include "base/fd.h"

namespace capid::agent {
namespace {

using base::member;
using base::text_of;

constexpr size_t kMostInputs = size_t{64} << 20;
constexpr size_t kMostImage = size_t{7} << 19;       // 3.5 MiB: 5 MB of base64 are the most that some providers take
constexpr size_t kMostMedia = size_t{16} << 20;      // bytes of all files that are shown: a third more as they are sent
constexpr size_t kMostEarlier = size_t{256} << 10;   // bytes of what was said before; the newest counts

// "image" or "pdf"; empty for what no model looks at.
std::string kind_of(std::string_view type) {
  if (type == "application/pdf") return "pdf";
  for (const char* image : {"image/png", "image/jpeg", "image/gif", "image/webp"}) {
    if (type == image) return "image";
  }
  return "";
}

// The prompt says where the other files are, if it wants to: {{#files}}.
Result<std::vector<Media>> media_of(const Json& given, const std::set<std::string>& kinds) {
  std::vector<Media> media;
  size_t total = 0;
  for (const Json& file : member(given, "files")) {
    const std::string type(text_of(member(file, "type")));
    if (!kinds.contains(kind_of(type))) continue;
    const size_t most = kind_of(type) == "image" ? kMostImage : kMostMedia;
    const auto bytes = base::read_file(std::string(text_of(member(file, "path"))), most);
    if (!bytes || total + bytes->size() > kMostMedia) continue;   // too large to be shown, and still there for tools
    total += bytes->size();
    media.push_back(
        {.name = std::string(text_of(member(file, "name"))), .type = type, .base64 = base::to_base64(*bytes)});
  }
  return media;
}

void add(std::vector<Turn>& turns, Turn::Speaker speaker, std::string_view text) {
  if (text.empty()) return;
  if (turns.empty() || turns.back().speaker != speaker) turns.push_back({.speaker = speaker});
  std::string& said = turns.back().text;
  said.append(said.empty() ? "" : "\n\n").append(text);
}

// A conversation begins with the user.
void forget_the_oldest(std::vector<Turn>& turns) {
  size_t kept = 0, first = turns.size();
  while (first > 0 && kept + turns[first - 1].text.size() <= kMostEarlier) kept += turns[--first].text.size();
  while (first < turns.size() && turns[first].speaker != Turn::Speaker::kUser) ++first;
  turns.erase(turns.begin(), turns.begin() + static_cast<ptrdiff_t>(first));
}

// What was asked and answered; how the answers were found is in the files, if anywhere.
std::vector<Turn> read_earlier(const std::string& path) {
  std::vector<Turn> turns;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const Json event = Json::parse(line, nullptr, false);
    const std::string_view type = text_of(member(event, "type")), text = text_of(member(member(event, "data"), "text"));
    if (type == "prompt") add(turns, Turn::Speaker::kUser, text);
    if (type == "message") add(turns, Turn::Speaker::kModel, text);
  }
  forget_the_oldest(turns);
  return turns;
}

}   // namespace

Result<Task> read_task(const TaskPlace& place) {
  Task task{.manifest = TRY(apps::read_manifest(place.app_folder, "app"))};
  if (!task.manifest.prompt) return Error{Code::kAppDisabled, "the app has no prompt"};
  const Json given = TRY(base::parse_json(TRY(base::read_file(place.inputs_file, kMostInputs))));
  task.prompt.text = apps::render_prompt(task.manifest.prompt->text, given);
  task.prompt.media = TRY(media_of(given, place.media));
  task.earlier = read_earlier(place.thread_file);
  return task;
}

}   // namespace capid::agent
