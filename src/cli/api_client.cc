// SPDX-License-Identifier: Apache-2.0
#include "cli/api_client.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "base/text.h"
#include "base/version.h"
#include "cli/terminal.h"
#include "cli/value_names.h"
#include "keys/keys.h"

namespace capid::cli {
namespace {

using namespace std::chrono_literals;

constexpr const char* kDefaultUrl = "http://127.0.0.1:8080";
constexpr int kMostRepeats = 4;          // after a connection that broke, or 503
constexpr int kMostRateWaits = 30;       // after 429
constexpr int64_t kLongestWaitS = 120;   // whatever Retry-After says
constexpr int64_t kLongestUnavailableS = 5;
constexpr auto kPatience = 90s;   // a cancel answers when every process is dead: within a minute

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

Error wrong(std::string message) { return {Code::kInvalidParameter, std::move(message)}; }

// People copy addresses with what follows them in the documentation.
std::string without_api(std::string text) {
  while (text.ends_with('/')) text.pop_back();
  for (const std::string_view end : {"/api/v1", "/api"}) {
    if (text.ends_with(end)) return text.substr(0, text.size() - end.size());
  }
  return text;
}

// What listens on every address is reached on this machine's own.
Result<net::Url> find_server(const Place& place) {
  if (const std::string given = environment("CAPI_URL"); !given.empty()) {
    auto url = net::parse_url(without_api(given));
    if (!url) return wrong("CAPI_URL: " + url.error().message);
    return url;
  }
  const config::Config config = TRY(load_config(place));
  auto url = net::parse_url(server::DataFolder(config.data).read_server_url().value_or(kDefaultUrl));
  return url ? net::for_clients(*url) : net::parse_url(kDefaultUrl).value();
}

Result<std::string> given_key(const net::Url& url) {
  std::string key = environment("CAPI_KEY");
  if (!key.empty() && !keys::is_well_formed(key))
    return wrong("CAPI_KEY does not hold a whole key: capi_ and 36 letters and digits");
  if (key.empty() && !url.is_local())
    return wrong("CAPI_URL names a server elsewhere: set CAPI_KEY to a key of that server");
  return key;
}

int64_t wait_of(const net::Answer& answer, int64_t otherwise_s, int64_t most_s) {
  const auto seconds = base::to_integer(answer.header("retry-after"));
  return std::clamp<int64_t>(seconds.value_or(otherwise_s), 1, most_s);
}

void wait(const std::string& why, int64_t seconds) {
  std::cerr << painted("· trying again in " + std::to_string(seconds) + " s: " + why, Colour::kYellow) << std::endl;
  std::this_thread::sleep_for(std::chrono::seconds(seconds));
}

bool is_in_progress(const net::Answer& answer) {
  return answer.status == 409 && answer.body.find("\"IDEMPOTENCY_IN_PROGRESS\"") != std::string::npos;
}

net::Request to_api(const char* method, const std::string& path) {
  return {.method = method,
          .target = "/api/v1" + path,
          .headers = {{"User-Agent", std::string("capid/") + base::kVersion}},
          .patience = kPatience};
}

void add_details(Error& error, const Json& details) {
  for (const Json& detail : details) {
    if (detail.is_object())
      error.details.push_back(
          {Code::kInternal, harmless(text_at(detail, "message")), harmless(text_at(detail, "field"))});
  }
}

}   // namespace

void add_api_options(CLI::App& command, ApiOptions& options) {
  add_place_options(command, options.place);
  command.add_option("--account", options.account, "as whom, where CAPI_KEY is not set (default: admin)")
      ->type_name(kAccountWord);
}

std::string run_path(const std::string& id, const std::string& rest) { return "/runs/" + net::encode(id) + rest; }

Result<std::unique_ptr<ApiClient>> ApiClient::connect(const ApiOptions& options) {
  net::Url url = TRY(find_server(options.place));
  std::string key = TRY(given_key(url));
  if (!key.empty() && !options.account.empty())
    return wrong("--account is for calls without a key: CAPI_KEY says already whose key it is");
  std::unique_ptr<LocalKey> local_key;
  if (key.empty())
    local_key =
        TRY(LocalKey::start(options.place, options.account.empty() ? accounts::kFirstAccount : options.account));
  return std::unique_ptr<ApiClient>(new ApiClient(std::move(url), std::move(key), std::move(local_key)));
}

ApiClient::ApiClient(net::Url url, std::string key, std::unique_ptr<LocalKey> local_key)
    : local_key_(std::move(local_key)), http_(std::move(url)), key_(std::move(key)) {
  if (local_key_) revoke_ = interrupt_.guard([this] { local_key_->finish(); });
}

Result<Document> ApiClient::get(const std::string& path) {
  net::Request request = to_api("GET", path);
  request.headers.emplace_back("Accept", "application/json");
  return document(TRY(exchange(std::move(request), true)));
}

Result<Document> ApiClient::post(const Post& post) {
  net::Request request = to_api("POST", post.path);
  request.body = post.json;
  request.form = post.form;
  if (!post.json.empty()) request.headers.emplace_back("Content-Type", "application/json");
  if (!post.idempotency_key.empty()) request.headers.emplace_back("Idempotency-Key", post.idempotency_key);
  return document(TRY(exchange(std::move(request), !post.idempotency_key.empty())));
}

Result<void> ApiClient::stream(const Stream& stream) {
  net::Request request = to_api("GET", stream.path);
  request.headers.insert(request.headers.end(), stream.headers.begin(), stream.headers.end());
  request.on_bytes = stream.on_bytes;
  for (int waits = 0;; ++waits) {
    TRY(authorize(request));
    const net::Answer answer = send(request);
    if (answer.is_good()) return {};
    if (answer.failure != net::Failure::kNone) return failure(answer);
    if (answer.status != 429 || waits == kMostRateWaits) return refusal(answer);
    wait("too many requests", wait_of(answer, 1, kLongestWaitS));
  }
}

Result<Document> ApiClient::document(net::Answer answer) const {
  auto json = base::parse_json(answer.body);
  if (!json || !json->is_object())
    return Error{Code::kInternal, "the answer of " + net::to_text(http_.url()) + " is not capid's"};
  return Document{std::move(*json), std::move(answer.body)};
}

// One request and, where that is safe, its repetitions. A server that was never reached is not asked again: whoever
// waits for it wants to know.
Result<net::Answer> ApiClient::exchange(net::Request request, bool repeatable) {
  for (int repeats = 0, waits = 0;;) {
    TRY(authorize(request));
    net::Answer answer = send(request);
    if (answer.is_good()) return answer;
    if (answer.status == 429 && waits++ < kMostRateWaits) {
      wait("too many requests", wait_of(answer, 1, kLongestWaitS));
      continue;
    }
    const bool lost =
        answer.failure == net::Failure::kBroken || (reached_ && answer.failure == net::Failure::kUnreachable);
    const bool unavailable = answer.status == 503 && request.method == "GET";
    const bool may_repeat = (repeatable && (lost || (repeats > 0 && is_in_progress(answer)))) || unavailable;
    if (!may_repeat || ++repeats > kMostRepeats)
      return answer.failure == net::Failure::kNone ? refusal(answer) : failure(answer);
    if (unavailable) {
      wait("the server is not ready", wait_of(answer, kLongestUnavailableS, kLongestUnavailableS));
    } else {
      wait(lost ? answer.problem : "the first try is still being worked on", repeats);
    }
  }
}

net::Answer ApiClient::send(const net::Request& request) {
  net::Answer answer = http_.send(request);
  reached_ = reached_ || answer.failure == net::Failure::kNone || answer.failure == net::Failure::kBroken;
  return answer;
}

Result<void> ApiClient::authorize(net::Request& request) {
  if (local_key_) key_ = TRY(local_key_->get());
  std::erase_if(request.headers, [](const auto& header) { return header.first == "Authorization"; });
  request.headers.emplace_back("Authorization", "Bearer " + key_);
  return {};
}

// What the server said, for people: a message and a line for each thing that is wrong.
Error ApiClient::refusal(const net::Answer& answer) const {
  Error error{answer.status == 503 ? Code::kStoreUnavailable : Code::kInternal, ""};
  const auto json = base::parse_json(answer.body);
  if (json) {
    const Json& said = part_of(*json, "error");
    error.message = harmless(text_at(said, "message"));
    add_details(error, part_of(said, "details"));
  }
  if (error.message.empty()) {
    error.message = net::to_text(http_.url()) + " answered with status " + std::to_string(answer.status) +
                    ", and not as capid does: is CAPI_URL right?";
  } else if (answer.status == 401) {
    error.message = local_key_ ? "the server at " + net::to_text(http_.url()) +
                                     " does not know this data folder's keys: say which folder it serves with --data, "
                                     "or set CAPI_KEY"
                               : error.message + " (sent was what CAPI_KEY holds)";
  } else if (const std::string request = answer.header("x-request-id"); answer.status >= 500 && !request.empty()) {
    error.message += " (request " + harmless(request) + ")";
  }
  return error;
}

Error ApiClient::failure(const net::Answer& answer) const {
  const std::string url = net::to_text(http_.url());
  switch (answer.failure) {
    case net::Failure::kUnreachable:
      return {reached_ ? Code::kStoreUnavailable : Code::kInternal,
              "cannot reach " + url + ": " + answer.problem +
                  (http_.url().is_local() ? "; is `capid serve` running?"
                                          : "; is CAPI_URL right, and the server running?")};
    case net::Failure::kUntrusted:
      return {Code::kInternal,
              "cannot trust " + url + ": " + answer.problem + "; SSL_CERT_FILE names a file of certificates to trust"};
    case net::Failure::kStopped:
      return wrong(answer.problem);
    default:
      return {Code::kStoreUnavailable, url + ": " + answer.problem};
  }
}

}   // namespace capid::cli
