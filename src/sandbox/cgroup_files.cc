// SPDX-License-Identifier: Apache-2.0
#include "sandbox/cgroup_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/fd.h"
#include "base/text.h"

namespace capid::sandbox {

int write_cgroup_file(const std::string& folder, const char* file, std::string_view value) {
  const base::Fd fd(::open((folder + "/" + file).c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd) return errno;
  return ::write(fd.get(), value.data(), value.size()) == static_cast<ssize_t>(value.size()) ? 0 : errno;
}

std::string read_cgroup_file(const std::string& folder, const char* file) {
  constexpr size_t kEnough = 4096;
  const base::Fd fd(::open((folder + "/" + file).c_str(), O_RDONLY | O_CLOEXEC));
  char text[kEnough];
  const ssize_t got = fd ? ::read(fd.get(), text, sizeof text) : -1;
  if (got <= 0) return {};
  std::string_view read(text, static_cast<size_t>(got));
  if (read.ends_with('\n')) read.remove_suffix(1);
  return std::string(read);
}

int64_t number_after(std::string_view text, std::string_view name) {
  for (const std::string& line : base::split(text, '\n')) {
    if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ' ')
      return base::to_integer(std::string_view(line).substr(name.size() + 1)).value_or(0);
  }
  return 0;
}

}   // namespace capid::sandbox
