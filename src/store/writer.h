// SPDX-License-Identifier: Apache-2.0
// The writer: one thread owns the only writing connection, and commits every job that waits in one transaction.
//
// Group commit as in LevelDB (db/db_impl.cc): while one batch is on its way to the disk the next one gathers, so the
// cost of a sync is shared by all who wait. A caller is released only after the commit that holds its job is durable.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "store/transaction.h"

namespace capid::store {

class Writer {
 public:
  /// May run more than once: it must be repeatable, and touch nothing but the transaction and what it was given. An error
  /// undoes what it wrote, and nobody else's work.
  using Job = std::function<Result<void>(Transaction&)>;
  using Done = std::function<void(Result<void>)>;

  /// `clock` must outlive the writer. Ids continue after `newest_id`.
  Writer(Database database, const base::Clock& clock, const std::string& newest_id);
  ~Writer();   ///< commits what was submitted, then stops

  /// Runs `job` and waits until it is durable. Errors: the job's own; kStoreUnavailable where the disk did not take it.
  template <typename F>
  auto commit(F job) -> std::invoke_result_t<F, Transaction&> {
    using Outcome = std::invoke_result_t<F, Transaction&>;
    std::optional<Outcome> outcome;
    auto durable = commit_job([&](Transaction& transaction) -> Result<void> {
      outcome.emplace(job(transaction));
      if (!*outcome) return outcome->error();
      return {};
    });
    if (!durable) return std::move(durable).error();
    return std::move(*outcome);
  }

  /// A sync failed: commits that were refused for it may be found kept when the database is opened anew, and no file that they
  /// name may be removed before.
  [[nodiscard]] bool may_have_kept_what_it_refused() const;

  struct Metrics {
    base::Histogram commit_seconds{{0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 1}};   ///< that a commit took
    base::Histogram batch{{1, 2, 4, 8, 16, 32, 64, 128, 256, 512}};                           ///< how many jobs it held
    base::Counter failed;
  };
  [[nodiscard]] const Metrics& metrics() const;

  /// The same without waiting; `done` is called on the writer's thread after the commit, and must not block.
  void submit(Job job, Done done);

 private:
  [[nodiscard]] Result<void> commit_job(Job job);

  struct State;
  std::unique_ptr<State> state_;
};

}   // namespace capid::store
