// SPDX-License-Identifier: Apache-2.0
#include "admin/pulse.h"

#include <chrono>
#include <memory>
#include <thread>

#include "http/params.h"
#include "store/accounts.h"
#include "store/run_lists.h"

namespace capid::admin {
namespace {

using namespace std::chrono_literals;

constexpr double kMicro = 1e6;
constexpr auto kLook = 1s;         // how long it takes to notice that a silent page is gone
constexpr auto kKeepAlive = 15s;   // proxies close what is silent for longer
constexpr auto kBetweenBeats = 500ms;

// One page that watches.
class Beats {
 public:
  struct Parts {
    accounts::Sessions& sessions;
    threads::Feed& feed;
    store::Readers& readers;
    std::atomic<int64_t>& watchers;
  };

  Beats(const Parts& parts, store::Session session)
      : parts_(parts), session_(std::move(session)), watch_(parts.feed, threads::Feed::kAnyRun) {}
  ~Beats() { --parts_.watchers; }
  Beats(const Beats&) = delete;
  Beats& operator=(const Beats&) = delete;

  http::Streaming go_on(http::Sink& sink) {
    if (said_ && !wait(sink)) return http::Streaming::kBroken;
    auto session = parts_.sessions.recheck(session_.id);
    if (!session) return http::Streaming::kEnd;
    session_ = std::move(*session);
    const auto beat = look();
    if (!beat || !say(sink, (said_ ? "" : "retry: 2000\n\n") + *beat)) return http::Streaming::kBroken;
    said_ = true;
    return http::Streaming::kMore;
  }

 private:
  using Clock = std::chrono::steady_clock;

  Result<std::string> look() {
    auto database = parts_.readers.lend();
    const auto account = TRY(store::find_account(*database, session_.account));
    const auto whose = session_.is_admin ? std::nullopt : std::optional(session_.account);
    const OrderedJson beat{{"active", TRY(store::count_unfinished_runs(*database, whose))},
                           {"balance", static_cast<double>(account ? account->balance : 0) / kMicro}};
    return "data: " + base::dump(beat) + "\n\n";
  }

  // Until there is news, or for as long as a silent line is kept: then the session is looked at all the same.
  bool wait(http::Sink& sink) {
    while (sink.is_open()) {
      if (watch_.wait(kLook)) {
        std::this_thread::sleep_until(last_said_ + kBetweenBeats);
        return sink.is_open();
      }
      if (Clock::now() - last_said_ >= kKeepAlive) return true;
    }
    return false;
  }

  bool say(http::Sink& sink, std::string_view text) {
    last_said_ = Clock::now();
    return sink.write(text);
  }

  Parts parts_;
  store::Session session_;
  threads::Feed::Watch watch_;
  bool said_ = false;
  Clock::time_point last_said_ = Clock::now();
};

}   // namespace

Result<http::Response> Pulse::stream(const http::Request& request, const Visitor& visitor) {
  TRY(http::check_params(request, {}));
  if (++watchers_ > most_watchers_) {
    --watchers_;
    return Error{Code::kQueueFull, "too many pages are open: close some"};
  }
  const auto beats = std::make_shared<Beats>(Beats::Parts{sessions_, feed_, readers_, watchers_}, visitor.session);
  http::Response response;
  response.content_type = "text/event-stream";
  response.headers.emplace_back("X-Accel-Buffering", "no");
  response.stream = [beats](http::Sink& sink) { return beats->go_on(sink); };
  return response;
}

}   // namespace capid::admin
