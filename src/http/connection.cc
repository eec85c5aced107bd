// SPDX-License-Identifier: Apache-2.0
#include "http/connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace capid::http {
namespace {

using namespace std::chrono_literals;

constexpr auto kHead = 60s;
constexpr int64_t kSlowestBody = 16 << 10;   // bytes a second
constexpr auto kSilence = 15s;               // between two pieces
// Until the client takes something; for a piece of an answer, in addition to the time that it takes at the pace below.
constexpr auto kWrite = 30s;
constexpr int64_t kSlowestTaking = 16 << 10;   // bytes a second
constexpr auto kLinger = 2s;

}   // namespace

Connection::Connection(base::Fd socket, std::unique_ptr<Wire> wire, const std::atomic<bool>& stopping)
    : socket_(std::move(socket)), wire_(std::move(wire)), stopping_(stopping) {
  begin_request();
}

bool Connection::wait(short event, std::chrono::milliseconds most) const {
  pollfd watched{socket_.get(), event, 0};
  int ready = 0;
  do {
    ready = ::poll(&watched, 1, static_cast<int>(std::max<int64_t>(most.count(), 0)));
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

// Where the wire can go on, or would have to wait for longer than it may.
bool Connection::wait_for_wire(Clock::time_point until, std::chrono::milliseconds most) const {
  if (errno == EINTR) return true;
  if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
  return left > 0ms && wait(wire_->awaits(), std::min<std::chrono::milliseconds>(left, most));
}

bool Connection::wait_for_request(std::chrono::seconds most) { return is_readable() || fill(most) > 0; }

bool Connection::skip_empty_line() {
  const bool is_empty = std::string_view(buffer_.data() + begin_, end_ - begin_).starts_with("\r\n");
  if (is_empty) begin_ += 2;
  return is_empty;
}

void Connection::begin_request() {
  deadline_ = Clock::now() + kHead;
  head_.clear();
  in_head_ = true;
  has_read_ = has_written_ = end_is_hang_up_ = false;
}

void Connection::begin_body(int64_t length) {
  in_head_ = false;
  std::string().swap(head_);   // a connection may wait for long
  deadline_ = Clock::now() + kHead + std::chrono::seconds(length / kSlowestBody);
}

void Connection::linger() {
  wire_->end();
  const auto end = Clock::now() + kLinger;
  for (auto left = kLinger + 0ms; left > 0ms;
       left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now())) {
    if (!wait(POLLIN, left) || ::recv(socket_.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT) <= 0) return;
  }
}

bool Connection::wait_readable() const { return is_readable() || wire_->holds_bytes() || wait(POLLIN, kSilence); }
bool Connection::wait_writable() const { return wait(POLLOUT, kWrite) && is_peer_alive(); }

bool Connection::is_peer_alive() const {
  pollfd watched{socket_.get(), POLLRDHUP, 0};
  (void)::poll(&watched, 1, 0);
  const bool is_gone = watched.revents & (POLLHUP | POLLERR);
  const bool said_last_word = watched.revents & POLLRDHUP;
  return !stopping_ && !is_gone && !(end_is_hang_up_ && said_last_word);
}

ssize_t Connection::read(char* to, size_t size) {
  if (!is_readable()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now());
    const ssize_t got = fill(std::min<std::chrono::milliseconds>(left, kSilence));
    if (got <= 0) return got;
  }
  const size_t taken = std::min(size, end_ - begin_);
  std::memcpy(to, buffer_.data() + begin_, taken);
  begin_ += taken;
  has_read_ = true;
  if (in_head_) head_.append(to, taken);
  return static_cast<ssize_t>(taken);
}

// Asks for what is there before it waits: a client that is quick has sent its next request already.
ssize_t Connection::fill(std::chrono::milliseconds most) {
  const auto until = Clock::now() + most;
  for (;;) {
    const ssize_t got = wire_->receive(buffer_.data(), buffer_.size());
    if (got < 0 && wait_for_wire(until, most)) continue;
    if (got < 0) return -1;
    begin_ = 0;
    end_ = static_cast<size_t>(got);
    return got;
  }
}

// All of it, at a least pace: who takes an answer a byte at a time does not hold a thread for ever, and who takes nothing
// for half a minute is given up.
ssize_t Connection::write(const char* from, size_t size) {
  const auto deadline = Clock::now() + kWrite + std::chrono::seconds(static_cast<int64_t>(size) / kSlowestTaking);
  has_written_ = true;
  for (size_t sent = 0; sent < size;) {
    const ssize_t now = wire_->send(from + sent, size - sent);
    if (now == 0 || (now < 0 && !wait_for_wire(deadline, kWrite))) return -1;
    if (now > 0) sent += static_cast<size_t>(now);
  }
  return static_cast<ssize_t>(size);
}

void Connection::get_remote_ip_and_port(std::string& ip, int& port) const {
  httplib::detail::get_remote_ip_and_port(socket_.get(), ip, port);
}
void Connection::get_local_ip_and_port(std::string& ip, int& port) const {
  httplib::detail::get_local_ip_and_port(socket_.get(), ip, port);
}

}   // namespace capid::http
