// SPDX-License-Identifier: Apache-2.0
#include "server/host_examination.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <mutex>
#include <vector>

#include "base/fd.h"
#include "base/json.h"

namespace capid::server {
namespace {

using namespace std::chrono_literals;

constexpr auto kMost = 20s;
constexpr size_t kMostText = 1 << 20;

Error not_done(const std::string& why) {
  return {Code::kInternal, "this host could not be looked at: run  capid doctor  on it", {}, why};
}

// The program that is running, whatever lies in its place by now, with nothing of this process but its streams' places.
Result<pid_t> start(std::vector<std::string> words, int out) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  char* environment[] = {path, nullptr};
  pid_t child = 0;
  const int failed = ::posix_spawn(&child, "/proc/self/exe", &actions, &attributes, argv.data(), environment);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return not_done("posix_spawn: " + std::to_string(failed));
  return child;
}

// Until its end, or the end of the time.
std::string read_until(int fd, std::chrono::steady_clock::time_point end) {
  std::string text;
  char buffer[4096];
  while (text.size() < kMostText) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd watched{fd, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&watched, 1, static_cast<int>(left.count())) <= 0) break;
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got <= 0) break;
    text.append(buffer, static_cast<size_t>(got));
  }
  return text;
}

}   // namespace

Result<std::string> examine_host(const std::string& config_file, const std::string& data,
                                 const sandbox::CgroupTree& cgroups) {
  static std::mutex one_at_a_time;
  std::lock_guard lock(one_at_a_time);
  std::vector<std::string> words{"capid", "doctor", "--json", "--data", data};
  if (!config_file.empty()) words.insert(words.end(), {"--config", config_file});
  if (cgroups) {
    words.push_back("--server-cgroups");
    for (std::string& word : cgroups.words()) words.push_back(std::move(word));
  }
  base::Pipe pipe = TRY(base::make_pipe());
  const pid_t child = TRY(start(std::move(words), pipe.write_end.get()));
  pipe.write_end.reset();
  std::string text = read_until(pipe.read_end.get(), std::chrono::steady_clock::now() + kMost);
  ::kill(child, SIGKILL);   // one that has ended does not mind
  ::waitpid(child, nullptr, 0);
  const auto report = base::parse_json(text);
  if (!report || !report->is_object()) return not_done(text.substr(0, 200));
  return text;
}

}   // namespace capid::server
