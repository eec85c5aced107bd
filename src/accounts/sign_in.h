// SPDX-License-Identifier: Apache-2.0
// Signing in: a name and a password to an account, with guessing made slow.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>

#include "accounts/throttle.h"
#include "base/clock.h"
#include "store/accounts.h"
#include "store/readers.h"

namespace capid::accounts {

/// Who tries, with what, and from where.
struct Attempt {
  std::string name;
  std::string password;
  std::string address;
};

class SignIn {
 public:
  SignIn(store::Readers& readers, const base::Clock& clock);

  /// The account whose name and password these are. An unknown name takes as long as a wrong password, and reads the same. Ten
  /// wrong ones at once from an address (of IPv6: its /64) and one a minute from then on; twenty for an account and one in half
  /// a minute, from wherever: but not from an address that its owner is signed in from, so that nobody is kept out by strangers.
  /// One password is looked at at a time, for each takes 64 MiB. Errors: kSignInFailed; kRateLimited, with the time to wait;
  /// kQueueFull where too many wait for their turn.
  [[nodiscard]] Result<store::Account> operator()(const Attempt& attempt);

  /// The same for who is signed in already. Errors: likewise; kInvalidParameter, with the field `current`, where it is another one.
  [[nodiscard]] Result<void> check(const std::string& name, const std::string& password, const std::string& address);

 private:
  [[nodiscard]] Result<void> admit(const std::optional<store::Account>& account, const Attempt& attempt);
  [[nodiscard]] Result<bool> matches(const std::string& hash, const std::string& password);

  store::Readers& readers_;
  const base::Clock& clock_;
  Throttle by_address_;
  Throttle by_account_;
  std::mutex one_at_a_time_;
  std::atomic<int> waiting_{0};
};

}   // namespace capid::accounts
