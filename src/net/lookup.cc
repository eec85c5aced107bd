// SPDX-License-Identifier: Apache-2.0
#include "net/lookup.h"

#include <ares.h>
#include <arpa/inet.h>
#include <netinet/in.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <optional>

namespace capid::net {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;
using Descriptor = asio::posix::stream_descriptor;

// A question is sent three times, and is waited for twice as long each time: of one name server that takes seven tenths
// of the time, and with three each of them is asked twice. What resolv.conf says about it would not fit our end.
constexpr int kTries = 3;
constexpr int kFirstWait = 10;   // a tenth of the time
constexpr Milliseconds kShortestWait(100);

bool is_numeric(const std::string& host) {
  in6_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 || ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

std::string text_of(const sockaddr& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.sa_family == AF_INET)
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof text);
  if (address.sa_family == AF_INET6)
    ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, text, sizeof text);
  return text;
}

Found not_found(const std::string& host, Found::Kind kind, const std::string& why) {
  const char* what = kind == Found::Kind::kNoSuchHost ? " was not found (" : " could not be looked up (";
  return {.kind = kind, .problem = "the host \"" + host + "\"" + what + why + ")"};
}

// What is known without asking anybody.
std::optional<Found> known(const std::string& host) {
  if (host.empty() || host.find('\0') != std::string::npos)
    return not_found(host.c_str(), Found::Kind::kNoSuchHost, "it is not a name");
  if (is_numeric(host)) return Found{.kind = Found::Kind::kAddresses, .addresses = {host}};
  if (host == "localhost" || host.ends_with(".localhost"))
    return Found{.kind = Found::Kind::kAddresses, .addresses = {"127.0.0.1", "::1"}};
  return std::nullopt;
}

Found::Kind kind_of(int status) {
  const bool denied = status == ARES_ENOTFOUND || status == ARES_ENODATA || status == ARES_EBADNAME;
  return denied ? Found::Kind::kNoSuchHost : Found::Kind::kNoAnswer;
}

Found found_in(const std::string& host, int status, const ares_addrinfo* answer) {
  Found found{.kind = Found::Kind::kAddresses};
  for (const ares_addrinfo_node* node = answer ? answer->nodes : nullptr; node; node = node->ai_next) {
    if (found.addresses.size() == kMostAddresses)
      return not_found(host, Found::Kind::kNoSuchHost,
                       "it has more than " + std::to_string(kMostAddresses) + " addresses");
    found.addresses.push_back(text_of(*node->ai_addr));
  }
  if (!found.addresses.empty()) return found;
  return not_found(host, kind_of(status == ARES_SUCCESS ? ARES_ENODATA : status), ::ares_strerror(status));
}

// One of the library's sockets: the library opens and closes it, the loop only watches it.
struct Watched {
  Watched(asio::io_context& context, ares_socket_t number) : descriptor(context) {
    boost::system::error_code failed;   // a socket that cannot be watched is one whose answers never come
    descriptor.assign(number, failed);
  }

  Descriptor descriptor;
  bool wants_read = false, wants_write = false;   // what the library waits for
  bool reading = false, writing = false;          // what the loop waits for
};

// One look-up with a channel of its own. Its handlers own it.
class Lookup : public std::enable_shared_from_this<Lookup> {
 public:
  Lookup(asio::io_context& context, std::string host, Milliseconds most, std::function<void(Found)> done)
      : context_(context),
        timer_(context),
        host_(std::move(host)),
        most_(most),
        end_(Clock::now() + most),
        done_(std::move(done)) {}
  ~Lookup() { close(); }
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;

  void start() {
    found_ = known(host_);
    if (!found_) ask();
    go_on();
  }

 private:
  void ask() {
    ares_options options{};
    options.sock_state_cb = [](void* self, ares_socket_t number, int readable, int writable) {
      static_cast<Lookup*>(self)->watch(number, readable != 0, writable != 0);
    };
    options.sock_state_cb_data = this;
    options.timeout = static_cast<int>(std::max(most_ / kFirstWait, kShortestWait).count());
    options.tries = kTries;
    const int given = ARES_OPT_SOCK_STATE_CB | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES;
    if (const int status = ::ares_init_options(&channel_, &options, given); status != ARES_SUCCESS) {
      channel_ = nullptr;
      found_ = not_found(host_, Found::Kind::kNoAnswer, ::ares_strerror(status));
      return;
    }
    const ares_addrinfo_hints hints{
        .ai_flags = 0, .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_protocol = 0};
    ::ares_getaddrinfo(channel_, host_.c_str(), nullptr, &hints, take, this);
  }

  // Called by the library, from within calls to it.
  static void take(void* to, int status, int /*timeouts*/, ares_addrinfo* answer) {
    Lookup& self = *static_cast<Lookup*>(to);
    if (!self.found_) self.found_ = found_in(self.host_, status, answer);
    if (answer) ::ares_freeaddrinfo(answer);
  }

  // Called by the library, from within calls to it: neither of the two means that it is about to close the socket.
  void watch(ares_socket_t number, bool read, bool write) {
    std::shared_ptr<Watched>& watched = sockets_[number];
    if (!read && !write) {
      if (watched) watched->descriptor.release();
      sockets_.erase(number);
      return;
    }
    if (!watched) watched = std::make_shared<Watched>(context_, number);
    watched->wants_read = read;
    watched->wants_write = write;
  }

  void go_on() {
    if (!found_ && Clock::now() >= end_) give_up();
    if (found_) return finish();
    for (const auto& [number, watched] : sockets_) {
      if (watched->wants_read) wait(watched, Descriptor::wait_read, &Watched::reading);
      if (watched->wants_write) wait(watched, Descriptor::wait_write, &Watched::writing);
    }
    wait_for_time();
  }

  // What one of the two questions brought is good without the other one's answer.
  void give_up() {
    ::ares_cancel(channel_);
    if (!found_ || found_->kind != Found::Kind::kAddresses)
      found_ = not_found(host_, Found::Kind::kNoAnswer, "no name server answered in time");
  }

  void wait(const std::shared_ptr<Watched>& watched, Descriptor::wait_type what, bool Watched::*waiting) {
    if (!watched->descriptor.is_open() || watched.get()->*waiting) return;
    watched.get()->*waiting = true;
    watched->descriptor.async_wait(
        what, [self = shared_from_this(), watched, what, waiting](const boost::system::error_code& error) {
          watched.get()->*waiting = false;
          if (error || !watched->descriptor.is_open()) return;   // the library has closed it meanwhile
          const ares_socket_t number = watched->descriptor.native_handle();
          const bool read = what == Descriptor::wait_read;
          ::ares_process_fd(self->channel_, read ? number : ARES_SOCKET_BAD, read ? ARES_SOCKET_BAD : number);
          self->go_on();
        });
  }

  // Until the library's next time-out or the end of ours.
  void wait_for_time() {
    const auto left = std::max(std::chrono::duration_cast<Milliseconds>(end_ - Clock::now()), Milliseconds(0));
    timeval limit{.tv_sec = left.count() / 1000, .tv_usec = left.count() % 1000 * 1000}, space{};
    const timeval* next = ::ares_timeout(channel_, &limit, &space);
    timer_.expires_after(std::chrono::seconds(next->tv_sec) + std::chrono::microseconds(next->tv_usec) +
                         Milliseconds(1));
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (error || !self->channel_) return;
      ::ares_process_fd(self->channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
      self->go_on();
    });
  }

  void finish() {
    timer_.cancel();
    close();
    const auto done = std::move(done_);
    if (done) done(*std::move(found_));
  }

  // The library calls back for what it still waits for, and for each socket that it closes.
  void close() {
    if (!found_) found_.emplace();
    if (channel_) ::ares_destroy(channel_);
    channel_ = nullptr;
  }

  asio::io_context& context_;
  asio::steady_timer timer_;
  std::map<ares_socket_t, std::shared_ptr<Watched>> sockets_;
  ares_channel channel_ = nullptr;
  const std::string host_;
  const Milliseconds most_;
  const Clock::time_point end_;
  std::optional<Found> found_;
  std::function<void(Found)> done_;
};

}   // namespace

void lookup(base::EventLoop& loop, const std::string& host, std::chrono::milliseconds most,
            std::function<void(Found found)> done) {
  auto started = std::make_shared<Lookup>(loop.context(), host, most, std::move(done));
  asio::post(loop.context(), [started] { started->start(); });
}

}   // namespace capid::net
