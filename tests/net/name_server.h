// SPDX-License-Identifier: Apache-2.0
// A name server that a test writes itself, in a network and with an /etc of its own, where it is the only one.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/fd.h"
#include "tests/support/temp_folder.h"

namespace capid::test {

/// Runs `body` in a process with a network and mounts of its own, and hands back the text that it returns: empty where
/// the process fails. There, /etc/resolv.conf and /etc/hosts are the files `resolv.conf` and `hosts` of `folder`. Not
/// to be called while the test has threads.
inline std::string in_network_of_its_own(const TempFolder& folder, const std::function<std::string()>& body) {
  base::Fd ends[2];
  int numbers[2];
  CHECK(::pipe2(numbers, O_CLOEXEC) == 0);
  for (int i = 0; i < 2; ++i) ends[i].reset(numbers[i]);
  const pid_t child = ::fork();
  CHECK(child >= 0);
  if (child == 0) {
    CHECK(::unshare((::geteuid() == 0 ? 0 : CLONE_NEWUSER) | CLONE_NEWNS | CLONE_NEWNET) == 0);
    CHECK(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0);
    CHECK(::mount((folder / "resolv.conf").c_str(), "/etc/resolv.conf", nullptr, MS_BIND, nullptr) == 0);
    CHECK(::mount((folder / "hosts").c_str(), "/etc/hosts", nullptr, MS_BIND, nullptr) == 0);
    ifreq loopback{};
    std::string("lo").copy(loopback.ifr_name, IFNAMSIZ);
    loopback.ifr_flags = IFF_UP | IFF_RUNNING;
    const base::Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    CHECK(::ioctl(socket.get(), SIOCSIFFLAGS, &loopback) == 0);
    const std::string said = body();
    CHECK(::write(ends[1].get(), said.data(), said.size()) == static_cast<ssize_t>(said.size()));
    ::_exit(0);
  }
  ends[1].reset();
  std::string said;
  char bytes[4096];
  for (ssize_t count = 0; (count = ::read(ends[0].get(), bytes, sizeof bytes)) > 0;)
    said.append(bytes, static_cast<size_t>(count));
  int status = 0;
  CHECK(::waitpid(child, &status, 0) == child);
  return status == 0 ? said : "";
}

/// Answers on port 53 of `address`, over UDP and TCP.
class NameServer {
 public:
  struct Zone {
    int rcode = 0;                        ///< 2: SERVFAIL, 3: NXDOMAIN, 5: REFUSED
    std::vector<std::string> addresses;   ///< of both families
    std::string alias;                    ///< the name that they belong to, told as a CNAME
    bool is_silent = false;
    int silent_to = 0;   ///< no answer to questions of this type
  };

  NameServer(const char* address, std::map<std::string, Zone> zones)
      : zones_(std::move(zones)), udp_(open(address, SOCK_DGRAM)), tcp_(open(address, SOCK_STREAM)) {
    CHECK(::listen(tcp_.get(), 16) == 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~NameServer() {
    stops_ = true;
    thread_.join();
  }
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

  /// How many came over UDP: one for each family of a name, and again where one is repeated.
  [[nodiscard]] int questions() const { return questions_; }

 private:
  static constexpr size_t kMostDatagram = 512;
  static constexpr size_t kHead = 12;

  static base::Fd open(const char* address, int kind) {
    base::Fd socket(::socket(AF_INET, kind | SOCK_CLOEXEC, 0));
    sockaddr_in here{.sin_family = AF_INET, .sin_port = htons(53)};
    CHECK(::inet_pton(AF_INET, address, &here.sin_addr) == 1);
    CHECK(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&here), sizeof here) == 0);
    return socket;
  }

  void serve() const {
    while (!stops_) {
      pollfd watched[] = {{udp_.get(), POLLIN, 0}, {tcp_.get(), POLLIN, 0}};
      ::poll(watched, 2, 20);
      if (watched[0].revents != 0) serve_datagram();
      if (watched[1].revents != 0) serve_connection();
    }
  }

  void serve_datagram() const {
    char bytes[kMostDatagram];
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    const ssize_t count = ::recvfrom(udp_.get(), bytes, sizeof bytes, 0, reinterpret_cast<sockaddr*>(&peer), &size);
    if (count < static_cast<ssize_t>(kHead)) return;
    ++questions_;
    std::string answer = answer_to({bytes, static_cast<size_t>(count)});
    if (answer.size() > kMostDatagram) {   // cut to the question, and marked so
      answer = answer.substr(0, static_cast<size_t>(count));
      answer[2] = static_cast<char>(answer[2] | 2);
      answer[7] = 0;
    }
    if (!answer.empty())
      ::sendto(udp_.get(), answer.data(), answer.size(), 0, reinterpret_cast<const sockaddr*>(&peer), size);
  }

  void serve_connection() const {
    const base::Fd peer(::accept4(tcp_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    char bytes[2 + kMostDatagram];
    ssize_t count = 0;
    while ((count = ::recv(peer.get(), bytes, sizeof bytes, 0)) > static_cast<ssize_t>(2 + kHead)) {
      const std::string answer = answer_to({bytes + 2, static_cast<size_t>(count) - 2});
      const std::string whole = number(answer.size()) + answer;
      (void)::send(peer.get(), whole.data(), whole.size(), MSG_NOSIGNAL);
    }
  }

  [[nodiscard]] std::string answer_to(const std::string& question) const {
    std::string name, more;
    size_t at = kHead;
    while (question[at] != 0) {
      name += question.substr(at + 1, static_cast<size_t>(question[at])) + ".";
      at += 1 + static_cast<size_t>(question[at]);
    }
    name.pop_back();
    const int type = question[at + 2];
    const auto found = zones_.find(name);
    const Zone zone = found == zones_.end() ? Zone{.rcode = 3} : found->second;
    if (zone.is_silent || zone.silent_to == type) return "";

    size_t count = 0, owner = kHead;
    if (!zone.alias.empty()) {
      const std::string alias = encoded(zone.alias);
      more = record(kHead, 5, alias);
      owner = at + 5 + 12;   // where the alias stands
      ++count;
    }
    for (const std::string& address : zone.addresses) {
      char raw[16];
      const bool is_four = ::inet_pton(AF_INET, address.c_str(), raw) == 1;
      if (!is_four) CHECK(::inet_pton(AF_INET6, address.c_str(), raw) == 1);
      if (type != (is_four ? 1 : 28)) continue;
      more += record(owner, type, {raw, is_four ? size_t{4} : size_t{16}});
      ++count;
    }
    std::string answer = question.substr(0, 2) + '\x81' + static_cast<char>(0x80 | zone.rcode);
    return answer + number(1) + number(count) + number(0) + number(0) + question.substr(kHead, at + 5 - kHead) + more;
  }

  static std::string number(size_t value) { return {static_cast<char>(value >> 8), static_cast<char>(value)}; }
  static std::string record(size_t owner, int type, const std::string& data) {
    return number(0xc000 | owner) + number(static_cast<size_t>(type)) + number(1) + number(0) + number(60) +
           number(data.size()) + data;
  }
  static std::string encoded(const std::string& name) {
    std::string labels;
    for (size_t at = 0; at < name.size();) {
      const size_t dot = std::min(name.find('.', at), name.size());
      labels += static_cast<char>(dot - at) + name.substr(at, dot - at);
      at = dot + 1;
    }
    return labels + '\0';
  }

  const std::map<std::string, Zone> zones_;
  base::Fd udp_, tcp_;
  std::atomic<bool> stops_{false};
  mutable std::atomic<int> questions_{0};
  std::thread thread_;
};

}   // namespace capid::test
