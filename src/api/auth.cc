// SPDX-License-Identifier: Apache-2.0
#include "api/auth.h"

#include "base/text.h"

namespace capid::api {

Result<keys::Grant> authenticate(keys::Verifier& verifier, const http::Request& request) {
  constexpr std::string_view kScheme = "bearer ";
  std::string_view presented;
  if (base::to_lower(request.authorization.substr(0, kScheme.size())) == kScheme) {
    presented = std::string_view(request.authorization).substr(kScheme.size());
  }
  return verifier.verify(presented);
}

Result<void> check_scope(const keys::Grant& grant, const std::string& app) {
  if (!grant.app || *grant.app == app) return {};
  return Error{Code::kAppScopeRestricted,
               "this key works for the app \"" + *grant.app + "\" alone: use an account-wide key, or that app's"};
}

}   // namespace capid::api
