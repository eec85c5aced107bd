// SPDX-License-Identifier: Apache-2.0
#include "http/head.h"

#include <algorithm>

#include "base/text.h"

namespace capid::http {
namespace {

void replace_header(httplib::Request& request, const char* name, std::string value) {
  request.headers.erase(name);
  request.headers.emplace(name, std::move(value));
}

// RFC 9110, 7.6.1: a list, in any case, on any number of lines.
bool asks_to_close(const httplib::Request& request) {
  const auto [begin, end] = request.headers.equal_range("Connection");
  return std::any_of(begin, end, [](const auto& header) {
    const auto options = base::split(base::to_lower(header.second), ',');
    return std::any_of(options.begin(), options.end(), [](const std::string& option) {
      const size_t first = option.find_first_not_of(" \t");
      return first != std::string::npos && option.substr(first, option.find_last_not_of(" \t") - first + 1) == "close";
    });
  });
}

// RFC 9112, 3.2.2: to be taken, and to be believed rather than the Host.
void settle_address(httplib::Request& request) {
  const std::string scheme = base::to_lower(request.path.substr(0, request.path.find("://")));
  if (scheme != "http" && scheme != "https") return;
  const size_t authority = scheme.size() + 3;
  const size_t path = std::min(request.path.find('/', authority), request.path.size());
  if (request.get_header_value_count("Host") == 1)
    replace_header(request, "Host", request.path.substr(authority, path - authority));
  request.path = path == request.path.size() ? "/" : request.path.substr(path);
}

// What stands in a name, an address of either kind, and a port (RFC 3986, 3.2.2); the library has percent-decoded it.
bool is_host_character(unsigned char c) {
  return c > 0x20 && c < 0x7f &&
         std::string_view("/?#@\\\"<>^`{|}").find(static_cast<char>(c)) == std::string_view::npos;
}

}   // namespace

void settle_head(httplib::Request& request) {
  if (asks_to_close(request)) replace_header(request, "Connection", "close");
  if (request.version == "HTTP/1.0") request.headers.erase("Expect");
  request.headers.erase("Upgrade");
  settle_address(request);
}

std::optional<Error> check_host(const httplib::Request& request) {
  const size_t count = request.get_header_value_count("Host");
  if (count == 0 && request.version == "HTTP/1.0") return std::nullopt;
  const std::string host = request.get_header_value("Host");
  if (count == 1 && std::all_of(host.begin(), host.end(), is_host_character)) return std::nullopt;
  return Error{Code::kInvalidParameter, "a request needs one Host header, which names a host and perhaps a port",
               "Host"};
}

}   // namespace capid::http
