// SPDX-License-Identifier: Apache-2.0
// How the checks read small files of the kernel's, and spell sizes and commands.
#include <cstdio>

#include "base/fd.h"
#include "base/text.h"
#include "doctor/checks.h"

namespace capid::doctor {

std::optional<std::string> text_of(const std::string& path) {
  constexpr size_t kMost = 1 << 20;
  auto text = base::read_file(path, kMost);
  if (!text) return std::nullopt;
  if (text->ends_with('\n')) text->pop_back();
  return std::move(*text);
}

std::optional<int64_t> number_of(const std::string& path) {
  const auto text = text_of(path);
  return text ? base::to_integer(*text) : std::nullopt;
}

std::string sysctl_command(const std::string& name, const std::string& value) {
  return "sysctl -w " + name + "=" + value + " && echo " + name + "=" + value + " >>/etc/sysctl.d/60-capid.conf";
}

std::string size_words(int64_t bytes) {
  constexpr const char* kUnits[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  double size = static_cast<double>(bytes);
  size_t unit = 0;
  for (; size >= 1024 && unit + 1 < std::size(kUnits); ++unit) size /= 1024;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", size, kUnits[unit]);
  return text;
}

}   // namespace capid::doctor
