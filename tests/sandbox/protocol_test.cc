// SPDX-License-Identifier: Apache-2.0
#include "sandbox/protocol.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "tests/support/test.h"

using namespace capid;
using namespace capid::sandbox;

namespace {

Request full_request() {
  Request request{.id = 0xfedcba9876543210};
  request.spec.argv = {"/app/main", "", "two words", std::string("N\0L", 3)};
  request.spec.env = {{"PATH", "/bin"}, {"EMPTY", ""}};
  request.spec.mounts = {{.host = "/srv/app", .at = "/app", .follow_links = false},
                         {.host = "/srv/work", .at = "/workspace", .writable = true}};
  request.spec.rootfs = "/srv/image";
  request.spec.limits.memory_bytes = int64_t{3} << 31;
  request.spec.limits.millicpus = 1500;
  request.spec.listen_ports = {61001, 65535};
  request.spec.limits.pids = 7;
  request.spec.limits.open_files = 64;
  request.spec.limits.disk_bytes = int64_t{5} << 33;
  request.spec.looks_only = true;
  return request;
}

std::string number(int64_t value) { return {reinterpret_cast<const char*>(&value), sizeof value}; }

bool same_file(int one, int other) {
  struct stat first {
  }, second{};
  return ::fstat(one, &first) == 0 && ::fstat(other, &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

}   // namespace

TEST_CASE("a request comes out as it went in") {
  const Request sent = full_request();
  const Request request = decode(encode(sent)).value();
  CHECK(request.id == 0xfedcba9876543210);
  CHECK(request.spec.argv == sent.spec.argv);
  CHECK(request.spec.env == sent.spec.env);
  REQUIRE(request.spec.mounts.size() == 2);
  CHECK(request.spec.mounts[0].host == "/srv/app");
  CHECK(request.spec.mounts[0].at == "/app");
  CHECK_FALSE(request.spec.mounts[0].writable);
  CHECK_FALSE(request.spec.mounts[0].follow_links);
  CHECK(request.spec.mounts[1].host == "/srv/work");
  CHECK(request.spec.mounts[1].at == "/workspace");
  CHECK(request.spec.mounts[1].writable);
  CHECK(request.spec.mounts[1].follow_links);
  CHECK(request.spec.rootfs == "/srv/image");
  CHECK(request.spec.looks_only);
  CHECK(request.spec.limits.memory_bytes == int64_t{3} << 31);
  CHECK(request.spec.limits.millicpus == 1500);
  CHECK(request.spec.listen_ports == sent.spec.listen_ports);
  CHECK(request.spec.limits.pids == 7);
  CHECK(request.spec.limits.open_files == 64);
  CHECK(request.spec.limits.disk_bytes == int64_t{5} << 33);
  CHECK(encode(request) == encode(sent));
}

TEST_CASE("a request that is cut short anywhere, or goes on, is refused") {
  const std::string bytes = encode(full_request());
  for (size_t length = 0; length < bytes.size(); ++length) {
    CAPTURE(length);
    REQUIRE_FALSE(decode(std::string_view(bytes).substr(0, length)));
  }
  CHECK_FALSE(decode(bytes + '\0'));
  CHECK_FALSE(decode(bytes + bytes));
  CHECK(decode(bytes));
}

TEST_CASE("a request with a length or a count that lies is refused") {
  const std::string head = number(1) + number(1) + number(1) + number(1) + number(1) + number(1);   // id, limits
  // No env, mounts, rootfs, ports, and it is to be run.
  const std::string rest = number(0) + number(0) + number(0) + number(0) + number(0);
  REQUIRE(decode(head + number(1) + number(1) + "a" + rest));
  for (const int64_t lie : {int64_t{-1}, int64_t{2}, int64_t{1} << 20, INT64_MAX, INT64_MIN}) {
    CAPTURE(lie);
    CHECK_FALSE(decode(head + number(lie) + number(1) + "a" + rest));   // how many words
    CHECK_FALSE(decode(head + number(1) + number(lie) + "a" + rest));   // how long the word is
  }
}

TEST_CASE("a request with a flag that is neither, or a port that is none, is refused") {
  const auto with = [](int64_t writable, int64_t follow_links, int64_t port, int64_t looks_only) {
    const std::string head = number(1) + number(1) + number(1) + number(1) + number(1) + number(1);   // id, limits
    const std::string mount = number(1) + number(1) + "h" + number(1) + "a" + number(writable) + number(follow_links);
    return decode(head + number(1) + number(1) + "a" + number(0) + mount + number(0) + number(1) + number(port) +
                  number(looks_only));
  };
  CHECK(with(0, 0, 0, 0));
  CHECK(with(1, 1, 65535, 1));
  for (const int64_t neither : {int64_t{2}, int64_t{-1}, int64_t{256}}) {
    CAPTURE(neither);
    CHECK_FALSE(with(neither, 0, 1, 0));
    CHECK_FALSE(with(0, neither, 1, 0));
    CHECK_FALSE(with(0, 0, 1, neither));
  }
  CHECK_FALSE(with(0, 0, 65536, 0));
  CHECK_FALSE(with(0, 0, -1, 0));
}

TEST_CASE("the fork server reads of a request what it needs, and passes the rest on unread") {
  const std::string bytes = encode(full_request());
  const RequestHead head = decode_head(bytes).value();
  CHECK(head.id == 0xfedcba9876543210);
  CHECK(head.limits.memory_bytes == int64_t{3} << 31);
  CHECK(head.limits.millicpus == 1500);
  CHECK(head.limits.pids == 7);
  for (size_t length = 0; length < 6 * sizeof(int64_t); ++length)
    CHECK_FALSE(decode_head(std::string_view(bytes).substr(0, length)));
}

TEST_CASE("a request that runs nothing is refused") {
  Request request = full_request();
  request.spec.argv.clear();
  CHECK_FALSE(decode(encode(request)));
}

TEST_CASE("a message brings its bytes and its descriptors, which are closed on exec") {
  const SocketPair pair = make_socket_pair().value();
  const base::Pipe pipe = base::make_pipe().value();
  const std::array sent{pipe.read_end.get(), pipe.write_end.get()};
  REQUIRE(send_message(pair.ours.get(), "two ends", sent));
  REQUIRE(send_message(pair.ours.get(), "none"));
  const auto first = receive_message(pair.theirs.get(), kMaxMessage).value();
  REQUIRE(first);
  CHECK(first->bytes == "two ends");
  REQUIRE(first->descriptors.size() == 2);
  for (size_t i = 0; i < 2; ++i) {
    CHECK(first->descriptors[i].get() != sent[i]);
    CHECK(same_file(first->descriptors[i].get(), sent[i]));
    CHECK((::fcntl(first->descriptors[i].get(), F_GETFD) & FD_CLOEXEC) != 0);
  }
  const auto second = receive_message(pair.theirs.get(), kMaxMessage).value();
  REQUIRE(second);
  CHECK(second->bytes == "none");
  CHECK(second->descriptors.empty());
}

TEST_CASE("a large request arrives whole, and one that is longer than asked for is cut") {
  Request request = full_request();
  request.spec.argv.push_back(std::string(100 << 10, 'x'));
  const std::string bytes = encode(request);
  const SocketPair pair = make_socket_pair().value();
  REQUIRE(send_message(pair.ours.get(), bytes));
  REQUIRE(send_message(pair.ours.get(), bytes));
  CHECK(receive_message(pair.theirs.get(), kMaxMessage).value()->bytes == bytes);
  CHECK(receive_message(pair.theirs.get(), 100).value()->bytes == bytes.substr(0, 100));
}

TEST_CASE("an end that closed is an empty message, and one that says nothing is none") {
  SocketPair pair = make_socket_pair().value();
  REQUIRE(::fcntl(pair.theirs.get(), F_SETFL, O_NONBLOCK) == 0);
  CHECK_FALSE(receive_message(pair.theirs.get(), kMaxMessage).value());
  pair.ours.reset();
  const auto end = receive_message(pair.theirs.get(), kMaxMessage).value();
  REQUIRE(end);
  CHECK(end->bytes.empty());
  const auto refused = send_message(pair.theirs.get(), "too late");
  REQUIRE(!refused);
  CHECK(refused.error().detail == "sendmsg: Broken pipe");
}
