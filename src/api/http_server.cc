// SPDX-License-Identifier: Apache-2.0
#include "api/http_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "api/connection.h"
#include "api/connection_threads.h"
#include "api/errors.h"
#include "base/crypto.h"
#include "base/log.h"

namespace capid::api {
namespace {

using namespace std::chrono_literals;

constexpr auto kIdle = 75s;                        // between two requests on one connection
constexpr int64_t kMaxBody = int64_t{101} << 20;   // ten files of 10 MiB, and the form around them
constexpr size_t kMaxRequests = 1'000'000;         // on one connection: as good as none
constexpr int kBacklog = 1024;
constexpr int kAcceptRetryMs = 50;                 // when there is no descriptor to be had

// Headers that cannot come over the wire. set_framing leaves its verdict for the guard in the one; the other holds the
// Content-Type, which the library must not see: it would hand form data to its own parser, whose headers have no bound.
constexpr const char* kFraming = "\x01""framing";
constexpr const char* kContentType = "\x01""content-type";

constexpr std::string_view kOverloaded =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nConnection: close\r\nRetry-After: 5\r\nContent-Length: 91\r\n\r\n"
    "{\"error\":{\"code\":\"QUEUE_FULL\",\"message\":\"too many connections are open: try again later\"}}\n";
static_assert(kOverloaded.size() - kOverloaded.find("\r\n\r\n") - 4 == 91);

bool has_control_characters(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

void apply(const Response& from, httplib::Response& to) {
  to.status = from.status;
  for (const auto& [name, value] : from.headers) to.set_header(name, value);
  to.set_header("Cache-Control", "no-store");
  to.set_header("X-Content-Type-Options", "nosniff");
  if (!from.file) return to.set_content(from.body, from.content_type);
  if (from.status == 200) to.status = -1;   // the library's to choose: 206 for a part
  auto file = std::make_shared<base::Fd>(::open(from.file->path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!*file) {
    base::log::error("a kept file is missing", {{"path", from.file->path}});
    return apply(error_response({Code::kInternal, "the file is not there any more"}), to);
  }
  to.set_content_provider(static_cast<size_t>(from.file->size), from.content_type, [file](size_t offset, size_t length, httplib::DataSink& sink) {
    char buffer[1 << 16];
    const ssize_t got = ::pread(file->get(), buffer, std::min(length, sizeof buffer), static_cast<off_t>(offset));
    return got > 0 && sink.write(buffer, static_cast<size_t>(got));
  });
}

void apply_error(const Error& error, httplib::Response& to) {
  if (error.code == Code::kInternal || error.code == Code::kStoreUnavailable) {
    base::log::error("a request failed", {{"message", error.message}, {"detail", error.detail}, {"request", to.get_header_value("X-Request-Id")}});
  }
  apply(error_response(error), to);
}

Request to_request(const httplib::Request& from) {
  Request request;
  request.method = from.method;
  request.path = from.path;
  request.params = {from.path_params.begin(), from.path_params.end()};
  request.query = {from.params.begin(), from.params.end()};
  request.authorization = from.get_header_value("Authorization");
  request.content_type = from.get_header_value(kContentType);
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
  if (!whole) return Error{Code::kInvalidParameter, "the body was cut off, or came too slowly: it is shorter than its Content-Length"};
  return {};
}

void answer(const Route& route, const httplib::Request& from, httplib::Response& to, const httplib::ContentReader* reader) {
  Request request = to_request(from);
  request.read_body = [&](const TakeBytes& take) { return reader ? read_body(*reader, take) : Result<void>{}; };
  auto response = route.handler(request);
  if (response) {
    apply(*response, to);
  } else {
    apply_error(response.error(), to);
  }
}

// What a body's framing headers amount to, decided once for both the guard and the reading.
enum class Framing { kFine, kChunked, kBadLength, kTooLong, kCompressed };

Framing framing_of(const httplib::Request& request, int64_t& length) {
  length = 0;
  if (request.has_header("Transfer-Encoding")) return Framing::kChunked;
  if (request.has_header("Content-Encoding") && request.get_header_value("Content-Encoding") != "identity") return Framing::kCompressed;
  if (!request.has_header("Content-Length")) return Framing::kFine;
  const std::string text = request.get_header_value("Content-Length");
  constexpr size_t kMostDigits = 15;
  if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos || text.size() > kMostDigits) return Framing::kBadLength;
  length = std::stoll(text);
  return length > kMaxBody ? Framing::kTooLong : Framing::kFine;
}

// A body whose framing is refused is not read at all: the request goes on as one without a body, the guard refuses it, and
// the connection is closed. Returns whether the connection may go on.
bool set_framing(httplib::Request& request, Connection& connection) {
  if (request.has_header("Content-Type")) request.headers.emplace(kContentType, request.get_header_value("Content-Type"));
  request.headers.erase("Content-Type");
  int64_t length = 0;
  const Framing framing = framing_of(request, length);
  if (framing == Framing::kFine) {
    connection.begin_body(length);
    // RFC 9112, 6.3: no length is no body. The library would wait for one.
    if (!request.has_header("Content-Length")) request.headers.emplace("Content-Length", "0");
    return true;
  }
  request.headers.erase("Transfer-Encoding");
  request.headers.erase("Content-Length");
  request.headers.emplace("Content-Length", "0");
  request.headers.emplace(kFraming, std::to_string(static_cast<int>(framing)));
  return false;
}

std::optional<Error> framing_error(const httplib::Request& request) {
  if (!request.has_header(kFraming)) return std::nullopt;
  switch (static_cast<Framing>(std::stoi(request.get_header_value(kFraming)))) {
    case Framing::kChunked:
      return Error{Code::kLengthRequired, "a chunked body is not taken: send the body with a Content-Length (curl: not -T -, but -d @file or -F)"};
    case Framing::kTooLong:
      return Error{Code::kPayloadTooLarge, "a body may be at most 101 MiB: ten files of 10 MB"};
    case Framing::kCompressed:
      return Error{Code::kUnsupportedMediaType, "a compressed body is not taken: send it without Content-Encoding", "Content-Encoding"};
    case Framing::kBadLength:
    case Framing::kFine:
      break;
  }
  return Error{Code::kInvalidParameter, "Content-Length must be a whole number", "Content-Length"};
}

std::optional<Error> header_error(const httplib::Request& request) {
  for (const auto& [name, value] : request.headers) {
    const bool ours = name == kFraming || name == kContentType;
    if ((!ours && has_control_characters(name)) || has_control_characters(value)) {
      return Error{Code::kInvalidParameter, "a header holds control characters"};
    }
  }
  if (has_control_characters(request.path)) return Error{Code::kInvalidParameter, "the address holds control characters"};
  return std::nullopt;
}

}  // namespace

struct HttpServer::State : httplib::Server {
  HttpServer::Options options;
  const Router& router;
  ConnectionThreads threads;
  std::vector<base::Fd> listeners;
  std::vector<std::thread> acceptors;
  base::Pipe wake;
  std::atomic<bool> stopping{false};
  std::mutex mutex;
  std::set<int> open;   // the sockets of connections

  State(HttpServer::Options its_options, const Router& its_router)
      : options(std::move(its_options)), router(its_router), threads(options.max_connections) {
    set_keep_alive_timeout(std::chrono::seconds(kIdle).count());   // only what the answers say of it; see serve_requests
    set_keep_alive_max_count(kMaxRequests);
    set_payload_max_length(static_cast<size_t>(kMaxBody));
    set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) { return guard(request, response); });
    set_error_handler([](const httplib::Request&, httplib::Response& response) { complete_error(response); });
    set_exception_handler([](const httplib::Request&, httplib::Response& response, std::exception_ptr) {
      apply_error({Code::kInternal, "something went wrong inside capid; its log says more", {}, "an exception reached the server"}, response);
    });
    for (const Route& route : router.routes()) add(route);
  }

  void add(const Route& route) {
    if (route.method == "GET") {
      Get(route.pattern, [&route](const httplib::Request& request, httplib::Response& response) { answer(route, request, response, nullptr); });
    } else if (route.method == "POST") {
      Post(route.pattern, [&route](const httplib::Request& request, httplib::Response& response, const httplib::ContentReader& reader) {
        answer(route, request, response, &reader);
      });
    } else {
      CHECK(!"a method that the server does not know");
    }
  }

  // Every request passes here before its body is read and before anything is looked up.
  HandlerResponse guard(const httplib::Request& request, httplib::Response& response) const {
    response.set_header("X-Request-Id", base::random_hex(8));
    auto refused = framing_error(request);
    if (!refused) refused = header_error(request);
    if (!refused) refused = router.refuse(request.method, request.path);
    if (!refused) return HandlerResponse::Unhandled;
    if (refused->code == Code::kMethodNotAllowed) response.set_header("Allow", router.allowed_methods(request.path));
    apply_error(*refused, response);
    return HandlerResponse::Handled;
  }

  // What the library refuses by itself gets the one error shape.
  static void complete_error(httplib::Response& response) {
    if (!response.has_header("X-Request-Id")) response.set_header("X-Request-Id", base::random_hex(8));
    if (!response.body.empty() || response.content_length_ > 0) return;
    apply(error_response_for_status(response.status), response);
  }

  Result<std::string> bind(const ListenAddress& where) {
    return where.unix_path.empty() ? bind_tcp(where) : bind_unix(where.unix_path);
  }

  Result<std::string> bind_tcp(const ListenAddress& where) {
    const bool v6 = where.address.find(':') != std::string::npos;
    base::Fd socket(::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) return base::system_error("no socket to listen on", "socket");
    const int on = 1;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);   // not SO_REUSEPORT: two servers must not share a port in silence
    sockaddr_in6 address{};
    socklen_t size = sizeof(sockaddr_in6);
    if (v6) {
      address.sin6_family = AF_INET6;
      address.sin6_port = htons(where.port);
      ::inet_pton(AF_INET6, where.address.c_str(), &address.sin6_addr);
    } else {
      auto& v4 = reinterpret_cast<sockaddr_in&>(address);
      v4.sin_family = AF_INET;
      v4.sin_port = htons(where.port);
      ::inet_pton(AF_INET, where.address.c_str(), &v4.sin_addr);
      size = sizeof(sockaddr_in);
    }
    const std::string shown = v6 ? "[" + where.address + "]" : where.address;
    if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(socket.get(), kBacklog) != 0) {
      return cannot_listen(shown + ":" + std::to_string(where.port));
    }
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
    listeners.push_back(std::move(socket));
    return "http://" + shown + ":" + std::to_string(ntohs(address.sin6_port));   // both families have the port at the same place
  }

  Result<std::string> bind_unix(const std::string& path) {
    base::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) return base::system_error("no socket to listen on", "socket");
    struct stat status {};
    if (::lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode)) ::unlink(path.c_str());   // left by a server that was killed
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || ::listen(socket.get(), kBacklog) != 0) {
      return cannot_listen(path);
    }
    listeners.push_back(std::move(socket));
    return "unix:" + path;
  }

  // The library asks its own listener whether the server still runs.
  void mark_running() { svr_sock_ = listeners.front().get(); }

  static Error cannot_listen(const std::string& where) {
    const bool taken = errno == EADDRINUSE;
    Error error = base::system_error("cannot listen on " + where, "bind");
    error.code = Code::kInvalidParameter;
    error.message += taken ? ": something else does; stop that, or choose another address with --listen" : " (" + error.detail + ")";
    return error;
  }

  void accept_from(int listener) {
    while (!stopping) {
      pollfd watched[] = {{listener, POLLIN, 0}, {wake.read_end.get(), POLLIN, 0}};
      ::poll(watched, 2, -1);
      if (stopping) return;
      base::Fd socket(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
      if (socket) {
        take(std::move(socket));
      } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        std::this_thread::sleep_for(std::chrono::milliseconds(kAcceptRetryMs));
      }
    }
  }

  void take(base::Fd socket) {
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const int fd = socket.release();
    if (threads.run([this, fd] { serve(base::Fd(fd)); })) return;
    (void)!::send(fd, kOverloaded.data(), kOverloaded.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    base::Fd{fd};
  }

  void serve(base::Fd socket) {
    const int fd = socket.get();
    if (!note(fd)) return;
    {
      Connection connection(std::move(socket));
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
    while (go_on && !stopping && connection.wait_for_request(kIdle)) {
      connection.begin_request();
      bool understood = false;
      bool closed = false;
      const bool answered = process_request(connection, remote, remote_port, local, local_port, false, closed, [&](httplib::Request& request) {
        understood = set_framing(request, connection);
      });
      go_on = answered && understood && !closed;
    }
    connection.linger();
  }
};

HttpServer::HttpServer(Options options, const Router& router) : state_(std::make_unique<State>(std::move(options), router)) {}

HttpServer::~HttpServer() { stop(); }

Result<std::vector<std::string>> HttpServer::start() {
  std::vector<std::string> urls;
  state_->wake = TRY(base::make_pipe());
  for (const ListenAddress& where : state_->options.listen) urls.push_back(TRY(state_->bind(where)));
  state_->mark_running();
  for (const base::Fd& listener : state_->listeners) {
    state_->acceptors.emplace_back([state = state_.get(), fd = listener.get()] { state->accept_from(fd); });
  }
  return urls;
}

void HttpServer::stop() {
  if (state_->stopping.exchange(true)) return;
  state_->wake.write_end.reset();
  for (std::thread& acceptor : state_->acceptors) acceptor.join();
  {
    std::lock_guard lock(state_->mutex);
    for (const int fd : state_->open) ::shutdown(fd, SHUT_RD);   // whoever waits for a request sees an end; answers still go out
  }
  state_->threads.finish();
}

}  // namespace capid::api
