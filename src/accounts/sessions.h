// SPDX-License-Identifier: Apache-2.0
// Sessions of the page: opened with a token that only the browser keeps, looked up on every request, ended for good.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.h"
#include "store/readers.h"
#include "store/sessions.h"
#include "store/writer.h"

namespace capid::accounts {

class Sessions {
 public:
  /// A session ends when nothing was asked in it for so long, and in any case so long after it was opened.
  static constexpr int64_t kIdleMs = 12LL * 3'600'000;
  static constexpr int64_t kMostMs = 7LL * 86'400'000;

  Sessions(store::Readers& readers, store::Writer& writer, const base::Clock& clock,
           const base::SecretKey& instance_secret);

  /// Opens a session and returns its token: 256 random bits as hex, to be given to the browser and kept nowhere. Always a new
  /// one, whatever the browser sent before.
  [[nodiscard]] Result<std::string> open(store::Transaction& transaction, const std::string& account,
                                         const std::string& address) const;

  /// Whose session that is. Looked up by its hash at every call, so that an end made elsewhere holds from its commit on. That it
  /// was used is written at most once a minute. Errors: kNotSignedIn.
  [[nodiscard]] Result<store::Session> find(std::string_view token);

  /// The same of a session's id, for an answer that goes on for long.
  [[nodiscard]] Result<store::Session> recheck(const std::string& id) const;

  /// Takes away those that have ended by themselves.
  void forget_old() const;

 private:
  [[nodiscard]] std::string hash_of(std::string_view token) const;
  [[nodiscard]] Result<store::Session> live(std::optional<store::Session> session) const;
  void note_use(const store::Session& session);

  store::Readers& readers_;
  store::Writer& writer_;
  const base::Clock& clock_;
  base::SecretKey key_;
};

}   // namespace capid::accounts
