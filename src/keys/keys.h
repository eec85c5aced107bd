// SPDX-License-Identifier: Apache-2.0
// API keys: issued once, stored as a keyed hash, looked up on every request.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/crypto.h"
#include "store/keys.h"
#include "store/readers.h"
#include "store/writer.h"

namespace capid::keys {

/// What a caller may do: with a presented key (made by Verifier::verify alone), or as who is signed in to the page.
struct Grant {
  std::optional<std::string> key;   ///< nothing: from the page
  std::string session;              ///< then: its id
  std::string account;
  std::optional<std::string> app;   ///< set: the key works for this app alone
  bool admin = false;
  bool reaches_all = false;                     ///< every account's runs, threads and artifacts
  std::optional<int64_t> requests_per_minute;   ///< nothing: the server's default
};

struct NewKey {
  std::string account;
  std::string name;
  std::optional<std::string> app;
  std::optional<base::TimeMs> expires_at;
  std::optional<int64_t> requests_per_minute;   ///< 1 to 1,000,000; nothing: the server's default
};

struct IssuedKey {
  std::string id;
  std::string key;   ///< the key itself, to be shown once and never kept
};

/// Makes a key (`capi_`, 30 random base62 characters, 6 of their CRC-32) and stores its hash under the instance secret.
/// Errors: kInvalidParameter for a name that is empty or longer than 100 bytes, and for a rate out of its range.
[[nodiscard]] Result<IssuedKey> issue(store::Transaction& transaction, const base::SecretKey& instance_secret,
                                      const NewKey& key);

/// What the keys are called that `capid run` makes for one call.
inline constexpr const char* kLocalKeyName = "capid run";

/// Whether such a call has left the key, which is of no use to anybody then.
[[nodiscard]] bool is_left_by_a_call(const store::Key& key, base::TimeMs now);

/// For the audit log, which outlives the key: its name, its beginning, its app, its account.
[[nodiscard]] std::string words_for(const store::Key& key);

/// Whether `text` has a key's form and checksum. Costs no look-up, and says nothing about whether the key was ever
/// issued.
[[nodiscard]] bool is_well_formed(std::string_view text);

/// Whether who asked may still, for the transaction of what they asked for: a request may be long under way. Errors:
/// kInvalidApiKey, kNotSignedIn.
[[nodiscard]] Result<void> check_still(store::Transaction& transaction, const Grant& grant);

class Verifier {
 public:
  /// `instance_secret` outlives the database; without it no stored hash can be checked.
  Verifier(store::Readers& readers, const base::Clock& clock, const base::SecretKey& instance_secret);

  /// Looks the key up by its hash, on an index, at every call: a revocation made elsewhere holds from its commit on.
  /// Errors: kInvalidApiKey for anything that isn't a live key; the message says revoked or expired, and when, only to
  /// whoever presented the whole genuine key. Takes the same time whether or not the key exists.
  [[nodiscard]] Result<Grant> verify(std::string_view presented);

  /// Whether the key that a grant was made of still holds: for an answer that goes on for long. Errors: as verify.
  [[nodiscard]] Result<void> recheck(const Grant& grant) const;

  /// Writes the last uses noted since the last call. Meant to be called every few seconds.
  void flush_last_used(store::Writer& writer);

 private:
  store::Readers& readers_;
  const base::Clock& clock_;
  base::SecretKey hash_key_;
  std::mutex mutex_;
  std::unordered_map<std::string, base::TimeMs> last_used_;
};

}   // namespace capid::keys
