// SPDX-License-Identifier: Apache-2.0
#include "net/connect.h"

#include <fcntl.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <utility>

#include "base/check.h"

namespace capid::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using Problem = Connected::Problem;
using Tcp = asio::ip::tcp;

Problem problem_of(const error_code& error) {
  if (!error) return Problem::kNone;
  if (error == asio::error::operation_aborted) return Problem::kNoAnswer;   // by the timer
  const bool is_ours = error == asio::error::no_descriptors || error == asio::error::no_memory;
  return is_ours ? Problem::kOutOfMeans : Problem::kNobodyAccepts;
}

// One attempt. Its handlers own it; those that come after its end do nothing.
class Attempt : public std::enable_shared_from_this<Attempt> {
 public:
  Attempt(base::EventLoop& loop, std::vector<std::string> addresses, uint16_t port, Clock::duration most,
          std::function<void(Connected)> done)
      : socket_(loop.context()),
        timer_(loop.context()),
        addresses_(std::move(addresses)),
        port_(port),
        end_(Clock::now() + most),
        done_(std::move(done)) {}

  void start() {
    asio::post(socket_.get_executor(), [self = shared_from_this()] { self->call(0); });
  }

  void cancel() {
    done_ = nullptr;
    close();
  }

 private:
  void call(size_t number) {
    if (!done_) return;
    if (number == addresses_.size()) return finish();
    connected_.address = addresses_[number];
    error_code failed;
    const Tcp::endpoint there(asio::ip::make_address(connected_.address, failed), port_);
    CHECK(!failed);
    open(there.protocol(), failed);
    if (failed) return take(number, failed);
    limit((end_ - Clock::now()) / static_cast<Clock::rep>(addresses_.size() - number));
    socket_.async_connect(there, [self = shared_from_this(), number](const error_code& error) {
      if (self->done_) self->take(number, error);
    });
  }

  void open(const Tcp& protocol, error_code& failed) {
    socket_.close(failed);
    socket_.open(protocol, failed);
    if (!failed) ::fcntl(socket_.native_handle(), F_SETFD, FD_CLOEXEC);
  }

  // The timer of an address that was left must not end the next one's call: it may have run out before it was set anew.
  void limit(Clock::duration share) {
    timer_.expires_after(share);
    timer_.async_wait([self = shared_from_this(), call = ++calls_](const error_code& error) {
      error_code ignored;
      if (!error && self->done_ && self->calls_ == call) self->socket_.cancel(ignored);
    });
  }

  void take(size_t number, const error_code& error) {
    connected_.problem = problem_of(error);
    connected_.why = error ? error.message() : "";
    if (error) return call(number + 1);
    finish();
  }

  void finish() {
    error_code failed;
    if (connected_.problem == Problem::kNone) connected_.socket = base::Fd(socket_.release(failed));
    close();
    std::exchange(done_, nullptr)(std::move(connected_));
  }

  void close() {
    timer_.cancel();
    error_code ignored;
    socket_.close(ignored);
  }

  Tcp::socket socket_;
  asio::steady_timer timer_;
  const std::vector<std::string> addresses_;
  const uint16_t port_;
  const Clock::time_point end_;
  std::function<void(Connected)> done_;   // none: it is over
  int calls_ = 0;
  Connected connected_;
};

}   // namespace

std::function<void()> connect(base::EventLoop& loop, std::vector<std::string> addresses, uint16_t port,
                              std::chrono::nanoseconds most, std::function<void(Connected connected)> done) {
  const auto attempt = std::make_shared<Attempt>(loop, std::move(addresses), port, most, std::move(done));
  attempt->start();
  return [attempt = std::weak_ptr(attempt)] {
    if (const auto going_on = attempt.lock()) going_on->cancel();
  };
}

}   // namespace capid::net
