// SPDX-License-Identifier: Apache-2.0
#include "runs/network_log.h"

#include <utility>

namespace capid::runs {
namespace {

constexpr int64_t kMostTold = 1'000;

threads::Connection connection_of(const egress::Visit& visit) {
  using Outcome = egress::Visit::Outcome;
  threads::Connection connection{.host = {},
                                 .port = 0,
                                 .outcome = visit.outcome == Outcome::kAllowed   ? "allowed"
                                            : visit.outcome == Outcome::kRefused ? "refused"
                                                                                 : "failed",
                                 .reason = visit.reason,
                                 .bytes_up = visit.bytes_up,
                                 .bytes_down = visit.bytes_down};
  if (visit.place) {
    connection.host = visit.place->host;
    connection.port = visit.place->port;
  }
  return connection;
}

}   // namespace

void NetworkLog::add(const egress::Visit& visit) {
  std::lock_guard lock(mutex_);
  if (told_ == kMostTold) {
    ++left_out_;
    return;
  }
  ++told_;
  waiting_.push_back(connection_of(visit));
}

std::vector<threads::Connection> NetworkLog::take() {
  std::lock_guard lock(mutex_);
  return std::exchange(waiting_, {});
}

int64_t NetworkLog::left_out() const {
  std::lock_guard lock(mutex_);
  return left_out_;
}

}   // namespace capid::runs
