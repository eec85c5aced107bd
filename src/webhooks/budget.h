// SPDX-License-Identifier: Apache-2.0
// How much may be on its way at once: in all, of one account, and to one receiver. The last quarter of what all may have
// is for accounts that have nothing on its way, and the last quarter of an account's for receivers that have nothing: no
// number of dead receivers, and no few accounts, keep a delivery of somebody else from beginning.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "store/deliveries.h"

namespace capid::webhooks {

class Budget {
 public:
  /// A count of deliveries, and of the bytes that they hold while they are on their way.
  struct Share {
    int64_t count = 0;
    int64_t bytes = 0;
  };

  /// A thousand that wait for one dead receiver leave room for as many of the same account.
  struct Limits {
    Share all{4096, int64_t{128} << 20};
    Share account{2048, int64_t{64} << 20};
    Share lane{1536, int64_t{48} << 20};

    /// The same counts, or fewer in the same proportion where each of them must be one of so many descriptors.
    [[nodiscard]] static Limits within(int64_t descriptors);
  };

  explicit Budget(const Limits& limits) : limits_(limits) {}

  /// False, and nothing taken, where a limit would be passed. What is larger than a limit of bytes goes alone.
  [[nodiscard]] bool take(const store::DeliveryLane& lane, int64_t bytes);
  void give_back(const store::DeliveryLane& lane, int64_t bytes);

  /// Whether one more may begin at all, and in this lane.
  [[nodiscard]] bool has_room() const { return all_.count < limits_.all.count; }
  [[nodiscard]] bool has_room(const store::DeliveryLane& lane) const;

  [[nodiscard]] int64_t lane_limit() const { return limits_.lane.count; }

 private:
  [[nodiscard]] bool fits(const store::DeliveryLane& lane, int64_t bytes) const;

  Limits limits_;
  Share all_;
  std::map<std::string, Share> accounts_;   // what is in use: none of them is empty
  std::map<store::DeliveryLane, Share> lanes_;
};

}   // namespace capid::webhooks
