// SPDX-License-Identifier: Apache-2.0
// What options and arguments take, as help names it. The name says as well which words complete it (complete.h), so one
// kind of value has one name throughout.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class Option;
}

namespace capid::cli {

inline constexpr const char* kAppWord = "APP";
inline constexpr const char* kInputWord = "NAME=VALUE";
inline constexpr const char* kPartWord = "[PART=]FILE";
inline constexpr const char* kRunWord = "RUN_ID";
inline constexpr const char* kKeyWord = "KEY_ID";
inline constexpr const char* kDeliveryWord = "DELIVERY_ID";
inline constexpr const char* kAccountWord = "ACCOUNT";
inline constexpr const char* kSecretWord = "SECRET";
inline constexpr const char* kModelWord = "MODEL";
inline constexpr const char* kWorkspaceWord = "WORKSPACE";
inline constexpr const char* kFileWord = "FILE";
inline constexpr const char* kFolderWord = "DIR";

/// The option takes one of a few words, and says which of them is nearest where it is given another. They are its
/// value's name: "admin|member".
void takes_one_of(CLI::Option* option, const std::vector<std::string>& choices);

/// The words that such a name stands for; none where it is no list of choices.
[[nodiscard]] std::vector<std::string> choices_in(const std::string& value_name);

}   // namespace capid::cli
