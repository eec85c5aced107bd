// SPDX-License-Identifier: Apache-2.0
#include "egress/egress.h"

#include <sys/time.h>

#include <algorithm>
#include <condition_variable>
#include <deque>

#include "tests/net/receiver.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::egress;
using namespace std::chrono_literals;
using test::Peer;
using test::Receiver;

namespace {

constexpr Limits kShort{
    .head = 400ms, .dial = 1'000ms, .idle = 1'000ms, .half = 500ms, .goodbye = 400ms, .connections = 3};

// What a program of a run does: everything at once, or step by step.
class Program {
 public:
  explicit Program(uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in there{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    REQUIRE(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&there), sizeof there) == 0);
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }

  // False: the other side is gone.
  bool send(std::string_view bytes) const {
    return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }
  void end_sending() const { ::shutdown(socket_.get(), SHUT_WR); }

  // Up to so many bytes, or the end.
  [[nodiscard]] std::string read(size_t most = SIZE_MAX) const {
    std::string all;
    char bytes[65536];
    for (ssize_t got = 1; got > 0 && all.size() < most;) {
      got = ::recv(socket_.get(), bytes, std::min(sizeof bytes, most - all.size()), 0);
      if (got > 0) all.append(bytes, static_cast<size_t>(got));
      if (got < 0 && errno == EAGAIN) all += "(and nothing more in time)";
    }
    return all;
  }

 private:
  base::Fd socket_;
};

// A run with one door, on this machine's loopback.
class Run {
 public:
  explicit Run(Site site, const Limits& limits = kShort)
      : guard_(net::AddressGuard::make({"127.0.0.0/8"}).value()), egress_(guard_, limits) {
    egress_.start();
    base::Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in here{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    REQUIRE(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&here), sizeof here) == 0);
    REQUIRE(::listen(listener.get(), 128) == 0);
    socklen_t size = sizeof here;
    REQUIRE(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&here), &size) == 0);
    port_ = ntohs(here.sin_port);
    std::vector<Door> doors;
    doors.push_back({.listener = std::move(listener), .site = std::move(site)});
    handle_ = egress_.open(std::move(doors), [this](const Visit& visit) {
      std::lock_guard lock(mutex_);
      visits_.push_back(visit);
      told_.notify_all();
    });
  }

  [[nodiscard]] Program program() const { return Program(port_); }

  [[nodiscard]] std::string ask(std::string_view request) const {
    const Program program(port_);
    program.send(request);
    return program.read();
  }

  // "allowed 1 up 2 down: REASON" of the next one.
  [[nodiscard]] std::string next_visit() {
    std::unique_lock lock(mutex_);
    if (!told_.wait_for(lock, 10s, [&] { return !visits_.empty(); })) return "none";
    const Visit visit = visits_.front();
    visits_.pop_front();
    const char* outcome = visit.outcome == Visit::Outcome::kAllowed   ? "allowed"
                          : visit.outcome == Visit::Outcome::kRefused ? "refused"
                                                                      : "failed";
    return std::string(outcome) + " " + std::to_string(visit.bytes_up) + " up " + std::to_string(visit.bytes_down) +
           " down: " + visit.reason;
  }
  [[nodiscard]] bool has_visits() {
    std::lock_guard lock(mutex_);
    return !visits_.empty();
  }

  void close() { egress_.close(handle_); }

 private:
  std::mutex mutex_;
  std::condition_variable told_;
  std::deque<Visit> visits_;
  net::AddressGuard guard_;
  Egress egress_;
  uint16_t port_ = 0;
  uint64_t handle_ = 0;
};

std::string place(const Receiver& host) { return "127.0.0.1:" + std::to_string(host.port()); }
Site proxy_to(const Receiver& host) { return Proxy{{{.host = "127.0.0.1", .port = host.port()}}}; }
std::string connect_to(const Receiver& host) { return "CONNECT " + place(host) + " HTTP/1.1\r\n\r\n"; }
std::string get_of(const Receiver& host) { return "GET http://" + place(host) + "/ HTTP/1.1\r\n\r\n"; }
const std::string kEstablished = "HTTP/1.1 200 Connection established\r\n\r\n";

std::string status_of(const std::string& answer) { return answer.substr(0, answer.find("\r\n")); }
std::string body_of(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }

}   // namespace

TEST_CASE("a tunnel passes bytes in both directions, those that came at once with the request as well") {
  const Receiver host([](const Peer& peer) {
    std::string got;
    while (got.size() < 10) got += peer.read();
    peer.send("answer to " + got);
  });
  Run run(proxy_to(host));
  const Program program = run.program();
  program.send(connect_to(host) + "early");
  CHECK(program.read(kEstablished.size()) == kEstablished);
  program.send(" late");
  CHECK(program.read() == "answer to early late");
  program.end_sending();
  CHECK(run.next_visit() == "allowed 10 up 20 down: ");
}

TEST_CASE("a program that has said everything still hears the answer") {
  const Receiver host([](const Peer& peer) {
    peer.wait_for_end();
    peer.send("now");
  });
  Run run(proxy_to(host));
  const Program program = run.program();
  program.send(connect_to(host) + "all");
  program.end_sending();
  CHECK(program.read() == kEstablished + "now");
  CHECK(run.next_visit() == "allowed 3 up 3 down: ");
}

TEST_CASE("an answer that comes before the whole request is passed on") {
  const Receiver host([](const Peer& peer) {
    (void)peer.read();
    peer.send("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nno\n");
  });
  Run run(proxy_to(host));
  const Program program = run.program();
  program.send("POST http://" + place(host) + "/ HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n");
  const std::string answer = program.read();
  CHECK(answer == "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno\n");
}

TEST_CASE("answers for the time being are passed on before the one that counts, however they are cut") {
  const Receiver host([](const Peer& peer) {
    (void)peer.read();
    for (const char c :
         std::string("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 "
                     "OK\r\nConnection: keep-alive\r\n\r\nbody"))
      peer.send({&c, 1});
  });
  Run run(proxy_to(host));
  CHECK(run.ask(get_of(host)) ==
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nConnection: "
        "close\r\n\r\nbody");
}

TEST_CASE("a host's answer that is none is told as such") {
  struct Case {
    std::string said, reason;
  };
  for (const auto& [said, reason] :
       {Case{"", "the host ended without an answer"},
        Case{"HTTP/1.1 200 OK\r\nX: ", "the host ended without an answer"},
        Case{"SSH-2.0-x\r\n\r\n", "the host's answer is not HTTP"},
        Case{"HTTP/1.1 101 Switching\r\n\r\n", "the host's answer is not HTTP"},
        Case{"HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x'), "the head of the host's answer is too large"}}) {
    CAPTURE(reason);
    const Receiver host([said = said](const Peer& peer) {
      (void)peer.read();
      peer.send(said);
    });
    Run run(proxy_to(host));
    const std::string answer = run.ask(get_of(host));
    CHECK(status_of(answer) == "HTTP/1.1 502 Bad Gateway");
    CHECK(body_of(answer) == reason + "\n");
    CHECK(run.next_visit().ends_with(" down: " + reason));
  }
}

TEST_CASE("a request that is not understood is refused at once, and told of") {
  const Receiver host([](const Peer&) {});
  struct Case {
    std::string request, status;
  };
  for (const auto& [request, status] :
       {Case{std::string("CONNECT a\0b:443 HTTP/1.1\r\n\r\n", 28), "400 Bad Request"},
        Case{"GET http://a.test/ HTTP/1.1\n\n", "400 Bad Request"},
        Case{"CONNECT 2130706433:443 HTTP/1.1\r\n\r\n", "400 Bad Request"},
        Case{"GET http://a.test/ HTTP/1.1\r\nX: " + std::string(9'000, 'x'), "431 Request Header Fields Too Large"},
        Case{"GET http://a.test/ HTTP/1.1\r\nX: " + std::string(9'000, 'x') + "\r\n\r\n",
             "431 Request Header Fields Too Large"},
        Case{"CONNECT a.test:443 HTTP/1.1\r\n\r\n", "403 Forbidden by capid"}}) {
    CAPTURE(request);
    Run run(proxy_to(host));
    CHECK(status_of(run.ask(request)) == "HTTP/1.1 " + status);
    CHECK(run.next_visit().starts_with("refused 0 up 0 down: "));
  }
  CHECK(host.connections() == 0);
}

TEST_CASE("a program that says nothing is sent away without a word, and a slow one with an answer") {
  const Receiver host([](const Peer&) {});
  Run run(proxy_to(host));
  CHECK(run.program().read().empty());
  CHECK_FALSE(run.has_visits());
  const Program slow = run.program();
  slow.send("GET http://");
  CHECK(status_of(slow.read()) == "HTTP/1.1 408 Request Timeout");
  CHECK(run.next_visit() == "refused 0 up 0 down: the request's head did not come in time");
}

TEST_CASE("a refused program that goes on talking is closed after a moment") {
  const Receiver host([](const Peer&) {});
  Run run(proxy_to(host));
  const Program program = run.program();
  program.send("GET / HTTP/1.1\r\n\r\n");
  CHECK(status_of(program.read()) == "HTTP/1.1 400 Bad Request");
  bool is_heard = true;
  for (int i = 0; i < 100 && is_heard; ++i) {
    is_heard = program.send("and then");
    std::this_thread::sleep_for(20ms);
  }
  CHECK_FALSE(is_heard);
}

TEST_CASE("a tunnel without a byte in either direction ends, and one that is used does not") {
  const Receiver host([](const Peer& peer) {
    for (std::string got; !(got = peer.read()).empty();) peer.send(got);
  });
  Run run(proxy_to(host));
  const Program program = run.program();
  program.send(connect_to(host));
  CHECK(program.read(kEstablished.size()) == kEstablished);
  for (int i = 0; i < 8; ++i) {
    program.send("x");
    CHECK(program.read(1) == "x");
    std::this_thread::sleep_for(250ms);
  }
  CHECK(program.read().empty());
  CHECK(run.next_visit() == "allowed 8 up 8 down: nothing was sent for too long");
}

TEST_CASE("more connections than a run may have wait until one ends") {
  const Receiver host([](const Peer& peer) {
    (void)peer.read();
    peer.send("x");
    peer.wait_for_end();
  });
  Run run(proxy_to(host), {.connections = 3});
  std::deque<Program> programs;
  for (int i = 0; i < 4; ++i) {
    programs.push_back(run.program());
    programs.back().send(connect_to(host) + "x");
  }
  for (int i = 0; i < 3; ++i)
    CHECK(programs[static_cast<size_t>(i)].read(kEstablished.size() + 1) == kEstablished + "x");
  std::this_thread::sleep_for(600ms);   // two sweeps
  CHECK(host.connections() == 3);
  programs.pop_front();
  CHECK(programs.back().read(kEstablished.size() + 1) == kEstablished + "x");
}

TEST_CASE("a run's end closes everything of it at once, and nobody is told anything afterwards") {
  const Receiver host([](const Peer& peer) { peer.hang(); });
  Run run(proxy_to(host), {});
  const Program tunnel = run.program(), waits = run.program(), silent = run.program();
  tunnel.send(connect_to(host));
  CHECK(tunnel.read(kEstablished.size()) == kEstablished);
  waits.send("GET http://");
  std::this_thread::sleep_for(200ms);
  run.close();
  CHECK(run.next_visit() == "allowed 0 up 0 down: the run ended");
  CHECK(run.next_visit() == "failed 0 up 0 down: the run ended");
  for (const Program* program : {&tunnel, &waits, &silent}) CHECK(program->read().empty());
  CHECK_FALSE(run.has_visits());
  run.close();   // of what is closed: nothing
}

TEST_CASE("a host that does not speak TLS gets no secret, and neither does one that no header can carry it to") {
  std::string got;
  const Receiver host([&](const Peer& peer) {
    got = peer.read();
    peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  const auto with = [&](std::string_view value) {
    return Injection{.place = {.host = "127.0.0.1", .port = host.port()},
                     .header = "Authorization",
                     .value = base::SecretText(value)};
  };
  {
    Run run(with("Bearer s3cret"), {});
    const std::string answer = run.ask("GET / HTTP/1.1\r\n\r\n");
    CHECK(status_of(answer) == "HTTP/1.1 502 Bad Gateway");
    CHECK(body_of(answer).starts_with("\"127.0.0.1\" was not trusted: "));
    CHECK(got.find("s3cret") == std::string::npos);
    CHECK(status_of(run.ask("GET http://127.0.0.1/ HTTP/1.1\r\n\r\n")) == "HTTP/1.1 400 Bad Request");
    CHECK(status_of(run.ask(connect_to(host))) == "HTTP/1.1 400 Bad Request");
  }
  Run run(with("Bearer s3cret\r\nX: y"), {});
  CHECK(body_of(run.ask("GET / HTTP/1.1\r\n\r\n")) == "the secret holds a character that no header may have\n");
  CHECK(host.connections() == 1);
}
