// SPDX-License-Identifier: Apache-2.0
#include "cli/hidden_input.h"

#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>

#include "base/fd.h"
#include "cli/interrupt.h"

namespace capid::cli {
namespace {

// A terminal gives lines of at most 4095 bytes and drops the rest of a longer one in silence.
constexpr size_t kLongestLine = 4095;

Result<termios> settings() {
  termios found{};
  if (::tcgetattr(STDIN_FILENO, &found) != 0) return base::system_error("the terminal cannot be asked", "tcgetattr");
  return found;
}

Result<void> set(const termios& wanted) {
  if (::tcsetattr(STDIN_FILENO, TCSAFLUSH, &wanted) == 0) return {};
  return base::system_error("the terminal cannot be told what to show", "tcsetattr");
}

// Into a buffer of fixed size, so that no copy is left behind by one that grows. Room for a line's end comes on top.
Result<base::SecretText> read_input(bool one_line, size_t most) {
  base::SecretText text(most + 3);
  size_t size = 0;
  while (size < text.bytes().size()) {
    const ssize_t got = ::read(STDIN_FILENO, text.bytes().data() + size, text.bytes().size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::system_error("standard input cannot be read", "read");
    size += static_cast<size_t>(got);
    if (got == 0 || (one_line && text.bytes()[size - 1] == '\n')) break;
  }
  text.cut(size);
  return text;
}

Result<base::SecretText> ask(const std::string& prompt, size_t most) {
  const termios before = TRY(settings());
  termios hidden = before;
  hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  Interrupt interrupt;
  const auto undo = interrupt.guard([before] { (void)set(before); });
  TRY(set(hidden));
  std::cerr << prompt << std::flush;
  auto text = read_input(true, most);
  std::cerr << std::endl;
  TRY(set(before));
  if (text && text->view().size() >= kLongestLine)
    return Error{Code::kInvalidParameter,
                 "a terminal passes no line of more than 4094 bytes on: give it on standard input, as in  < FILE"};
  return text;
}

}   // namespace

Result<base::SecretText> read_hidden(const std::string& prompt, size_t most) {
  const bool typed = ::isatty(STDIN_FILENO) == 1;
  base::SecretText text = TRY(typed ? ask(prompt, most) : read_input(false, most));
  leave_out_line_end(text);
  if (text.view().size() <= most) return text;
  return Error{Code::kInvalidParameter, "what is given is larger than " + std::to_string(most) + " bytes"};
}

void leave_out_line_end(base::SecretText& text) {
  if (text.view().ends_with("\r\n")) return text.cut(text.view().size() - 2);
  if (text.view().ends_with('\n')) text.cut(text.view().size() - 1);
}

}   // namespace capid::cli
