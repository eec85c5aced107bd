// SPDX-License-Identifier: Apache-2.0
#include "gateway/search.h"

#include "tests/support/test.h"

using namespace capid::gateway;

namespace {

std::string words(const std::string& path) {
  const auto found = words_of(path);
  return found ? *found : "! " + found.error().message;
}

}   // namespace

TEST_CASE("the words of a search, however they are encoded") {
  CHECK(words("/search?q=plain") == "plain");
  CHECK(words("/search?q=a+b%20c%2B%26") == "a b c+&");
  CHECK(words("/search?x=1&q=f%C3%B6%c3%b6&y") == "föö");
  CHECK(words("/search?q=100%&z=1") == "100%");
  CHECK(words("/search?q=%zz%4") == "%zz%4");
  CHECK(words("/search?q=%ff%00") == "\xef\xbf\xbd\xef\xbf\xbd");
}

TEST_CASE("a search without words, or with too many, is refused") {
  for (const char* path : {"/search", "/search?", "/search?q=", "/search?query=x", "/search?qq=x"})
    CHECK(words(path) == "! q, what is to be searched for, is missing");
  CHECK(words("/search?q=" + std::string(1'000, 'x')).size() == 1'000);
  CHECK(words("/search?q=" + std::string(1'001, 'x')) == "! q is longer than 1,000 bytes");
}

TEST_CASE("SearXNG is asked for JSON, and for nothing that the words could add") {
  CHECK(searxng_path("a b&format=html#x") == "/search?format=json&q=a%20b%26format%3Dhtml%23x");
}
