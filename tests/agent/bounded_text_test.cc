// SPDX-License-Identifier: Apache-2.0
#include "agent/bounded_text.h"

#include "base/text.h"
#include "tests/support/test.h"

using capid::agent::bounded;
using capid::agent::BoundedText;

TEST_CASE("a text that fits stays as it is, whatever it is cut into") {
  for (const size_t size :
       {size_t{0}, size_t{1}, BoundedText::kMost / 2, BoundedText::kMost / 2 + 1, BoundedText::kMost})
    CHECK(bounded(std::string(size, 'x')) == std::string(size, 'x'));
  BoundedText text;
  for (const char* piece : {"a", "", "bc", "d"}) text.add(piece);
  CHECK(text.text() == "abcd");
}

TEST_CASE("of a longer one the head and the tail are kept") {
  const size_t end = BoundedText::kMost / 2;
  const std::string long_text = std::string(end, 'a') + std::string(1'000'000, 'b') + std::string(end, 'c');
  const std::string expected = std::string(end, 'a') + "\n… 1000000 bytes are left out …\n" + std::string(end, 'c');
  for (const size_t piece : {size_t{1} << 21, size_t{10'007}, size_t{1}}) {
    BoundedText text;
    for (size_t at = 0; at < long_text.size(); at += piece) text.add(std::string_view(long_text).substr(at, piece));
    CHECK(text.text() == expected);
  }
}

TEST_CASE("what is no UTF-8 becomes text, also where a letter is cut") {
  CHECK(bounded("a\xff") == "a\xef\xbf\xbd");
  std::string letters;
  while (letters.size() < 2 * BoundedText::kMost + 1) letters += "ä€";
  CHECK(capid::base::is_utf8(bounded(letters)));
}
