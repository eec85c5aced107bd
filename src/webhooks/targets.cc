// SPDX-License-Identifier: Apache-2.0
#include "webhooks/targets.h"

#include "net/resolve.h"
#include "net/target.h"

namespace capid::webhooks {
namespace {

// The caller waits for the answer to a request.
constexpr std::chrono::seconds kPatience{2};

}   // namespace

Result<void> Targets::check(const std::string& url) const {
  auto judged = judge(url);
  if (judged) return {};
  Error error = std::move(judged).error();
  error.field = "webhookUrl";
  return error;
}

Result<void> Targets::judge(const std::string& url) const {
  const net::Target target = TRY(net::parse_target(url));
  const net::Found found = net::resolve_host(target.host, kPatience);
  switch (found.kind) {
    case net::Found::Kind::kAddresses:
      return guard_.check(target.host, found.addresses);
    case net::Found::Kind::kNoSuchHost:
      return Error{Code::kWebhookUrlNotAllowed, "the host \"" + target.host + "\" was not found: check its name"};
    case net::Found::Kind::kNoAnswer:
      break;
  }
  return {};
}

}   // namespace capid::webhooks
