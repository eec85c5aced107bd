// SPDX-License-Identifier: Apache-2.0
// An HTTP request and its answer as the API's handlers see them. No handler knows the HTTP library.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace capid::http {

/// Takes a piece of a body; after an error it is given no further one.
using TakeBytes = std::function<Result<void>(std::string_view bytes)>;

struct Request {
  std::string id;   ///< what X-Request-Id says, to find it in the log
  std::string method;
  std::string path;
  std::map<std::string, std::string> params;   ///< what the route's :names stand for
  std::multimap<std::string, std::string> query;
  std::string authorization;   ///< the header's value, or empty
  std::string content_type;    ///< likewise, as the following
  std::string accept;
  std::string prefer;
  std::string last_event_id;
  std::string accept_encoding;
  std::string cookie;
  std::string origin;
  std::string host;
  std::string fetch_site;      ///< Sec-Fetch-Site
  std::string forwarded_for;   ///< X-Forwarded-For: to be believed of proxies that are trusted alone
  std::string peer;            ///< the address at the connection's other end; empty on a Unix socket
  std::optional<std::string> idempotency_key;
  int64_t content_length = 0;

  /// Reads the body, piece by piece, once. Errors: the taker's own; kInvalidParameter where the body was cut off.
  std::function<Result<void>(const TakeBytes& take)> read_body;

  /// The media type alone, in lower case: "multipart/form-data".
  [[nodiscard]] std::string media_type() const;
  [[nodiscard]] const std::string& param(const std::string& name) const { return params.at(name); }
};

/// A file as an answer's body. One that is gone by then is answered as INTERNAL.
struct FileBody {
  std::string path;
  int64_t size = 0;
};

/// Where a body that comes piece by piece is written to.
class Sink {
 public:
  virtual ~Sink() = default;
  /// Sends a piece. False: the client is gone, or took it too slowly.
  [[nodiscard]] virtual bool write(std::string_view bytes) = 0;
  /// Whether the client is still there and the server still runs.
  [[nodiscard]] virtual bool is_open() const = 0;
};

/// Writes what is next, and is called again. kEnd after the last piece; kBroken where the sink did not take it.
enum class Streaming { kMore, kEnd, kBroken };
using StreamBody = std::function<Streaming(Sink& sink)>;

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string cache_control = "no-store";
  std::string body;
  std::optional<FileBody> file;   ///< instead of body
  StreamBody stream;              ///< likewise
  bool is_endless = false;        ///< the stream goes on for as long as the client listens
  std::vector<std::pair<std::string, std::string>> headers;
};

[[nodiscard]] Response json_response(int status, const OrderedJson& json);

}   // namespace capid::http
