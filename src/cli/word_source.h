// SPDX-License-Identifier: Apache-2.0
// Who knows which apps, runs and other things there are: the data folder, or a server elsewhere. Both only read, and where
// something cannot be read there are no such words.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/cli.h"
#include "cli/line.h"

namespace capid::cli {

struct Word {
  std::string text;
  std::string about;
};

/// What an app is given by hand: its inputs, and what each may be.
struct InputWords {
  std::string name;
  std::string about;
  bool is_file = false;
  std::vector<std::string> values;   ///< empty: anything
};

class WordSource {
 public:
  virtual ~WordSource() = default;
  [[nodiscard]] virtual std::vector<Word> apps() = 0;
  [[nodiscard]] virtual std::vector<InputWords> inputs(const std::string& app) = 0;
  [[nodiscard]] virtual std::vector<Word> runs(size_t most) = 0;
  [[nodiscard]] virtual std::vector<Word> workspaces() = 0;
  [[nodiscard]] virtual std::vector<Word> keys() { return {}; }
  [[nodiscard]] virtual std::vector<Word> accounts() { return {}; }
  [[nodiscard]] virtual std::vector<Word> secrets() { return {}; }
  [[nodiscard]] virtual std::vector<Word> models() { return {}; }
  [[nodiscard]] virtual std::vector<Word> deliveries(size_t) { return {}; }
};

/// The data folder and the config that the line names; as root it becomes that folder's owner. Null: there is none.
[[nodiscard]] std::unique_ptr<WordSource> words_here(const Line& line);

/// The server that CAPI_URL names, with the key in CAPI_KEY. Null: they are wrong.
[[nodiscard]] std::unique_ptr<WordSource> words_there(const Line& line);

/// Where the line's options say that the data is.
[[nodiscard]] Place place_of(const Line& line);
[[nodiscard]] std::string value_of(const Line& line, const std::string& option);

}   // namespace capid::cli
