// SPDX-License-Identifier: Apache-2.0
#include "egress/dial.h"

#include <fcntl.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/ip.h"
#include "net/lookup.h"

namespace capid::egress {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using Kind = Dialled::Kind;
using Tcp = asio::ip::tcp;

// One attempt, in the order of its steps. Its handlers own it; those that come after its end do nothing.
class Dial : public std::enable_shared_from_this<Dial> {
 public:
  Dial(base::EventLoop& loop, const net::AddressGuard& guard, net::HostAndPort place, std::chrono::milliseconds most,
       std::function<void(Dialled)> done)
      : loop_(loop),
        guard_(guard),
        socket_(loop.context()),
        timer_(loop.context()),
        place_(std::move(place)),
        end_(Clock::now() + most),
        done_(std::move(done)) {}

  void start(std::chrono::milliseconds most) {
    net::lookup(loop_, place_.host, most, [self = shared_from_this()](const net::Found& found) { self->judge(found); });
  }

  void cancel() {
    done_ = nullptr;
    timer_.cancel();
    error_code ignored;
    socket_.close(ignored);
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
    addresses_ = found.addresses;
    connect(0);
  }

  void refuse() {
    finish(Kind::kRefused,
           "\"" + place_.host +
               "\" leads to an address that is not public: the operator can allow it in capid's config, "
               "under egress.allow");
  }

  void connect(size_t number) {
    if (number == addresses_.size()) return finish(last_, problem_);
    error_code failed;
    const Tcp::endpoint there(asio::ip::make_address(addresses_[number], failed), place_.port);
    CHECK(!failed);
    open(there.protocol(), failed);
    if (failed) return connect_next(number, failed);
    socket_.async_connect(there, [self = shared_from_this(), number](const error_code& error) {
      if (!self->done_) return;
      self->timer_.cancel();
      if (error) return self->connect_next(number, error);
      self->finish(Kind::kConnected, "");
    });
    limit((end_ - Clock::now()) / static_cast<Clock::duration::rep>(addresses_.size() - number), number);
  }

  void open(const Tcp& protocol, error_code& failed) {
    socket_.close(failed);
    socket_.open(protocol, failed);
    if (!failed) ::fcntl(socket_.native_handle(), F_SETFD, FD_CLOEXEC);
  }

  void limit(Clock::duration share, size_t number) {
    trying_ = number;
    timer_.expires_after(share);
    timer_.async_wait([self = shared_from_this(), number](const error_code& error) {
      error_code ignored;
      if (!error && self->done_ && self->trying_ == number) self->socket_.cancel(ignored);
    });
  }

  void connect_next(size_t number, const error_code& failed) {
    last_ = failed == asio::error::operation_aborted ? Kind::kTimedOut : Kind::kFailed;
    const bool ours = failed == asio::error::no_descriptors || failed == asio::error::no_memory;
    problem_ = "\"" + place_.host + "\" " +
               (last_ == Kind::kTimedOut ? "did not accept a connection in time"
                : ours                   ? "was not called: capid is out of " + failed.message()
                                         : "does not accept connections on port " + std::to_string(place_.port));
    connect(number + 1);
  }

  void finish(Kind kind, const std::string& problem) {
    timer_.cancel();
    Dialled dialled{.kind = kind, .socket = {}, .problem = problem};
    error_code failed;
    if (kind == Kind::kConnected) dialled.socket = base::Fd(socket_.release(failed));
    std::exchange(done_, nullptr)(std::move(dialled));
  }

  base::EventLoop& loop_;
  const net::AddressGuard& guard_;
  Tcp::socket socket_;
  asio::steady_timer timer_;
  const net::HostAndPort place_;
  const Clock::time_point end_;
  std::function<void(Dialled)> done_;   // none: it is over
  std::vector<std::string> addresses_;
  size_t trying_ = 0;
  Kind last_ = Kind::kFailed;
  std::string problem_;
};

}   // namespace

std::function<void()> dial(base::EventLoop& loop, const net::AddressGuard& guard, const net::HostAndPort& place,
                           std::chrono::milliseconds most, std::function<void(Dialled dialled)> done) {
  auto attempt = std::make_shared<Dial>(loop, guard, place, most, std::move(done));
  attempt->start(most);
  return [attempt] { attempt->cancel(); };
}

}   // namespace capid::egress
