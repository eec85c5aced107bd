// SPDX-License-Identifier: Apache-2.0
#include "gateway/upstream.h"

#include <sys/socket.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>

#include "base/text.h"
#include "gateway/awaited.h"
#include "net/connect.h"
#include "net/lookup.h"
#include "net/tcp.h"
#include "net/tls_peer.h"

namespace capid::gateway {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace ssl = boost::asio::ssl;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using Tcp = asio::ip::tcp;
using Parser = http::response_parser<http::buffer_body>;

constexpr auto kSilently = asio::as_tuple(asio::use_awaitable);
constexpr size_t kMostHead = size_t{64} << 10;
constexpr size_t kChunk = size_t{16} << 10;
constexpr int kMostInformational = 10;
constexpr std::string_view kHeadEnd = "\r\n";
constexpr std::chrono::milliseconds kLookup{10'000};

std::vector<Header> headers_of(const Parser& parser) {
  std::vector<Header> headers;
  for (const auto& field : parser.get())
    headers.push_back({std::string(field.name_string()), std::string(field.value())});
  return headers;
}

}   // namespace

std::string_view AnswerHead::find(std::string_view lower_name) const {
  for (const Header& header : headers) {
    if (base::to_lower(header.name) == lower_name) return header.value;
  }
  return {};
}

struct Upstream::State {
  base::EventLoop& loop;
  net::TlsTrust trust;
  Tcp::socket socket;
  std::shared_ptr<ssl::context> trusted;
  std::optional<ssl::stream<Tcp::socket&>> tls;
  Pause dialling;
  std::string closed_for;   // why; empty: it is open
  bool is_connected = false;
  bool was_sent = false;   // the last question, to its end
  std::optional<Clock::time_point> waits_since;
  boost::beast::flat_buffer buffer{kMostHead};
  std::optional<Parser> parser;
  std::array<char, kChunk> chunk;

  State(base::EventLoop& its_loop, const net::TlsTrust& its_trust)
      : loop(its_loop), trust(its_trust), socket(its_loop.context()), dialling(its_loop) {}

  Error problem(const std::string& otherwise) const {
    return {Code::kModelError, "the model's server " + (closed_for.empty() ? otherwise : closed_for)};
  }

  Error problem_with_answer(const error_code& error) const {
    if (error == http::error::header_limit || error == http::error::buffer_overflow)
      return problem("answers with a head that is too large");
    const bool ended = error == http::error::end_of_stream || error == http::error::partial_message;
    const bool is_about_http = error.category() == http::make_error_code(http::error::bad_version).category();
    return problem(is_about_http && !ended ? "does not answer in HTTP"
                                           : "ended the connection before its answer was whole");
  }

  template <typename Use>
  auto with_stream(Use use) {
    return tls ? use(*tls) : use(socket);
  }

  base::Task<Result<void>> connect(const net::Url& server, Clock::time_point until) {
    if (is_connected) co_return Result<void>();
    auto dialled = co_await dial(server, until);
    if (dialled && server.scheme == net::Url::Scheme::kHttps) dialled = co_await secure(server.host);
    is_connected = static_cast<bool>(dialled);
    co_return dialled;
  }

  base::Task<Result<void>> dial(const net::Url& server, Clock::time_point until) {
    const auto look_up = [&](auto done) { net::lookup(loop, server.host, kLookup, std::move(done)); };
    const auto found = co_await awaited<net::Found>(loop, dialling, look_up);
    if (!found || !closed_for.empty()) co_return problem("was not called");
    if (found->addresses.empty()) co_return problem("cannot be found: " + found->problem);
    std::function<void()> give_up;
    const auto call = [&](auto done) {
      give_up = net::connect(loop, found->addresses, server.port, until - Clock::now(), std::move(done));
    };
    auto connected = co_await awaited<net::Connected>(loop, dialling, call);
    give_up();
    if (!connected || !connected->socket || !closed_for.empty())
      co_return problem("accepts no connection at " + net::to_text(server));
    socket = net::tcp_socket(loop, std::move(connected->socket));
    if (!socket.is_open()) co_return problem("could not be called");
    co_return Result<void>();
  }

  base::Task<Result<void>> secure(const std::string& host) {
    const auto load = [&](auto done) { trust.use(loop, std::move(done)); };
    const auto loaded = co_await awaited<net::TlsTrust::Loaded>(loop, load);
    if (!loaded.context) co_return problem("cannot be trusted: " + loaded.problem);
    trusted = loaded.context;
    tls.emplace(socket, *trusted);
    if (!net::expect_name(tls->native_handle(), host)) co_return problem("has a name that no certificate can be for");
    const auto [error] = co_await tls->async_handshake(ssl::stream_base::client, kSilently);
    if (error) co_return problem("is not trusted: " + net::handshake_problem(tls->native_handle()));
    co_return Result<void>();
  }

  // A server may answer, and close, without reading everything: what it says counts.
  base::Task<void> send(const net::Url& server, Question question) {
    waits_since = Clock::now();
    std::string head = question.method + " " + server.path + question.path +
                       " HTTP/1.1\r\nHost: " + net::host_header(server.scheme, server.host, server.port) + "\r\n";
    for (const Header& header : question.headers)
      head.append(header.name).append(": ").append(header.value).append("\r\n");
    head += "Content-Length: " + std::to_string(question.body.size()) + "\r\n";
    const std::string_view secret = question.secret_lines.view();
    const std::array<asio::const_buffer, 4> parts{asio::buffer(head), asio::buffer(secret), asio::buffer(kHeadEnd),
                                                  asio::buffer(question.body)};
    const auto [error, bytes] =
        co_await with_stream([&](auto& stream) { return asio::async_write(stream, parts, kSilently); });
    was_sent = !error;
  }

  base::Task<Result<AnswerHead>> read_head() {
    for (int informational = 0; informational <= kMostInformational; ++informational) {
      waits_since = Clock::now();
      parser.emplace();
      parser->header_limit(kMostHead);
      parser->body_limit(boost::none);
      const auto [error, bytes] = co_await with_stream(
          [&](auto& stream) { return http::async_read_header(stream, buffer, *parser, kSilently); });
      if (error) co_return problem_with_answer(error);
      waits_since.reset();
      const auto status = static_cast<int>(parser->get().result_int());
      if (status >= 200) co_return AnswerHead{.status = status, .headers = headers_of(*parser)};
    }
    co_return problem("only announced an answer, again and again");
  }

  base::Task<Result<std::optional<std::string_view>>> read_some() {
    using Some = std::optional<std::string_view>;
    while (!parser->is_done()) {
      waits_since = Clock::now();
      parser->get().body() = {.data = chunk.data(), .size = chunk.size(), .more = true};
      const auto [error, bytes] =
          co_await with_stream([&](auto& stream) { return http::async_read_some(stream, buffer, *parser, kSilently); });
      if (error && error != http::error::need_buffer) co_return problem_with_answer(error);
      waits_since.reset();
      const size_t got = chunk.size() - parser->get().body().size;
      if (got > 0) co_return Some(std::string_view(chunk.data(), got));
    }
    co_return Some();
  }

  void close(const std::string& why) {
    if (closed_for.empty()) closed_for = why;
    error_code ignored;
    socket.close(ignored);
    dialling.end();
  }

  bool is_done() const {
    return is_connected && was_sent && closed_for.empty() && parser && parser->is_done() &&
           parser->get().keep_alive() && buffer.size() == 0 && !has_unread_records();
  }

  // That came with the answer's end, and were not asked for.
  bool has_unread_records() const {
    if (!tls) return false;
    SSL* const session = const_cast<ssl::stream<Tcp::socket&>&>(*tls).native_handle();
    return ::SSL_has_pending(session) == 1 || ::BIO_ctrl_pending(::SSL_get_rbio(session)) > 0;
  }

  bool is_quiet() {
    char byte = 0;
    return ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
  }
};

Upstream::Upstream(base::EventLoop& loop, const net::TlsTrust& trust) : state_(new State(loop, trust)) {}
Upstream::~Upstream() = default;

base::Task<Result<void>> Upstream::connect(const net::Url& server, Clock::time_point until) {
  return state_->connect(server, until);
}

base::Task<Result<AnswerHead>> Upstream::ask(const net::Url& server, Question question) {
  co_await state_->send(server, std::move(question));
  co_return co_await state_->read_head();
}

base::Task<Result<std::optional<std::string_view>>> Upstream::read_some() { return state_->read_some(); }

void Upstream::close(const std::string& why) { state_->close(why); }

std::optional<Clock::time_point> Upstream::waits_since() const { return state_->waits_since; }

bool Upstream::is_done() const { return state_->is_done(); }

bool Upstream::is_quiet() const { return state_->is_quiet(); }

}   // namespace capid::gateway
