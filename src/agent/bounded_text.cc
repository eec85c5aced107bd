// SPDX-License-Identifier: Apache-2.0
#include "agent/bounded_text.h"

#include <algorithm>

#include "base/text.h"

namespace capid::agent {
namespace {

constexpr size_t kEnd = BoundedText::kMost / 2;

}   // namespace

void BoundedText::add(std::string_view bytes) {
  total_ += static_cast<int64_t>(bytes.size());
  const size_t fits = std::min(bytes.size(), kEnd - head_.size());
  head_ += bytes.substr(0, fits);
  tail_ += bytes.substr(fits);
  if (tail_.size() > 2 * kEnd) tail_.erase(0, tail_.size() - kEnd);
}

std::string BoundedText::text() const {
  if (total_ <= static_cast<int64_t>(kMost)) return base::to_utf8(head_ + tail_);
  const std::string_view tail = std::string_view(tail_).substr(tail_.size() - kEnd);
  return base::to_utf8(head_) + "\n… " + std::to_string(total_ - static_cast<int64_t>(kMost)) +
         " bytes are left out …\n" + base::to_utf8(tail);
}

std::string bounded(std::string_view text) {
  BoundedText bounded;
  bounded.add(text);
  return bounded.text();
}

}   // namespace capid::agent
