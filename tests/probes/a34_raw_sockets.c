// SPDX-License-Identifier: Apache-2.0
// Act 34: sends frames and packets of its own making.
#include "probe.h"

#include <netinet/in.h>
#include <sys/socket.h>

int main(void) {
  tell(socket(AF_PACKET, SOCK_RAW, 0), "AF_PACKET raw");
  tell(socket(AF_PACKET, SOCK_DGRAM, 0), "AF_PACKET datagram");
  tell(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), "AF_INET raw");
  tell(socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6), "AF_INET6 raw");
  tell(socket(AF_NETLINK, SOCK_RAW, 12), "NETLINK netfilter");
  tell(socket(AF_NETLINK, SOCK_RAW, 0), "NETLINK route");
  return 0;
}
