// SPDX-License-Identifier: Apache-2.0
// The meter: lets calls of models through while there are credits for them, and takes what they cost. What a call took is
// durable before its agent has the whole answer.
#pragma once

#include <atomic>
#include <string>

#include "base/event_loop.h"
#include "base/metrics.h"
#include "base/task.h"
#include "gateway/answer.h"
#include "gateway/pause.h"
#include "gateway/site.h"
#include "store/readers.h"
#include "store/writer.h"
#include "threads/feed.h"

namespace capid::gateway {

/// Lives on its loop's thread.
class Meter {
 public:
  Meter(credits::Prices prices, base::EventLoop& loop, store::Writer& writer, store::Readers& readers,
        threads::Feed& feed)
      : prices_(prices), loop_(loop), writer_(writer), readers_(readers), feed_(feed) {}

  /// Whether the guest may call `model`. A model that costs nothing is never refused. Errors: kBudgetExceeded,
  /// kInsufficientCredits, kStoreUnavailable.
  [[nodiscard]] Result<void> admit(const Guest& guest, const Model& model) const;

  /// Takes what the answer cost, and tells of it in the thread where it `is_told`; returns once that is durable. A store that cannot take it
  /// now is asked again every second, until give_up().
  [[nodiscard]] base::Task<void> charge(const Guest& guest, const Model& model, const Answer& answer, bool is_told);

  struct Metrics {
    base::Counter calls, refused, input_tokens, output_tokens;
  };
  [[nodiscard]] const Metrics& metrics() const { return metrics_; }

  /// From here on a charge that the store does not take is lost. Callable from any thread.
  void give_up() { gives_up_ = true; }

 private:
  credits::Prices prices_;
  base::EventLoop& loop_;
  store::Writer& writer_;
  store::Readers& readers_;
  threads::Feed& feed_;
  mutable Metrics metrics_;
  std::atomic<bool> gives_up_{false};
};

}   // namespace capid::gateway
