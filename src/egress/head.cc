// SPDX-License-Identifier: Apache-2.0
#include "egress/head.h"

#include <algorithm>

#include "base/text.h"

namespace capid::egress {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr size_t kLongestMethod = 32;
constexpr uint16_t kHttpPort = 80;

Error wrong(std::string why) { return {Code::kInvalidParameter, std::move(why)}; }

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }

bool is_token(std::string_view text) {
  const auto belongs = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), belongs);
}

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_named(const Header& header, std::string_view lower_name) { return base::to_lower(header.name) == lower_name; }

// Takes a line off the front of `text`; without its end.
std::string_view take_line(std::string_view& text) {
  const size_t end = std::min(text.find(kLineEnd), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(text.size(), end + kLineEnd.size()));
  return line;
}

Result<void> set_request_line(RequestHead& head, std::string_view line) {
  const auto words = base::split(line, ' ');
  if (words.size() != 3) return wrong("the request's first line is not METHOD TARGET HTTP/1.1");
  head.method = words[0];
  head.target = words[1];
  head.version = words[2];
  if (!is_token(head.method) || head.method.size() > kLongestMethod) return wrong("the request has no method");
  if (head.target.empty() || std::any_of(head.target.begin(), head.target.end(), is_control))
    return wrong("the request's target holds a control character, or is empty");
  if (head.version != "HTTP/1.1" && head.version != "HTTP/1.0") return wrong("this speaks HTTP/1.1 and HTTP/1.0 alone");
  return {};
}

Result<Header> header_of(std::string_view line) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
    return wrong("a header is not NAME: VALUE on one line");
  Header header{.name = std::string(line.substr(0, colon)), .value = std::string(trimmed(line.substr(colon + 1)))};
  if (!is_header_value(header.value)) return wrong("a header holds a control character");
  return header;
}

// Where the body ends must be read alike by everybody behind us.
Result<void> check_framing(const RequestHead& head) {
  int lengths = 0, codings = 0;
  for (const Header& header : head.headers) {
    const bool is_length = is_named(header, "content-length"), is_coding = is_named(header, "transfer-encoding");
    lengths += is_length;
    codings += is_coding;
    const bool is_number = !header.value.empty() && std::all_of(header.value.begin(), header.value.end(),
                                                                [](char c) { return c >= '0' && c <= '9'; });
    if (is_length && !is_number) return wrong("Content-Length is not a number");
    if (is_coding && base::to_lower(header.value) != "chunked") return wrong("Transfer-Encoding is not chunked");
  }
  if (lengths + codings > 1) return wrong("the request says more than once where its body ends");
  if (codings > 0 && head.version == "HTTP/1.0") return wrong("HTTP/1.0 knows no chunks");
  return {};
}

// What a head's Connection headers name, in lower case.
std::vector<std::string> named_by_connection(const std::vector<Header>& headers) {
  std::vector<std::string> names;
  for (const Header& header : headers) {
    if (!is_named(header, "connection")) continue;
    for (const std::string& name : base::split(header.value, ',')) names.push_back(base::to_lower(trimmed(name)));
  }
  return names;
}

// Whether a header is meant for the next hop alone. What says where the body ends stays whatever Connection says.
bool is_for_one_hop(const std::string& lower_name, const std::vector<std::string>& named) {
  if (lower_name == "content-length" || lower_name == "transfer-encoding") return false;
  return lower_name == "connection" || lower_name == "keep-alive" || lower_name == "te" || lower_name == "upgrade" ||
         lower_name.starts_with("proxy-") || std::find(named.begin(), named.end(), lower_name) != named.end();
}

std::string line_of(const Header& header) { return header.name + ": " + header.value + "\r\n"; }

// The path and query of what follows an authority.
Result<std::string> path_of(std::string_view text) {
  if (text.find('#') != std::string_view::npos) return wrong("the target has a fragment, which is never sent");
  return (text.starts_with('/') ? "" : "/") + std::string(text);
}

}   // namespace

bool is_header_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return is_control(c) && c != '\t'; });
}

Result<RequestHead> parse_request_head(std::string_view text) {
  RequestHead head;
  TRY(set_request_line(head, take_line(text)));
  for (std::string_view line = take_line(text); !line.empty(); line = take_line(text))
    head.headers.push_back(TRY(header_of(line)));
  TRY(check_framing(head));
  return head;
}

Result<Wanted> wanted_of_proxy(const RequestHead& head) {
  std::string_view rest = head.target;
  const bool is_tunnel = head.method == "CONNECT";
  if (!is_tunnel) {
    constexpr std::string_view kScheme = "http://";
    const std::string scheme = base::to_lower(rest.substr(0, kScheme.size()));
    if (rest.starts_with('/')) return wrong("this is a proxy: ask it for http://HOST/PATH, or CONNECT HOST:PORT");
    if (scheme != kScheme) return wrong("a proxy is asked for http://HOST/PATH; for https it takes CONNECT HOST:PORT");
    rest.remove_prefix(kScheme.size());
  }
  const std::string_view authority = is_tunnel ? rest : rest.substr(0, rest.find_first_of("/?#"));
  if (authority.find('@') != std::string_view::npos) return wrong("the target must hold no user and no password");
  auto place = net::parse_host_and_port(authority, is_tunnel ? 0 : kHttpPort);
  if (!place) return wrong("the target " + place.error().message);
  Wanted wanted{.is_tunnel = is_tunnel, .place = std::move(*place), .path = {}};
  if (!is_tunnel) wanted.path = TRY(path_of(rest.substr(authority.size())));
  return wanted;
}

Result<std::string> wanted_of_server(const RequestHead& head) {
  if (head.method == "CONNECT" || !head.target.starts_with('/'))
    return wrong("this is no proxy: ask it for a path, as in GET /PATH HTTP/1.1");
  return path_of(head.target);
}

std::string forwarded_request(const RequestHead& head, const std::string& path, const std::string& host,
                              const std::optional<Header>& added) {
  std::string text = head.method + " " + path + " " + head.version + "\r\nHost: " + host + "\r\n";
  const auto named = named_by_connection(head.headers);
  const std::string replaced = added ? base::to_lower(added->name) : "host";
  for (const Header& header : head.headers) {
    const std::string name = base::to_lower(header.name);
    if (name != "host" && name != replaced && !is_for_one_hop(name, named)) text += line_of(header);
  }
  if (added) text += line_of(*added);
  return text + "Connection: close\r\n\r\n";
}

// Nothing in here is a matter of security: who reads it is the run.
std::optional<AnswerHead> forwarded_answer(std::string_view text) {
  const std::string_view status_line = take_line(text);
  constexpr size_t kStatusAt = 9;   // after "HTTP/1.1 "
  if (!status_line.starts_with("HTTP/1.") || status_line.size() < kStatusAt + 3) return std::nullopt;
  const auto status = base::to_integer(status_line.substr(kStatusAt, 3));
  if (!status || *status < 100 || *status == 101) return std::nullopt;
  std::vector<Header> headers;
  for (std::string_view line = take_line(text); !line.empty(); line = take_line(text)) {
    auto header = header_of(line);
    if (!header) return std::nullopt;
    headers.push_back(std::move(*header));
  }
  AnswerHead answer{.text = std::string(status_line) + "\r\n", .is_final = *status >= 200};
  const auto named = named_by_connection(headers);
  for (const Header& header : headers) {
    if (!is_for_one_hop(base::to_lower(header.name), named)) answer.text += line_of(header);
  }
  answer.text += answer.is_final ? "Connection: close\r\n\r\n" : "\r\n";
  return answer;
}

}   // namespace capid::egress
