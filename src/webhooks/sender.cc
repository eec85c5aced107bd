// SPDX-License-Identifier: Apache-2.0
#include "webhooks/sender.h"

#include "base/log.h"
#include "base/text.h"
#include "webhooks/signature.h"

namespace capid::webhooks {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr int64_t kSecondMs = 1000;

Tried failed(std::string why) { return {.end = {.address = {}, .http_status = {}, .error = std::move(why)}}; }

Tried from(const net::Reply& reply) {
  Tried tried;
  if (!reply.address.empty()) tried.end.address = reply.address;
  if (reply.status == 0) {
    tried.end.error = reply.problem;
    return tried;
  }
  tried.end.http_status = reply.status;
  if (reply.status / 100 == 3) tried.end.error = "redirects are not followed";
  if (reply.retry_after) tried.retry_after_ms = retry_after_ms(reply.status, *reply.retry_after);
  return tried;
}

using Headers = std::vector<std::pair<std::string, std::string>>;

Result<Headers> signed_headers(const Letter& letter, int64_t now_s) {
  std::vector<std::string> signatures;
  for (const Secret& secret : letter.secrets)
    signatures.push_back(TRY(sign(secret.text, letter.id, now_s, *letter.body)));
  return Headers{{"Content-Type", "application/json"},
                 {"User-Agent", "capid"},
                 {"webhook-id", letter.id},
                 {"webhook-timestamp", std::to_string(now_s)},
                 {"webhook-signature", base::join(signatures, " ")}};
}

}   // namespace

void Sender::send(Letter letter, Done done) {
  auto target = net::parse_target(letter.url);
  if (!target) return done(failed(target.error().message));
  const std::string host = target->host;
  const auto deadline = Steady::now() + timeout_;
  lookup_.find(host, deadline,
               [this, deadline, target = std::move(*target), letter = std::move(letter),
                done = std::move(done)](const net::Found& found) { post(letter, target, found, deadline, done); });
}

// The order matters: what was looked up is what is judged, and what was judged is what is dialled.
void Sender::post(const Letter& letter, const net::Target& target, const net::Found& found, Steady::time_point deadline,
                  const Done& done) {
  if (found.kind != net::Found::Kind::kAddresses) return done(failed(found.problem));
  if (auto judged = guard_.check(target.host, found.addresses); !judged) {
    base::log::warn("webhook refused", {{"delivery", letter.id}, {"why", judged.error().detail}});
    return done(failed(judged.error().message));
  }
  auto headers = signed_headers(letter, clock_.now_ms() / kSecondMs);
  if (!headers) return done(failed(headers.error().message));
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Steady::now());
  net::post(loop_, trust_,
            {.secure = target.scheme == net::Url::Scheme::kHttps,
             .host = target.host,
             .port = target.port,
             .addresses = found.addresses,
             .path = target.path,
             .headers = std::move(*headers),
             .body = letter.body,
             .most = std::max(left, 1ms)},
            [done](const net::Reply& reply) { done(from(reply)); });
}

}   // namespace capid::webhooks
