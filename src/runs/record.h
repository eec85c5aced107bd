// SPDX-License-Identifier: Apache-2.0
// What a run says and does, on its way into its thread: in the order in which it came, and bounded, since an agent can say
// things without end.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "egress/site.h"
#include "runs/log_tail.h"
#include "threads/threads.h"
#include "transcripts/reader.h"

namespace capid::runs {

/// Callable from any thread.
class Record {
 public:
  static constexpr int64_t kMostConnections = 1'000;
  static constexpr int64_t kMostSteps = 10'000;
  static constexpr size_t kMostStepBytes = size_t{16} << 20;   ///< of all of them together

  void add_stderr(std::string_view bytes);

  /// Of these and of steps the first ones are told, the others counted.
  void add_connection(const egress::Visit& visit);
  void add_step(const transcripts::Step& step);

  /// Something that went wrong for the agent; counts as a step.
  void add_error(const Error& error);

  /// What a file below /out is to be called.
  void add_title(const transcripts::FileTitle& title);

  /// Hands to `submit` what came since the last call, but for a line of stderr that has not ended; also where there is nothing.
  /// Nobody else takes anything meanwhile, so that what is submitted in there comes before whatever is taken later.
  void hand_over(const std::function<void(std::vector<threads::News> news)>& submit);

  /// All that was not taken, and how much was left out.
  [[nodiscard]] std::vector<threads::News> take_rest(bool stderr_truncated);

  /// The last of what the agent said on stderr, see LogTail.
  [[nodiscard]] std::string stderr_tail() const { return log_.tail(); }

  [[nodiscard]] std::optional<std::string> title_of(const std::string& path) const;

 private:
  void end_lines();

  LogTail log_;
  mutable std::mutex mutex_;
  std::vector<threads::News> waiting_;
  std::map<std::string, std::string> titles_;
  int64_t connections_ = 0, connections_left_out_ = 0;
  int64_t steps_ = 0, steps_left_out_ = 0;
  size_t step_bytes_ = 0;
};

}   // namespace capid::runs
