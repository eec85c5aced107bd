// SPDX-License-Identifier: Apache-2.0
#include "accounts/sign_in.h"

#include <algorithm>
#include <chrono>

#include "accounts/sessions.h"
#include "base/crypto.h"
#include "base/ip.h"

namespace capid::accounts {
namespace {

constexpr size_t kMostWaiting = 32;   // neighbourhoods
constexpr int kMostWaitingOfOne = 2;
constexpr size_t kLongestName = 64;
// Of a password that nobody knows, so that an unknown name takes as long as a known one.
constexpr const char* kNobodysHash =
    "$argon2id$v=19$m=65536,t=2,p=1$v12TNmY1dZaZX+rfHStbCQ$w8vDEpgmL00OeS3Cn+vDWmQy7OFWQGF06qciJIPVSjg";

constexpr size_t kLongestPassword = 1024;
constexpr int64_t kSecondMs = 1'000;

int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Whoever has one address of IPv6 has all of its /64.
std::string neighbourhood(const std::string& address) {
  auto parsed = base::parse_ip(address);
  if (!parsed || parsed->family == base::IpAddress::Family::kV4) return address;
  constexpr size_t kNetwork = 8;
  std::fill(parsed->bytes.begin() + kNetwork, parsed->bytes.end(), 0);
  return base::to_text(*parsed);
}

Error too_often(int64_t wait_ms) {
  const int64_t seconds = (wait_ms + kSecondMs - 1) / kSecondMs;
  Error error{Code::kRateLimited,
              "too many tries to sign in were wrong: try again in " + std::to_string(seconds) + " s"};
  error.retry_after_s = seconds;
  return error;
}

Error wrong() { return {Code::kSignInFailed, "there is no account with this name and password"}; }

}   // namespace

SignIn::SignIn(store::Readers& readers, const base::Clock& clock)
    : readers_(readers), clock_(clock), by_address_(10, 60'000), by_account_(20, 30'000), successes_(20, 5'000) {}

Result<SignedIn> SignIn::operator()(const Attempt& attempt) {
  std::optional<store::Account> account;
  std::optional<std::string> hash;
  if (attempt.name.size() <= kLongestName) {
    auto database = readers_.lend();
    account = TRY(store::find_account_by_name(*database, attempt.name));
    if (account) hash = TRY(store::password_hash(*database, account->id));
  }
  TRY(admit(account, attempt));
  const auto matched = matches(hash.value_or(kNobodysHash), attempt);
  if (!matched || (*matched && hash)) forgive(account, attempt);
  if (!matched) return matched.error();
  if (!*matched || !hash || account->disabled) return wrong();
  if (const int64_t wait = successes_.take(account->id, steady_ms())) return too_often(wait);
  return SignedIn{.account = std::move(*account), .hash = std::move(*hash)};
}

Result<void> SignIn::check(const std::string& name, const std::string& password, const std::string& address) {
  const auto found = (*this)({.name = name, .password = password, .address = address});
  if (found) return {};
  if (found.error().code != Code::kSignInFailed) return found.error();
  return Error{Code::kInvalidParameter, "the current password is another one", "current"};
}

Result<bool> SignIn::is_signed_in_nearby(const store::Account& account, const std::string& address) {
  const auto known = TRY(store::session_addresses(*readers_.lend(), account.id, clock_.now_ms() - Sessions::kIdleMs));
  return std::any_of(known.begin(), known.end(),
                     [&](const std::string& each) { return neighbourhood(each) == neighbourhood(address); });
}

// No account has a longer name: what is none is throttled by its address alone, and not kept.
Result<void> SignIn::admit(const std::optional<store::Account>& account, const Attempt& attempt) {
  const int64_t now = steady_ms();
  if (const int64_t wait = by_address_.take(neighbourhood(attempt.address), now)) return too_often(wait);
  if (attempt.name.size() > kLongestName) return wrong();
  if (account && TRY(is_signed_in_nearby(*account, attempt.address))) return {};
  if (const int64_t wait = by_account_.take(account ? account->id : attempt.name, now)) return too_often(wait);
  return {};
}

void SignIn::forgive(const std::optional<store::Account>& account, const Attempt& attempt) {
  by_address_.give_back(neighbourhood(attempt.address));
  by_account_.give_back(account ? account->id : attempt.name);
}

Result<bool> SignIn::matches(const std::string& hash, const Attempt& attempt) {
  if (attempt.password.size() > kLongestPassword) return false;
  const std::string from = neighbourhood(attempt.address);
  if (!enter(from)) return Error{Code::kQueueFull, "too many sign in at this moment: try again"};
  const bool right = base::verify_password(hash, attempt.password);
  leave(from);
  return right;
}

bool SignIn::enter(const std::string& neighbourhood) {
  std::lock_guard lock(mutex_);
  if (waiting_.size() >= kMostWaiting || waiting_[neighbourhood] >= kMostWaitingOfOne) return false;
  ++waiting_[neighbourhood];
  return true;
}

void SignIn::leave(const std::string& neighbourhood) {
  std::lock_guard lock(mutex_);
  if (--waiting_[neighbourhood] == 0) waiting_.erase(neighbourhood);
}

}   // namespace capid::accounts
