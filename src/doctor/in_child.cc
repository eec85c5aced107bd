// SPDX-License-Identifier: Apache-2.0
#include "doctor/in_child.h"

#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "base/fd.h"

namespace capid::doctor {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr size_t kMostComplaints = 64 << 10;
constexpr size_t kMostText = 4 << 20;

std::string read_from_start(int fd) {
  std::string text(kMostComplaints, '\0');
  const ssize_t got = ::pread(fd, text.data(), text.size(), 0);
  text.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return text;
}

// False: the deadline came first.
bool read_to_end(int fd, SteadyClock::time_point deadline, std::string& text) {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - SteadyClock::now()).count();
    pollfd readable{fd, POLLIN, 0};
    if (left <= 0 || ::poll(&readable, 1, static_cast<int>(left)) <= 0) return false;
    char chunk[4096];
    const ssize_t got = ::read(fd, chunk, sizeof chunk);
    if (got <= 0) return got == 0;
    if (text.size() < kMostText) text.append(chunk, static_cast<size_t>(got));
  }
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}   // namespace

Said in_child(const std::function<void(int out)>& work, std::chrono::milliseconds most) {
  auto pipe = base::make_pipe();
  const base::Fd complaints(::memfd_create("complaints", MFD_CLOEXEC));
  if (!pipe || !complaints) return {.complaints = "no descriptor is left"};
  const auto deadline = SteadyClock::now() + most;
  const pid_t child = ::fork();
  if (child < 0) return {.complaints = "no process can be made"};
  if (child == 0) {
    pipe->read_end.reset();
    (void)::dup2(complaints.get(), STDERR_FILENO);
    work(pipe->write_end.get());
    ::_exit(0);
  }
  pipe->write_end.reset();
  Said said;
  const bool in_time = read_to_end(pipe->read_end.get(), deadline, said.text);
  if (!in_time) ::kill(child, SIGKILL);
  const int status = wait_for(child);
  said.ended_well = in_time && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  said.complaints = read_from_start(complaints.get());
  return said;
}

Said run_program(const std::vector<std::string>& argv, std::chrono::milliseconds most) {
  return in_child(
      [&](int out) {
        std::vector<char*> words;
        for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
        words.push_back(nullptr);
        char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", locale[] = "LC_ALL=C";
        char* const environment[] = {path, locale, nullptr};
        if (::dup2(out, STDOUT_FILENO) < 0) ::_exit(1);
        ::execve(words.front(), words.data(), environment);
        ::_exit(1);
      },
      most);
}

}   // namespace capid::doctor
