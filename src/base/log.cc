// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "base/json.h"

namespace capid::base::log {
namespace {

// What the service manager says of the journal is of a process's own stderr, or was inherited from one that had it.
bool is_journal() {
  const char* said = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  if (!said || ::fstat(STDERR_FILENO, &status) != 0) return false;
  return said == std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto made = std::make_shared<spdlog::logger>("capid", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    made->set_pattern(is_json() ? "%v" : "%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc);
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *instance;
}

bool needs_quotes(std::string_view value) {
  return value.empty() || value.find_first_of(" \"\\=\n\r\t\x1b") != std::string_view::npos;
}

std::string for_people(std::string_view event, Fields fields) {
  std::string line(event);
  for (const Field& field : fields) {
    line += ' ';
    line += field.name;
    line += '=';
    line += needs_quotes(field.value) ? dump(Json(field.value)) : field.value;
  }
  return line;
}

// The journal adds the time.
std::string for_programs(spdlog::level::level_enum level, std::string_view event, Fields fields) {
  const auto name = spdlog::level::to_string_view(level);
  OrderedJson line{{"level", std::string(name.data(), name.size())}, {"event", std::string(event)}};
  for (const Field& field : fields) line[std::string(field.name)] = field.value;
  return dump(line);
}

void write(spdlog::level::level_enum level, std::string_view event, Fields fields) {
  logger().log(level, is_json() ? for_programs(level, event, fields) : for_people(event, fields));
}

}   // namespace

bool is_json() {
  static const bool is = is_journal();
  return is;
}

void info(std::string_view event, Fields fields) { write(spdlog::level::info, event, fields); }
void warn(std::string_view event, Fields fields) { write(spdlog::level::warn, event, fields); }
void error(std::string_view event, Fields fields) { write(spdlog::level::err, event, fields); }

}   // namespace capid::base::log
