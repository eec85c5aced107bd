// SPDX-License-Identifier: Apache-2.0
#include "gateway/meter.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"
#include "credits/credits.h"
#include "gateway/awaited.h"
#include "store/runs.h"
#include "threads/threads.h"

namespace capid::gateway {
namespace {

constexpr std::chrono::seconds kStoreRetry{1};

}   // namespace

Result<void> Meter::admit(const Guest& guest, const Model& model) const {
  if (model.price.input == 0 && model.price.output == 0 && model.price.cached == 0) return {};
  auto admitted = credits::admit_call(*readers_.lend(), prices_, guest.account, guest.run, guest.max_credits);
  if (!admitted) metrics_.refused.add();
  return admitted;
}

base::Task<void> Meter::charge(const Guest& guest, const Model& model, const Answer& answer, bool is_told) {
  const auto hear_out = [&](const auto& heard) { guest.hear_out([heard] { heard(true); }); };
  (void)co_await awaited<bool>(loop_, hear_out);   // it is said before this call stands in the thread
  const credits::Tokens tokens = answer.tokens();
  const int64_t cost = credits::cost_of(tokens, model.price);
  metrics_.calls.add();
  metrics_.input_tokens.add(static_cast<uint64_t>(tokens.input));
  metrics_.output_tokens.add(static_cast<uint64_t>(tokens.output));
  const auto charge = [guest, model, is_told, tokens, cost, is_guess = answer.is_guess()](
                          store::Transaction& transaction, const std::vector<threads::News>& news) -> Result<void> {
    TRY(credits::charge_call(transaction, guest.account, guest.run, cost));
    TRY(store::add_model_call(transaction, guest.run,
                              {.model = model.id,
                               .input_tokens = tokens.input,
                               .cached_tokens = tokens.cached,
                               .output_tokens = tokens.output,
                               .credits = cost}));
    const threads::Place place{.thread = guest.thread, .run = guest.run};
    TRY(threads::append(transaction, place, news));
    if (!is_told) return {};
    return threads::append_usage(transaction, place,
                                 {.model = model.id,
                                  .input_tokens = tokens.input,
                                  .cached_tokens = tokens.cached,
                                  .output_tokens = tokens.output,
                                  .credits = cost,
                                  .is_guess = is_guess});
  };
  // What is taken is submitted before anybody takes more, and again with it where the store would not have it.
  std::vector<threads::News> taken;
  const auto commit = [&](auto done) {
    guest.hand_over_news([&](std::vector<threads::News> news) {
      taken.insert(taken.end(), std::make_move_iterator(news.begin()), std::make_move_iterator(news.end()));
      writer_.submit([charge, taken](store::Transaction& transaction) { return charge(transaction, taken); },
                     std::move(done));
    });
  };
  Pause pause(loop_);
  for (;;) {
    const auto durable = co_await awaited<Result<void>>(loop_, commit);
    if (durable) break;
    base::log::error(
        gives_up_ ? "a model's call could not be charged" : "a model's call could not be charged; it is tried again",
        {{"run", guest.run}, {"error", durable.error().detail}});
    if (gives_up_) co_return;
    co_await pause.sleep(kStoreRetry);
  }
  feed_.announce(guest.run);
}

}   // namespace capid::gateway
