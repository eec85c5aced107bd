// SPDX-License-Identifier: Apache-2.0
// Deliveries of webhooks, for people.
#pragma once

#include <string>
#include <vector>

#include "store/deliveries.h"

namespace capid::cli {

/// A delivery with its tries, the first one first.
struct DeliveryLog {
  store::Delivery delivery;
  std::vector<store::Attempt> attempts;
};

/// A line a delivery: id, status, tries, what the last one came to, where it goes, run, created.
void print_deliveries(const std::vector<DeliveryLog>& logs);

/// What a try came to: "HTTP 200", or why there was no answer.
[[nodiscard]] std::string outcome_of(const store::Attempt& attempt);

}   // namespace capid::cli
