// SPDX-License-Identifier: Apache-2.0
#include "webhooks/signature.h"

#include <array>

#include "base/crypto.h"

namespace capid::webhooks {
namespace {

constexpr std::string_view kPrefix = "whsec_";
constexpr size_t kSecretSize = 32, kLeast = 24, kMost = 64;

// The error never holds the secret.
Result<std::string> key_of(std::string_view secret) {
  if (secret.starts_with(kPrefix)) {
    const auto key = base::from_base64(secret.substr(kPrefix.size()));
    if (key && key->size() >= kLeast && key->size() <= kMost) return *key;
  }
  return Error{Code::kInternal, "a webhook secret is not whsec_ and the base64 of 24 to 64 bytes"};
}

}   // namespace

std::string new_secret() {
  std::array<unsigned char, kSecretSize> bytes{};
  base::random_bytes(bytes);
  return std::string(kPrefix) + base::to_base64({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

Result<std::string> sign(std::string_view secret, std::string_view id, int64_t timestamp_s, std::string_view body) {
  const std::string key = TRY(key_of(secret));
  return "v1," + base::to_base64(base::hmac_sha256(key, {id, ".", std::to_string(timestamp_s), ".", body}));
}

}   // namespace capid::webhooks
