// SPDX-License-Identifier: Apache-2.0
// The tools for files: read, write, edit, list and search.
#include <fcntl.h>
#include <regex.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>

#include "agent/toolbox.h"
#include "base/fd.h"
#include "base/text.h"

namespace capid::agent {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostRead = size_t{16} << 20;   // of one file
constexpr int64_t kUsualLines = 2'000;
constexpr size_t kMostListed = 1'000;
constexpr size_t kMostFound = 200;
constexpr size_t kLongestLine = 500;   // that is shown of a line that was found

// Whether it looks like a text: no zero byte near its beginning.
bool is_text(std::string_view bytes) { return bytes.substr(0, 8'192).find('\0') == std::string_view::npos; }

Result<std::string> read_text(const std::string& path) {
  std::string bytes = TRY(base::read_file(path, kMostRead));
  if (!is_text(bytes))
    return Error{Code::kInvalidInput, path + " is no text; it has " + std::to_string(bytes.size()) + " bytes"};
  return bytes;
}

Result<void> write_text(const std::string& path, std::string_view text) {
  std::error_code ignored;
  if (const fs::path folder = fs::path(path).parent_path(); !folder.empty()) fs::create_directories(folder, ignored);
  const auto file = TRY(base::open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0644));
  return base::write_all(file.get(), text);
}

ToolOutput read(const Json& arguments) {
  const auto path = text_argument(arguments, "path");
  if (!path) return failed(path.error());
  const auto first = integer_argument(arguments, "first_line", 1),
             lines = integer_argument(arguments, "lines", kUsualLines);
  if (!first || !lines) return failed(first ? lines.error() : first.error());
  const auto text = read_text(*path);
  if (!text) return failed(text.error());
  std::string shown;
  int64_t number = 0;
  for (const std::string& line : base::split(text->ends_with('\n') ? text->substr(0, text->size() - 1) : *text, '\n')) {
    ++number;
    if (number < *first) continue;
    if (number - *first >= *lines) return {.text = shown + "(there are more lines)\n"};
    shown += line + "\n";
  }
  if (number < *first) return failed(*path + " has " + std::to_string(number) + " lines");
  return {.text = text->empty() ? "(an empty file)" : shown};
}

ToolOutput write(const Json& arguments) {
  const auto path = text_argument(arguments, "path"), content = text_argument(arguments, "content");
  if (!path || !content) return failed(path ? content.error() : path.error());
  if (const auto written = write_text(*path, *content); !written) return failed(written.error());
  return {.text = "wrote " + std::to_string(content->size()) + " bytes to " + *path};
}

size_t count_of(std::string_view part, std::string_view whole) {
  size_t count = 0;
  for (size_t at = whole.find(part); at != std::string_view::npos; at = whole.find(part, at + part.size())) ++count;
  return count;
}

ToolOutput edit(const Json& arguments) {
  const auto path = text_argument(arguments, "path"), old_text = text_argument(arguments, "old_text"),
             new_text = text_argument(arguments, "new_text");
  for (const auto* each : {&path, &old_text, &new_text}) {
    if (!*each) return failed(each->error());
  }
  auto text = read_text(*path);
  if (!text) return failed(text.error());
  if (old_text->empty()) return failed("old_text is empty: say what is to be replaced");
  const bool all = base::member(arguments, "all") == true;
  const size_t count = count_of(*old_text, *text);
  if (count == 0) return failed("old_text is not in " + *path + ": read it, and copy the text exactly");
  if (count > 1 && !all)
    return failed("old_text is in " + *path + " " + std::to_string(count) +
                  " times: give more of what is around it, or all: true");
  for (size_t at = text->find(*old_text); at != std::string::npos; at = text->find(*old_text, at + new_text->size()))
    text->replace(at, old_text->size(), *new_text);
  if (const auto written = write_text(*path, *text); !written) return failed(written.error());
  return {.text = "replaced " + std::to_string(count) + (count == 1 ? " place" : " places") + " in " + *path};
}

// Calls for everything below a folder, in the order of names, without following links; until it returns false.
void walk(const fs::path& folder, const std::function<bool(const fs::directory_entry&)>& visit) {
  std::error_code error;
  std::vector<fs::directory_entry> entries;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    entries.push_back(*entry);
  std::sort(entries.begin(), entries.end());
  for (const fs::directory_entry& entry : entries) {
    std::error_code ignored;
    if (!visit(entry)) return;
    if (entry.is_directory(ignored) && !entry.is_symlink(ignored)) walk(entry.path(), visit);
  }
}

ToolOutput list(const Json& arguments) {
  const auto path =
      arguments.contains("path") ? text_argument(arguments, "path") : Result<std::string>(std::string("."));
  if (!path) return failed(path.error());
  std::error_code error;
  if (!fs::is_directory(*path, error)) return failed(*path + " is no folder");
  std::string text;
  size_t count = 0;
  walk(*path, [&](const fs::directory_entry& entry) {
    std::error_code ignored;
    if (count++ >= kMostListed) return false;
    const bool is_folder = entry.is_directory(ignored);
    text += entry.path().string() + (is_folder ? "/" : "  " + std::to_string(entry.file_size(ignored))) + "\n";
    return true;
  });
  if (count > kMostListed) text += "(there is more: list a folder of these)\n";
  return {.text = text.empty() ? "(an empty folder)" : text};
}

using Pattern = std::unique_ptr<regex_t, void (*)(regex_t*)>;

Result<Pattern> compile(const std::string& text) {
  Pattern pattern(new regex_t, [](regex_t* each) {
    ::regfree(each);
    delete each;
  });
  if (const int error = ::regcomp(pattern.get(), text.c_str(), REG_EXTENDED | REG_NOSUB | REG_NEWLINE); error != 0) {
    char words[256];
    ::regerror(error, pattern.get(), words, sizeof words);
    (void)std::unique_ptr<regex_t>(pattern.release());   // nothing to free in it
    return Error{Code::kInvalidInput, std::string("pattern is no extended regular expression: ") + words};
  }
  return pattern;
}

ToolOutput search(const Json& arguments) {
  const auto text = text_argument(arguments, "pattern");
  if (!text) return failed(text.error());
  const auto path =
      arguments.contains("path") ? text_argument(arguments, "path") : Result<std::string>(std::string("."));
  if (!path) return failed(path.error());
  const auto pattern = compile(*text);
  if (!pattern) return failed(pattern.error());
  std::string found;
  size_t count = 0;
  const auto look_into = [&](const std::string& file) {
    const auto content = read_text(file);
    if (!content) return true;   // what cannot be read, or is no text, holds no lines
    int64_t number = 0;
    for (const std::string& line : base::split(*content, '\n')) {
      ++number;
      if (::regexec(pattern->get(), line.c_str(), 0, nullptr, 0) != 0) continue;
      if (count++ >= kMostFound) return false;
      found += file + ":" + std::to_string(number) + ": " + base::to_utf8(line.substr(0, kLongestLine)) + "\n";
    }
    return true;
  };
  std::error_code error;
  if (fs::is_directory(*path, error)) {
    walk(*path, [&](const fs::directory_entry& entry) {
      std::error_code ignored;
      return !entry.is_regular_file(ignored) || look_into(entry.path().string());
    });
  } else if (fs::exists(*path, error)) {
    (void)look_into(*path);
  } else {
    return failed(*path + " is not there");
  }
  if (count > kMostFound) found += "(there is more: search for less)\n";
  return {.text = found.empty() ? "(no line matches)" : found};
}

OrderedJson text_of_kind(const char* description) { return {{"type", "string"}, {"description", description}}; }

OrderedJson number_of_kind(const char* description) { return {{"type", "integer"}, {"description", description}}; }

}   // namespace

std::vector<Tool> file_tools() {
  constexpr const char* kPath = "absolute, or within /workspace";
  return {
      {.description = {.name = "read_file",
                       .description = "Reads lines of a text file.",
                       .parameters = parameters_of({{"path", text_of_kind(kPath)},
                                                    {"first_line", number_of_kind("1 if not given")},
                                                    {"lines", number_of_kind("at most so many; 2000 if not given")}},
                                                   {"path"})},
       .use = read},
      {.description = {.name = "write_file",
                       .description = "Writes a whole file; folders above it are made.",
                       .parameters =
                           parameters_of({{"path", text_of_kind(kPath)}, {"content", text_of_kind("all of it")}},
                                         {"path", "content"})},
       .use = write},
      {.description = {.name = "edit_file",
                       .description =
                           "Replaces a text within a file. It must be there exactly once, unless all is true.",
                       .parameters = parameters_of({{"path", text_of_kind(kPath)},
                                                    {"old_text", text_of_kind("as it stands there")},
                                                    {"new_text", text_of_kind("instead of it")},
                                                    {"all", {{"type", "boolean"}}}},
                                                   {"path", "old_text", "new_text"})},
       .use = edit},
      {.description = {.name = "list_files",
                       .description = "Lists what lies in a folder and in those below it, with sizes in bytes.",
                       .parameters = parameters_of({{"path", text_of_kind("/workspace if not given")}}, {})},
       .use = list},
      {.description = {.name = "search_files",
                       .description =
                           "Finds lines of text files that match an extended regular expression (as of grep -E).",
                       .parameters =
                           parameters_of({{"pattern", text_of_kind("matched within each line")},
                                          {"path", text_of_kind("a file or a folder; /workspace if not given")}},
                                         {"pattern"})},
       .use = search}};
}

}   // namespace capid::agent
