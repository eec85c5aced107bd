// SPDX-License-Identifier: Apache-2.0
// Cancel: ends a run on its owner's word, and says so only once it is over.
#pragma once

#include "runs/dispatch.h"
#include "runs/settle.h"
#include "store/runs.h"

namespace capid::runs {

class Cancel {
 public:
  Cancel(Dispatch& dispatch, Queue& queue, store::Writer& writer, store::Readers& readers, const Settle& settle,
         threads::Feed& feed)
      : dispatch_(dispatch), queue_(queue), writer_(writer), readers_(readers), settle_(settle), feed_(feed) {}

  /// Returns when every process of the run is dead and the run is cancelled: a pending one at once, a running one after
  /// SIGTERM, a second, and SIGKILL. Whoever asks for the same at the same time gets the same answer. Errors:
  /// kRunNotFound; kRunNotCancellable where the run ended first; kStoreUnavailable where its end cannot be written.
  [[nodiscard]] Result<void> operator()(const std::string& run);

 private:
  [[nodiscard]] Result<bool> cancel_pending(const std::string& run);
  [[nodiscard]] Result<store::RunStatus> status_of(const std::string& run) const;

  Dispatch& dispatch_;
  Queue& queue_;
  store::Writer& writer_;
  store::Readers& readers_;
  const Settle& settle_;
  threads::Feed& feed_;
};

}   // namespace capid::runs
