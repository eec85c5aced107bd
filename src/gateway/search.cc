// SPDX-License-Identifier: Apache-2.0
#include "gateway/search.h"

#include "base/text.h"
#include "net/url.h"

namespace capid::gateway {
namespace {

constexpr size_t kMostWords = 1'000;
constexpr std::string_view kQuestion = "q=";

}   // namespace

Result<std::string> words_of(std::string_view path) {
  const size_t query = path.find('?');
  for (const std::string& field : base::split(query == std::string_view::npos ? "" : path.substr(query + 1), '&')) {
    if (!field.starts_with(kQuestion)) continue;
    std::string words = base::to_utf8(base::percent_decoded(field.substr(kQuestion.size())));
    if (words.size() > kMostWords) return Error{Code::kInvalidParameter, "q is longer than 1,000 bytes"};
    if (!words.empty()) return words;
  }
  return Error{Code::kInvalidParameter, "q, what is to be searched for, is missing"};
}

std::string searxng_path(std::string_view words) { return "/search?format=json&q=" + net::encode(words); }

Error no_search() {
  return {Code::kRouteNotFound,
          "this run cannot search the web: its app lists no web_search among its tools, or capid's config names no "
          "web_search.searxng"};
}

Error refused_search(int status) {
  return {Code::kModelError, "the search engine answered " + std::to_string(status) +
                                 (status == 403 ? ": its settings must list json among search.formats" : "")};
}

}   // namespace capid::gateway
