// SPDX-License-Identifier: Apache-2.0
#include "accounts/sessions.h"

namespace capid::accounts {
namespace {

constexpr size_t kTokenBytes = 32;
constexpr int64_t kTouchMs = 60'000;

}   // namespace

Sessions::Sessions(store::Readers& readers, store::Writer& writer, const base::Clock& clock,
                   const base::SecretKey& instance_secret)
    : readers_(readers), writer_(writer), clock_(clock), key_(instance_secret.derive("page sessions")) {}

Result<std::string> Sessions::open(store::Transaction& transaction, const std::string& account,
                                   const std::string& address) const {
  std::string token = base::random_hex(kTokenBytes);
  TRY(store::insert_session(transaction, {.account = account, .hash = hash_of(token), .address = address}));
  return token;
}

Result<store::Session> Sessions::find(std::string_view token) {
  if (token.size() != 2 * kTokenBytes) return live(std::nullopt);
  store::Session session = TRY(live(TRY(store::find_session_by_hash(*readers_.lend(), hash_of(token)))));
  note_use(session);
  return session;
}

Result<store::Session> Sessions::recheck(const std::string& id) const {
  return live(TRY(store::find_session(*readers_.lend(), id)));
}

Result<store::Session> Sessions::live(std::optional<store::Session> session) const {
  const base::TimeMs now = clock_.now_ms();
  if (!session) return Error{Code::kNotSignedIn, "sign in first"};
  if (session->account_disabled) return Error{Code::kNotSignedIn, "this account is disabled: ask an admin"};
  if (session->created_at + kMostMs <= now || session->last_seen_at + kIdleMs <= now)
    return Error{Code::kNotSignedIn, "the session has ended after its time: sign in again"};
  return std::move(*session);
}

// Nobody waits for it: what is lost with a crash is a minute of the idle time.
void Sessions::note_use(const store::Session& session) {
  if (session.last_seen_at + kTouchMs > clock_.now_ms()) return;
  writer_.submit([id = session.id](store::Transaction& transaction) { return store::touch_session(transaction, id); },
                 [](Result<void>) {});
}

void Sessions::forget_old() const {
  const base::TimeMs now = clock_.now_ms();
  writer_.submit(
      [now](store::Transaction& transaction) {
        return store::remove_old_sessions(transaction, now - kMostMs, now - kIdleMs);
      },
      [](Result<void>) {});
}

std::string Sessions::hash_of(std::string_view token) const { return base::keyed_hash(key_, token); }

}   // namespace capid::accounts
