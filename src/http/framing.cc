// SPDX-License-Identifier: Apache-2.0
#include "http/framing.h"

#include <algorithm>

#include "base/text.h"

namespace capid::http {
namespace {

// Headers that cannot come over the wire. The verdict waits in the one; the other holds the Content-Type, which the
// library must not see: it would hand form data to its own parser, whose headers have no bound.
constexpr const char* kVerdict = "\x01 framing";
constexpr const char* kContentType = "\x01 content-type";

// What a GET's body may have: it means nothing, and the library keeps it in memory whoever asks.
constexpr int64_t kMaxUnused = 64 << 10;

enum class Framing { kFine, kChunked, kBadLength, kTooLong, kCompressed, kUnused };

bool has_control_characters(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

bool is_compressed(const httplib::Request& request) {
  const auto [begin, end] = request.headers.equal_range("Content-Encoding");
  return std::any_of(begin, end, [](const auto& header) { return header.second != "identity"; });
}

// "%32" is no length, though the library reads it as one: who stands between may take it for another.
bool has_coded_length(const std::string& head) {
  constexpr std::string_view kName = "content-length:";
  for (const std::string& line : base::split(head, '\n')) {
    if (line.find('%') != std::string::npos && base::to_lower(line.substr(0, kName.size())) == kName) return true;
  }
  return false;
}

Framing framing_of(const httplib::Request& request, const std::string& head, int64_t& length) {
  constexpr size_t kMostDigits = 15;
  length = 0;
  if (request.has_header("Transfer-Encoding")) return Framing::kChunked;
  if (is_compressed(request)) return Framing::kCompressed;
  if (!request.has_header("Content-Length")) return Framing::kFine;
  const std::string text = request.get_header_value("Content-Length");
  const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || text.size() > kMostDigits || has_coded_length(head)) return Framing::kBadLength;
  length = std::stoll(text);
  const bool is_unused = request.method == "GET" || request.method == "HEAD";
  if (is_unused && length > kMaxUnused) return Framing::kUnused;
  return length > kMaxBody ? Framing::kTooLong : Framing::kFine;
}

}   // namespace

bool set_framing(httplib::Request& request, Connection& connection) {
  if (request.has_header("Content-Type")) {
    request.headers.emplace(kContentType, request.get_header_value("Content-Type"));
    request.headers.erase("Content-Type");
  }
  int64_t length = 0;
  const Framing framing = framing_of(request, connection.head(), length);
  if (framing == Framing::kFine) {
    connection.begin_body(length);
    request.headers.erase("Content-Encoding");   // "identity", which the library does not know
    // RFC 9112, 6.3: no length is no body. The library would wait for one.
    if (!request.has_header("Content-Length")) request.headers.emplace("Content-Length", "0");
    return true;
  }
  request.headers.erase("Transfer-Encoding");
  request.headers.erase("Expect");   // or it would be asked for
  request.headers.erase("Content-Length");
  request.headers.emplace("Content-Length", "0");
  request.headers.emplace(kVerdict, std::to_string(static_cast<int>(framing)));
  return false;
}

std::optional<Error> check_framing(const httplib::Request& request) {
  if (!request.has_header(kVerdict)) return std::nullopt;
  switch (static_cast<Framing>(std::stoi(request.get_header_value(kVerdict)))) {
    case Framing::kChunked:
      return Error{Code::kLengthRequired,
                   "a chunked body is not taken: send it with a Content-Length (curl: -d @file or -F, not -T -)"};
    case Framing::kTooLong:
      return Error{Code::kPayloadTooLarge, "a body may be at most 101 MiB: ten files of 10 MB"};
    case Framing::kCompressed:
      return Error{Code::kUnsupportedMediaType, "a compressed body is not taken: send it without Content-Encoding",
                   "Content-Encoding"};
    case Framing::kUnused:
      return Error{Code::kPayloadTooLarge, "a GET request has no use for a body: send it without"};
    case Framing::kBadLength:
    case Framing::kFine:
      break;
  }
  return Error{Code::kInvalidParameter, "Content-Length must be a whole number", "Content-Length"};
}

std::optional<Error> check_characters(const httplib::Request& request) {
  for (const auto& [name, value] : request.headers) {
    const bool ours = name == kVerdict || name == kContentType;
    if (!ours && has_control_characters(name))
      return Error{Code::kInvalidParameter, "a header's name holds control characters"};
    // Every server of a host name sets cookies for all of them.
    if (has_control_characters(value) && base::to_lower(name) != "cookie")
      return Error{
          Code::kInvalidParameter,
          "the header " + name + " holds control characters, or such as %0A that stand for them: send it without",
          name};
  }
  if (has_control_characters(request.path)) {
    return Error{Code::kInvalidParameter, "the address holds control characters"};
  }
  return std::nullopt;
}

std::string content_type_of(const httplib::Request& request) { return request.get_header_value(kContentType); }

}   // namespace capid::http
