// SPDX-License-Identifier: Apache-2.0
#include "base/metrics.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/check.h"
#include "base/text.h"

namespace capid::base {
namespace {

// The shortest text that reads as this number again.
std::string text_of(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
  CHECK(end.ec == std::errc{});
  return {text.data(), end.ptr};
}

std::string escaped(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    text += c == '\n' ? ' ' : c;
  }
  return text;
}

}   // namespace

Histogram::Histogram(std::vector<double> bounds)
    : bounds_(std::move(bounds)), counts_(new std::atomic<uint64_t>[bounds_.size() + 1] {}) {
  CHECK(std::is_sorted(bounds_.begin(), bounds_.end()));
}

void Histogram::observe(double value) {
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  counts_[static_cast<size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

Histogram::Snapshot Histogram::snapshot() const {
  Snapshot snapshot;
  for (size_t i = 0; i < bounds_.size(); ++i) {
    snapshot.count += counts_[i].load(std::memory_order_relaxed);
    snapshot.buckets.emplace_back(bounds_[i], snapshot.count);
  }
  snapshot.count += counts_[bounds_.size()].load(std::memory_order_relaxed);
  snapshot.sum = sum_.load(std::memory_order_relaxed);
  return snapshot;
}

void MetricsText::family(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  text_ += "# HELP " + name_ + " " + std::string(help) + "\n";
  text_ += "# TYPE " + name_ + " " + std::string(type) + "\n";
}

void MetricsText::sample(const Labels& labels, double value) { line("", labels, value); }

void MetricsText::samples(const Histogram& histogram) {
  const Histogram::Snapshot snapshot = histogram.snapshot();
  for (const auto& [bound, count] : snapshot.buckets)
    line("_bucket", {{"le", text_of(bound)}}, static_cast<double>(count));
  line("_bucket", {{"le", "+Inf"}}, static_cast<double>(snapshot.count));
  line("_sum", {}, snapshot.sum);
  line("_count", {}, static_cast<double>(snapshot.count));
}

void MetricsText::line(std::string_view suffix, const Labels& labels, double value) {
  text_ += name_ + std::string(suffix);
  std::vector<std::string> pairs;
  for (const auto& [name, text] : labels) pairs.push_back(std::string(name) + "=\"" + escaped(text) + "\"");
  if (!pairs.empty()) text_ += "{" + join(pairs, ",") + "}";
  text_ += " " + text_of(value) + "\n";
}

}   // namespace capid::base
