// SPDX-License-Identifier: Apache-2.0
#include "cli/github.h"

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string_view>
#include <thread>
#include <utility>

#include "base/crypto.h"
#include "base/text.h"

namespace capid::cli {
namespace {

using namespace std::chrono_literals;

constexpr size_t kTokenBytes = 16;
constexpr size_t kMostText = 4096;   // of an annotation; GitHub shows less
constexpr std::chrono::milliseconds kMostWait = 1s, kHandOver = 100ms, kLook = 5ms;

// What has to be said for GitHub to obey again. Empty: it does.
std::string token;

void stop() {
  token = base::random_hex(kTokenBytes);
  std::cerr << "::stop-commands::" << token << std::endl;
}

// As the runner takes it apart again: https://github.com/actions/toolkit, command.ts.
std::string escaped(const std::string& text, std::string_view special) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string safe;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (special.find(c) == std::string_view::npos) {
      safe += c;
    } else {
      safe += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return safe;
}

// The runner reads two pipes at once, and acts on the lines of stderr first.
void wait_until_read(int pipe) {
  struct stat status {};
  if (::fstat(pipe, &status) != 0 || !S_ISFIFO(status.st_mode)) return;
  const auto until = std::chrono::steady_clock::now() + kMostWait;
  int unread = 0;
  while (::ioctl(pipe, FIONREAD, &unread) == 0 && unread > 0 && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(kLook);
  std::this_thread::sleep_for(kHandOver);
}

}   // namespace

bool in_github_actions() {
  const char* value = std::getenv("GITHUB_ACTIONS");
  return value && std::string_view(value) == "true";
}

void annotate(const std::string& title, const std::string& text) {
  const bool was_stopped = !token.empty();
  heed_again();
  std::cerr << "::error title=" << escaped(title, "%\r\n:,")
            << "::" << escaped(base::to_utf8(text.substr(0, kMostText)), "%\r\n") << std::endl;
  if (was_stopped) stop();
}

Unheeded::Unheeded() {
  if (in_github_actions() && token.empty()) stop();
}

Unheeded::~Unheeded() { heed_again(); }

// A line of its own, whatever was printed before.
void heed_again() {
  if (token.empty()) return;
  std::cout << std::flush;
  wait_until_read(STDOUT_FILENO);
  std::cerr << "\n::" << std::exchange(token, "") << "::" << std::endl;
}

}   // namespace capid::cli
