// SPDX-License-Identifier: Apache-2.0
#include "server/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "base/fd.h"
#include "base/text.h"
#include "base/version.h"
#include "files/disk_space.h"

namespace capid::server {
namespace {

constexpr double kMicro = 1e6;
const auto kStarted = std::chrono::system_clock::now().time_since_epoch();   // with the program

// The second number is what is resident, in pages.
double resident_bytes() {
  const auto text = base::read_file("/proc/self/statm", 1024);
  const auto parts = text ? base::split(*text, ' ') : std::vector<std::string>{};
  const auto pages = parts.size() > 1 ? base::to_integer(parts[1]) : std::nullopt;
  return static_cast<double>(pages.value_or(0)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / kMicro;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double open_descriptors() {
  std::error_code error;
  double count = 0;
  for (auto entry = std::filesystem::directory_iterator("/proc/self/fd", error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error))
    ++count;
  return count;
}

}   // namespace

void write_process_metrics(base::MetricsText& text, const std::string& data_folder) {
  const auto gauge = [&](const char* name, const char* type, const char* help, double value) {
    text.family(name, type, help);
    text.sample({}, value);
  };
  text.family("capid_build_info", "gauge", "Which version this is.");
  text.sample({{"version", base::kVersion}}, 1);
  gauge("capid_disk_free_bytes", "gauge", "What the disk with the data has left.",
        static_cast<double>(files::free_bytes(data_folder)));
  gauge("process_cpu_seconds_total", "counter", "Processor time of the server, its runs left out.", cpu_seconds());
  gauge("process_resident_memory_bytes", "gauge", "Memory of the server, its runs left out.", resident_bytes());
  gauge("process_open_fds", "gauge", "Open descriptors of the server.", open_descriptors());
  gauge("process_start_time_seconds", "gauge", "When the server started, in seconds since 1970.",
        static_cast<double>(std::chrono::duration_cast<std::chrono::seconds>(kStarted).count()));
}

}   // namespace capid::server
