// SPDX-License-Identifier: Apache-2.0
// Signing in: a name and a password to an account, with guessing made slow.
#pragma once

#include <map>
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

/// Whose the password was, and the hash that it matched: by the time that a session is opened it may be another.
struct SignedIn {
  store::Account account;
  std::string hash;
};

class SignIn {
 public:
  SignIn(store::Readers& readers, const base::Clock& clock);

  /// The account whose name and password these are. An unknown name takes as long as a wrong password, and reads the same. Ten
  /// wrong ones at once from an address (of IPv6: its /64) and one a minute from then on; twenty for an account and one in half
  /// a minute, from wherever: but not from where its owner is signed in, so that nobody is kept out by strangers.
  /// Right ones are bounded as well, twenty at once for an account and one in five seconds. Few wait for their turn (base::verify_password
  /// takes one at a time), of one address two. Errors: kSignInFailed; kRateLimited, with the time to wait; kQueueFull.
  [[nodiscard]] Result<SignedIn> operator()(const Attempt& attempt);

  /// The same for who is signed in already. Errors: likewise; kInvalidParameter, with the field `current`, where it is another one.
  [[nodiscard]] Result<void> check(const std::string& name, const std::string& password, const std::string& address);

 private:
  [[nodiscard]] Result<void> admit(const std::optional<store::Account>& account, const Attempt& attempt);
  [[nodiscard]] Result<bool> is_signed_in_nearby(const store::Account& account, const std::string& address);
  void forgive(const std::optional<store::Account>& account, const Attempt& attempt);
  [[nodiscard]] Result<bool> matches(const std::string& hash, const Attempt& attempt);
  [[nodiscard]] bool enter(const std::string& neighbourhood);
  void leave(const std::string& neighbourhood);

  store::Readers& readers_;
  const base::Clock& clock_;
  Throttle by_address_;
  Throttle by_account_;
  Throttle successes_;
  std::mutex mutex_;
  std::map<std::string, int> waiting_;   // by where they come from
};

}   // namespace capid::accounts
