// SPDX-License-Identifier: Apache-2.0
// Where a stranger wants something sent: what is read of it, written out and read again, is the same; and no address is public in one
// spelling and not in another.
#include "net/address_guard.h"
#include "net/allowed_host.h"
#include "net/target.h"
#include "net/url.h"
#include "tests/fuzz/pieces.h"

using namespace capid;

namespace {

void target(std::string_view text) {
  const auto target = net::parse_target(text);
  if (!target) return;
  fuzz::promise(!target->host.empty() && target->path.starts_with('/'));
  const std::string again = net::to_text(net::Url{target->scheme, target->host, target->port, {}}) + target->path;
  const auto twice = net::parse_target(again);
  fuzz::promise(twice && *twice == *target);
  static const net::AddressGuard guard = net::AddressGuard::make({}).value();
  const auto address = base::parse_ip(target->host);
  if (address) fuzz::promise(guard.allows(target->host, *address) == net::is_public(*address));
}

void url(std::string_view text) {
  const auto url = net::parse_url(text);
  if (!url || url->scheme == net::Url::Scheme::kUnix) return;
  const auto twice = net::parse_url(net::to_text(*url));
  fuzz::promise(twice && twice->host == url->host && twice->port == url->port && twice->path == url->path);
  const net::Url here = net::for_clients(*url);
  fuzz::promise(here.port == url->port && (here.host == url->host || here.is_local()));
  fuzz::promise(net::host_header(url->scheme, url->host, url->port).find(url->host) != std::string::npos);
}

void place(std::string_view text) {
  const auto place = net::parse_host_and_port(text, 443);
  if (!place) return;
  const auto twice = net::parse_host_and_port(net::to_text(*place), 0);
  fuzz::promise(twice && *twice == *place);
}

void rule(std::string_view text) {
  const auto rule = net::parse_allowed_host(text);
  if (!rule) return;
  const auto twice = net::parse_allowed_host(net::to_text(*rule));
  fuzz::promise(twice && *twice == *rule);
}

// What an entry allows is not refused, whoever has it; and nobody without an address is called.
void check(const net::AddressGuard& guard, const std::string& entry) {
  static const net::AddressGuard strict = net::AddressGuard::make({}).value();
  if (const auto address = base::parse_ip(entry)) {
    fuzz::promise(guard.allows("somebody", *address) && bool(guard.check("somebody", {entry})));
    fuzz::promise(bool(strict.check("somebody", {entry})) == net::is_public(*address));
  }
  fuzz::promise(!strict.check("somebody", {}) && !strict.check("somebody", {"1.1.1.1", "127.0.0.1"}) &&
                !strict.check("somebody", {"no address"}));
}

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  target(text);
  url(text);
  fuzz::promise(net::encode(text).find_first_of(" \t\r\n/?#&=\"<>") == std::string::npos);
  place(text);
  rule(text);
  if (const auto guard = net::AddressGuard::make({std::string(text)})) check(*guard, std::string(text));
  return 0;
}
