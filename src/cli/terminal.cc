// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include "base/text.h"
#include "cli/cli.h"
#include "cli/github.h"

namespace capid::cli {
namespace {

constexpr double kMinute = 60, kHour = 3600;
constexpr double kKibi = 1024;

std::string printed(const char* format, double number) {
  char text[64];
  std::snprintf(text, sizeof text, format, number);
  return text;
}

bool in_colour(int stream) {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return ::isatty(stream) && !(no_colour && *no_colour) && !(terminal && std::string_view(terminal) == "dumb");
}

const char* code_of(Colour colour) {
  switch (colour) {
    case Colour::kDim:
      return "\x1b[2m";
    case Colour::kGreen:
      return "\x1b[32m";
    case Colour::kRed:
      return "\x1b[31m";
    case Colour::kYellow:
      return "\x1b[33m";
    case Colour::kCyan:
      return "\x1b[36m";
    case Colour::kNone:
      break;
  }
  return "";
}

// How many characters a terminal shows, near enough: the bytes that begin one.
size_t width_of(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}   // namespace

std::string harmless(std::string_view bytes) {
  const std::string text = base::to_utf8(bytes);
  std::string safe;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    if (byte == 0xc2 && next >= 0x80 && next < 0xa0) {
      ++i;   // U+0080 to U+009F: controls that some terminals obey
    } else if (byte == '\r') {
      if (next != '\n') safe += '\n';
    } else if (byte == '\n' || byte == '\t' || (byte >= ' ' && byte != 0x7f)) {
      safe += text[i];
    }
  }
  return safe;
}

std::string painted(const std::string& text, Colour colour) { return painted(text, colour, STDERR_FILENO); }

std::string painted(const std::string& text, Colour colour, int stream) {
  return colour != Colour::kNone && in_colour(stream) ? code_of(colour) + text + "\x1b[0m" : text;
}

void print_data(const std::string& text) {
  if (is_unread()) return;
  errno = 0;
  if (::isatty(STDOUT_FILENO)) {
    const std::string safe = harmless(text);
    std::cout << safe << (safe.empty() || safe.ends_with('\n') ? "" : "\n") << std::flush;
  } else {
    std::cout << text << std::flush;
  }
  if (std::cout || is_unread()) return;
  tell_problem("cannot write to standard output: " + std::string(std::strerror(errno)));
  heed_again();
  std::_Exit(kNotDone);
}

// Also of what was written past print_data.
bool is_unread() {
  pollfd output{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
  return !std::cout && ::poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

void print_json(const std::string& json) { print_data(set_out(json) + "\n"); }

// Works on the text itself, so that neither order nor a number's digits change.
std::string set_out(std::string_view json) {
  std::string out;
  size_t depth = 0;
  bool in_string = false;
  const auto new_line = [&] { out += "\n" + std::string(2 * depth, ' '); };
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      out += c;
      if (c == '\\' && i + 1 < json.size()) out += json[++i];
      if (c == '"') in_string = false;
    } else if (c == '{' || c == '[') {
      out += c;
      const size_t next = json.find_first_not_of(" \t\r\n", i + 1);
      if (next != std::string_view::npos && (json[next] == '}' || json[next] == ']')) {
        out += json[next];
        i = next;
      } else {
        ++depth;
        new_line();
      }
    } else if (c == '}' || c == ']') {
      if (depth > 0) --depth;
      new_line();
      out += c;
    } else if (c == ',') {
      out += c;
      new_line();
    } else if (c == ':') {
      out += ": ";
    } else if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
      out += c;
      in_string = c == '"';
    }
  }
  return out;
}

void print_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string table;
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) line += row[i] + std::string(widths[i] - width_of(row[i]) + 2, ' ');
    table += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  print_data(table);
}

std::string size_text(int64_t bytes) {
  double size = static_cast<double>(bytes);
  if (size < kKibi) return counted(bytes, "byte");
  const char* unit = " KiB";
  for (const char* larger : {" MiB", " GiB", " TiB"}) {
    if (size < kKibi * kKibi) break;
    size /= kKibi;
    unit = larger;
  }
  return printed("%.1f", size / kKibi) + unit;
}

std::string time_text(double seconds) {
  if (seconds < 1) return printed("%.0f ms", seconds * 1000);
  if (seconds < 10) return printed("%.2f s", seconds);
  if (seconds < kMinute) return printed("%.1f s", seconds);
  if (seconds < kHour)
    return printed("%.0f m ", std::floor(seconds / kMinute)) +
           printed("%02.0f s", std::floor(std::fmod(seconds, kMinute)));
  return printed("%.0f h ", std::floor(seconds / kHour)) +
         printed("%02.0f m", std::floor(std::fmod(seconds, kHour) / kMinute));
}

std::string number_text(double number) {
  std::string text = printed("%.6f", number);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::string credits_text(double credits) { return number_text(credits) + (credits == 1 ? " credit" : " credits"); }

std::string counted(int64_t number, const std::string& noun) {
  return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

const Json& part_of(const Json& object, const std::string& name) {
  static const Json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(name);
  return found == object.end() ? kNull : *found;
}

std::string text_at(const Json& object, const std::string& name) {
  const Json& part = part_of(object, name);
  if (part.is_null()) return "";
  return part.is_string() ? part.get<std::string>() : base::dump(part);
}

double number_at(const Json& object, const std::string& name) {
  const Json& part = part_of(object, name);
  return part.is_number() ? part.get<double>() : 0;
}

}   // namespace capid::cli
