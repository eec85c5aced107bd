// SPDX-License-Identifier: Apache-2.0
#include "gateway/event_splitter.h"

#include "tests/support/test.h"

using capid::gateway::EventSplitter;

namespace {

// Each event as text|data, fed in pieces of `size`.
std::string split(const std::string& stream, size_t size) {
  EventSplitter splitter;
  std::string events;
  for (size_t at = 0; at < stream.size(); at += size) {
    splitter.feed(std::string_view(stream).substr(at, size));
    while (const auto event = splitter.next()) events += event->text + "|" + event->data + "\n";
  }
  return events + (splitter.has_rest() ? "rest" : "");
}

}   // namespace

TEST_CASE("events are passed on byte by byte, however they are cut") {
  const std::string stream =
      ": a comment\n\nevent: x\ndata: one\ndata:two\nid: 3\n\ndata: three\r\n\r\ndata:  four \n\n\n";
  const std::string expected =
      ": a comment\n\n|\nevent: x\ndata: one\ndata:two\nid: 3\n\n|one\ntwo\ndata: three\r\n\r\n|three\ndata:  four "
      "\n\n| four \n\n|\n";
  for (size_t size = 1; size <= stream.size(); ++size) {
    CAPTURE(size);
    CHECK(split(stream, size) == expected);
  }
}

TEST_CASE("half an event is none") {
  CHECK(split("data: one\n\ndata: tw", 3) == "data: one\n\n|one\nrest");
  CHECK(split("data: one\n", 100) == "rest");
  CHECK(split("", 1) == "");
}

TEST_CASE("what was given out is not kept, and an event without end is noticed") {
  EventSplitter splitter;
  const std::string event = "data: " + std::string(1000, 'x') + "\n\n";
  for (int i = 0; i < 100'000; ++i) {
    splitter.feed(event);
    REQUIRE(splitter.next()->data.size() == 1000);
    REQUIRE_FALSE(splitter.next());
  }
  CHECK_FALSE(splitter.is_too_large());
  const std::string megabyte(1 << 20, 'x');
  for (int i = 0; i < 17; ++i) splitter.feed(megabyte);
  CHECK(splitter.is_too_large());
}
