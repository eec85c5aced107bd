// SPDX-License-Identifier: Apache-2.0
// GitHub Actions reads commands to itself in what a step prints. There, errors are such commands, so that they stand on
// the run's page; and what strangers wrote is kept from being one.
#pragma once

#include <string>

namespace capid::cli {

[[nodiscard]] bool in_github_actions();

/// `::error title=TITLE::TEXT` on stderr: one line, whatever the text holds. For GitHub Actions alone.
void annotate(const std::string& title, const std::string& text);

/// While one lives, GitHub Actions obeys no line that the process prints; elsewhere it does nothing. Ends only after what
/// was printed to stdout has been read, since stderr, where the commands are, is read first.
class Unheeded {
 public:
  Unheeded();
  ~Unheeded();
  Unheeded(const Unheeded&) = delete;
  Unheeded& operator=(const Unheeded&) = delete;
};

/// Ends it early, for whoever ends the process.
void heed_again();

}   // namespace capid::cli
