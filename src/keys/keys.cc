// SPDX-License-Identifier: Apache-2.0
#include "keys/keys.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "store/sessions.h"

namespace capid::keys {
namespace {

constexpr std::string_view kPrefix = "capi_";
constexpr size_t kRandomLength = 30;
constexpr size_t kChecksumLength = 6;
constexpr size_t kShownLength = 9;
constexpr size_t kMaxNameLength = 100;
constexpr int64_t kMostRequestsPerMinute = 1'000'000;

constexpr std::string_view kBase62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

// The checksum lets scanners tell a leaked key from chance, and people from a typo, without asking the server.
std::string checksum(std::string_view prefix_and_random) {
  uint32_t rest = base::crc32(prefix_and_random);
  std::string text(kChecksumLength, '0');
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit, rest /= 62) *digit = kBase62[rest % 62];
  return text;
}

base::SecretKey hash_key(const base::SecretKey& instance_secret) { return instance_secret.derive("capid api keys v1"); }

Error invalid(std::string message) { return {Code::kInvalidApiKey, std::move(message)}; }

Error not_a_key() {
  return invalid(
      "send a valid API key as \"Authorization: Bearer capi_...\"; make one with `capid keys create` or in the page");
}

Result<void> check_live(const store::Key& key, base::TimeMs now) {
  if (key.revoked_at)
    return invalid("this key was revoked at " + base::to_iso8601(*key.revoked_at) + ": use another one");
  if (key.expires_at && *key.expires_at <= now)
    return invalid("this key expired at " + base::to_iso8601(*key.expires_at) + ": make a new one");
  if (key.account_disabled) return invalid("the account of this key is disabled: ask the operator");
  return {};
}

}   // namespace

Result<IssuedKey> issue(store::Transaction& transaction, const base::SecretKey& instance_secret, const NewKey& key) {
  if (key.name.empty() || key.name.size() > kMaxNameLength) {
    return Error{Code::kInvalidParameter, "a key needs a name of 1 to 100 characters", "name"};
  }
  const bool plain =
      std::none_of(key.name.begin(), key.name.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; });
  if (!plain || !base::is_utf8(key.name))
    return Error{Code::kInvalidParameter, "a key's name is text on one line, without control characters", "name"};
  if (key.requests_per_minute && (*key.requests_per_minute < 1 || *key.requests_per_minute > kMostRequestsPerMinute)) {
    return Error{Code::kInvalidParameter, "a key's rate is 1 to 1000000 requests a minute", "requestsPerMinute"};
  }
  std::string text = std::string(kPrefix) + base::random_base62(kRandomLength);
  text += checksum(text);
  const std::string hash = base::keyed_hash(hash_key(instance_secret), text);
  const std::string id = TRY(store::insert_key(transaction, {.account = key.account,
                                                             .name = key.name,
                                                             .hash = hash,
                                                             .prefix = text.substr(0, kShownLength),
                                                             .app = key.app,
                                                             .expires_at = key.expires_at,
                                                             .requests_per_minute = key.requests_per_minute}));
  return IssuedKey{.id = id, .key = std::move(text)};
}

bool is_well_formed(std::string_view text) {
  if (text.size() != kPrefix.size() + kRandomLength + kChecksumLength || !text.starts_with(kPrefix)) return false;
  const std::string_view body = text.substr(0, text.size() - kChecksumLength);
  if (body.substr(kPrefix.size()).find_first_not_of(kBase62) != std::string_view::npos) return false;
  return checksum(body) == text.substr(body.size());
}

bool is_left_by_a_call(const store::Key& key, base::TimeMs now) {
  const bool expired = key.expires_at && *key.expires_at <= now;
  return key.name == kLocalKeyName && (key.revoked_at || expired);
}

std::string words_for(const store::Key& key) {
  return "\"" + key.name + "\" (" + key.prefix + "…)" + (key.app ? " for " + *key.app : "") + " of " + key.account_name;
}

Result<void> check_still(store::Transaction& transaction, const Grant& grant) {
  if (grant.key) {
    const auto key = TRY(store::find_key(transaction.database(), *grant.key));
    return key ? check_live(*key, transaction.now_ms()) : Result<void>{not_a_key()};
  }
  const auto session = TRY(store::find_session(transaction.database(), grant.session));
  if (session && !session->account_disabled) return {};
  return Error{Code::kNotSignedIn, "the session ended meanwhile: sign in again"};
}

Verifier::Verifier(store::Readers& readers, const base::Clock& clock, const base::SecretKey& instance_secret)
    : readers_(readers), clock_(clock), hash_key_(hash_key(instance_secret)) {}

Result<Grant> Verifier::verify(std::string_view presented) {
  if (!is_well_formed(presented)) return not_a_key();
  const std::string hash = base::keyed_hash(hash_key_, presented);
  const auto key = TRY(store::find_key_by_hash(*readers_.lend(), hash));
  if (!key) return not_a_key();
  const base::TimeMs now = clock_.now_ms();
  TRY(check_live(*key, now));
  {
    std::lock_guard lock(mutex_);
    last_used_[key->id] = now;
  }
  return Grant{.key = key->id,
               .account = key->account,
               .app = key->app,
               .admin = key->account_role == "admin",
               .requests_per_minute = key->requests_per_minute};
}

Result<void> Verifier::recheck(const Grant& grant) const {
  const auto key = TRY(store::find_key(*readers_.lend(), grant.key.value_or("")));
  return key ? check_live(*key, clock_.now_ms()) : Result<void>{not_a_key()};
}

void Verifier::flush_last_used(store::Writer& writer) {
  std::unordered_map<std::string, base::TimeMs> uses;
  {
    std::lock_guard lock(mutex_);
    uses.swap(last_used_);
  }
  if (uses.empty()) return;
  writer.submit(
      [uses = std::move(uses)](store::Transaction& transaction) -> Result<void> {
        for (const auto& [key, used_at] : uses) TRY(store::touch_key(transaction, key, used_at));
        return {};
      },
      [](const Result<void>& durable) {
        if (!durable) base::log::warn("the last use of some keys was not written", {{"error", durable.error().detail}});
      });
}

}   // namespace capid::keys
