// SPDX-License-Identifier: Apache-2.0
// How an agent's words become the events of its thread: one reader for each language that agents speak.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace capid::transcripts {

/// One step of an agent's, as the thread has it.
struct Step {
  std::string type;   ///< prompt, message, thinking, tool_call, tool_result, web_search, log or error
  OrderedJson data;
};

/// What a transcript says of the whole.
struct Summary {
  std::optional<std::string> text;   ///< the result; nothing: it named none
  std::optional<Error> problem;      ///< the agent says itself that it failed, or how
  bool is_cut = false;               ///< a line was too long to be read, which may have held either
};

/// An agent that names a file, beside leaving it in /out.
struct FileTitle {
  std::string path;   ///< below /out
  std::string title;
};

/// What is said goes to whoever listens; none of these may throw or block.
struct Listener {
  std::function<void(Step step)> on_step;
  std::function<void(FileTitle title)> on_title;
};

class Reader {
 public:
  explicit Reader(Listener listener) : listener_(std::move(listener)) {}
  virtual ~Reader() = default;

  /// Takes bytes as they come. A line is a JSON object; one that is none, or is nested more than
  /// 64 deep, becomes a log event; one longer than 8 MiB is left out, and a log event says so.
  void feed(std::string_view bytes);

  /// The end: what is left is a line.
  void finish();

  [[nodiscard]] const Summary& summary() const { return summary_; }

 protected:
  virtual void take(const Json& line) = 0;

  void tell(std::string type, OrderedJson data) { listener_.on_step({std::move(type), std::move(data)}); }
  void title(std::string path, std::string text) { listener_.on_title({std::move(path), std::move(text)}); }

  Summary summary_;

 private:
  void take_line(std::string_view line);

  Listener listener_;
  std::string waiting_;
  bool skips_ = false;   // the rest of a line that is too long
};

enum class Language {
  kEvents,   ///< our own: one event a line, on stdout or descriptor 3
  kClaude,   ///< Claude Code's stream-json
  kCodex     ///< Codex' JSON lines
};

[[nodiscard]] std::unique_ptr<Reader> make_reader(Language language, Listener listener);

/// A text as a thread keeps it: of a long one the beginning and the end, and in between how much is left out.
[[nodiscard]] std::string shortened(std::string_view text);

/// The same for every text within a value (of at most 64 levels), of which the first thousand parts are kept.
[[nodiscard]] OrderedJson bounded(const Json& value);

// For the readers: a member of an object; and its text, shortened, empty where it is none.
using base::member;
[[nodiscard]] std::string text_of(const Json& value);

}   // namespace capid::transcripts
