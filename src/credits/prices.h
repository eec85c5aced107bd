// SPDX-License-Identifier: Apache-2.0
// What things cost. Amounts are micro-credits; data, and the arithmetic of it.
#pragma once

#include <cstdint>

namespace capid::credits {

struct Prices {
  bool enforce = false;   ///< false: metered and shown, and no balance refuses anything
  int64_t starting_balance = 0;
  int64_t per_run = 0;
  int64_t per_cpu_second = 0;
};

/// Of one model, for 1,000 tokens.
struct TokenPrice {
  int64_t input = 0;
  int64_t output = 0;
  int64_t cached = 0;
};

struct Tokens {
  int64_t input = 0;    ///< all of what was asked
  int64_t cached = 0;   ///< of those, what the model's server had already
  int64_t output = 0;
};

/// Rounded to the nearest micro-credit, once, half of one upwards. Never more than about nine million million credits, and
/// never less than nothing.
[[nodiscard]] int64_t cost_of(const Tokens& tokens, const TokenPrice& price);

/// Likewise, of so many milliseconds of processor time.
[[nodiscard]] int64_t cost_of_cpu(int64_t cpu_ms, int64_t per_cpu_second);

}   // namespace capid::credits
