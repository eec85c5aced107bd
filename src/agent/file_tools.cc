// SPDX-License-Identifier: Apache-2.0
// The tools for files: read, write, edit, list and search.
#include <fcntl.h>
#include <regex.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>

#include "agent/toolbox.h"
#include "base/fd.h"
#include "base/text.h"

namespace capid::agent {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostFile = size_t{16} << 20;
constexpr int64_t kUsualLines = 2'000;
constexpr size_t kMostListed = 1'000;
constexpr size_t kMostFound = 200;
constexpr size_t kMostShown = 500;                 // bytes of a line that was found
constexpr size_t kLongestLine = size_t{8} << 10;   // of which the beginning is searched
constexpr size_t kLongestPattern = 1'000;
constexpr std::chrono::seconds kLongestSearch{60};

// A pipe or a device could keep us for ever.
Result<base::Fd> open_regular(const std::string& path, int flags) {
  auto file = TRY(base::open_file(path, flags | O_NONBLOCK, 0644));
  struct stat status {};
  if (::fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode)) return file;
  return Error{Code::kInvalidInput, path + " is no regular file"};
}

Result<std::string> read_text(const std::string& path) {
  const auto file = TRY(open_regular(path, O_RDONLY));
  std::string bytes = TRY(base::read_all(file.get(), kMostFile));
  if (is_text(bytes)) return bytes;
  return Error{Code::kInvalidInput, path + " is no text; it has " + std::to_string(bytes.size()) + " bytes"};
}

Result<void> write_text(const std::string& path, std::string_view text) {
  std::error_code ignored;
  if (const fs::path folder = fs::path(path).parent_path(); !folder.empty()) fs::create_directories(folder, ignored);
  const auto file = TRY(open_regular(path, O_WRONLY | O_CREAT));
  if (::ftruncate(file.get(), 0) != 0) return base::system_error(path + " cannot be written", "ftruncate");
  return base::write_all(file.get(), text);
}

// Calls for each line without its end, until it returns false.
void each_line(std::string_view text, const std::function<bool(std::string_view line, int64_t number)>& visit) {
  int64_t number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    if (!visit(text.substr(0, end), ++number)) return;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

ToolOutput read(const Json& arguments) {
  const auto path = text_argument(arguments, "path");
  if (!path) return failed(path.error());
  const auto first = integer_argument(arguments, "first_line", 1),
             lines = integer_argument(arguments, "lines", kUsualLines);
  if (!first || !lines) return failed(first ? lines.error() : first.error());
  if (*first < 1 || *lines < 1) return failed("first_line and lines must be at least 1");
  const auto text = read_text(*path);
  if (!text) return failed(text.error());
  std::string shown;
  int64_t count = 0;
  each_line(*text, [&](std::string_view line, int64_t number) {
    count = number;
    if (number < *first) return true;
    const bool is_shown = number - *first < *lines;
    shown.append(is_shown ? line : "(there are more lines)").append("\n");
    return is_shown;
  });
  if (count < *first && count > 0) return failed(*path + " has " + std::to_string(count) + " lines");
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

std::string with_replaced(std::string_view text, std::string_view old_text, std::string_view new_text) {
  std::string edited;
  size_t from = 0;
  for (size_t at = text.find(old_text); at != std::string_view::npos; at = text.find(old_text, from)) {
    edited.append(text.substr(from, at - from)).append(new_text);
    from = at + old_text.size();
  }
  return edited.append(text.substr(from));
}

ToolOutput edit(const Json& arguments) {
  const auto path = text_argument(arguments, "path"), old_text = text_argument(arguments, "old_text"),
             new_text = text_argument(arguments, "new_text");
  for (const auto* each : {&path, &old_text, &new_text}) {
    if (!*each) return failed(each->error());
  }
  const auto text = read_text(*path);
  if (!text) return failed(text.error());
  if (old_text->empty()) return failed("old_text is empty: say what is to be replaced");
  const bool all = base::member(arguments, "all") == true;
  const size_t count = count_of(*old_text, *text);
  if (count == 0) return failed("old_text is not in " + *path + ": read it, and copy the text exactly");
  if (count > 1 && !all)
    return failed("old_text is in " + *path + " " + std::to_string(count) +
                  " times: give more of what is around it, or all: true");
  if (text->size() + count * new_text->size() > kMostFile + count * old_text->size())
    return failed("the file would be larger than 16 MiB");
  const std::string edited = with_replaced(*text, *old_text, *new_text);
  if (const auto written = write_text(*path, edited); !written) return failed(written.error());
  return {.text = "replaced " + std::to_string(count) + (count == 1 ? " place" : " places") + " in " + *path};
}

// Calls for everything below a folder, in the order of names, without following links; false once one call returned that.
bool walk(const fs::path& folder, const std::function<bool(const fs::directory_entry&)>& visit) {
  std::error_code error;
  std::vector<fs::directory_entry> entries;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    entries.push_back(*entry);
  std::sort(entries.begin(), entries.end());
  for (const fs::directory_entry& entry : entries) {
    std::error_code ignored;
    if (!visit(entry)) return false;
    if (entry.is_directory(ignored) && !entry.is_symlink(ignored) && !walk(entry.path(), visit)) return false;
  }
  return true;
}

// Of the argument "path"; the working folder where there is none.
Result<std::string> path_or_here(const Json& arguments) {
  return arguments.contains("path") ? text_argument(arguments, "path") : Result<std::string>(std::string("."));
}

ToolOutput list(const Json& arguments) {
  const auto path = path_or_here(arguments);
  if (!path) return failed(path.error());
  std::error_code error;
  if (!fs::is_directory(*path, error)) return failed(*path + " is no folder");
  std::string text;
  size_t count = 0;
  (void)walk(*path, [&](const fs::directory_entry& entry) {
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

// What a pattern may cost is bounded by its length, by that of a line, and by the time of the whole search.
Result<Pattern> compile(const std::string& text) {
  if (text.size() > kLongestPattern) return Error{Code::kInvalidInput, "pattern is longer than 1,000 bytes"};
  for (size_t at = text.find('\\'); at != std::string::npos && at + 1 < text.size(); at = text.find('\\', at + 2)) {
    if (text[at + 1] >= '1' && text[at + 1] <= '9')
      return Error{Code::kInvalidInput, "pattern refers back to a part of itself: that is not supported"};
  }
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
  const auto path = path_or_here(arguments);
  if (!path) return failed(path.error());
  const auto pattern = compile(*text);
  if (!pattern) return failed(pattern.error());
  std::string found;
  size_t count = 0;
  bool is_late = false;
  const auto end = std::chrono::steady_clock::now() + kLongestSearch;
  const auto look_into = [&](const std::string& file) {
    const auto content = read_text(file);
    if (!content) return true;   // what cannot be read, or is no text, holds no lines
    bool goes_on = true;
    each_line(*content, [&](std::string_view line, int64_t number) {
      const std::string beginning(line.substr(0, kLongestLine));
      if (::regexec(pattern->get(), beginning.c_str(), 0, nullptr, 0) == 0) {
        goes_on = count++ < kMostFound;
        if (goes_on)
          found += file + ":" + std::to_string(number) + ": " + base::to_utf8(beginning.substr(0, kMostShown)) + "\n";
      }
      is_late = std::chrono::steady_clock::now() >= end;
      goes_on = goes_on && !is_late;
      return goes_on;
    });
    return goes_on;
  };
  std::error_code error;
  if (fs::is_directory(*path, error)) {
    (void)walk(*path, [&](const fs::directory_entry& entry) {
      std::error_code ignored;
      return !entry.is_regular_file(ignored) || look_into(entry.path().string());
    });
  } else if (fs::exists(*path, error)) {
    (void)look_into(*path);
  } else {
    return failed(*path + " is not there");
  }
  if (count > kMostFound) found += "(there is more: search for less)\n";
  if (is_late) found += "(not searched to the end, which would take longer than a minute)\n";
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
