// SPDX-License-Identifier: Apache-2.0
#include "net/url.h"

#include <algorithm>

#include "base/text.h"

namespace capid::net {
namespace {

constexpr int64_t kLastPort = 65'535;
constexpr size_t kLongestSocketPath = 107;

Error wrong(const std::string& why) {
  return {Code::kInvalidParameter, why + ": an address is http://HOST:PORT, https://HOST or unix:/PATH"};
}

bool is_host(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
           c == '_' || c == ':';
  });
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > ' ' && c < 0x7f; });
}

// Takes `prefix` off the front of `text`, where it is there.
bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

Result<Url> unix_url(std::string_view path) {
  if (path.starts_with('/') && path.size() <= kLongestSocketPath)
    return Url{.scheme = Url::Scheme::kUnix, .host = std::string(path)};
  return wrong("a Unix socket's path must begin with / and have at most " + std::to_string(kLongestSocketPath) +
               " bytes");
}

Result<void> set_port(Url& url, std::string_view text) {
  const auto port = base::to_integer(text);
  if (!port || *port < 1 || *port > kLastPort) return wrong("the port is not a number from 1 to 65535");
  url.port = static_cast<uint16_t>(*port);
  return {};
}

// HOST, HOST:PORT, [HOST] or [HOST]:PORT
Result<void> set_authority(Url& url, std::string_view authority) {
  std::string_view port;
  if (take(authority, "[")) {
    const size_t end = authority.find(']');
    if (end == std::string_view::npos) return wrong("a [ has no ]");
    port = authority.substr(end + 1);
    authority = authority.substr(0, end);
  } else if (const size_t colon = authority.find(':'); colon != std::string_view::npos) {
    port = authority.substr(colon);
    authority = authority.substr(0, colon);
  }
  if (!is_host(authority)) return wrong("there is no host's name in it");
  url.host = base::to_lower(authority);
  if (port.empty()) return {};
  if (!take(port, ":")) return wrong("a ] is followed by something other than a port");
  return set_port(url, port);
}

}   // namespace

bool Url::is_local() const {
  return scheme == Scheme::kUnix || host == "localhost" || host == "::1" || host.starts_with("127.");
}

Result<Url> parse_url(std::string_view text) {
  if (take(text, "unix:")) return unix_url(text);
  Url url{.scheme = Url::Scheme::kHttp};
  if (take(text, "https://")) {
    url.scheme = Url::Scheme::kHttps;
  } else if (!take(text, "http://")) {
    return wrong("it has no scheme");
  }
  url.port = default_port(url.scheme);
  if (!is_printable(text)) return wrong("it holds a space or another character that an address cannot have");
  if (text.find_first_of("?#") != std::string_view::npos) return wrong("it must end before any ? or #");
  const std::string_view authority = text.substr(0, text.find('/'));
  if (authority.find('@') != std::string_view::npos) return wrong("it must hold no user and no password");
  TRY(set_authority(url, authority));
  url.path = text.substr(authority.size());
  while (url.path.ends_with('/')) url.path.pop_back();
  return url;
}

Url for_clients(Url listening) {
  if (listening.host == "0.0.0.0") listening.host = "127.0.0.1";
  if (listening.host == "::") listening.host = "::1";
  return listening;
}

uint16_t default_port(Url::Scheme scheme) {
  switch (scheme) {
    case Url::Scheme::kHttp:
      return 80;
    case Url::Scheme::kHttps:
      return 443;
    case Url::Scheme::kUnix:
      return 0;
  }
  return 0;
}

std::string in_brackets(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

std::string host_header(Url::Scheme scheme, const std::string& host, uint16_t port) {
  return in_brackets(host) + (port == default_port(scheme) ? "" : ":" + std::to_string(port));
}

std::string to_text(const Url& url) {
  if (url.scheme == Url::Scheme::kUnix) return "unix:" + url.host;
  const bool secure = url.scheme == Url::Scheme::kHttps;
  std::string text = secure ? "https://" : "http://";
  text += in_brackets(url.host);
  if (url.port != default_port(url.scheme)) text += ":" + std::to_string(url.port);
  return text + url.path;
}

std::string encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    encoded += plain ? std::string(1, c) : std::string{'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return encoded;
}

}   // namespace capid::net
