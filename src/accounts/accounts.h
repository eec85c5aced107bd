// SPDX-License-Identifier: Apache-2.0
// Accounts: who owns keys, runs and a balance.
#pragma once

#include "store/accounts.h"

namespace capid::accounts {

/// The account that exists from the start, an admin without a password.
inline constexpr const char* kFirstAccount = "admin";

/// Makes an account. Errors: kInvalidParameter for a name that is not 1 to 64 of a-z, 0-9, '.', '_', '-', '@', for one
/// that is taken, and for a role that is neither admin nor member.
[[nodiscard]] Result<std::string> add(store::Transaction& transaction, const std::string& name,
                                      const std::string& role);

/// Makes a password into what is kept of it. Slow, on purpose: not for the writer's thread. Errors: kInvalidParameter for one of
/// fewer than 10 bytes or more than 1024, said of `field`.
[[nodiscard]] Result<std::string> hash_of_password(const std::string& password, const char* field = "password");

/// Sets the password with which the account signs in, and ends its sessions but `keep`.
[[nodiscard]] Result<void> set_password(store::Transaction& transaction, const std::string& account,
                                        const std::string& hash, const std::string& keep = "");

/// Makes an account an admin's or a member's, and turns it off or on again; turned off, its keys stop working and its sessions
/// end. Errors: kInvalidParameter where that would leave no admin who can sign in.
[[nodiscard]] Result<void> set_role(store::Transaction& transaction, const store::Account& account,
                                    const std::string& role);
[[nodiscard]] Result<void> set_disabled(store::Transaction& transaction, const store::Account& account, bool disabled);

/// The account of that name. Errors: kInvalidParameter, with the nearest name there is.
[[nodiscard]] Result<store::Account> find(store::Database& database, const std::string& name);

}   // namespace capid::accounts
