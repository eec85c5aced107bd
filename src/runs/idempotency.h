// SPDX-License-Identifier: Apache-2.0
// Idempotency: a request that a client sends twice makes one run. What was accepted is kept with the run, in its own
// transaction; what is on its way is held here.
#pragma once

#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "base/clock.h"
#include "store/idempotency.h"
#include "store/readers.h"
#include "store/writer.h"

namespace capid::runs {

class Idempotency {
 public:
  static constexpr base::TimeMs kKeptMs = 24 * 3'600'000;

  Idempotency(store::Readers& readers, const base::Clock& clock)
      : readers_(readers), clock_(clock), boot_(clock.now_ms() - clock.elapsed_ms()) {}

  /// The key is this request's alone until the hold goes, or until its run is committed.
  class Hold {
   public:
    Hold(Idempotency& owner, store::IdempotencyKey key) : owner_(&owner), key_(std::move(key)) {}
    Hold(Hold&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)), key_(std::move(other.key_)) {}
    Hold& operator=(Hold&&) = delete;
    ~Hold() {
      if (owner_) owner_->release(key_);
    }

   private:
    Idempotency* owner_;
    store::IdempotencyKey key_;
  };

  /// What a request with a key is: the first (`hold` is set), or the repeat of one that was accepted (`earlier` is set).
  struct Use {
    std::optional<Hold> hold;
    std::optional<store::KeptAcceptance> earlier;
  };

  /// `fingerprint` is the same for requests that ask for the same. Errors: kIdempotencyInProgress while the first is not
  /// committed; kIdempotencyKeyReused for another request under the same key.
  [[nodiscard]] Result<Use> begin(const store::IdempotencyKey& key, const std::string& fingerprint);

  /// Forgets what is older than a day, some at a time. Meant to be called now and then.
  void forget_old(store::Writer& writer) const;

 private:
  using Name = std::tuple<std::string, std::string, std::string>;
  [[nodiscard]] base::TimeMs kept_since() const;
  static Name name(const store::IdempotencyKey& key) { return {key.account, key.app, key.key}; }
  void release(const store::IdempotencyKey& key);
  [[nodiscard]] Result<std::optional<store::KeptAcceptance>> find(const store::IdempotencyKey& key,
                                                                  const std::string& fingerprint) const;

  store::Readers& readers_;
  const base::Clock& clock_;
  base::TimeMs boot_;   ///< as the clock said when this began
  std::mutex mutex_;
  std::set<Name> held_;
};

}   // namespace capid::runs
