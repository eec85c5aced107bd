// SPDX-License-Identifier: Apache-2.0
#include "net/resolve.h"

#include <ares.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>

#include <memory>

namespace capid::net {
namespace {

using Clock = std::chrono::steady_clock;

struct Answer {
  bool done = false;
  int status = ARES_SUCCESS;
  std::vector<std::string> addresses;
};

bool is_numeric(const std::string& host) {
  in6_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 || ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

std::string text_of(const sockaddr& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.sa_family == AF_INET)
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof text);
  if (address.sa_family == AF_INET6)
    ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, text, sizeof text);
  return text;
}

void take_answer(void* to, int status, int /*timeouts*/, ares_addrinfo* found) {
  Answer& answer = *static_cast<Answer*>(to);
  answer.done = true;
  answer.status = status;
  if (status != ARES_SUCCESS || !found) return;
  for (const ares_addrinfo_node* node = found->nodes; node; node = node->ai_next)
    answer.addresses.push_back(text_of(*node->ai_addr));
  ::ares_freeaddrinfo(found);
}

// Waits for one of the library's sockets, or for its next time-out, and lets it act.
void step(ares_channel channel, std::chrono::milliseconds most) {
  ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
  const int bits = ::ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM);
  pollfd watched[ARES_GETSOCK_MAXNUM];
  nfds_t count = 0;
  for (int i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
    short events = 0;
    if (ARES_GETSOCK_READABLE(bits, i)) events |= POLLIN;
    if (ARES_GETSOCK_WRITABLE(bits, i)) events |= POLLOUT;
    if (events != 0) watched[count++] = {sockets[i], events, 0};
  }
  timeval limit{.tv_sec = most.count() / 1000, .tv_usec = most.count() % 1000 * 1000}, space{};
  const timeval* wait = ::ares_timeout(channel, &limit, &space);
  ::poll(watched, count, static_cast<int>(wait->tv_sec * 1000 + wait->tv_usec / 1000 + 1));
  if (count == 0) ::ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  for (nfds_t i = 0; i < count; ++i) {
    const bool readable = (watched[i].revents & (POLLIN | POLLERR | POLLHUP)) != 0;
    const bool writable = (watched[i].revents & POLLOUT) != 0;
    ::ares_process_fd(channel, readable ? watched[i].fd : ARES_SOCKET_BAD, writable ? watched[i].fd : ARES_SOCKET_BAD);
  }
}

Error not_found(const std::string& host, const char* why) {
  return {Code::kInternal, "the host \"" + host + "\" was not found (" + why + ")"};
}

}   // namespace

Result<std::vector<std::string>> resolve(const std::string& host, std::chrono::milliseconds most) {
  if (is_numeric(host)) return std::vector{host};
  if (host == "localhost" || host.ends_with(".localhost")) return std::vector<std::string>{"127.0.0.1", "::1"};

  Answer answer;   // outlives the channel, whose end calls back for what still waits
  ares_channel made = nullptr;
  if (const int status = ::ares_init(&made); status != ARES_SUCCESS) return not_found(host, ::ares_strerror(status));
  const std::unique_ptr<ares_channeldata, decltype(&::ares_destroy)> channel(made, ::ares_destroy);
  ares_addrinfo_hints hints{.ai_flags = 0, .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_protocol = 0};
  ::ares_getaddrinfo(channel.get(), host.c_str(), nullptr, &hints, take_answer, &answer);
  const auto deadline = Clock::now() + most;
  while (!answer.done) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) {
      ::ares_cancel(channel.get());
      return not_found(host, "no name server answered in time");
    }
    step(channel.get(), left);
  }
  if (answer.addresses.empty()) return not_found(host, ::ares_strerror(answer.status));
  return answer.addresses;
}

}   // namespace capid::net
