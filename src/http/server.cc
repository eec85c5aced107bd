// SPDX-License-Identifier: Apache-2.0
#include "http/server.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "base/log.h"
#include "http/connection.h"
#include "http/connection_threads.h"
#include "http/errors.h"
#include "http/framing.h"
#include "http/head.h"
#include "http/last_answer.h"
#include "http/metrics.h"

namespace capid::http {
namespace {

using namespace std::chrono_literals;

constexpr auto kIdle = 75s;                  // between two requests on one connection
constexpr auto kLastAnswers = 5s;            // once the server stops
constexpr size_t kMaxRequests = 1'000'000;   // on one connection: as good as none
constexpr int kAcceptRetryMs = 50;           // when there is no descriptor to be had

// Of the one connection that this thread serves. The library says after each error that nothing follows, and goes on;
// and it hands out the request that it answers, but not to be changed.
thread_local bool said_close = false;
thread_local httplib::Request* being_answered = nullptr;
thread_local Connection* being_served = nullptr;

double seconds_since(std::chrono::steady_clock::time_point moment) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - moment).count();
}

// Without a thread for it, the library cannot.
void refuse_overload(int socket) {
  const std::string refusal = last_answer({Code::kQueueFull, "too many connections are open: try again later"});
  (void)!::send(socket, refusal.data(), refusal.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

// The library gives up at this without a word.
std::string endless() {
  return last_answer(
      {Code::kInvalidParameter, "the request's first line is too long, or did not come to its end in time"});
}

class HttpSink final : public Sink {
 public:
  HttpSink(httplib::DataSink& sink, const std::atomic<bool>& stopping) : sink_(sink), stopping_(stopping) {}
  bool write(std::string_view bytes) override { return sink_.write(bytes.data(), bytes.size()); }
  bool is_open() const override { return !stopping_ && sink_.is_writable(); }

 private:
  httplib::DataSink& sink_;
  const std::atomic<bool>& stopping_;
};

// In chunks, or to a client from before them up to the connection's end.
void apply_stream(const Response& from, httplib::Response& to, const std::atomic<bool>& stopping) {
  const auto provide = [body = from.stream, &stopping](size_t, httplib::DataSink& sink) {
    HttpSink to_client(sink, stopping);
    const Streaming streaming = body(to_client);
    if (streaming == Streaming::kEnd) sink.done();
    return streaming != Streaming::kBroken;
  };
  if (from.is_endless) being_served->watch_for_hang_up();
  if (being_answered->version != "HTTP/1.0") return to.set_chunked_content_provider(from.content_type, provide);
  being_answered->headers.erase("Connection");   // or the library would keep it open behind an answer without an end
  being_answered->set_header("Connection", "close");
  to.set_content_provider(from.content_type, provide);
}

void apply_file(const FileBody& body, const std::string& content_type, httplib::Response& to) {
  auto file = std::make_shared<base::Fd>(::open(body.path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!*file) {
    base::log::error("a kept file is missing", {{"path", body.path}});
    const Response gone = error_response({Code::kInternal, "the file is not there any more"});
    to.status = gone.status;
    return to.set_content(gone.body, gone.content_type);
  }
  if (to.status == 200) to.status = -1;   // the library's to choose: 206 for a part
  to.set_content_provider(
      static_cast<size_t>(body.size), content_type, [file](size_t offset, size_t length, httplib::DataSink& sink) {
        char buffer[1 << 16];
        const ssize_t got = ::pread(file->get(), buffer, std::min(length, sizeof buffer), static_cast<off_t>(offset));
        return got > 0 && sink.write(buffer, static_cast<size_t>(got));
      });
}

void apply(Response from, httplib::Response& to, const std::atomic<bool>& stopping) {
  to.status = from.status;
  for (const auto& [name, value] : from.headers) to.set_header(name, value);
  to.set_header("Cache-Control", from.cache_control);
  to.set_header("X-Content-Type-Options", "nosniff");
  if (from.stream) return apply_stream(from, to, stopping);
  if (from.file) return apply_file(*from.file, from.content_type, to);
  to.set_content(std::move(from.body), from.content_type);
}

Request to_request(const httplib::Request& from) {
  Request request;
  request.method = from.method;
  request.path = from.path;
  request.params = {from.path_params.begin(), from.path_params.end()};
  request.query = {from.params.begin(), from.params.end()};
  request.authorization = from.get_header_value("Authorization");
  request.content_type = content_type_of(from);
  request.accept = from.get_header_value("Accept");
  request.prefer = from.get_header_value("Prefer");
  request.last_event_id = from.get_header_value("Last-Event-ID");
  request.accept_encoding = from.get_header_value("Accept-Encoding");
  request.cookie = from.get_header_value("Cookie");
  request.origin = from.get_header_value("Origin");
  request.host = from.get_header_value("Host");
  request.fetch_site = from.get_header_value("Sec-Fetch-Site");
  request.forwarded_for = from.get_header_value("X-Forwarded-For");
  request.peer = from.remote_addr;
  if (from.has_header("Idempotency-Key")) request.idempotency_key = from.get_header_value("Idempotency-Key");
  request.content_length = static_cast<int64_t>(from.get_header_value_u64("Content-Length"));
  return request;
}

// After an error the rest is read and dropped: whoever is still sending would otherwise never see the answer.
Result<void> read_body(const httplib::ContentReader& reader, const TakeBytes& take) {
  std::optional<Error> failure;
  const bool whole = reader([&](const char* data, size_t size) {
    if (failure) return true;
    auto taken = take({data, size});
    if (!taken) failure = std::move(taken).error();
    return true;
  });
  if (failure) return *failure;
  if (!whole)
    return Error{Code::kInvalidParameter,
                 "the body was cut off, or came too slowly: it is shorter than its Content-Length"};
  return {};
}

}   // namespace

struct Server::State : httplib::Server {
  http::Server::Options options;
  const Routes& routes;
  mutable RequestMetrics metrics;
  ConnectionThreads threads;
  std::vector<std::pair<base::Fd, bool>> listeners;   // and whether its clients speak TLS
  std::vector<std::string> urls;                      // complete before the first connection is accepted
  std::vector<std::thread> acceptors;
  base::Pipe wake;
  std::atomic<bool> stopping{false};
  std::mutex mutex;
  std::set<int> open;   // the sockets of connections

  State(http::Server::Options its_options, const Routes& its_routes)
      : options(std::move(its_options)), routes(its_routes), metrics(routes), threads(options.max_connections) {
    set_keep_alive_timeout(
        std::chrono::seconds(kIdle).count());   // only what the answers say of it; see serve_requests
    set_keep_alive_max_count(kMaxRequests);
    set_payload_max_length(static_cast<size_t>(kMaxBody));
    set_pre_routing_handler(
        [this](const httplib::Request& request, httplib::Response& response) { return guard(request, response); });
    set_error_handler([this](const httplib::Request&, httplib::Response& response) { complete_error(response); });
    set_exception_handler([this](const httplib::Request&, httplib::Response& response, std::exception_ptr) {
      refuse({Code::kInternal,
              "something went wrong inside capid; its log says more",
              {},
              "an exception reached the server"},
             response);
      metrics.count(nullptr, response.status, 0);
    });
    set_post_routing_handler([](const httplib::Request&, httplib::Response& response) {
      said_close = response.get_header_value("Connection") == "close";
    });
    for (const Route& route : routes.all()) add(route);
  }

  void add(const Route& route) {
    const auto without_body = [this, &route](const httplib::Request& request, httplib::Response& response) {
      answer(route, request, response, nullptr);
    };
    const auto with_body = [this, &route](const httplib::Request& request, httplib::Response& response,
                                          const httplib::ContentReader& reader) {
      answer(route, request, response, &reader);
    };
    if (route.method == "GET") {
      Get(route.pattern, without_body);
    } else if (route.method == "POST") {
      Post(route.pattern, with_body);
    } else if (route.method == "DELETE") {
      Delete(route.pattern, with_body);
    } else {
      CHECK(!"a method that the server does not know");
    }
  }

  void answer(const Route& route, const httplib::Request& from, httplib::Response& to,
              const httplib::ContentReader* reader) {
    const auto begun = std::chrono::steady_clock::now();
    Request request = to_request(from);
    request.id = to.get_header_value("X-Request-Id");
    request.read_body = [&](const TakeBytes& take) { return reader ? read_body(*reader, take) : Result<void>{}; };
    Response response = route.handler(request);
    const int status = response.status;
    if (!response.file) being_answered->ranges.clear();   // RFC 9110, 14.2: not of a run that was created, say
    apply(std::move(response), to, stopping);
    metrics.count(&route, status, seconds_since(begun));
  }

  void refuse(const Error& error, httplib::Response& response) const {
    apply(failure_response(error, response.get_header_value("X-Request-Id")), response, stopping);
  }

  // Every request passes here before its body is read and before anything is looked up.
  HandlerResponse guard(const httplib::Request& request, httplib::Response& response) const {
    response.set_header("X-Request-Id", new_request_id());
    response.set_header("Date", http_date());
    auto refused = check_framing(request);
    if (!refused) refused = check_host(request);
    if (!refused) refused = check_characters(request);
    if (!refused) refused = routes.refuse(request.method, request.path);
    if (!refused) return HandlerResponse::Unhandled;
    metrics.count(nullptr, status_of(refused->code), 0);
    if (refused->code == Code::kMethodNotAllowed) response.set_header("Allow", routes.allowed_methods(request.path));
    this->refuse(*refused, response);
    return HandlerResponse::Handled;
  }

  // What the library refuses by itself gets the one error shape.
  void complete_error(httplib::Response& response) const {
    if (!response.has_header("X-Request-Id")) {   // it was not understood so far that guard() could see it
      response.set_header("X-Request-Id", new_request_id());
      response.set_header("Date", http_date());
      metrics.count(nullptr, response.status, 0);
    }
    if (!response.body.empty() || response.content_length_ > 0) return;
    apply(error_response_for_status(response.status), response, stopping);
  }

  // The library asks its own listener whether the server still runs.
  void mark_running() { svr_sock_ = listeners.front().first.get(); }

  void accept_from(int listener, bool in_tls) {
    while (!stopping) {
      pollfd watched[] = {{listener, POLLIN, 0}, {wake.read_end.get(), POLLIN, 0}};
      ::poll(watched, 2, -1);
      if (stopping) return;
      base::Fd socket(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
      if (socket) {
        take(std::move(socket), in_tls);
      } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        std::this_thread::sleep_for(std::chrono::milliseconds(kAcceptRetryMs));
      }
    }
  }

  void take(base::Fd socket, bool in_tls) {
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const int fd = socket.release();
    if (threads.run([this, fd, in_tls] { serve(base::Fd(fd), in_tls); })) return;
    metrics.count(nullptr, status_of(Code::kQueueFull), 0);
    if (!in_tls) refuse_overload(fd);   // nor has a client in TLS agreed on anything yet
    base::Fd{fd};
  }

  void serve(base::Fd socket, bool in_tls) {
    const int fd = socket.get();
    if (!note(fd)) return;
    std::unique_ptr<Wire> wire = in_tls ? options.tls->accept(fd) : std::make_unique<PlainWire>(fd);
    {
      Connection connection(std::move(socket), std::move(wire), stopping);
      serve_requests(connection);
      forget(fd);   // before the number can belong to another connection
    }
  }

  bool note(int fd) {
    std::lock_guard lock(mutex);
    if (stopping) return false;
    open.insert(fd);
    return true;
  }

  // Whoever waits for a request sees an end with SHUT_RD; whoever takes its answer too slowly is cut off with SHUT_RDWR.
  void shut(int direction) {
    std::lock_guard lock(mutex);
    for (const int fd : open) ::shutdown(fd, direction);
  }

  void forget(int fd) {
    std::lock_guard lock(mutex);
    open.erase(fd);
  }

  // The library's own loop forgets what it has read of the next request, and goes on after a request that it did not
  // understand. Hence this one.
  void serve_requests(Connection& connection) {
    std::string remote, local;
    int remote_port = 0, local_port = 0;
    connection.get_remote_ip_and_port(remote, remote_port);
    connection.get_local_ip_and_port(local, local_port);
    bool go_on = true;
    being_served = &connection;
    while (go_on && !stopping && connection.wait_for_request(kIdle)) {
      if (connection.skip_empty_line()) continue;
      connection.begin_request();
      bool understood = false;
      bool closed = false;
      const bool answered = process_request(connection, remote, remote_port, local, local_port, false, closed,
                                            [&](httplib::Request& request) {
                                              settle_head(request);
                                              being_answered = &request;
                                              understood = set_framing(request, connection);
                                            });
      if (!answered && connection.is_unanswered()) connection.write_all(endless());
      go_on = answered && understood && !closed && !said_close;
    }
    connection.linger();
  }
};

Server::Server(Options options, const Routes& routes) : state_(std::make_unique<State>(std::move(options), routes)) {}

Server::~Server() { stop(); }

Result<void> Server::start() {
  state_->wake = TRY(base::make_pipe());
  for (const ListenAddress& where : state_->options.listen) {
    Listening listening = TRY(listen_on(where));
    const bool in_tls = state_->options.tls && where.unix_path.empty();
    if (in_tls) listening.url.replace(0, std::string_view("http").size(), "https");
    if (!where.hidden) state_->urls.push_back(std::move(listening.url));
    state_->listeners.push_back({std::move(listening.socket), in_tls});
  }
  state_->mark_running();
  for (const auto& [listener, in_tls] : state_->listeners) {
    state_->acceptors.emplace_back(
        [state = state_.get(), fd = listener.get(), in_tls = in_tls] { state->accept_from(fd, in_tls); });
  }
  return {};
}

const std::vector<std::string>& Server::urls() const { return state_->urls; }

void Server::write_metrics(base::MetricsText& text) const { state_->metrics.write(text); }

void Server::stop() {
  if (state_->stopping.exchange(true)) return;
  state_->wake.write_end.reset();
  for (std::thread& acceptor : state_->acceptors) acceptor.join();
  state_->shut(SHUT_RD);
  if (state_->threads.finish_within(kLastAnswers)) return;
  state_->shut(SHUT_RDWR);
  state_->threads.finish();
}

}   // namespace capid::http
