// SPDX-License-Identifier: Apache-2.0
#include "net/resolve.h"

#include <boost/asio/io_context.hpp>

namespace capid::net {

Found resolve_host(const std::string& host, std::chrono::milliseconds most) try {
  base::EventLoop loop;   // without a thread: it runs on this one, until there is an answer
  Found answer;
  lookup(loop, host, most, [&](Found found) {
    answer = std::move(found);
    loop.stop();
  });
  loop.context().run();
  return answer;
} catch (const boost::system::system_error& failed) {   // no descriptor is left for a loop
  return {.kind = Found::Kind::kNoAnswer,
          .problem = "the host \"" + host + "\" could not be looked up (" + failed.code().message() + ")"};
}

Result<std::vector<std::string>> resolve(const std::string& host, std::chrono::milliseconds most) {
  Found found = resolve_host(host, most);
  if (found.kind != Found::Kind::kAddresses) return Error{Code::kInternal, std::move(found.problem)};
  return std::move(found.addresses);
}

}   // namespace capid::net
