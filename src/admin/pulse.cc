// SPDX-License-Identifier: Apache-2.0
#include "admin/pulse.h"

#include <memory>
#include <thread>

#include "base/text.h"
#include "http/params.h"
#include "store/accounts.h"
#include "store/run_lists.h"

namespace capid::admin {
namespace {

using namespace std::chrono_literals;

constexpr auto kBetweenBeats = 500ms;

// One page that watches.
class Beats {
 public:
  struct Parts {
    accounts::Sessions& sessions;
    threads::Feed& feed;
    store::Readers& readers;
  };

  Beats(const Parts& parts, std::unique_ptr<api::Seats::Seat> seat, store::Session session)
      : parts_(parts),
        seat_(std::move(seat)),
        session_(std::move(session)),
        line_(parts.feed, threads::Feed::kAnyRun) {}

  http::Streaming go_on(http::Sink& sink) {
    if (said_ && !wait(sink)) return http::Streaming::kBroken;
    auto session = parts_.sessions.recheck(session_.id);
    if (!session) return http::Streaming::kEnd;
    session_ = std::move(*session);
    const auto beat = look();
    if (!beat || !line_.say(sink, (said_ ? "" : "retry: 2000\n\n") + *beat)) return http::Streaming::kBroken;
    said_ = true;
    return http::Streaming::kMore;
  }

 private:
  Result<std::string> look() {
    auto database = parts_.readers.lend();
    const auto account = TRY(store::find_account(*database, session_.account));
    const auto whose = session_.is_admin ? std::nullopt : std::optional(session_.account);
    const OrderedJson beat{{"account", session_.account},
                           {"active", TRY(store::count_unfinished_runs(*database, whose))},
                           {"balance", base::micro_to_number(account ? account->balance : 0)}};
    return "data: " + base::dump(beat) + "\n\n";
  }

  // Until there is news, or for as long as a silent line is kept: then the session is looked at all the same.
  bool wait(http::Sink& sink) {
    const api::EventLine::News news = line_.wait(sink);
    if (news == api::EventLine::News::kSome) std::this_thread::sleep_until(line_.last_said() + kBetweenBeats);
    return news != api::EventLine::News::kGone && sink.is_open();
  }

  Parts parts_;
  std::unique_ptr<api::Seats::Seat> seat_;
  store::Session session_;
  api::EventLine line_;
  bool said_ = false;
};

}   // namespace

Result<http::Response> Pulse::stream(const http::Request& request, const Visitor& visitor) {
  TRY(http::check_params(request, {}));
  auto seat = TRY(seats_.take(visitor.session.account));
  const auto beats =
      std::make_shared<Beats>(Beats::Parts{sessions_, feed_, readers_}, std::move(seat), visitor.session);
  return api::event_stream([beats](http::Sink& sink) { return beats->go_on(sink); });
}

}   // namespace capid::admin
