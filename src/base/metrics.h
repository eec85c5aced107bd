// SPDX-License-Identifier: Apache-2.0
// Numbers that only grow, and Prometheus's text format to show them in (version 0.0.4). Debian's client library for it
// comes as a shared one alone, which a static program cannot link.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace capid::base {

/// May be added to by any thread.
class Counter {
 public:
  void add(uint64_t more = 1) { value_.fetch_add(more, std::memory_order_relaxed); }
  [[nodiscard]] uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

/// How often something took how long. May be added to by any thread.
class Histogram {
 public:
  /// `bounds` grow; what is larger than the last falls into one more bucket.
  explicit Histogram(std::vector<double> bounds);

  void observe(double value);

  struct Snapshot {
    std::vector<std::pair<double, uint64_t>> buckets;   ///< a bound, and how many were at most that
    uint64_t count = 0;
    double sum = 0;
  };
  [[nodiscard]] Snapshot snapshot() const;

 private:
  std::vector<double> bounds_;
  std::unique_ptr<std::atomic<uint64_t>[]> counts_;   ///< one more than bounds
  std::atomic<double> sum_{0};
};

/// Metrics as text, family by family.
class MetricsText {
 public:
  using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

  /// Begins a family; the samples that follow belong to it. `type` is counter, gauge or histogram.
  void family(std::string_view name, std::string_view type, std::string_view help);
  void sample(const Labels& labels, double value);
  void samples(const Histogram& histogram);

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void line(std::string_view suffix, const Labels& labels, double value);

  std::string name_;
  std::string text_;
};

}   // namespace capid::base
