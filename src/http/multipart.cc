// SPDX-License-Identifier: Apache-2.0
#include "http/multipart.h"

#include "net/httplib.h"

namespace capid::http {
namespace {

// The library's parser gathers headers without a bound of its own; fed in small pieces, it may not go on for longer
// than this without either a part or a piece of content.
constexpr size_t kPiece = 4 << 10;
constexpr size_t kMaxSilence = 16 << 10;

Error invalid(std::string message) { return {Code::kInvalidMultipart, std::move(message)}; }

// A parameter of a Content-Disposition. The library splits at ';' and '=' inside quotes as well, and leaves escapes as they
// are, so a file named "a;b.pdf" would lose its type. A quote ends the value where a ';' or nothing follows: browsers send
// one inside as %22, which has been decoded by now, curl as \".
std::string parameter(const std::string& header, const std::string& name) {
  const size_t found = header.find(name + "=\"");
  if (found == std::string::npos) return "";
  std::string value;
  for (size_t i = found + name.size() + 2; i < header.size(); ++i) {
    const bool escaped = header[i] == '\\' && i + 1 < header.size() && (header[i + 1] == '"' || header[i + 1] == '\\');
    if (header[i] == '"' && (i + 1 == header.size() || header[i + 1] == ';')) return value;
    value += header[escaped ? ++i : i];
  }
  return value;
}

PartHeader header_of(const httplib::FormData& part) {
  PartHeader header{.name = part.name, .filename = part.filename};
  const auto disposition = part.headers.find("Content-Disposition");
  if (disposition == part.headers.end()) return header;
  const bool extended =
      disposition->second.find("filename*=") != std::string::npos;   // the library has decoded that one
  const std::string quoted = extended ? "" : parameter(disposition->second, " filename");
  if (!quoted.empty()) header.filename = quoted;
  return header;
}

class Reader {
 public:
  explicit Reader(const PartHandlers& handlers) : handlers_(handlers) {}

  Result<void> start(const std::string& content_type) {
    std::string boundary;
    if (!httplib::detail::parse_multipart_boundary(content_type, boundary) || boundary.empty() ||
        boundary.size() > 70) {
      return invalid("the Content-Type of form data must name a boundary of 1 to 70 characters");
    }
    parser_.set_boundary(std::move(boundary));
    return {};
  }

  // What follows the closing boundary means nothing (RFC 2046, 5.1.1).
  Result<void> take(std::string_view bytes) {
    while (!bytes.empty() && !parser_.is_valid()) {
      const std::string_view piece = bytes.substr(0, kPiece);
      bytes.remove_prefix(piece.size());
      TRY(feed(piece));
    }
    return {};
  }

  Result<void> finish() const {
    if (!parser_.is_valid())
      return invalid("the form data ends before its closing boundary: the body was cut off, or it is no form data");
    return {};
  }

 private:
  Result<void> feed(std::string_view piece) {
    silence_ += piece.size();
    const bool understood = parser_.parse(
        piece.data(), piece.size(),
        [&](const httplib::FormData& part) { return pass(handlers_.on_part(header_of(part))); },
        [&](const char* data, size_t size) {
          return pass(handlers_.on_bytes({data, size}));
        });
    if (failure_) return *failure_;
    if (!understood) return invalid("the form data has a part whose headers are not understood");
    if (silence_ > kMaxSilence)
      return invalid("the form data has more than 16 KiB of headers at one place, or no part begins where one should");
    return {};
  }

  bool pass(Result<void> handled) {
    silence_ = 0;
    if (!handled) failure_ = std::move(handled).error();
    return !failure_;
  }

  const PartHandlers& handlers_;
  httplib::detail::FormDataParser parser_;
  std::optional<Error> failure_;
  size_t silence_ = 0;
};

}   // namespace

Result<void> read_multipart(const Request& request, const PartHandlers& handlers) {
  Reader reader(handlers);
  TRY(reader.start(request.content_type));
  TRY(request.read_body([&](std::string_view bytes) { return reader.take(bytes); }));
  return reader.finish();
}

}   // namespace capid::http
