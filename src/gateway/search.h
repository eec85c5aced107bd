// SPDX-License-Identifier: Apache-2.0
// How an agent asks its gateway for a search of the web, and how SearXNG is asked then.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace capid::gateway {

/// The words of `/search?q=WORDS`. Errors: kInvalidParameter where there are none, or more than 1,000 bytes.
[[nodiscard]] Result<std::string> words_of(std::string_view path);

/// SearXNG's own path for these words, with an answer in JSON.
[[nodiscard]] std::string searxng_path(std::string_view words);

/// A run that may not search, or whose operator has no search engine.
[[nodiscard]] Error no_search();

/// The search engine answered with `status` instead of an answer.
[[nodiscard]] Error refused_search(int status);

}   // namespace capid::gateway
