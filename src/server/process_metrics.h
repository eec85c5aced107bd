// SPDX-License-Identifier: Apache-2.0
// What is counted of this process and its disk, under the names that Prometheus's own libraries use.
#pragma once

#include <string>

#include "base/metrics.h"

namespace capid::server {

void write_process_metrics(base::MetricsText& text, const std::string& data_folder);

}   // namespace capid::server
