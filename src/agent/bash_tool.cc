// SPDX-License-Identifier: Apache-2.0
// The tool bash: a command of the shell's.
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/process/v2/process.hpp>
#include <boost/process/v2/stdio.hpp>
#include <chrono>
#include <functional>

#include "agent/bounded_text.h"
#include "agent/toolbox.h"
#include "base/fd.h"

namespace capid::agent {
namespace {

namespace process = boost::process::v2;
using Clock = std::chrono::steady_clock;

constexpr int64_t kUsualSeconds = 120, kMostSeconds = 3'600;
constexpr size_t kMostRest = size_t{1} << 20;   // what is left behind may write on

// All that the command starts can be ended with it.
struct OwnGroup {
  template <typename Launcher>
  process::error_code on_exec_setup(Launcher&, const process::filesystem::path&, const char* const*&) const {
    ::setpgid(0, 0);
    return {};
  }
};

const char* shell() { return ::access("/bin/bash", X_OK) == 0 ? "/bin/bash" : "/bin/sh"; }

// Reads what comes until nobody can write any more, until `is_over`, or the end.
void read_until(int pipe, Clock::time_point end, BoundedText& text, const std::function<bool()>& is_over) {
  std::array<char, 16384> bytes;
  while (!is_over() && Clock::now() < end) {
    pollfd wait{.fd = pipe, .events = POLLIN, .revents = 0};
    constexpr int kLook = 20;   // ms: a shell can end while what it left behind holds the pipe
    if (::poll(&wait, 1, kLook) <= 0) continue;
    const ssize_t got = ::read(pipe, bytes.data(), bytes.size());
    if (got <= 0) return;
    text.add({bytes.data(), static_cast<size_t>(got)});
  }
}

// What has come by now.
void read_rest(int pipe, BoundedText& text) {
  std::array<char, 16384> bytes;
  pollfd wait{.fd = pipe, .events = POLLIN, .revents = 0};
  size_t total = 0;
  while (total < kMostRest && ::poll(&wait, 1, 0) == 1) {
    const ssize_t got = ::read(pipe, bytes.data(), bytes.size());
    if (got <= 0) return;
    text.add({bytes.data(), static_cast<size_t>(got)});
    total += static_cast<size_t>(got);
  }
}

ToolOutput ending(const BoundedText& said, int exit_code, int signal) {
  std::string text = said.text();
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  if (signal != 0) return failed(text + "(killed by signal " + std::to_string(signal) + ")");
  if (exit_code != 0) return failed(text + "(exit code " + std::to_string(exit_code) + ")");
  return {.text = text.empty() ? "(no output)" : text};
}

ToolOutput run(const std::string& command, std::chrono::seconds most) {
  auto pipe = base::make_pipe();
  if (!pipe) return failed(pipe.error());
  boost::asio::io_context context;
  boost::system::error_code problem;
  process::process child(context);
  try {
    child = process::process(
        context, shell(), {"-c", command},
        process::process_stdio{.in = nullptr, .out = pipe->write_end.get(), .err = pipe->write_end.get()}, OwnGroup{});
  } catch (const boost::system::system_error& error) {
    return failed(std::string("the shell could not be started: ") + error.code().message());
  }
  pipe->write_end = base::Fd();
  BoundedText said;
  const auto end = Clock::now() + most;
  const auto has_ended = [&] { return !child.running(problem); };
  read_until(pipe->read_end.get(), end, said, has_ended);
  while (!has_ended() && Clock::now() < end) ::poll(nullptr, 0, 1);   // it may have given its stdout away
  const bool in_time = has_ended();
  if (!in_time) {
    ::kill(-child.id(), SIGKILL);
    ::kill(child.id(), SIGKILL);   // it may have left its group
    child.wait(problem);
  }
  read_rest(pipe->read_end.get(), said);
  if (!in_time)
    return failed(said.text() + "\n(ended: it took longer than " + std::to_string(most.count()) +
                  " s; give timeout_seconds for more, or send it to the background with its output elsewhere)");
  const int status = child.native_exit_code();
  return ending(said, WIFEXITED(status) ? WEXITSTATUS(status) : 0, WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

ToolOutput use(const Json& arguments) {
  const auto command = text_argument(arguments, "command");
  if (!command) return failed(command.error());
  const auto seconds = integer_argument(arguments, "timeout_seconds", kUsualSeconds);
  if (!seconds) return failed(seconds.error());
  if (*seconds < 1 || *seconds > kMostSeconds) return failed("timeout_seconds must be from 1 to 3600");
  return run(*command, std::chrono::seconds(*seconds));
}

}   // namespace

Tool bash_tool() {
  return {
      .description = {.name = "bash",
                      .description = "Runs a command in a shell, in /workspace. Returns what it writes to stdout and "
                                     "stderr; of a long output the beginning and the end.",
                      .parameters = parameters_of(
                          {{"command", {{"type", "string"}}},
                           {"timeout_seconds",
                            {{"type", "integer"}, {"description", "after which it is ended; 120 if not given"}}}},
                          {"command"})},
      .use = use};
}

}   // namespace capid::agent
