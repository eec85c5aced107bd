// SPDX-License-Identifier: Apache-2.0
// One client's connection as the HTTP library reads and writes it, with deadlines that a slow client cannot stretch.
// Included by .cc files of this folder only.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "base/fd.h"
#include "http/wire.h"
#include "net/httplib.h"

namespace capid::http {

class Connection final : public httplib::Stream {
 public:
  /// `wire` is that socket's. Once the server is `stopping`, the library sends no further piece of an answer.
  Connection(base::Fd socket, std::unique_ptr<Wire> wire, const std::atomic<bool>& stopping);

  /// Waits for the next request's first byte. False: it did not come in time, or the client is gone.
  [[nodiscard]] bool wait_for_request(std::chrono::seconds most);

  /// Whether an empty line stood where a request is expected, which is no part of it (RFC 9112, 2.2); it is gone then.
  [[nodiscard]] bool skip_empty_line();

  /// From here on the head of a request must be whole within a minute.
  void begin_request();

  /// The head of the request as it came, until begin_body: the library percent-decodes what the headers say. It is as
  /// large as the library lets one be.
  [[nodiscard]] const std::string& head() const { return head_; }

  /// Whether something of the request has come, and nothing of an answer was sent.
  [[nodiscard]] bool is_unanswered() const { return has_read_ && !has_written_; }

  /// For an answer that goes on for as long as the client listens: one that has said its last word has left. Up to the next
  /// request.
  void watch_for_hang_up() { end_is_hang_up_ = true; }

  /// As much of it as the client takes in time.
  void write_all(const std::string& text) { (void)write(text.data(), text.size()); }

  /// From here on the body must come at 16 KiB a second at least, after a first minute.
  void begin_body(int64_t length);

  /// Sends what is on its way and reads what the client still sends, for a moment: closing over unread bytes would take
  /// the answer from it.
  void linger();

  bool is_readable() const override { return begin_ < end_; }
  bool wait_readable() const override;
  bool wait_writable() const override;
  bool is_peer_alive() const override;
  ssize_t read(char* to, size_t size) override;
  ssize_t write(const char* from, size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return socket_.get(); }
  time_t duration() const override { return 0; }

 private:
  using Clock = std::chrono::steady_clock;
  [[nodiscard]] bool wait(short event, std::chrono::milliseconds most) const;
  [[nodiscard]] bool wait_for_wire(Clock::time_point until, std::chrono::milliseconds most) const;
  /// Reads into the buffer: how much, 0 at the end, -1 where nothing came in time.
  [[nodiscard]] ssize_t fill(std::chrono::milliseconds most);

  base::Fd socket_;
  std::unique_ptr<Wire> wire_;
  const std::atomic<bool>& stopping_;
  Clock::time_point deadline_;
  std::array<char, 8192> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  std::string head_;
  bool in_head_ = true;
  bool has_read_ = false;
  bool has_written_ = false;
  bool end_is_hang_up_ = false;
};

}   // namespace capid::http
