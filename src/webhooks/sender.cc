// SPDX-License-Identifier: Apache-2.0
#include "webhooks/sender.h"

#include "base/log.h"
#include "base/text.h"
#include "net/target.h"
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

// The order matters: what was looked up is what is judged, and what was judged is what is dialled; the name is asked for
// once a try.
void Sender::send(Letter letter, std::function<void(Tried)> done) {
  auto target = net::parse_target(letter.url);
  if (!target) return done(failed(target.error().message));
  const std::string host = target->host;
  look_up(host, [this, deadline = Steady::now() + timeout_, target = std::move(*target), letter = std::move(letter),
                 done = std::move(done)](const net::Found& found) {
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
  });
}

// Tries that begin while their host is being looked up share the answer: a thousand that begin at once are one question.
void Sender::look_up(const std::string& host, Look look) {
  auto& waiting = looking_up_[host];
  waiting.push_back(std::move(look));
  if (waiting.size() > 1) return;
  net::lookup(loop_, host, timeout_, [this, host](const net::Found& found) {
    const auto told = looking_up_.extract(host);
    for (const Look& one : told.mapped()) one(found);
  });
}

}   // namespace capid::webhooks
