// SPDX-License-Identifier: Apache-2.0
#include "net/exchange.h"

#include <filesystem>

#include "tests/net/full_receiver.h"
#include "tests/net/receiver.h"
#include "tests/net/sender.h"
#include "tests/support/test.h"

using namespace capid;
using namespace std::chrono_literals;
using test::FullReceiver;
using test::Peer;
using test::Receiver;
using test::Sender;
using test::to;

namespace {

constexpr const char* kEnded = "the connection ended before there was a whole answer";
constexpr const char* kLate = "it did not answer in time";
constexpr const char* kNotHttp = "its answer is not HTTP";
constexpr auto kSoon = 900ms;   // what takes no waiting takes less, however busy the machine is

std::string text(int status, const std::string& more = "Content-Length: 0\r\n") {
  return "HTTP/1.1 " + std::to_string(status) + " So it is\r\n" + more + "\r\n";
}

// Reads the request, then sends `answer` in pieces of `step` bytes and waits for the other side to close.
Receiver::Serve answering(std::string answer, size_t step = std::string::npos) {
  return [=](const Peer& peer) {
    (void)peer.read_request();
    for (size_t at = 0; at < answer.size(); at += std::min(step, answer.size() - at))
      if (!peer.send(std::string_view(answer).substr(at, step))) return;
    peer.wait_for_end();
  };
}

// Sends `first` and then `again` for ever.
Receiver::Serve flooding(std::string first, std::string again) {
  return [=](const Peer& peer) {
    (void)peer.read_request();
    for (bool goes_on = peer.send(first); goes_on;) goes_on = peer.send(again);
  };
}

long open_descriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
}

}   // namespace

TEST_CASE("the status of an answer is the result") {
  Sender sender;
  for (const int status : {200, 204, 302, 410, 500, 999}) {
    const std::string more = "Content-Length: 5\r\nLocation: /elsewhere\r\n";
    const Receiver receiver(answering(status == 204 ? text(status, "") : text(status, more) + "so be"));
    const net::Reply reply = sender.send(to(receiver.port(), 2s));
    CHECK(reply.status == status);
    CHECK(reply.problem == "");
    CHECK(reply.address == "127.0.0.1");
    CHECK(receiver.connections() == 1);
  }
}

TEST_CASE("what comes instead of a good answer, and what is made of it") {
  const std::string informational = text(103, "Link: </x>\r\n"), good = text(200);
  const std::string large = "X: " + std::string(65536, 'x') + "\r\n";
  struct Case {
    std::string what;
    Receiver::Serve serve;
    int status;
    std::string problem;
  };
  const Case cases[] = {
      {"pieces of a byte", answering(text(202, "Content-Length: 3\r\n") + "abc", 1), 202, ""},
      {"no length", [](const Peer& peer) { (void)peer.read_request(), peer.send(text(201, "") + "to the end"); }, 201,
       ""},
      {"chunks", answering(text(200, "Transfer-Encoding: chunked\r\n") + "3\r\nabc\r\n0\r\n\r\n"), 200, ""},
      {"announcements", answering(text(100, "") + informational + good), 200, ""},
      {"ten announcements",
       answering(text(100, "") + text(102, "") + text(100, "") + text(102, "") + text(100, "") + text(102, "") +
                 text(100, "") + text(102, "") + text(100, "") + text(102, "") + good),
       200, ""},
      {"endless announcements", flooding("", informational), 0, "it only announced an answer, again and again"},
      {"an answer to a request it did not read", [&](const Peer& peer) { peer.send(good), peer.hang(); }, 200, ""},
      {"a close at once", [](const Peer&) {}, 0, kEnded},
      {"a reset", [](const Peer& peer) { (void)peer.read_request(), peer.reset(); }, 0, kEnded},
      {"a close after the request", [](const Peer& peer) { (void)peer.read_request(); }, 0, kEnded},
      {"a close in the head", [](const Peer& peer) { (void)peer.read_request(), peer.send("HTTP/1.1 200 OK\r\nX"); }, 0,
       kEnded},
      {"a close after an announcement", [&](const Peer& peer) { (void)peer.read_request(), peer.send(informational); },
       0, kEnded},
      {"a close after the head",
       [](const Peer& peer) { (void)peer.read_request(), peer.send(text(200, "Content-Length: 9\r\n")); }, 200, ""},
      {"a reset in the body",
       [](const Peer& peer) {
         (void)peer.read_request(), peer.send(text(500, "Content-Length: 9\r\n") + "a"), peer.reset();
       },
       500, ""},
      {"another protocol", answering("SSH-2.0-OpenSSH_9.2\r\n\r\n"), 0, kNotHttp},
      {"another version", answering("HTTP/2 200 OK\r\n\r\n"), 0, kNotHttp},
      {"a status line without its space", answering("HTTP/1.1 200\r\n\r\n"), 0, kNotHttp},
      {"a status that is none", answering("HTTP/1.1 099 No\r\n\r\n"), 0, kNotHttp},
      {"a folded head", answering("HTTP/1.1 200 OK\r\n: x\r\n\r\n"), 0, kNotHttp},
      {"two lengths", answering(text(200, "Content-Length: 1\r\nContent-Length: 2\r\n")), 0, kNotHttp},
      {"garbage without an end", flooding("", std::string(4096, '\x80')), 0, kNotHttp},
      {"a large head", answering(text(200, large)), 0, "the head of its answer is too large"},
      {"an endless head", flooding("HTTP/1.1 200 OK\r\n", "X: y\r\n"), 0, "the head of its answer is too large"},
      {"an endless body", flooding(text(500, ""), std::string(65536, 'x')), 500, ""},
      {"a body of 10 GB", flooding(text(200, "Content-Length: 10000000000\r\n"), std::string(65536, 'x')), 200, ""},
      {"endless chunks", flooding(text(200, "Transfer-Encoding: chunked\r\n"), "1\r\nx\r\n"), 200, ""},
      {"an endless chunk head", flooding(text(200, "Transfer-Encoding: chunked\r\n") + "1;", "xxxxxxxxxxxx"), 200, ""},
      {"a body that is none", answering(text(200, "Transfer-Encoding: chunked\r\n") + "nonsense\r\n"), 200, ""},
  };
  Sender sender;
  for (const Case& one : cases) {
    CAPTURE(one.what);
    const Receiver receiver(one.serve);
    const net::Reply reply = sender.send(to(receiver.port()));
    CHECK(reply.status == one.status);
    CHECK(reply.problem == one.problem);
    CHECK(sender.took < kSoon);
  }
  CHECK(sender.answers == std::size(cases));
}

TEST_CASE("whatever a receiver does, an exchange ends in its time") {
  struct Case {
    std::string what;
    Receiver::Serve serve;
    size_t body;
  };
  const Case cases[] = {
      {"says nothing", [](const Peer& peer) { (void)peer.read_request(), peer.hang(); }, 2},
      {"reads nothing", [](const Peer& peer) { peer.hang(); }, size_t{32} << 20},
      {"begins an answer", answering("HTTP/1.1 200 OK\r\nX: "), 2},
      {"only announces one", answering(text(102, "")), 2},
      {"drips its head",
       [](const Peer& peer) {
         for (bool goes_on = peer.send("HTTP/1.1 200 OK\r\nX: "); goes_on; goes_on = peer.send("x"))
           std::this_thread::sleep_for(10ms);
       },
       2},
  };
  Sender sender;
  for (const Case& one : cases) {
    CAPTURE(one.what);
    const Receiver receiver(one.serve);
    net::Post what = to(receiver.port(), 300ms);
    what.body = std::make_shared<const std::string>(one.body, 'x');
    const net::Reply reply = sender.send(what);
    CHECK(reply.status == 0);
    CHECK(reply.problem == kLate);
    CHECK(sender.took >= 300ms);
    CHECK(sender.took < 300ms + kSoon);
  }
  const FullReceiver full;
  CHECK(sender.send(to(full.port(), 300ms)).problem == kLate);
  CHECK(sender.took >= 300ms);
  CHECK(sender.took < 300ms + kSoon);
}

TEST_CASE("a body is waited for for a second, and no longer than the exchange may take") {
  Sender sender;
  const Receiver receiver(answering(text(200, "Content-Length: 100\r\n") + "a"));
  CHECK(sender.send(to(receiver.port())).status == 200);
  CHECK(sender.took >= 1s);
  CHECK(sender.took < 1s + kSoon);
  CHECK(sender.send(to(receiver.port(), 200ms)).status == 200);
  CHECK(sender.took < 200ms + kSoon);
}

TEST_CASE("the next address is tried where one accepts no connection, and only there") {
  Sender sender;
  const Receiver good(answering(text(200)), "127.0.0.2"), bad([](const Peer&) {}, "127.0.0.4");
  net::Post what = to(good.port());
  what.addresses = {"127.0.0.3", "255.255.255.255", "127.0.0.2", "127.0.0.5"};
  net::Reply reply = sender.send(what);
  CHECK(reply.status == 200);
  CHECK(reply.address == "127.0.0.2");

  what.addresses = {"127.0.0.3", "127.0.0.5"};
  reply = sender.send(what);
  CHECK(reply.problem == "nothing accepts connections there");
  CHECK(reply.address == "127.0.0.5");
  what.addresses = {};
  CHECK(sender.send(what).problem == "there is no address to connect to");

  what.addresses = {"127.0.0.4", "127.0.0.2"};
  what.port = bad.port();
  reply = sender.send(what);
  CHECK(reply.problem == kEnded);
  CHECK(reply.address == "127.0.0.4");

  // Takes half of the time, and leaves the other half. It is not at 127.0.0.1, where good's port may be the client's end
  // of somebody's connection.
  const FullReceiver full("127.0.0.6", good.port());
  what = to(good.port(), 1s);
  what.addresses = {"127.0.0.6", "127.0.0.2"};
  reply = sender.send(what);
  CHECK(reply.status == 200);
  CHECK(reply.address == "127.0.0.2");
  CHECK(sender.took >= 500ms);
}

TEST_CASE("what is sent") {
  std::promise<std::string> seen;
  const auto keep = [&](const Peer& peer) {
    std::string request = peer.read_request();
    peer.send(text(200));
    peer.wait_for_end();
    seen.set_value(std::move(request));
  };
  Sender sender;
  const auto sent = [&](net::Post what) {
    const Receiver receiver(keep);
    seen = {};
    what.port = receiver.port();
    CHECK(sender.send(std::move(what)).status == 200);
    std::string request = seen.get_future().get();
    const std::string port = ":" + std::to_string(receiver.port());
    if (const size_t at = request.find(port); at != std::string::npos) request.replace(at, port.size(), ":PORT");
    return request;
  };
  CHECK(sent(to(0)) ==
        "POST /hook?a=1 HTTP/1.1\r\nHost: receiver.test:PORT\r\nContent-Type: application/json\r\n"
        "Content-Length: 2\r\nConnection: close\r\n\r\n{}");

  net::Post what = to(0);
  what.host = "::1";
  CHECK(sent(what).find("\r\nHost: [::1]:PORT\r\n") != std::string::npos);

  what.body = std::make_shared<const std::string>((size_t{3} << 20) / 2, 'b');
  const std::string large = sent(what);
  REQUIRE(large.find("\r\n\r\n") != std::string::npos);
  CHECK((large.substr(large.find("\r\n\r\n") + 4) == *what.body));
}

TEST_CASE("when to come again is handed on as it came, but not at any length") {
  Sender sender;
  const auto said = [&](const std::string& header) {
    const Receiver receiver(answering(text(503, header + "Content-Length: 0\r\n")));
    return sender.send(to(receiver.port())).retry_after;
  };
  CHECK(said("retry-after:  120 \r\n") == "120");
  CHECK(said("Retry-After: " + std::string(64, '9') + "\r\n") == std::string(64, '9'));
  CHECK(said("Retry-After: " + std::string(65, '9') + "\r\n") == std::nullopt);
  CHECK(said("") == std::nullopt);
}

TEST_CASE("a receiver that sends its whole answer sees no reset") {
  std::atomic<int> end{-1};
  const Receiver receiver([&](const Peer& peer) {
    (void)peer.read_request();
    peer.send(text(200, "Content-Length: 40000\r\n") + std::string(20000, 'x'));
    std::this_thread::sleep_for(100ms);
    const bool sent = peer.send(std::string(20000, 'x'));   // where this fails, it takes the news of a reset
    char byte = 0;
    end = sent && peer.wait(POLLIN) && ::recv(peer.socket(), &byte, 1, 0) == 0 ? 0 : 1;
  });
  Sender sender;
  CHECK(sender.send(to(receiver.port())).status == 200);
  for (int i = 0; i < 100 && end < 0; ++i) std::this_thread::sleep_for(20ms);
  CHECK(end == 0);
}

TEST_CASE("receivers that hang delay nobody, and what is under way ends with the loop") {
  const Receiver hanging([](const Peer&peer) { peer.hang(); }), good(answering(text(200)));
  const FullReceiver full;
  const long before = open_descriptors();
  {
    Sender sender;
    std::vector<std::future<net::Reply>> under_way;
    for (int i = 0; i < 200; ++i) under_way.push_back(sender.start(to(i % 10 == 0 ? full.port() : hanging.port())));
    CHECK(sender.send(to(good.port())).status == 200);
    CHECK(sender.took < kSoon);
    CHECK(sender.answers == 1);
    for (int i = 0; i < 200 && hanging.connections() < 180; ++i) std::this_thread::sleep_for(20ms);
    CHECK(hanging.connections() == 180);
    CHECK(open_descriptors() >= before + 200);
  }
  CHECK(open_descriptors() <= before + 181);   // the other ends
}
