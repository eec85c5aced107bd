// SPDX-License-Identifier: Apache-2.0
// Heads of HTTP/1: what a run asks for, read once and strictly, and what is passed on of it in either direction.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/allowed_host.h"

namespace capid::egress {

struct Header {
  std::string name;
  std::string value;
};

struct RequestHead {
  std::string method;
  std::string target;
  std::string version;   ///< HTTP/1.0 or HTTP/1.1
  std::vector<Header> headers;
};

/// `text` is a whole head with its empty line. Refused is what two programs could read differently: line ends other than
/// CR LF, control characters, folded lines, a space before a colon, two lengths, a length beside chunks, any coding but
/// chunked. Errors: kInvalidParameter, for the program that asked.
[[nodiscard]] Result<RequestHead> parse_request_head(std::string_view text);

/// What a proxy is asked for.
struct Wanted {
  bool is_tunnel = false;
  net::HostAndPort place;
  std::string path;   ///< with its query; without a tunnel alone
};

/// CONNECT HOST:PORT, or a method with http://HOST[:PORT]/PATH. Errors: kInvalidParameter, for the program that asked.
[[nodiscard]] Result<Wanted> wanted_of_proxy(const RequestHead& head);

/// The path that a server itself is asked for. Errors: as above.
[[nodiscard]] Result<std::string> wanted_of_server(const RequestHead& head);

/// The head for the host: `path` of `host`, and of the headers those that are meant for it, which names neither what
/// belongs to one connection alone nor anything of proxies. It asks for the connection's end after the answer. `added`
/// stands in the place of every header of its name.
[[nodiscard]] std::string forwarded_request(const RequestHead& head, const std::string& path, const std::string& host,
                                            const std::optional<Header>& added);

struct AnswerHead {
  std::string text;
  bool is_final = true;   ///< false: another follows
};

/// The head of an answer as the run gets it, which ends the connection after it. Nothing where it is no head of HTTP/1, or
/// where it changes the protocol, which was not asked for.
[[nodiscard]] std::optional<AnswerHead> forwarded_answer(std::string_view text);

/// Whether a header may have this value: no line ends, no other control characters but tabs.
[[nodiscard]] bool is_header_value(std::string_view text);

}   // namespace capid::egress
