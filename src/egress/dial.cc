// SPDX-License-Identifier: Apache-2.0
#include "egress/dial.h"

#include <memory>
#include <utility>

#include "base/ip.h"
#include "net/connect.h"
#include "net/lookup.h"

namespace capid::egress {
namespace {

using Clock = std::chrono::steady_clock;
using Kind = Dialled::Kind;
using Problem = net::Connected::Problem;

Kind kind_of(Problem problem) {
  if (problem == Problem::kNone) return Kind::kConnected;
  return problem == Problem::kNoAnswer ? Kind::kTimedOut : Kind::kFailed;
}

std::string explained(const net::HostAndPort& place, const net::Connected& connected) {
  const std::string host = "\"" + place.host + "\" ";
  switch (connected.problem) {
    case Problem::kNone:
      return "";
    case Problem::kNoAnswer:
      return host + "did not accept a connection in time";
    case Problem::kOutOfMeans:
      return host + "was not called: capid is out of " + connected.why;
    case Problem::kNobodyAccepts:
      break;
  }
  return host + "does not accept connections on port " + std::to_string(place.port);
}

// One attempt, in the order of its steps. Its handlers own it; those that come after its end do nothing.
class Dial : public std::enable_shared_from_this<Dial> {
 public:
  Dial(base::EventLoop& loop, const net::AddressGuard& guard, net::HostAndPort place, std::chrono::milliseconds most,
       std::function<void(Dialled)> done)
      : loop_(loop), guard_(guard), place_(std::move(place)), end_(Clock::now() + most), done_(std::move(done)) {}

  void start(std::chrono::milliseconds most) {
    net::lookup(loop_, place_.host, most, [self = shared_from_this()](const net::Found& found) { self->judge(found); });
  }

  void cancel() {
    done_ = nullptr;
    if (give_up_) give_up_();
  }

 private:
  // What was looked up is what is judged, and what was judged is what is dialled: nothing is looked up again.
  void judge(const net::Found& found) {
    if (!done_) return;
    if (found.kind == net::Found::Kind::kNoSuchHost) return finish(Kind::kFailed, found.problem);
    if (found.kind == net::Found::Kind::kNoAnswer) return finish(Kind::kTimedOut, found.problem);
    for (const std::string& text : found.addresses) {
      const auto address = base::parse_ip(text);
      if (!address || !guard_.allows(place_.host, *address)) return refuse();
    }
    connect(found.addresses);
  }

  void refuse() {
    finish(Kind::kRefused,
           "\"" + place_.host +
               "\" leads to an address that is not public: the operator can allow it in capid's config, "
               "under egress.allow");
  }

  void connect(const std::vector<std::string>& addresses) {
    give_up_ = net::connect(loop_, addresses, place_.port, end_ - Clock::now(),
                            [self = shared_from_this()](net::Connected connected) {
                              if (!self->done_) return;
                              self->dialled_.socket = std::move(connected.socket);
                              self->finish(kind_of(connected.problem), explained(self->place_, connected));
                            });
  }

  void finish(Kind kind, const std::string& problem) {
    dialled_.kind = kind;
    dialled_.problem = problem;
    std::exchange(done_, nullptr)(std::move(dialled_));
  }

  base::EventLoop& loop_;
  const net::AddressGuard& guard_;
  const net::HostAndPort place_;
  const Clock::time_point end_;
  std::function<void(Dialled)> done_;   // none: it is over
  std::function<void()> give_up_;
  Dialled dialled_;
};

}   // namespace

std::function<void()> dial(base::EventLoop& loop, const net::AddressGuard& guard, const net::HostAndPort& place,
                           std::chrono::milliseconds most, std::function<void(Dialled dialled)> done) {
  const auto attempt = std::make_shared<Dial>(loop, guard, place, most, std::move(done));
  attempt->start(most);
  return [attempt = std::weak_ptr(attempt)] {
    if (const auto going_on = attempt.lock()) going_on->cancel();
  };
}

}   // namespace capid::egress
