// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include "tests/support/test.h"

using namespace capid::base;
using namespace std::string_view_literals;

namespace {

#define FFFD "\xEF\xBF\xBD"   // the replacement character

}   // namespace

TEST_CASE("what is no UTF-8, and NUL, becomes the replacement character, byte by byte") {
  struct Case {
    std::string_view bytes, expected;
  };
  constexpr Case cases[] = {
      {"", ""},
      {"plain", "plain"},
      {"ä€😀", "ä€😀"},
      {"a\0b"sv, "a" FFFD "b"},
      {"\x80", FFFD},   // a continuation without a lead
      {"\xff\xfe", FFFD FFFD},
      {"\xc0\xaf", FFFD FFFD},   // an overlong '/'
      {"\xc1\xbf", FFFD FFFD},
      {"\xe0\x80\xaf", FFFD FFFD FFFD},
      {"\xe0\x9f\xbf", FFFD FFFD FFFD},
      {"\xf0\x80\x80\xaf", FFFD FFFD FFFD FFFD},
      {"\xf0\x8f\xbf\xbf", FFFD FFFD FFFD FFFD},
      {"\xed\xa0\x80", FFFD FFFD FFFD},                           // a surrogate
      {"\xed\x9f\xbf\xee\x80\x80", "\xed\x9f\xbf\xee\x80\x80"},   // its neighbours
      {"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},                   // U+10FFFF
      {"\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD},                  // beyond
      {"\xf5\x80\x80\x80", FFFD FFFD FFFD FFFD},
      {"a\xc3", "a" FFFD},   // cut off
      {"\xe2\x82", FFFD FFFD},
      {"\xf0\x9f\x98", FFFD FFFD FFFD},
      {"\xc3"
       "a",
       FFFD "a"},
      {"\xe2\x82"
       "a",
       FFFD FFFD "a"},
      {"\xc3\xc3\xa4", FFFD "ä"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.bytes);
    CHECK(to_utf8(one.bytes) == one.expected);
    CHECK(is_utf8(one.bytes) == (one.bytes == one.expected || one.bytes == "a\0b"sv));
  }
}

TEST_CASE("the nearest name is offered where it is near enough") {
  const std::vector<std::string> names{"concurrency", "queue_limit", "red", "Green", "id"};
  struct Case {
    std::string_view word, expected;   // empty: none
  };
  constexpr Case cases[] = {
      {"concurency", "concurrency"},     // a letter missing
      {"concurrencyy", "concurrency"},   // one too many
      {"cuncorrency", "concurrency"},    // two changed
      {"concurrecny", "concurrency"},    // two swapped
      {"CONCURRENCY", "concurrency"},
      {"queue-limit", "queue_limit"},
      {"rde", "red"},   // a swap counts once
      {"re", "red"},
      {"blue", ""},
      {"green", "Green"},
      {"di", "id"},
      {"xy", ""},
      {"x", ""},
      {"", ""},
      {"conc", ""},
  };
  for (const Case& one : cases) {
    CAPTURE(one.word);
    CHECK(nearest(one.word, names).value_or("") == one.expected);
    CHECK(did_you_mean(one.word, names) ==
          (one.expected.empty() ? "" : "; did you mean \"" + std::string(one.expected) + "\"?"));
  }
  CHECK_FALSE(nearest("a", {}));
  const std::vector<std::string> long_names{std::string(65, 'x')};
  CHECK(nearest(std::string(64, 'x'), long_names));
  CHECK_FALSE(nearest(std::string(65, 'x'), long_names));   // a stranger's word must not cost much
}

TEST_CASE("a whole number is read exactly or not at all") {
  CHECK(to_integer("0") == 0);
  CHECK(to_integer("-7") == -7);
  CHECK(to_integer("007") == 7);
  CHECK(to_integer("9223372036854775807") == INT64_MAX);
  CHECK(to_integer("-9223372036854775808") == INT64_MIN);
  for (const char* bad :
       {"", "-", "+1", " 1", "1 ", "1.0", "1e3", "0x10", "--1", "9223372036854775808", "-9223372036854775809", "١"}) {
    CAPTURE(bad);
    CHECK_FALSE(to_integer(bad));
  }
}

TEST_CASE("a number is read exactly or not at all") {
  CHECK(to_number("1.5") == 1.5);
  CHECK(to_number("-2") == -2.0);
  CHECK(to_number("1e3") == 1000.0);
  for (const char* bad : {"", "-", "+1", " 1", "1 ", "1,5", "nan", "inf", "-inf", "1e999", "0x10", "1.5x"}) {
    CAPTURE(bad);
    CHECK_FALSE(to_number(bad));
  }
}

TEST_CASE("a time needs its unit") {
  CHECK(to_duration_ms("250ms") == 250);
  CHECK(to_duration_ms("90s") == 90'000);
  CHECK(to_duration_ms("10m") == 600'000);
  CHECK(to_duration_ms("2h") == 7'200'000);
  CHECK(to_duration_ms("30d") == 2'592'000'000);
  CHECK(to_duration_ms("0s") == 0);
  CHECK(to_duration_ms("9223372036854775807ms") == INT64_MAX);
  CHECK(to_duration_ms("106751991167d") == 106'751'991'167 * 86'400'000);
  for (const char* bad :
       {"", "10", "s", "-1s", "1.5s", "1 s", "1S", "1w", "1s ", "106751991168d", "9223372036854775808ms", "1s1s"}) {
    CAPTURE(bad);
    CHECK_FALSE(to_duration_ms(bad));
  }
}

TEST_CASE("a size needs its unit") {
  CHECK(to_bytes("100B") == 100);
  CHECK(to_bytes("64KiB") == 65'536);
  CHECK(to_bytes("512MiB") == 536'870'912);
  CHECK(to_bytes("1GiB") == 1'073'741'824);
  CHECK(to_bytes("2TiB") == 2'199'023'255'552);
  CHECK(to_bytes("8388607TiB") == 8'388'607 * (int64_t{1} << 40));
  for (const char* bad :
       {"", "1", "1KB", "1kib", "1 MiB", "-1B", "1.5GiB", "8388608TiB", "9223372036854775807KiB", "MiB"}) {
    CAPTURE(bad);
    CHECK_FALSE(to_bytes(bad));
  }
}

TEST_CASE("an amount of credits is exact to the sixth decimal") {
  struct Case {
    std::string_view text;
    int64_t micro;
    std::string_view shown;
  };
  constexpr Case cases[] = {
      {"0", 0, "0"},
      {"1", 1'000'000, "1"},
      {"1.25", 1'250'000, "1.25"},
      {"0.000001", 1, "0.000001"},
      {"0.1", 100'000, "0.1"},
      {"-1.5", -1'500'000, "-1.5"},
      {"-0.000001", -1, "-0.000001"},
      {"-0", 0, "0"},
      {"1.000000", 1'000'000, "1"},
      {"007", 7'000'000, "7"},
      {"1000000.1", 1'000'000'100'000, "1000000.1"},
      {"9223372036854.775807", INT64_MAX, "9223372036854.775807"},
      {"-9223372036854.775807", -INT64_MAX, "-9223372036854.775807"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.text);
    CHECK(to_micro(one.text) == one.micro);
    CHECK(micro_to_text(one.micro) == one.shown);
  }
  CHECK(micro_to_text(INT64_MIN) == "-9223372036854.775808");
  for (const char* bad : {"", "-", ".", "1.", ".5", "1.0000000", "1.1234567", "1,5", "+1", "--1", "1e3", "1.2.3", " 1",
                          "1 ", "1.-5", "x", "9223372036854.775808", "99999999999999999999"}) {
    CAPTURE(bad);
    CHECK_FALSE(to_micro(bad));
  }
}

TEST_CASE("only ASCII letters are lowered") { CHECK(to_lower("AZaz09ÄÖ_") == "azaz09ÄÖ_"); }

TEST_CASE("text is split at every separator and joined again") {
  const std::vector<std::string> parts{"a", "", "b", ""};
  CHECK(split("a,,b,", ',') == parts);
  CHECK(split("", ',') == std::vector<std::string>{""});
  CHECK(split("a", ',') == std::vector<std::string>{"a"});
  CHECK(join(parts, ", ") == "a, , b, ");
  CHECK(join({}, ",").empty());
}

TEST_CASE("what was split joins to what it was") {
  for (const char* text : {"/a/b", "a//b/", "", "a"}) CHECK(join(split(text, '/'), "/") == text);
}
