// SPDX-License-Identifier: Apache-2.0
#include "runs/await.h"

namespace capid::runs {

Result<store::Run> await_end(const std::string& run, std::chrono::milliseconds most, store::Readers& readers,
                             threads::Feed& feed) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + most;
  threads::Feed::Watch watch(feed, run);
  for (;;) {
    auto row = TRY(store::find_run(*readers.lend(), run));
    if (!row) return Error{Code::kRunNotFound, "there is no such run in this account"};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (store::is_terminal(row->status) || left.count() <= 0 || feed.is_closed()) return std::move(*row);
    (void)watch.wait(left);
  }
}

}   // namespace capid::runs
