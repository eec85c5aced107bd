// SPDX-License-Identifier: Apache-2.0
#include "base/metrics.h"

#include "tests/support/test.h"

using namespace capid::base;

TEST_CASE("metrics are shown as Prometheus reads them") {
  Histogram histogram({0.5, 2});
  for (const double value : {0.25, 0.5, 1.0, 3.0}) histogram.observe(value);
  Counter counter;
  counter.add();
  counter.add(1'000'000);
  MetricsText text;
  text.family("capid_things_total", "counter", "Things.");
  text.sample({}, static_cast<double>(counter.value()));
  text.sample({{"kind", "a\"b\\c\nd"}, {"other", "x"}}, 0.1);
  text.family("capid_seconds", "histogram", "How long.");
  text.samples(histogram);
  CHECK(text.take() == R"(# HELP capid_things_total Things.
# TYPE capid_things_total counter
capid_things_total 1000001
capid_things_total{kind="a\"b\\c d",other="x"} 0.1
# HELP capid_seconds How long.
# TYPE capid_seconds histogram
capid_seconds_bucket{le="0.5"} 2
capid_seconds_bucket{le="2"} 3
capid_seconds_bucket{le="+Inf"} 4
capid_seconds_sum 4.75
capid_seconds_count 4
)");
}
