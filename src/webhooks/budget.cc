// SPDX-License-Identifier: Apache-2.0
#include "webhooks/budget.h"

#include <algorithm>

namespace capid::webhooks {
namespace {

using Share = Budget::Share;

bool fits(const Share& used, const Share& limit, int64_t bytes) {
  return used.count == 0 || (used.count < limit.count && bytes <= limit.bytes - used.bytes);
}

void add(Share& used, int64_t bytes) {
  ++used.count;
  used.bytes += bytes;
}

template <typename Key>
Share used_by(const std::map<Key, Share>& shares, const Key& key) {
  const auto found = shares.find(key);
  return found == shares.end() ? Share{} : found->second;
}

template <typename Key>
void subtract(std::map<Key, Share>& shares, const Key& key, int64_t bytes) {
  const auto found = shares.find(key);
  CHECK(found != shares.end());
  found->second.bytes -= bytes;
  if (--found->second.count == 0) shares.erase(found);
}

}   // namespace

Budget::Limits Budget::Limits::within(int64_t descriptors) {
  const Limits whole;
  const auto scaled = [&](Share share) {
    share.count = std::max<int64_t>(1, share.count * std::min(descriptors, whole.all.count) / whole.all.count);
    return share;
  };
  return {.all = scaled(whole.all), .account = scaled(whole.account), .lane = scaled(whole.lane)};
}

bool Budget::take(const store::DeliveryLane& lane, int64_t bytes) {
  if (!fits(all_, limits_.all, bytes) || !fits(used_by(accounts_, lane.account), limits_.account, bytes) ||
      !fits(used_by(lanes_, lane), limits_.lane, bytes)) {
    return false;
  }
  add(all_, bytes);
  add(accounts_[lane.account], bytes);
  add(lanes_[lane], bytes);
  return true;
}

void Budget::give_back(const store::DeliveryLane& lane, int64_t bytes) {
  --all_.count;
  all_.bytes -= bytes;
  subtract(accounts_, lane.account, bytes);
  subtract(lanes_, lane, bytes);
}

bool Budget::has_room(const store::DeliveryLane& lane) const {
  return has_room() && used_by(accounts_, lane.account).count < limits_.account.count &&
         used_by(lanes_, lane).count < limits_.lane.count;
}

}   // namespace capid::webhooks
