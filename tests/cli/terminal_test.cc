// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal.h"

#include "tests/support/test.h"

using namespace capid;
using namespace capid::cli;

TEST_CASE("what an agent writes cannot steer a terminal") {
  CHECK(harmless("plain\ttext\nä€") == "plain\ttext\nä€");
  CHECK(harmless("\x1b[31mred\x1b]0;title\x07") == "[31mred]0;title");
  CHECK(harmless("10 %\r20 %\r\n") == "10 %\n20 %\n");
  CHECK(harmless("\xc2\x9b"
                 "2J\x7f\x08") == "2J");
  CHECK(harmless("\xff") == "\xef\xbf\xbd");
}

TEST_CASE("JSON is set out with its order and its digits") {
  CHECK(set_out(R"({"b":1.50,"a":[],"o":{ },"l":[1,{"x":"{\"[,:"}]})") ==
        "{\n  \"b\": 1.50,\n  \"a\": [],\n  \"o\": {},\n  \"l\": [\n    1,\n    {\n      \"x\": \"{\\\"[,:\"\n    }\n  "
        "]\n}");
  CHECK(set_out("null\n") == "null");
}

TEST_CASE("sizes, times and amounts as people read them") {
  CHECK(size_text(1) == "1 byte");
  CHECK(size_text(1023) == "1023 bytes");
  CHECK(size_text(1536) == "1.5 KiB");
  CHECK(size_text(10 << 20) == "10.0 MiB");
  CHECK(time_text(0.042) == "42 ms");
  CHECK(time_text(4.2) == "4.20 s");
  CHECK(time_text(59.94) == "59.9 s");
  CHECK(time_text(185) == "3 m 05 s");
  CHECK(time_text(7440) == "2 h 04 m");
  CHECK(credits_text(1) == "1 credit");
  CHECK(credits_text(2.5) == "2.5 credits");
  CHECK(credits_text(100) == "100 credits");
}

TEST_CASE("what is not in an answer reads as nothing") {
  const Json answer = Json::parse(R"({"text":"x","number":2,"null":null,"list":[1]})");
  CHECK(text_at(answer, "text") == "x");
  CHECK(text_at(answer, "number") == "2");
  CHECK(text_at(answer, "null") == "");
  CHECK(text_at(answer, "gone") == "");
  CHECK(text_at(Json::array(), "text") == "");
  CHECK(number_at(answer, "text") == 0);
  CHECK(part_of(part_of(answer, "list"), "x").is_null());
}
