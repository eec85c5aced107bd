// SPDX-License-Identifier: Apache-2.0
#include "agent/model.h"

#include <algorithm>
#include <optional>
#include <thread>

#include "base/text.h"
#include "net/event_stream.h"

namespace capid::agent {
namespace {

using base::member;
using base::text_of;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kFirstWait{1'000};
constexpr milliseconds kLongestWait{30'000};
constexpr std::chrono::seconds kLeastPatience{1};
constexpr std::chrono::seconds kPatience{900};     // the gateway knows sooner that a server is silent
constexpr size_t kMostAnswer = size_t{16} << 20;   // bytes of events
constexpr int kMostBroken = 3;                     // answers that broke off: each of them was paid for

bool needs_time(int status) { return status == 408 || status == 429 || status >= 500; }

// What the gateway, or the server behind it, says in an error.
std::string error_in(int status, const std::string& body) {
  const Json answer = Json::parse(body, nullptr, false);
  const std::string_view said = text_of(member(member(answer, "error"), "message"));
  return said.empty() ? "the model's server answered " + std::to_string(status) : std::string(said);
}

// What an event says of an error: within an object, as a text, or as an event of that type.
std::string problem_in(const Json& event) {
  const Json& own = member(event, "error");
  const Json& error = own.is_null() ? member(member(event, "response"), "error") : own;
  if (error.is_string()) return error.get<std::string>();
  const bool is_error = error.is_object() || text_of(member(event, "type")) == "error";
  const std::string_view message = text_of(member(error.is_object() ? error : event, "message"));
  return !is_error ? "" : message.empty() ? "the model's server broke off" : std::string(message);
}

std::optional<milliseconds> asked_wait(const net::Answer& answer) {
  const auto seconds = base::to_integer(answer.header("retry-after"));
  if (!seconds || *seconds < 0) return std::nullopt;
  return milliseconds(std::min<int64_t>(*seconds, 86'400) * 1'000);
}

}   // namespace

struct Model::Try {
  std::optional<Answer> answer = {};
  std::string problem = {};
  bool may_help_again = false;
  bool has_begun = false;   // then it was paid for
  std::optional<milliseconds> wait = {};
};

Result<Answer> Model::ask(const Conversation& conversation) {
  const std::string body = base::dump(protocol_->request(conversation));
  int broken = 0;
  for (milliseconds own = kFirstWait;; own = std::min(own * 2, kLongestWait)) {
    Try tried = try_once(body);
    if (tried.answer) return *std::move(tried.answer);
    broken += tried.has_begun ? 1 : 0;
    const milliseconds wait = std::max(own, tried.wait.value_or(own));
    if (!tried.may_help_again || broken == kMostBroken || Clock::now() + wait >= deadline_)
      return Error{Code::kModelError, tried.problem};
    teller_.log(tried.problem + "; it is asked again in " + std::to_string((wait.count() + 999) / 1'000) + " s");
    std::this_thread::sleep_for(wait);
  }
}

// Nothing is waited for when the time is over.
std::chrono::seconds Model::patience() const {
  const auto left = std::chrono::duration_cast<std::chrono::seconds>(deadline_ - Clock::now());
  return std::clamp(left, kLeastPatience, kPatience);
}

Model::Try Model::try_once(const std::string& body) {
  Try tried;
  const auto reader = protocol_->reader();
  size_t bytes = 0;
  net::EventStream events([&](const net::ServerEvent& event) {
    if (event.data == "[DONE]") return;
    const Json data = Json::parse(event.data, nullptr, false);
    if (const auto problem = problem_in(data); !problem.empty()) tried.problem = problem;
    reader->take(data);
    tried.has_begun = true;
  });
  net::Request request{.method = "POST",
                       .target = protocol_->path(),
                       .headers = {{"Content-Type", "application/json"}, {"Authorization", "Bearer " + token_}},
                       .body = body,
                       .on_bytes =
                           [&](std::string_view some) {
                             bytes += some.size();
                             return bytes <= kMostAnswer && events.feed(some);
                           },
                       .patience = patience()};
  for (auto& header : protocol_->headers()) request.headers.push_back(std::move(header));
  const net::Answer got = gateway_.send(request);
  if (got.failure == net::Failure::kStopped) {
    tried.problem = "the model does not come to an end";
  } else if (got.failure != net::Failure::kNone) {
    tried.problem = "the gateway to models: " + got.problem;
    tried.may_help_again = true;
  } else if (!got.is_good()) {
    tried.problem = error_in(got.status, got.body);
    tried.may_help_again = needs_time(got.status);
    tried.wait = asked_wait(got);
  } else if (tried.problem.empty() && reader->is_whole()) {
    tried.answer = reader->answer();
  } else {
    if (tried.problem.empty()) tried.problem = "the model's answer broke off";
    tried.may_help_again = true;
  }
  return tried;
}

}   // namespace capid::agent
