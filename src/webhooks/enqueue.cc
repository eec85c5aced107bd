// SPDX-License-Identifier: Apache-2.0
#include "webhooks/enqueue.h"

#include "net/target.h"

namespace capid::webhooks {

// An address that a later version would not take any more must not keep a run from its end: its tries will fail, and say
// why.
Result<std::string> enqueue(store::Transaction& transaction, const std::string& account,
                            const std::optional<std::string>& run, const std::string& url, const std::string& body) {
  const auto target = net::parse_target(url);
  const std::string receiver = target ? net::receiver_of(*target) : url;
  return store::insert_delivery(
      transaction, {.lane = {.account = account, .receiver = receiver}, .run = run, .url = url, .body = body});
}

}   // namespace capid::webhooks
