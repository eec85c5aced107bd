// SPDX-License-Identifier: Apache-2.0
// The HTTP API as the command line uses it: where the server is, which key it takes, what to do when it is busy.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "accounts/accounts.h"
#include "base/json.h"
#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/local_key.h"
#include "net/http_client.h"

namespace capid::cli {

struct ApiOptions {
  Place place;
  std::string account;   ///< empty: the first one
};

/// `--config`, `--data` and `--account`, which matter where CAPI_KEY is not set.
void add_api_options(CLI::App& command, ApiOptions& options);

/// A JSON answer: parsed, and as it came, which keeps its order.
struct Document {
  Json json;
  std::string text;
};

class ApiClient {
 public:
  /// CAPI_URL and CAPI_KEY say where and as whom. Without CAPI_URL it is the server of the data folder; without
  /// CAPI_KEY that folder gives a key. Sends nothing yet. The process must have one thread. Errors: kInvalidParameter.
  [[nodiscard]] static Result<std::unique_ptr<ApiClient>> connect(const ApiOptions& options);

  /// `path` is what follows /api/v1. Waits out 429; asks again a few times where the connection breaks or the answer is
  /// 503. Errors: kInternal with the server's message and details; kStoreUnavailable where the server is not to be
  /// reached, or not ready; kInvalidParameter for what is wrong on this side.
  [[nodiscard]] Result<Document> get(const std::string& path);

  struct Post {
    std::string path;
    std::string json;   ///< the body, where there is no form
    const net::Form* form = nullptr;
    std::string idempotency_key;   ///< set: the same request may be sent again where the connection breaks
  };
  [[nodiscard]] Result<Document> post(const Post& post);

  struct Stream {
    std::string path;
    std::vector<std::pair<std::string, std::string>> headers;
    std::function<bool(std::string_view bytes)> on_bytes;   ///< false ends it, as kInvalidParameter
  };
  /// A GET whose body is taken while it comes, once: a connection that breaks is the caller's to mend. Errors: as get.
  [[nodiscard]] Result<void> stream(const Stream& stream);

  [[nodiscard]] Interrupt& interrupt() { return interrupt_; }

 private:
  ApiClient(net::Url url, std::string key, std::unique_ptr<LocalKey> local_key);

  [[nodiscard]] Result<net::Answer> exchange(net::Request request, bool repeatable);
  [[nodiscard]] Result<Document> document(net::Answer answer) const;
  [[nodiscard]] net::Answer send(const net::Request& request);
  [[nodiscard]] Result<void> authorize(net::Request& request);
  [[nodiscard]] Error refusal(const net::Answer& answer) const;
  [[nodiscard]] Error failure(const net::Answer& answer) const;

  std::unique_ptr<LocalKey> local_key_;   // before there is a second thread
  Interrupt interrupt_;
  std::shared_ptr<void> revoke_;
  net::HttpClient http_;
  std::string key_;
  bool reached_ = false;   ///< since then a server that is not to be reached is one that went
};

/// `/runs/ID` for a run's id, and what follows it.
[[nodiscard]] std::string run_path(const std::string& id, const std::string& rest = "");

}   // namespace capid::cli
