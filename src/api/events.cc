// SPDX-License-Identifier: Apache-2.0
#include "api/events.h"

#include "api/run_access.h"
#include "base/text.h"
#include "http/params.h"
#include "http/preferences.h"
#include "threads/threads.h"

namespace capid::api {
namespace {

constexpr int64_t kPage = 100, kLargestPage = 1000;
constexpr int64_t kStreamedAtOnce = 100;

OrderedJson rendered(const std::vector<store::Event>& events) {
  OrderedJson list = OrderedJson::array();
  for (const store::Event& event : events) list.push_back(threads::render_event(event));
  return list;
}

struct Page {
  int64_t after = 0;
  int64_t limit = kPage;
};

Result<Page> read_page(const http::Request& request) {
  TRY(http::check_params(request, {"after", "limit"}));
  return Page{.after = TRY(http::number_param(request, "after", {.otherwise = 0, .least = 0, .most = INT64_MAX})),
              .limit = TRY(http::number_param(request, "limit",
                                              {.otherwise = kPage, .least = 1, .most = kLargestPage, .clamp = true}))};
}

// Where the next page begins, or null on the last one. A page ends at its limit, or sooner where its events are large.
template <typename EventsAfter>
Result<OrderedJson> next_after(const std::vector<store::Event>& events, EventsAfter events_after) {
  if (events.empty()) return OrderedJson(nullptr);
  const int64_t last = events.back().sequence;
  const auto more = TRY(events_after(last));
  return more.empty() ? OrderedJson(nullptr) : OrderedJson(last);
}

Result<int64_t> last_event_id(const http::Request& request) {
  if (request.last_event_id.empty()) return 0;
  const auto id = base::to_integer(request.last_event_id);
  if (id && *id >= 0) return *id;
  return Error{Code::kInvalidParameter, "Last-Event-ID must be the id of an event of this run", "Last-Event-ID"};
}

// A run's events up to now: none before it has begun.
Result<std::vector<store::Event>> events_after(store::Database& database, const store::Run& run, int64_t after,
                                               int64_t limit) {
  if (!run.started_at || !run.thread) return std::vector<store::Event>{};
  return store::events_of_run(database, *run.thread, run.id, std::max(after, run.thread_start.value_or(0)), limit);
}

// One watcher of one run. What it has seen is all that is kept for it.
class Stream {
 public:
  struct Parts {
    store::Readers& readers;
    threads::Feed& feed;
    const Events::Recheck& recheck;
  };

  Stream(const Parts& parts, std::unique_ptr<Seats::Seat> seat, keys::Grant grant, std::string run, int64_t after)
      : parts_(parts),
        seat_(std::move(seat)),
        grant_(std::move(grant)),
        line_(parts.feed, run),
        run_(std::move(run)),
        after_(after) {}

  http::Streaming go_on(http::Sink& sink) {
    if (!greeted_ && !line_.say(sink, "retry: 2000\n\n")) return http::Streaming::kBroken;
    greeted_ = true;
    if (!parts_.recheck(grant_)) return http::Streaming::kBroken;
    bool over = false;
    auto events = next(over);
    if (!events) return http::Streaming::kBroken;   // the client comes back with its Last-Event-ID
    if (!events->empty()) return send(sink, *events) ? http::Streaming::kMore : http::Streaming::kBroken;
    if (over) return http::Streaming::kEnd;
    return wait(sink) ? http::Streaming::kMore : http::Streaming::kBroken;
  }

 private:
  // Status and events in one view: whoever sees the end has all that came before.
  Result<std::vector<store::Event>> next(bool& over) {
    auto database = parts_.readers.lend();
    const store::ReadTransaction view(*database);
    const auto run = TRY(store::find_run(*database, run_));
    over = !run || store::is_terminal(run->status);
    if (!run) return std::vector<store::Event>{};
    return events_after(*database, *run, after_, kStreamedAtOnce);
  }

  bool send(http::Sink& sink, const std::vector<store::Event>& events) {
    for (const store::Event& event : events) {
      const std::string text =
          "id: " + std::to_string(event.sequence) + "\ndata: " + base::dump(threads::render_event(event)) + "\n\n";
      if (!line_.say(sink, text)) return false;
      after_ = event.sequence;
    }
    return true;
  }

  bool wait(http::Sink& sink) {
    const EventLine::News news = line_.wait(sink);
    return news == EventLine::News::kNone ? line_.say(sink, ": keep-alive\n\n") : news == EventLine::News::kSome;
  }

  Parts parts_;
  std::unique_ptr<Seats::Seat> seat_;
  keys::Grant grant_;
  EventLine line_;
  std::string run_;
  int64_t after_;
  bool greeted_ = false;
};

}   // namespace

Result<http::Response> Events::of_run(const http::Request& request, const keys::Grant& grant) {
  const Page page = TRY(read_page(request));
  std::string id;
  {
    auto database = readers_.lend();
    const store::ReadTransaction view(*database);
    const store::Run run = TRY(find_run(*database, request, grant));
    id = run.id;
    if (http::wants_json(request.accept)) {
      const auto events = TRY(events_after(*database, run, page.after, page.limit));
      const auto next = TRY(next_after(events, [&](int64_t last) { return events_after(*database, run, last, 1); }));
      return http::json_response(200, {{"events", rendered(events)}, {"nextAfter", next}});
    }
  }
  return stream(request, id, grant);
}

Result<http::Response> Events::stream(const http::Request& request, const std::string& run, const keys::Grant& grant) {
  int64_t after = TRY(last_event_id(request));
  if (request.last_event_id.empty()) after = TRY(read_page(request)).after;
  auto seat = TRY(seats_.take(grant.account));
  const auto state =
      std::make_shared<Stream>(Stream::Parts{readers_, feed_, recheck_}, std::move(seat), grant, run, after);
  return event_stream([state](http::Sink& sink) { return state->go_on(sink); });
}

Result<http::Response> Events::of_thread(const http::Request& request, const keys::Grant& grant) {
  const Page page = TRY(read_page(request));
  auto database = readers_.lend();
  const store::ReadTransaction view(*database);
  const store::Thread thread = TRY(find_thread(*database, request, grant));
  const auto events = TRY(store::events_of_thread(*database, thread.id, page.after, page.limit));
  const auto next =
      TRY(next_after(events, [&](int64_t last) { return store::events_of_thread(*database, thread.id, last, 1); }));
  return http::json_response(200, {{"id", thread.id},
                                   {"appId", thread.app},
                                   {"createdAt", base::to_iso8601(thread.created_at)},
                                   {"events", rendered(events)},
                                   {"nextAfter", next}});
}

}   // namespace capid::api
