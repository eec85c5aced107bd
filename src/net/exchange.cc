// SPDX-License-Identifier: Apache-2.0
#include "net/exchange.h"

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>

#include "base/check.h"
#include "net/connect.h"
#include "net/tcp.h"
#include "net/tls_peer.h"
#include "net/url.h"

namespace capid::net {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace ssl = boost::asio::ssl;
using namespace std::chrono_literals;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using Tcp = asio::ip::tcp;

constexpr size_t kMostHead = size_t{16} << 10;
constexpr int kMostInformational = 10;
constexpr size_t kMostRetryAfter = 64;
constexpr size_t kMostDrained = size_t{64} << 10;
constexpr auto kMostDraining = 1s;
constexpr const char* kLate = "it did not answer in time";

bool fits_a_line(const std::string& text) { return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos; }

std::string head_of(const Post& what) {
  CHECK(fits_a_line(what.host) && fits_a_line(what.path) && what.path.starts_with('/') && what.body);
  const Url::Scheme scheme = what.secure ? Url::Scheme::kHttps : Url::Scheme::kHttp;
  std::string head = "POST " + what.path + " HTTP/1.1\r\nHost: " + host_header(scheme, what.host, what.port) + "\r\n";
  for (const auto& [name, value] : what.headers) {
    CHECK(fits_a_line(name) && fits_a_line(value));
    head += name + ": " + value + "\r\n";
  }
  return head + "Content-Length: " + std::to_string(what.body->size()) + "\r\nConnection: close\r\n\r\n";
}

std::string problem_of(const Connected& connected) {
  switch (connected.problem) {
    case Connected::Problem::kNone:
      return "";
    case Connected::Problem::kNoAnswer:
      return kLate;
    case Connected::Problem::kOutOfMeans:
      return "no connection could be made (" + connected.why + ")";
    case Connected::Problem::kNobodyAccepts:
      break;
  }
  return connected.address.empty() ? "there is no address to connect to" : "nothing accepts connections there";
}

std::string answer_problem(const error_code& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return "the head of its answer is too large";
  const bool ended = error == http::error::end_of_stream || error == http::error::partial_message;
  const bool is_about_http = error.category() == http::make_error_code(http::error::bad_version).category();
  return is_about_http && !ended ? "its answer is not HTTP" : "the connection ended before there was a whole answer";
}

// One exchange, in the order of its steps. Its handlers own it; those that come after its end do nothing.
class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(base::EventLoop& loop, Post what, std::function<void(Reply)> done)
      : loop_(loop),
        socket_(loop.context()),
        timer_(loop.context()),
        what_(std::move(what)),
        head_(head_of(what_)),
        end_(Clock::now() + what_.most),
        done_(std::move(done)),
        buffer_(kMostHead) {}

  void start(TlsTrust trust) {
    if (!what_.secure) return connect();
    end_by(end_);
    trust.use(loop_, [self = shared_from_this()](const TlsTrust::Loaded& trusted) {
      if (!trusted.context) return self->finish(trusted.problem);
      if (self->is_over()) return;
      self->trusted_ = trusted.context;
      self->connect();
    });
  }

 private:
  // Within the time that is left: the timer waits until that is over, and the address that was tried last is told.
  void connect() {
    timer_.cancel();
    give_up_ = net::connect(loop_, what_.addresses, what_.port, end_ - Clock::now(),
                            [self = shared_from_this()](Connected connected) { self->take(std::move(connected)); });
  }

  void take(Connected connected) {
    reply_.address = connected.address;
    if (connected.problem != Connected::Problem::kNone) return finish(problem_of(connected));
    end_by(end_);
    socket_ = tcp_socket(loop_, std::move(connected.socket));
    if (!socket_.is_open()) return finish("no connection could be made");
    handshake();
  }

  void handshake() {
    if (!what_.secure) return exchange();
    tls_.emplace(socket_, *trusted_);
    if (!expect_name(tls_->native_handle(), what_.host)) return finish("no certificate can be for its name");
    tls_->async_handshake(ssl::stream_base::client, [self = shared_from_this()](const error_code& error) {
      if (self->is_over()) return;
      if (error) return self->finish(handshake_problem(self->tls_->native_handle()));
      self->exchange();
    });
  }

  // Receiving begins at once: a receiver may answer, and close, without reading everything.
  void exchange() {
    send();
    receive();
  }

  void send() {
    const std::array<asio::const_buffer, 2> parts{asio::buffer(head_), asio::buffer(*what_.body)};
    with_stream([&](auto& stream) {
      asio::async_write(stream, parts, [self = shared_from_this()](const error_code& error, size_t) {
        self->is_sent_ = !error;   // receiving tells how it ended
      });
    });
  }

  void receive() {
    parser_.emplace();
    parser_->header_limit(kMostHead);
    parser_->body_limit(boost::none);
    with_stream([&](auto& stream) {
      http::async_read_header(stream, buffer_, *parser_, [self = shared_from_this()](const error_code& error, size_t) {
        if (self->is_over()) return;
        if (error) return self->finish(answer_problem(error));
        self->judge();
      });
    });
  }

  void judge() {
    const http::response_header<>& head = parser_->get();
    const int status = static_cast<int>(head.result_int());
    if (status < 100) return finish("its answer is not HTTP");
    if (status < 200) {
      if (++informational_ > kMostInformational) return finish("it only announced an answer, again and again");
      return receive();
    }
    reply_.status = status;
    if (const auto found = head.find(http::field::retry_after);
        found != head.end() && found->value().size() <= kMostRetryAfter)
      reply_.retry_after = found->value();
    end_by(std::min(Clock::now() + kMostDraining, end_));
    drain();
  }

  void drain() {
    if (parser_->is_done() || drained_ >= kMostDrained) return finish("");
    parser_->get().body() = {.data = thrown_away_.data(), .size = thrown_away_.size(), .more = true};
    with_stream([&](auto& stream) {
      http::async_read_some(stream, buffer_, *parser_,
                            [self = shared_from_this()](const error_code& error, size_t bytes) {
                              if (self->is_over()) return;
                              if (error && error != http::error::need_buffer) return self->finish("");
                              self->drained_ += bytes;
                              self->drain();
                            });
    });
  }

  void finish(std::string problem) {
    if (is_over()) return;
    if (reply_.status == 0) reply_.problem = std::move(problem);
    if (give_up_) give_up_();
    timer_.cancel();
    close();
    std::exchange(done_, nullptr)(std::move(reply_));
  }

  // TLS says goodbye with the first write of its shutdown, which is made at once where the socket takes it; the answer
  // to it is not waited for. In the middle of sending or receiving there is nothing to say.
  void close() {
    if (tls_ && is_sent_ && reply_.status != 0 && parser_->is_done())
      tls_->async_shutdown([self = shared_from_this()](const error_code&) {});
    error_code ignored;
    socket_.close(ignored);
  }

  void end_by(Clock::time_point moment) {
    timer_.expires_at(moment);
    timer_.async_wait([self = shared_from_this()](const error_code& error) {
      if (!error) self->finish(kLate);   // which is no problem once there is a status
    });
  }

  template <typename Use>
  void with_stream(Use use) {
    if (tls_) return use(*tls_);
    use(socket_);
  }

  [[nodiscard]] bool is_over() const { return !done_; }

  base::EventLoop& loop_;
  Tcp::socket socket_;
  asio::steady_timer timer_;
  const Post what_;
  const std::string head_;
  const Clock::time_point end_;
  std::function<void(Reply)> done_;
  std::function<void()> give_up_;   // a connect that goes on
  std::shared_ptr<ssl::context> trusted_;
  std::optional<ssl::stream<Tcp::socket&>> tls_;
  bool is_sent_ = false;
  boost::beast::flat_buffer buffer_;
  std::optional<http::response_parser<http::buffer_body>> parser_;
  int informational_ = 0;
  std::array<char, 4096> thrown_away_;
  size_t drained_ = 0;
  Reply reply_;
};

}   // namespace

void post(base::EventLoop& loop, const TlsTrust& trust, Post what, std::function<void(Reply reply)> done) {
  auto exchange = std::make_shared<Exchange>(loop, std::move(what), std::move(done));
  asio::post(loop.context(), [exchange, trust] { exchange->start(trust); });
}

}   // namespace capid::net
