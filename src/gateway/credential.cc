// SPDX-License-Identifier: Apache-2.0
#include "gateway/credential.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/fd.h"

namespace capid::gateway {
namespace {

constexpr size_t kMost = 8 << 10;

Error unusable(const Provider& provider, const std::string& why) {
  return {Code::kModelError,
          "the credential of the provider \"" + provider.name + "\" " + why + ": the operator of capid can mend it"};
}

Result<base::SecretText> read(const Provider& provider) {
  if (!provider.api_key_env.empty()) {
    const char* value = std::getenv(provider.api_key_env.c_str());
    if (!value) return unusable(provider, "is not set: " + provider.api_key_env + " is not in capid's environment");
    return base::SecretText(std::string_view(value));
  }
  const base::Fd file(::open(provider.api_key_file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return unusable(provider, std::string("cannot be read (") + std::strerror(errno) + ")");
  base::SecretText text(kMost);
  const ssize_t got = ::read(file.get(), text.bytes().data(), kMost);
  if (got < 0) return unusable(provider, std::string("cannot be read (") + std::strerror(errno) + ")");
  text.cut(static_cast<size_t>(got));
  return text;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

base::SecretText line_of(std::string_view begin, std::string_view key) {
  constexpr std::string_view kEnd = "\r\n";
  base::SecretText line(begin.size() + key.size() + kEnd.size());
  auto to = std::copy(begin.begin(), begin.end(), line.bytes().begin());
  to = std::copy(key.begin(), key.end(), to);
  std::copy(kEnd.begin(), kEnd.end(), to);
  return line;
}

}   // namespace

Result<base::SecretText> credential_line(const Provider& provider, Protocol protocol) {
  if (provider.api_key_file.empty() && provider.api_key_env.empty()) return base::SecretText();
  const base::SecretText text = TRY(read(provider));
  const std::string_view key = trimmed(text.view());
  if (key.empty()) return unusable(provider, "is empty");
  if (std::any_of(key.begin(), key.end(), [](char c) { return c <= ' ' || c == 0x7f; }))
    return unusable(provider, "holds a space or another character that no header may have");
  const bool is_anthropic = protocol == Protocol::kMessages && !provider.wants_bearer;
  return line_of(is_anthropic ? "x-api-key: " : "Authorization: Bearer ", key);
}

}   // namespace capid::gateway
