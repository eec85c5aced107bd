// SPDX-License-Identifier: Apache-2.0
#include "net/target.h"

#include <algorithm>

#include "base/ip.h"
#include "base/text.h"

namespace capid::net {
namespace {

constexpr size_t kLongest = 2'048;
constexpr int64_t kLastPort = 65'535;

Error refuse(const std::string& why) { return {Code::kWebhookUrlNotAllowed, "the address " + why}; }

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// What may stand in a path or a query as it is (RFC 3986), '%' aside.
bool is_plain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("-._~!$&'()*+,;=:@/?").find(c) != std::string_view::npos;
}

// Before anything is read: what some programs drop, turn into something else, or end at.
Result<void> check_bytes(std::string_view text) {
  if (text.size() > kLongest) return refuse("has more than 2048 bytes");
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x7f)
      return refuse(
          "holds a character outside ASCII: write an international host name in its xn-- form, and "
          "percent-encode it elsewhere");
    if (byte <= ' ' || byte == 0x7f) return refuse("holds a space or a control character");
    if (c == '\\') return refuse("holds a backslash");
  }
  return {};
}

// Takes http:// or https:// off the front.
Result<Url::Scheme> take_scheme(std::string_view& text) {
  const size_t end = std::min(text.find("://"), text.size());
  const std::string scheme = base::to_lower(text.substr(0, end));
  if (end == text.size() || (scheme != "http" && scheme != "https"))
    return refuse("must begin with http:// or https://");
  text.remove_prefix(end + 3);
  return scheme == "https" ? Url::Scheme::kHttps : Url::Scheme::kHttp;
}

Result<uint16_t> port_of(std::string_view text) {
  const auto port = base::to_integer(text);
  if (!port || *port < 1 || *port > kLastPort || std::to_string(*port) != text)
    return refuse("has a port that is not a plain number from 1 to 65535");
  return static_cast<uint16_t>(*port);
}

// A name or an IPv4 address. One that other programs would take for an IPv4 address must be written as one.
Result<std::string> plain_host(std::string_view text) {
  if (text.find('%') != std::string_view::npos) return refuse("must not have a % in its host");
  if (base::parse_ip(text)) return std::string(text);
  if (text.ends_with('.')) text.remove_suffix(1);
  const auto fault = base::host_name_fault(text);
  if (!fault.empty()) return refuse("has a wrong host: it " + std::string(fault));
  return base::to_lower(text);
}

// What stands between the brackets.
Result<std::string> bracketed_host(std::string_view text) {
  if (text.find('%') != std::string_view::npos)
    return refuse("must not name a zone in its IPv6 address: it means something on one machine alone");
  const auto address = base::parse_ip(text);
  if (!address || address->family != base::IpAddress::Family::kV6)
    return refuse("has something other than an IPv6 address in its brackets");
  const std::string canonical = base::to_text(*address);
  if (canonical != text) return refuse("has an IPv6 address in another form: write it as [" + canonical + "]");
  return canonical;
}

// HOST, HOST:PORT, [ADDRESS] or [ADDRESS]:PORT
Result<void> set_authority(Target& target, std::string_view authority) {
  std::string_view rest;
  if (authority.starts_with('[')) {
    const size_t end = authority.find(']');
    if (end == std::string_view::npos) return refuse("has a [ without a ]");
    target.host = TRY(bracketed_host(authority.substr(1, end - 1)));
    rest = authority.substr(end + 1);
  } else {
    const size_t end = std::min(authority.find(':'), authority.size());
    if (end == 0) return refuse("names no host (an IPv6 address stands in brackets)");
    target.host = TRY(plain_host(authority.substr(0, end)));
    rest = authority.substr(end);
  }
  if (rest.empty()) return {};
  if (!rest.starts_with(':')) return refuse("has something other than a port after its ]");
  target.port = TRY(port_of(rest.substr(1)));
  return {};
}

// `text` is what follows the authority: nothing, or what begins with a slash or a question mark.
Result<std::string> path_of(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const bool encoded = text[i] == '%' && i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2]);
    if (text[i] == '%' && !encoded) return refuse("has a % that two hexadecimal digits do not follow");
    if (!encoded && !is_plain(text[i]))
      return refuse(std::string("has a ") + text[i] + " in its path or query: write it as " +
                    encode(text.substr(i, 1)));
  }
  return (text.starts_with('/') ? "" : "/") + std::string(text);
}

}   // namespace

Result<Target> parse_target(std::string_view text) {
  TRY(check_bytes(text));
  Target target{.scheme = TRY(take_scheme(text))};
  target.port = default_port(target.scheme);
  if (text.find('#') != std::string_view::npos) return refuse("has a fragment, which is never sent: leave out the #");
  // Up to the slash, and not to a question mark: there are programs that end a user only there.
  if (text.substr(0, text.find('/')).find('@') != std::string_view::npos)
    return refuse("must hold no user and no password");
  const std::string_view authority = text.substr(0, text.find_first_of("/?"));
  TRY(set_authority(target, authority));
  target.path = TRY(path_of(text.substr(authority.size())));
  return target;
}

std::string receiver_of(const Target& target) {
  const std::string scheme = target.scheme == Url::Scheme::kHttps ? "https://" : "http://";
  return scheme + in_brackets(target.host) + ":" + std::to_string(target.port);
}

}   // namespace capid::net
