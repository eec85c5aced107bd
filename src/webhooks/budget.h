// SPDX-License-Identifier: Apache-2.0
// How much may be on its way at once: in all, of one account, and to one receiver, so that neither a dead receiver nor
// an account with many of them takes the room of the others.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "store/deliveries.h"

namespace capid::webhooks {

class Budget {
 public:
  /// A count of deliveries, and of the bytes of their bodies, which are held while they are on their way.
  struct Share {
    int64_t count = 0;
    int64_t bytes = 0;
  };

  /// A thousand that wait for one dead receiver leave room for as many of the same account.
  struct Limits {
    Share all{4096, int64_t{64} << 20};
    Share account{2048, int64_t{32} << 20};
    Share lane{1536, int64_t{16} << 20};

    /// The same counts, or fewer in the same proportion where each of them must be one of so many descriptors.
    [[nodiscard]] static Limits within(int64_t descriptors);
  };

  explicit Budget(const Limits& limits) : limits_(limits) {}

  /// False, and nothing taken, where a limit would be passed. A body larger than a limit of bytes goes alone.
  [[nodiscard]] bool take(const store::DeliveryLane& lane, int64_t bytes);
  void give_back(const store::DeliveryLane& lane, int64_t bytes);

  /// Whether one more may begin at all, and in this lane.
  [[nodiscard]] bool has_room() const { return all_.count < limits_.all.count; }
  [[nodiscard]] bool has_room(const store::DeliveryLane& lane) const;

  [[nodiscard]] int64_t lane_limit() const { return limits_.lane.count; }

 private:
  Limits limits_;
  Share all_;
  std::map<std::string, Share> accounts_;   // what is in use: none of them is empty
  std::map<store::DeliveryLane, Share> lanes_;
};

}   // namespace capid::webhooks
