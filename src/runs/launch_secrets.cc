// SPDX-License-Identifier: Apache-2.0
#include "runs/launch_secrets.h"

#include <algorithm>

namespace capid::runs {
namespace {

constexpr size_t kMostInVariables = 48 << 10;   // what crosses to the fork server in one message is bounded

Error refused(const std::string& what) { return {Code::kSandboxSetupFailed, what}; }

// A line's end would let the secret's owner add headers, and no server takes other control characters.
bool fits_header(std::string_view value) {
  return std::none_of(value.begin(), value.end(),
                      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
}

Result<OpenSecret> open(const apps::SecretUse& use, const secrets::Secrets& secrets, store::Database& database) {
  auto value = secrets.get(database, use.name);
  if (!value) return refused("the secret " + use.name + " cannot be opened: " + value.error().message);
  if (!*value) return refused(secrets::not_set_message(use.name));
  if (use.inject && !fits_header((*value)->view()))
    return refused("the secret " + use.name +
                   " cannot be added to requests: it holds a line's end or another control character");
  return OpenSecret{.use = use, .value = std::move(**value)};
}

}   // namespace

Result<std::vector<OpenSecret>> open_secrets(const apps::Manifest& manifest, const secrets::Secrets& secrets,
                                             store::Readers& readers) {
  std::vector<OpenSecret> opened;
  if (manifest.secrets.empty()) return opened;
  auto lease = readers.lend();
  size_t in_variables = 0;
  for (const apps::SecretUse& use : manifest.secrets) {
    opened.push_back(TRY(open(use, secrets, *lease)));
    if (!use.inject) in_variables += opened.back().value.view().size();
  }
  if (in_variables > kMostInVariables)
    return refused("the secrets that this app is given as variables are larger than 48 KiB together");
  return opened;
}

}   // namespace capid::runs
