// SPDX-License-Identifier: Apache-2.0
#include "net/lookup.h"

#include <filesystem>
#include <future>

#include "net/resolve.h"
#include "tests/net/name_server.h"
#include "tests/support/test.h"

using namespace capid;
using namespace std::chrono_literals;
using net::Found;
using test::in_network_of_its_own;
using test::NameServer;

namespace {

const char* const kKinds[] = {"addresses", "no such host", "no answer"};

// As one line.
std::string text(const Found& found) {
  std::string line = kKinds[static_cast<int>(found.kind)];
  for (const std::string& address : found.addresses) line += " " + address;
  return line + (found.problem.empty() ? "" : " " + found.problem);
}

// On a loop with a thread of its own.
Found find(const std::string& host, std::chrono::milliseconds most) {
  base::EventLoop loop;
  loop.start();
  std::promise<Found> promise;
  net::lookup(loop, host, most, [&](Found found) { promise.set_value(std::move(found)); });
  return promise.get_future().get();
}

std::vector<std::string> addresses(size_t count) {
  std::vector<std::string> made;
  for (size_t i = 0; i < count; ++i) made.push_back("10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256));
  return made;
}

std::string line_of(const std::vector<std::string>& addresses) {
  return text({.kind = Found::Kind::kAddresses, .addresses = addresses});
}

std::string not_found(const std::string& kind, const std::string& host, const std::string& why) {
  const std::string what = kind == kKinds[2] ? " could not be looked up (" : " was not found (";
  return kind + " the host \"" + host + "\"" + what + why + ")";
}

long open_descriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
}

}   // namespace

TEST_CASE("what name servers say, on a loop and on a thread that waits") {
  const std::string most = line_of(addresses(32)), long_name = std::string(64, 'x') + ".test";
  const std::string unknown = "Domain name not found", misspelled = "Misformatted domain name";
  const std::string empty = "DNS server returned answer with no data", nobody = "Could not contact DNS servers";
  const std::string late = "no name server answered in time", many = "it has more than 32 addresses";
  const std::map<std::string, NameServer::Zone> zones = {
      {"four.test", {.addresses = {"192.0.2.1"}}},
      {"six.test", {.addresses = {"2001:db8::1"}}},
      {"both.test", {.addresses = {"2001:db8::1", "192.0.2.1", "127.0.0.5"}}},
      {"alias.test", {.addresses = {"192.0.2.9"}, .alias = "real.test"}},
      {"most.test", {.addresses = addresses(32)}},
      {"many.test", {.addresses = addresses(33)}},
      {"hundreds.test", {.addresses = addresses(900)}},
      {"empty.test", {}},
      {"failing.test", {.rcode = 2}},
      {"refused.test", {.rcode = 5}},
      {"silent.test", {.is_silent = true}},
      {"half.test", {.addresses = {"192.0.2.3"}, .silent_to = 28}},
  };
  const std::pair<std::string, std::string> expected[] = {
      {"four.test", "addresses 192.0.2.1"},
      {"six.test", "addresses 2001:db8::1"},
      {"both.test", "addresses 127.0.0.5 2001:db8::1 192.0.2.1"},   // the one that can be reached comes first
      {"alias.test", "addresses 192.0.2.9"},
      {"most.test", most},
      {"many.test", not_found("no such host", "many.test", many)},
      {"hundreds.test", not_found("no such host", "hundreds.test", many)},
      {"gone.test", not_found("no such host", "gone.test", unknown)},
      {"empty.test", not_found("no such host", "empty.test", empty)},
      {long_name, not_found("no such host", long_name, misspelled)},
      {"a..test", not_found("no such host", "a..test", misspelled)},
      {"", not_found("no such host", "", "it is not a name")},
      {std::string("four.test\0.x", 12), not_found("no such host", "four.test", "it is not a name")},
      {"failing.test", not_found("no answer", "failing.test", nobody)},
      {"refused.test", not_found("no answer", "refused.test", nobody)},
      {"silent.test", not_found("no answer", "silent.test", late)},
      {"half.test", "addresses 192.0.2.3"},
      {"written.test", "addresses 192.0.2.7"},
      {"10.1.2.3", "addresses 10.1.2.3"},
      {"fe80::1", "addresses fe80::1"},
      {"localhost", "addresses 127.0.0.1 ::1"},
      {"app.localhost", "addresses 127.0.0.1 ::1"},
  };
  test::TempFolder folder;
  folder.write("resolv.conf", "nameserver 127.0.0.53\n");
  folder.write("hosts", "192.0.2.7 written.test\n");
  for (const bool waits : {false, true}) {
    const std::string said = in_network_of_its_own(folder, [&] {
      const NameServer server("127.0.0.53", zones);
      std::string lines;
      for (const auto& [host, line] : expected)
        lines += text(waits ? net::resolve_host(host, 600ms) : find(host, 600ms)) + "\n";
      return lines;
    });
    std::string lines;
    for (const auto& [host, line] : expected) lines += line + "\n";
    CHECK(said == lines);
  }
}

TEST_CASE("whom to ask is read anew for each look-up, and the next name server is asked where one is silent or away") {
  test::TempFolder folder;
  folder.write("resolv.conf", "");
  folder.write("hosts", "");
  const std::string said = in_network_of_its_own(folder, [&] {
    const NameServer silent("127.0.0.53", {{"host.test", {.is_silent = true}}});
    const NameServer good("127.0.0.54", {{"host.test", {.addresses = {"192.0.2.1"}}}});
    const Found nobody = find("host.test", 2s);   // without a word in the file 127.0.0.1 is asked
    std::string lines = std::string(kKinds[static_cast<int>(nobody.kind)]) + "\n";
    folder.write("resolv.conf", "nameserver 127.0.0.53\nnameserver 127.0.0.54\n");
    lines += text(find("host.test", 2s)) + "\n";
    folder.write("resolv.conf", "nameserver 127.0.0.55\nnameserver 127.0.0.54\n");
    lines += text(find("host.test", 2s)) + "\n";
    folder.write("hosts", "192.0.2.2 host.test\n");
    return lines + text(find("host.test", 2s)) + "\n";
  });
  CHECK(said == "no answer\naddresses 192.0.2.1\naddresses 192.0.2.1\naddresses 192.0.2.2\n");
}

TEST_CASE("a thousand look-ups that wait delay no other, and end with the loop") {
  test::TempFolder folder;
  folder.write("resolv.conf", "nameserver 127.0.0.53\n");
  folder.write("hosts", "");
  const std::string said = in_network_of_its_own(folder, [] {
    const NameServer server("127.0.0.53",
                            {{"host.test", {.addresses = {"192.0.2.1"}}}, {"silent.test", {.is_silent = true}}});
    const long before = open_descriptors();
    std::atomic<int> done{0};
    std::string lines;
    {
      base::EventLoop loop;
      loop.start();
      for (int i = 0; i < 1000; ++i) net::lookup(loop, "silent.test", 30s, [&](const Found&) { ++done; });
      std::promise<Found> found;
      net::lookup(loop, "host.test", 3s, [&](const Found& answer) { found.set_value(answer); });
      lines = text(found.get_future().get());
      if (open_descriptors() >= before + 1000) lines += " at once";
    }
    return lines + ", " + std::to_string(done) + " done, " + std::to_string(open_descriptors() - before) + " left open";
  });
  CHECK(said == "addresses 192.0.2.1 at once, 0 done, 0 left open");
}

TEST_CASE("a look-up ends once, in its time, and not from within the call") {
  base::EventLoop loop;
  std::atomic<int> done{0};
  net::lookup(loop, "10.0.0.1", 1s, [&](const Found&) { ++done; });
  CHECK(done == 0);
  loop.start();
  for (int i = 0; i < 100 && done == 0; ++i) std::this_thread::sleep_for(10ms);
  std::this_thread::sleep_for(50ms);
  CHECK(done == 1);
  net::lookup(loop, "under-way.invalid", 10s, [](const Found&) {});   // asks, or is asking, when the loop ends
}
