// SPDX-License-Identifier: Apache-2.0
#include "net/allowed_host.h"

#include <algorithm>

#include "base/ip.h"
#include "base/text.h"
#include "net/url.h"

namespace capid::net {
namespace {

constexpr int64_t kLastPort = 65'535;
constexpr uint16_t kHttp = 80, kHttps = 443;

Error wrong(std::string why) { return {Code::kInvalidParameter, std::move(why)}; }

Result<uint16_t> port_of(std::string_view text) {
  const auto port = base::to_integer(text);
  if (!port || *port < 1 || *port > kLastPort || std::to_string(*port) != text)
    return wrong("has a port that is not a plain number from 1 to 65535");
  return static_cast<uint16_t>(*port);
}

Result<std::string> name_of(std::string_view text) {
  if (base::parse_ip(text)) return std::string(text);
  if (text.ends_with('.')) text.remove_suffix(1);
  if (const auto fault = base::host_name_fault(text); !fault.empty()) return wrong(std::string(fault));
  return base::to_lower(text);
}

Result<std::string> bracketed(std::string_view text) {
  const auto address = base::parse_ip(text);
  if (!address || address->family != base::IpAddress::Family::kV6)
    return wrong("has something other than an IPv6 address without a zone in its brackets");
  return base::to_text(*address);
}

struct Split {
  std::string_view host, port;   // the port is what follows the colon
  bool has_port = false, has_brackets = false;
};

Result<Split> split(std::string_view text) {
  Split parts{.host = text};
  std::string_view rest;
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return wrong("has a [ without a ]");
    parts.has_brackets = true;
    parts.host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
    if (!rest.empty() && rest.front() != ':') return wrong("has something other than a port after its ]");
  } else {
    const size_t colon = std::min(text.find(':'), text.size());
    parts.host = text.substr(0, colon);
    rest = text.substr(colon);
    if (rest.find(':', 1) != std::string_view::npos)
      return wrong("has more than one colon (an IPv6 address stands in brackets)");
  }
  parts.has_port = !rest.empty();
  if (parts.has_port) parts.port = rest.substr(1);
  return parts;
}

// What people write when they mean another grammar.
Result<void> check_form(std::string_view text) {
  if (text.find("://") != std::string_view::npos)
    return wrong("must not have a scheme: write the host, and the port after a colon");
  if (text.find('/') != std::string_view::npos) return wrong("must have neither a path nor a prefix: it is one host");
  if (text == "*" || text.starts_with("*:")) return wrong("would be every host: name those that the app needs");
  const size_t asterisk = text.rfind('*');
  if (asterisk != std::string_view::npos && (asterisk != 0 || !text.starts_with("*.")))
    return wrong("may have an asterisk only as its whole first label, as in *.example.org");
  return {};
}

}   // namespace

Result<HostAndPort> parse_host_and_port(std::string_view text, uint16_t default_port) {
  const Split parts = TRY(split(text));
  HostAndPort place{.host = TRY(parts.has_brackets ? bracketed(parts.host) : name_of(parts.host)),
                    .port = default_port};
  if (parts.has_port) place.port = TRY(port_of(parts.port));
  if (place.port == 0) return wrong("has no port");
  return place;
}

std::string to_text(const HostAndPort& place) { return in_brackets(place.host) + ":" + std::to_string(place.port); }

std::string to_text(const AllowedHost& rule) {
  const std::string host = rule.host.starts_with('.') ? "*" + rule.host : in_brackets(rule.host);
  return rule.port ? host + ":" + std::to_string(*rule.port) : host;
}

bool AllowedHost::allows(const HostAndPort& place) const {
  const bool is_port = port ? place.port == *port : place.port == kHttp || place.port == kHttps;
  const bool is_suffix = host.starts_with('.');   // no parsed name begins with a dot, so something stands before it
  return is_port && (is_suffix ? place.host.ends_with(host) : place.host == host);
}

Result<AllowedHost> parse_allowed_host(std::string_view text) {
  TRY(check_form(text));
  const bool below = text.starts_with("*.");
  const Split parts = TRY(split(below ? text.substr(2) : text));
  if (below && (parts.has_brackets || base::parse_ip(parts.host)))
    return wrong("can match nothing: there are no names below an address");
  AllowedHost rule{.host = TRY(parts.has_brackets ? bracketed(parts.host) : name_of(parts.host)), .port = {}};
  if (below) rule.host.insert(0, ".");
  if (parts.has_port) rule.port = TRY(port_of(parts.port));
  return rule;
}

bool allows(const std::vector<AllowedHost>& rules, const HostAndPort& place) {
  return std::any_of(rules.begin(), rules.end(), [&](const AllowedHost& rule) { return rule.allows(place); });
}

}   // namespace capid::net
