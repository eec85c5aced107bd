// SPDX-License-Identifier: Apache-2.0
// What the gateway is given: the providers and models that the operator set up, and whose a run's calls are. Data only.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "credits/prices.h"
#include "net/url.h"
#include "threads/threads.h"

namespace capid::gateway {

/// Whose server answers for some models.
struct Provider {
  std::string name;
  net::Url base_url;           ///< without the protocols' own paths, and without the /v1 that they begin with
  std::string api_key_file;    ///< where its credential lies, read for each call; empty: none there
  std::string api_key_env;     ///< or in which variable of capid's own; empty: none there
  bool wants_bearer = false;   ///< its credential goes into Authorization, whatever the protocol
  int64_t concurrency = 64;    ///< calls at once; others wait
  std::chrono::milliseconds timeout{300'000};   ///< without a byte from it
};

struct Model {
  std::string id;
  std::string provider;   ///< its name
  std::string upstream;   ///< what the provider calls it
  credits::TokenPrice price;
};

/// A run at its gateway.
struct Guest {
  std::string run;
  std::string account;
  std::string thread;
  std::string model;                    ///< the id of the one that it uses; empty: none
  std::optional<int64_t> max_credits;   ///< micro-credits
  bool may_search = false;              ///< the web, where there is a search engine

  /// Told of the first call that was refused for want of credits (kBudgetExceeded, kInsufficientCredits).
  std::function<void(const Error& error)> on_refused;

  /// Told of each search, with its words.
  std::function<void(const std::string& words)> on_search;

  /// Makes sure that what the run said by now is known; `done` follows, on any thread.
  std::function<void(std::function<void()> done)> hear_out;

  /// Calls `submit` at once, with what the run said before: that goes into the thread before what is told of a call.
  std::function<void(const std::function<void(std::vector<threads::News> news)>& submit)> hand_over_news;

  /// Told of how each paid call that was let in ended: with nothing where it went well. All of these are called
  /// on the gateway's thread, and must not block.
  std::function<void(const std::optional<Error>& problem)> on_call;
};

/// What one run, and one call, may cost the gateway.
struct Limits {
  std::chrono::milliseconds idle{30'000};        ///< of an agent's connection, between requests and within one
  std::chrono::milliseconds connect{10'000};     ///< to a provider, its look-up and TLS included
  std::chrono::milliseconds last_words{2'000};   ///< for calls that are still on their way when a run is over
  std::chrono::milliseconds longest_retry_wait{60'000};
  int retries = 2;                                ///< after the first try
  size_t connections = 128;                       ///< of one run at once; further ones wait in the kernel
  size_t question_bytes = size_t{32} << 20;       ///< of one request
  size_t all_question_bytes = size_t{64} << 20;   ///< of all that a run sends at one time
  size_t answer_bytes = size_t{32} << 20;         ///< of an answer that is not streamed
};

}   // namespace capid::gateway
