// SPDX-License-Identifier: Apache-2.0
#include "credits/prices.h"

#include <algorithm>

namespace capid::credits {
namespace {

__extension__ using Wide = __int128;   // two 64-bit numbers multiplied fit

constexpr int64_t kMost = INT64_MAX / 2;   // so that two of them can be added

int64_t thousandth_of(Wide sum) {
  constexpr Wide kThousand = 1'000;
  return static_cast<int64_t>(std::clamp<Wide>((sum + kThousand / 2) / kThousand, 0, kMost));
}

}   // namespace

int64_t cost_of(const Tokens& tokens, const TokenPrice& price) {
  return thousandth_of(Wide{tokens.input - tokens.cached} * price.input + Wide{tokens.cached} * price.cached +
                       Wide{tokens.output} * price.output);
}

int64_t cost_of_cpu(int64_t cpu_ms, int64_t per_cpu_second) { return thousandth_of(Wide{cpu_ms} * per_cpu_second); }

}   // namespace capid::credits
