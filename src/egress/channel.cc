// SPDX-License-Identifier: Apache-2.0
#include "egress/channel.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <optional>

#include "net/tcp.h"
#include "net/tls_peer.h"

namespace capid::egress {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using boost::system::error_code;
using Tcp = asio::ip::tcp;

// Most peers behind TLS leave without a goodbye.
Channel::End end_of(const error_code& error) {
  if (!error) return Channel::End::kNone;
  const bool ended = error == asio::error::eof || error == ssl::error::stream_truncated;
  return ended ? Channel::End::kEnded : Channel::End::kBroken;
}

template <typename Stream>
void read_some_of(Stream& stream, char* into, size_t most, const std::shared_ptr<Channel>& self, Channel::Read done) {
  stream.async_read_some(asio::buffer(into, most), [self, done = std::move(done)](const error_code& error, size_t got) {
    done(end_of(error), got);
  });
}

template <typename Stream>
void write_all_to(Stream& stream, std::string_view bytes, const std::shared_ptr<Channel>& self, Channel::Wrote done) {
  asio::async_write(stream, asio::buffer(bytes),
                    [self, done = std::move(done)](const error_code& error, size_t) { done(!error); });
}

class Plain : public Channel, public std::enable_shared_from_this<Plain> {
 public:
  explicit Plain(Tcp::socket socket) : socket_(std::move(socket)) {}

  void read_some(char* into, size_t most, Read done) override {
    read_some_of(socket_, into, most, shared_from_this(), std::move(done));
  }
  void write_all(std::string_view bytes, Wrote done) override {
    write_all_to(socket_, bytes, shared_from_this(), std::move(done));
  }
  void end_sending() override {
    error_code ignored;
    socket_.shutdown(Tcp::socket::shutdown_send, ignored);
  }
  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  Tcp::socket socket_;
};

class Secure : public Channel, public std::enable_shared_from_this<Secure> {
 public:
  using Done = std::function<void(std::shared_ptr<Channel> channel, const std::string& problem)>;

  Secure(Tcp::socket socket, std::string host) : socket_(std::move(socket)), host_(std::move(host)) {}

  void start(base::EventLoop& loop, net::TlsTrust& trust, const Done& done) {
    trust.use(loop, [self = shared_from_this(), done](const net::TlsTrust::Loaded& trusted) {
      if (!trusted.context) return done(nullptr, trusted.problem);
      self->trusted_ = trusted.context;
      self->handshake(done);
    });
  }

  void read_some(char* into, size_t most, Read done) override {
    read_some_of(*tls_, into, most, shared_from_this(), std::move(done));
  }
  void write_all(std::string_view bytes, Wrote done) override {
    write_all_to(*tls_, bytes, shared_from_this(), std::move(done));
  }
  void end_sending() override {}
  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  void handshake(const Done& done) {
    tls_.emplace(socket_, *trusted_);
    if (!net::expect_name(tls_->native_handle(), host_)) return done(nullptr, "no certificate can be for its name");
    tls_->async_handshake(ssl::stream_base::client, [self = shared_from_this(), done](const error_code& error) {
      if (error) return done(nullptr, net::handshake_problem(self->tls_->native_handle()));
      done(self, "");
    });
  }

  Tcp::socket socket_;
  const std::string host_;
  std::shared_ptr<ssl::context> trusted_;
  std::optional<ssl::stream<Tcp::socket&>> tls_;
};

}   // namespace

std::shared_ptr<Channel> plain_channel(base::EventLoop& loop, base::Fd socket) {
  return std::make_shared<Plain>(net::tcp_socket(loop, std::move(socket)));
}

std::function<void()> secure_channel(
    base::EventLoop& loop, net::TlsTrust& trust, base::Fd socket, const std::string& host,
    std::function<void(std::shared_ptr<Channel> channel, const std::string& problem)> done) {
  auto channel = std::make_shared<Secure>(net::tcp_socket(loop, std::move(socket)), host);
  channel->start(loop, trust, done);
  return [channel] { channel->close(); };
}

}   // namespace capid::egress
