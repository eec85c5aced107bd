// SPDX-License-Identifier: Apache-2.0
// The first way in: a token that is good once, for an hour, and sets the first admin's password.
#pragma once

#include <string>

#include "base/crypto.h"
#include "store/accounts.h"

namespace capid::accounts {

/// Makes a new token (256 random bits, as hex); the one before is good for nothing. Its hash is kept, under the instance secret.
[[nodiscard]] Result<std::string> make_setup_token(store::Transaction& transaction,
                                                   const base::SecretKey& instance_secret);

/// Where the page takes a token: in the fragment, which no browser sends and no proxy logs. `page` has no slash at its end.
[[nodiscard]] std::string setup_link(const std::string& page, const std::string& token);

/// Whether a token would be taken. Errors: kInvalidSetupToken.
[[nodiscard]] Result<void> check_setup_token(store::Database& database, const base::SecretKey& instance_secret,
                                             const std::string& token, base::TimeMs now);

/// Uses a token up: sets the password of the account `admin`, which is an admin's again and not disabled, and ends its
/// sessions. Errors: kInvalidSetupToken.
[[nodiscard]] Result<store::Account> use_setup_token(store::Transaction& transaction,
                                                     const base::SecretKey& instance_secret, const std::string& token,
                                                     const std::string& password_hash);

}   // namespace capid::accounts
