// SPDX-License-Identifier: Apache-2.0
// What a run is called in a list: its inputs in a few words.
#pragma once

#include <string>

namespace capid::admin {

/// Of a JSON object of inputs: "region EMEA, year 2026"; of a single one its value alone. Files and what is nested are passed over.
/// Cut after 100 characters. Empty where there is nothing to say.
[[nodiscard]] std::string title_of(const std::string& inputs);

}   // namespace capid::admin
