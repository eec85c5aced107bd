// SPDX-License-Identifier: Apache-2.0
#include "webhooks/outbox.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>

#include "base/crypto.h"
#include "base/event_loop.h"
#include "base/log.h"
#include "webhooks/sender.h"

namespace capid::webhooks {
namespace {

using Steady = std::chrono::steady_clock;
using store::DeliveryStatus;

constexpr int kPollMs = 250;   // what local commands write, and what a clock that jumps has moved
constexpr int kStoreRetryMs = 1'000;
constexpr int kLateMs = 3;   // so that the clock, which times are kept by, is there as well
constexpr int kRest = 4;   // after looking at all receivers, four times as long: many dead ones cost a fifth of a core
constexpr const char* kCutOff = "capid was stopped while it waited for the answer";

double random_jitter() {
  unsigned char byte = 0;
  base::random_bytes({&byte, 1});
  return kMostJitter * byte / 255;
}

// What a delivery holds beside its body while it is on its way: most of it is TLS's.
constexpr int64_t kPlainBytes = 8 << 10, kSecureBytes = 64 << 10;

int64_t cost_of(const store::DeliveryLane& lane, const store::DueDelivery& delivery) {
  return delivery.bytes + (lane.receiver.starts_with("https:") ? kSecureBytes : kPlainBytes);
}

std::string answer_of(const store::AttemptEnd& end) {
  return end.http_status ? std::to_string(*end.http_status) : "none";
}

}   // namespace

// One delivery from its choice until its try's end is durable.
struct Parcel {
  store::DeliveryLane lane;
  std::string id;
  int64_t cost = 0;   // in the budget
  std::optional<store::TakenDelivery> taken;
  std::vector<Secret> secrets;
  std::string problem;   // why it cannot be sent at all
  Steady::time_point began;
};

using SharedParcel = std::shared_ptr<Parcel>;

struct Outbox::State {
  Options options;
  const Secrets& secrets;
  store::Writer& writer;
  store::Readers& readers;
  const base::Clock& clock;
  Metrics metrics;
  base::EventLoop loop;
  base::WorkerPool certificate_readers{1};
  Sender sender;

  std::atomic<bool> woken{false};
  std::mutex mutex;
  std::condition_variable idle;
  bool stopping = false;           // under the mutex, as in_hand.empty() is for who waits for it
  std::set<std::string> in_hand;   // written on the loop's thread alone, under the mutex

  // Of the loop's thread alone:
  Budget budget;
  std::optional<store::DeliveryLane> last_lane;
  Steady::time_point not_before, silent_until;
  bool alarm_is_set = false;

  State(Options its_options, const net::AddressGuard& guard, const Secrets& its_secrets, store::Writer& its_writer,
        store::Readers& its_readers, const base::Clock& its_clock)
      : options(std::move(its_options)),
        secrets(its_secrets),
        writer(its_writer),
        readers(its_readers),
        clock(its_clock),
        sender(std::chrono::milliseconds(options.timeout_ms), guard, its_clock, loop, certificate_readers),
        budget(options.limits) {}

  void wake() {
    if (woken.exchange(true)) return;
    loop.post([this] {
      woken = false;
      send_what_is_due();
    });
  }

  void wake_in(int64_t delay_ms) {
    loop.after(static_cast<int>(delay_ms), [this] { wake(); });
  }

  bool is_stopping() {
    std::lock_guard lock(mutex);
    return stopping;
  }

  void send_what_is_due() {
    const auto began = Steady::now();
    if (is_stopping()) return;
    if (began < not_before) return wake_at(not_before);
    if (auto served = serve_lanes(); !served) return pause("the outbox could not be read", served.error());
    not_before = Steady::now() + (Steady::now() - began) * kRest;
  }

  void wake_at(Steady::time_point time) {
    if (std::exchange(alarm_is_set, true)) return;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(time - Steady::now());
    loop.after(static_cast<int>(left.count()) + 1, [this] {
      alarm_is_set = false;
      wake();
    });
  }

  void pause(const char* what, const Error& error) {
    tell(what, error);
    not_before = Steady::now() + std::chrono::milliseconds(kStoreRetryMs);
  }

  // Once a second, not by each delivery.
  void tell(const char* what, const Error& error) {
    if (Steady::now() < silent_until) return;
    base::log::error(what, {{"error", error.detail}});
    silent_until = Steady::now() + std::chrono::milliseconds(kStoreRetryMs);
  }

  // Once around, beginning behind the lane that was served last: whoever has much does not come before who has little.
  Result<void> serve_lanes() {
    auto reader = readers.lend();
    const auto first = last_lane;
    bool wrapped = !first;
    for (;;) {
      auto pending = TRY(store::next_lane(*reader, last_lane));
      if (!pending && !std::exchange(wrapped, true)) pending = TRY(store::next_lane(*reader, std::nullopt));
      last_lane = pending ? std::optional(pending->lane) : std::nullopt;
      if (!pending) return {};
      TRY(serve(*reader, *pending));
      if (!budget.has_room() || (wrapped && first && pending->lane >= *first)) return {};
    }
  }

  Result<void> serve(store::Database& database, const store::PendingLane& pending) {
    const base::TimeMs now = clock.now_ms(), horizon = now + longest_delay_ms(options.retry);
    const bool due = pending.first_due <= now || pending.first_due > horizon;
    if (!due || !budget.has_room(pending.lane)) return {};
    for (const store::DueDelivery& delivery :
         TRY(store::due_deliveries(database, pending.lane, now, horizon, budget.lane_limit()))) {
      if (in_hand.contains(delivery.id)) continue;
      const int64_t cost = cost_of(pending.lane, delivery);
      if (!budget.take(pending.lane, cost)) break;
      take(std::make_shared<Parcel>(Parcel{.lane = pending.lane, .id = delivery.id, .cost = cost}));
    }
    return {};
  }

  // The try is durable before anything is sent: it counts, whatever happens to this process.
  void take(const SharedParcel& parcel) {
    {
      std::lock_guard lock(mutex);
      in_hand.insert(parcel->id);
    }
    writer.submit(
        [this, parcel](store::Transaction& transaction) -> Result<void> {
          parcel->taken = TRY(store::take_delivery(transaction, parcel->id, options.node));
          return parcel->taken ? open_secrets(transaction, *parcel) : Result<void>{};
        },
        [this, parcel](const Result<void>& durable) {
          loop.post([this, parcel, durable] { taken(parcel, durable); });
        });
  }

  // A secret that does not open is the receiver's loss, not the outbox's.
  Result<void> open_secrets(store::Transaction& transaction, Parcel& parcel) {
    auto opened = secrets.open(transaction, parcel.lane.account);
    if (!opened && opened.error().code != Code::kInternal) return std::move(opened).error();
    parcel.problem = opened ? "" : opened.error().message;
    if (opened) parcel.secrets = std::move(*opened);
    return {};
  }

  void taken(const SharedParcel& parcel, const Result<void>& durable) {
    if (!durable) pause("a delivery could not be taken; it is tried again", durable.error());
    if (!durable || !parcel->taken) return leave(parcel);
    parcel->began = Steady::now();
    auto body = store::body_of_delivery(*readers.lend(), parcel->id);
    if (!body) parcel->problem = body.error().message;
    if (!parcel->problem.empty())
      return tried(parcel, {.end = {.address = {}, .http_status = {}, .error = parcel->problem}});
    sender.send({.id = parcel->id,
                 .url = parcel->taken->url,
                 .body = std::make_shared<const std::string>(std::move(*body)),
                 .secrets = parcel->secrets},
                [this, parcel](const Tried& outcome) { tried(parcel, outcome); });
  }

  void tried(const SharedParcel& parcel, const Tried& outcome) {
    const Next next = next_after(options.retry, *parcel->taken, outcome, random_jitter());
    (next.status == DeliveryStatus::kDelivered ? metrics.delivered : metrics.failed).add();
    metrics.seconds.observe(std::chrono::duration<double>(Steady::now() - parcel->began).count());
    end(parcel, outcome.end, next);
  }

  // What cannot be written now is written later; until then the delivery keeps its place.
  void end(const SharedParcel& parcel, const store::AttemptEnd& end_of_try, const Next& next) {
    writer.submit(
        [parcel, end_of_try, next](store::Transaction& transaction) {
          return end_try(transaction, *parcel->taken, end_of_try, next);
        },
        [=, this](const Result<void>& durable) {
          loop.post([=, this] {
            if (durable) return ended(parcel, end_of_try, next);
            tell("the end of a delivery's try could not be written; that is tried again", durable.error());
            loop.after(kStoreRetryMs, [=, this] { end(parcel, end_of_try, next); });
          });
        });
  }

  static Result<void> end_try(store::Transaction& transaction, const store::TakenDelivery& taken,
                              const store::AttemptEnd& end_of_try, const Next& next) {
    store::AfterAttempt after{.status = next.status};
    if (next.status == DeliveryStatus::kPending) after.next_attempt_at = transaction.now_ms() + next.delay_ms;
    TRY(store::end_attempt(transaction, taken, end_of_try, after));
    return {};
  }

  void ended(const SharedParcel& parcel, const store::AttemptEnd& end_of_try, const Next& next) {
    if (next.status == DeliveryStatus::kPending) {
      wake_in(next.delay_ms + kLateMs);
    } else {
      log_end(*parcel->taken, end_of_try, next.status == DeliveryStatus::kDelivered);
    }
    leave(parcel);
  }

  // The end alone: every try stands in the delivery's own log.
  static void log_end(const store::TakenDelivery& taken, const store::AttemptEnd& end_of_try, bool delivered) {
    const base::log::Fields fields{{"delivery", taken.id},
                                   {"run", taken.run.value_or("-")},
                                   {"attempt", std::to_string(taken.attempt)},
                                   {"answer", answer_of(end_of_try)}};
    if (delivered) {
      base::log::info("webhook delivered", fields);
    } else {
      base::log::warn("webhook given up", fields);
    }
  }

  void leave(const SharedParcel& parcel) {
    budget.give_back(parcel->lane, parcel->cost);
    {
      std::lock_guard lock(mutex);
      in_hand.erase(parcel->id);
    }
    idle.notify_all();
    wake();   // there may be more, now that there is room
  }

  void stop(std::chrono::milliseconds grace) {
    {
      std::unique_lock lock(mutex);
      stopping = true;
      idle.wait_for(lock, grace, [&] { return in_hand.empty(); });
    }
    loop.stop();
    (void)writer.commit([](store::Transaction&) -> Result<void> { return {}; });   // nobody calls back from here on
  }
};

Outbox::Outbox(Options options, const net::AddressGuard& guard, const Secrets& secrets, store::Writer& writer,
               store::Readers& readers, const base::Clock& clock)
    : state_(std::make_unique<State>(std::move(options), guard, secrets, writer, readers, clock)) {}

Outbox::~Outbox() { stop(std::chrono::milliseconds(0)); }

Result<void> Outbox::recover() {
  const auto cut_off = TRY(store::deliveries_being_sent(*state_->readers.lend(), state_->options.node));
  return state_->writer.commit([&](store::Transaction& transaction) -> Result<void> {
    for (const store::TakenDelivery& taken : cut_off) {
      const Tried outcome{.end = {.address = {}, .http_status = {}, .error = kCutOff}};
      const Next next = next_after(state_->options.retry, taken, outcome, random_jitter());
      TRY(State::end_try(transaction, taken, outcome.end, next));
    }
    return {};
  });
}

void Outbox::start() {
  state_->loop.every(kPollMs, [state = state_.get()] { state->wake(); });
  state_->loop.start();
  wake();
}

void Outbox::wake() { state_->wake(); }

void Outbox::stop(std::chrono::milliseconds grace) { state_->stop(grace); }

const Metrics& Outbox::metrics() const { return state_->metrics; }

}   // namespace capid::webhooks
