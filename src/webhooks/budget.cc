// SPDX-License-Identifier: Apache-2.0
#include "webhooks/budget.h"

#include <algorithm>

namespace capid::webhooks {
namespace {

using Share = Budget::Share;

bool fits_into(const Share& limit, const Share& used, int64_t bytes) {
  return used.count == 0 || (used.count < limit.count && bytes <= limit.bytes - used.bytes);
}

// What is left of a limit to those who have something on its way already.
Share without_last_quarter(const Share& limit) {
  return {limit.count - limit.count / 4, limit.bytes - limit.bytes / 4};
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
  if (!fits(lane, bytes)) return false;
  add(all_, bytes);
  add(accounts_[lane.account], bytes);
  add(lanes_[lane], bytes);
  return true;
}

bool Budget::fits(const store::DeliveryLane& lane, int64_t bytes) const {
  const Share of_account = used_by(accounts_, lane.account), of_lane = used_by(lanes_, lane);
  return fits_into(of_account.count == 0 ? limits_.all : without_last_quarter(limits_.all), all_, bytes) &&
         fits_into(of_lane.count == 0 ? limits_.account : without_last_quarter(limits_.account), of_account, bytes) &&
         fits_into(limits_.lane, of_lane, bytes);
}

void Budget::give_back(const store::DeliveryLane& lane, int64_t bytes) {
  --all_.count;
  all_.bytes -= bytes;
  subtract(accounts_, lane.account, bytes);
  subtract(lanes_, lane, bytes);
}

bool Budget::has_room(const store::DeliveryLane& lane) const { return fits(lane, 0); }

}   // namespace capid::webhooks
