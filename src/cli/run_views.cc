// SPDX-License-Identifier: Apache-2.0
#include "cli/run_views.h"

#include "base/text.h"
#include "cli/terminal.h"

namespace capid::cli {
namespace {

constexpr size_t kShortVersion = 12;   // of a hash; the whole of it is in the JSON

using Rows = std::vector<std::vector<std::string>>;

std::string shown(const Json& object, const std::string& name) {
  const std::string text = harmless(text_at(object, name));
  return text.substr(0, text.find('\n'));
}

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

std::string joined(const Json& texts) {
  std::vector<std::string> list;
  for (const Json& text : texts)
    list.push_back(harmless(text.is_string() ? text.get<std::string>() : base::dump(text)));
  return base::join(list, ", ");
}

std::string pairs(const Json& object) {
  std::vector<std::string> list;
  for (const auto& [name, value] : object.items())
    list.push_back(harmless(name) + "=" + harmless(value.is_string() ? value.get<std::string>() : base::dump(value)));
  return base::join(list, ", ");
}

std::string duration(const Json& run) {
  if (text_at(run, "completedAt").empty() || text_at(run, "startedAt").empty()) return "-";
  return time_text(number_at(part_of(run, "usage"), "wallSeconds"));
}

std::string file_line(const Json& file, const std::string& name) {
  return shown(file, name) + " (" + shown(file, "type") + ", " +
         size_text(static_cast<int64_t>(number_at(file, "size"))) + ")";
}

void add(Rows& rows, const std::string& name, const std::string& value) {
  if (!value.empty()) rows.push_back({name, value});
}

void add_files(Rows& rows, const std::string& heading, const Json& files, const std::string& name) {
  for (const Json& file : files) rows.push_back({&file == &files.front() ? heading : "", file_line(file, name)});
}

std::string app_text(const Json& run) {
  const std::string name = shown(run, "appName"), id = shown(run, "appId");
  return name.empty() || name == id ? id : id + " (" + name + ")";
}

std::string usage_text(const Json& usage) {
  return credits_text(number_at(usage, "credits")) + ", " + time_text(number_at(usage, "wallSeconds")) + ", " +
         time_text(number_at(usage, "cpuSeconds")) + " of CPU, " +
         size_text(static_cast<int64_t>(number_at(usage, "peakMemoryBytes"))) + " of memory";
}

void add_error(Rows& rows, const Json& run) {
  add(rows, "error", shown(run, "errorCode"));
  for (const std::string& line : base::split(harmless(text_at(run, "errorMessage")), '\n')) add(rows, "", line);
}

}   // namespace

void print_runs(const Json& runs) {
  Rows rows{{"ID", "STATUS", "APP", "CREATED", "DURATION", "CREDITS", "TAGS"}};
  for (const Json& run : runs) {
    rows.push_back({shown(run, "id"), shown(run, "status"), shown(run, "appId"), shown(run, "createdAt"), duration(run),
                    number_text(number_at(part_of(run, "usage"), "credits")), or_dash(joined(part_of(run, "tags")))});
  }
  print_table(rows);
}

void print_page(const Json& run, const Json& artifacts) {
  Rows rows;
  add(rows, "run", shown(run, "id"));
  add(rows, "status", shown(run, "status"));
  add_error(rows, run);
  add(rows, "app", app_text(run));
  add(rows, "version", shown(run, "appVersion").substr(0, kShortVersion));
  add(rows, "created", shown(run, "createdAt"));
  add(rows, "started", shown(run, "startedAt"));
  add(rows, "completed", shown(run, "completedAt"));
  add(rows, "inputs", pairs(part_of(run, "inputs")));
  add_files(rows, "files", part_of(run, "files"), "name");
  add(rows, "model", shown(run, "chatModelId"));
  add(rows, "workspace", shown(run, "workspaceId"));
  add(rows, "thread", shown(run, "threadId"));
  add(rows, "tags", joined(part_of(run, "tags")));
  add(rows, "metadata", pairs(part_of(run, "metadata")));
  add(rows, "usage", usage_text(part_of(run, "usage")));
  add_files(rows, "artifacts", artifacts, "title");
  print_table(rows);
  const Json result = part_of(run, "result");
  if (const std::string text = text_at(result, "text"); !text.empty()) print_data("\n" + text);
}

void print_artifacts(const Json& artifacts) {
  Rows rows{{"ID", "SIZE", "TYPE", "TITLE"}};
  for (const Json& artifact : artifacts) {
    rows.push_back({shown(artifact, "id"), size_text(static_cast<int64_t>(number_at(artifact, "size"))),
                    shown(artifact, "type"), shown(artifact, "title")});
  }
  print_table(rows);
}

}   // namespace capid::cli
