// SPDX-License-Identifier: Apache-2.0
#include "gateway/client.h"

#include <sys/socket.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>

#include "net/tcp.h"

namespace capid::gateway {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using Tcp = asio::ip::tcp;
using Parser = http::request_parser<http::string_body>;

constexpr auto kSilently = asio::as_tuple(asio::use_awaitable);
constexpr size_t kMostHead = size_t{64} << 10;
constexpr std::chrono::milliseconds kGoodbye{2'000};

// And not about the connection.
bool is_about_http(const error_code& error) {
  return error.category() == http::make_error_code(http::error::bad_version).category() &&
         error != http::error::end_of_stream && error != http::error::partial_message;
}

std::string head_text(int status, const std::vector<Header>& headers, const std::string& framing, bool stays_open) {
  std::string text = "HTTP/1.1 " + std::to_string(status) + " " +
                     std::string(http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status)))) + "\r\n";
  for (const Header& header : headers) text.append(header.name).append(": ").append(header.value).append("\r\n");
  return text + framing + (stays_open ? "" : "Connection: close\r\n") + "\r\n";
}

}   // namespace

struct Client::State {
  Tcp::socket socket;
  const Bounds bounds;
  boost::beast::flat_buffer buffer{kMostHead};
  Clock::time_point deadline = Clock::now();
  size_t held = 0;   // of the bodies' bytes
  std::string target;
  bool is_usable = true;
  bool is_chunked = true;
  std::array<char, 4096> thrown_away;

  State(base::EventLoop& loop, base::Fd fd, Bounds its_bounds)
      : socket(net::tcp_socket(loop, std::move(fd))), bounds(its_bounds) {}

  ~State() { hold(0); }

  void touch() { deadline = Clock::now() + bounds.idle; }
  void never() { deadline = Clock::time_point::max(); }

  void hold(size_t bytes) {
    *bounds.all_body_bytes += bytes - held;
    held = bytes;
  }

  void close() {
    is_usable = false;
    error_code ignored;
    socket.close(ignored);
  }

  Error refuse(Code code, const std::string& why) {
    is_usable = false;
    return {code, why};
  }

  Error too_large() {
    return refuse(Code::kPayloadTooLarge,
                  "the request is larger than " + std::to_string(bounds.body_bytes >> 20) + " MiB");
  }

  base::Task<std::optional<Result<Request>>> read() {
    hold(0);
    Parser parser;
    parser.header_limit(kMostHead);
    parser.body_limit(bounds.body_bytes);
    touch();
    const auto [error, bytes] = co_await http::async_read_header(socket, buffer, parser, kSilently);
    target = std::string(parser.get().target());
    if (error == http::error::body_limit) co_return too_large();
    if (error && is_about_http(error))
      co_return refuse(Code::kInvalidParameter, "the request is not HTTP/1.1: " + error.message());
    if (error) co_return std::nullopt;
    if (parser.get()[http::field::expect] == "100-continue" && !co_await write_all("HTTP/1.1 100 Continue\r\n\r\n"))
      co_return std::nullopt;
    is_chunked = parser.get().version() >= 11;
    is_usable = parser.get().keep_alive();
    co_return co_await read_body(parser);
  }

  base::Task<std::optional<Result<Request>>> read_body(Parser& parser) {
    while (!parser.is_done()) {
      touch();
      const auto [error, bytes] = co_await http::async_read_some(socket, buffer, parser, kSilently);
      if (error == http::error::body_limit) co_return too_large();
      if (error) co_return std::nullopt;
      hold(parser.get().body().capacity());
      if (*bounds.all_body_bytes > bounds.most_body_bytes)
        co_return refuse(Code::kRateLimited, "this run has too many large requests on their way: send them one by one");
    }
    never();
    auto message = parser.release();
    Request request{.method = std::string(message.method_string()), .target = target};
    for (const auto& field : message)
      request.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    request.body = std::move(message.body());
    co_return request;
  }

  base::Task<bool> write_all(std::string_view bytes) {
    touch();
    const auto [error, sent] = co_await asio::async_write(socket, asio::buffer(bytes), kSilently);
    never();
    co_return !error;
  }

  base::Task<bool> write_chunk(std::string_view bytes) {
    touch();
    const auto [error, sent] = co_await asio::async_write(socket, http::make_chunk(asio::buffer(bytes)), kSilently);
    never();
    co_return !error;
  }

  base::Task<void> say_goodbye() {
    error_code failed;
    socket.shutdown(Tcp::socket::shutdown_send, failed);
    deadline = Clock::now() + kGoodbye;
    while (!failed) {
      const auto [error, got] = co_await socket.async_read_some(asio::buffer(thrown_away), kSilently);
      failed = error;
    }
  }
};

Client::Client(base::EventLoop& loop, base::Fd socket, Bounds bounds)
    : state_(new State(loop, std::move(socket), bounds)) {}
Client::~Client() = default;

base::Task<std::optional<Result<Request>>> Client::read() { return state_->read(); }

const std::string& Client::target() const { return state_->target; }

base::Task<bool> Client::answer(int status, const std::vector<Header>& headers, std::string_view body) {
  const std::string framing = "Content-Length: " + std::to_string(body.size()) + "\r\n";
  const std::string text = head_text(status, headers, framing, state_->is_usable) + std::string(body);
  co_return co_await state_->write_all(text);
}

base::Task<bool> Client::begin(int status, const std::vector<Header>& headers) {
  if (!state_->is_chunked) state_->is_usable = false;   // its end is the connection's
  const std::string framing = state_->is_chunked ? "Transfer-Encoding: chunked\r\n" : "";
  const std::string text = head_text(status, headers, framing, state_->is_usable);
  co_return co_await state_->write_all(text);
}

base::Task<bool> Client::write(std::string_view bytes) {
  return state_->is_chunked ? state_->write_chunk(bytes) : state_->write_all(bytes);
}

base::Task<bool> Client::end() {
  if (!state_->is_chunked) co_return true;
  co_return co_await state_->write_all("0\r\n\r\n");
}

bool Client::is_usable() const { return state_->is_usable; }

base::Task<void> Client::say_goodbye() { return state_->say_goodbye(); }

void Client::close() { state_->close(); }

void Client::check(Clock::time_point now) {
  if (now >= state_->deadline) state_->close();
}

}   // namespace capid::gateway
