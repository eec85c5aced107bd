// SPDX-License-Identifier: Apache-2.0
#include "net/event_stream.h"

#include <vector>

#include "tests/support/test.h"

using namespace capid::net;

namespace {

std::vector<std::string> read(const std::string& text, size_t piece) {
  std::vector<std::string> seen;
  EventStream stream([&](const ServerEvent& event) { seen.push_back(event.id + ":" + event.data); });
  for (size_t at = 0; at < text.size(); at += piece) REQUIRE(stream.feed(text.substr(at, piece)));
  return seen;
}

}   // namespace

TEST_CASE("events are found wherever the pieces are cut, whatever ends a line") {
  const std::string text =
      "retry: 2000\n\n: keep-alive\n\nid: 1\ndata: {\"a\":1}\n\nid:2\r\ndata:one\r\ndata: two\r\n\r\n"
      "event: x\rdata\r\rid: 9\n\ndata: three\n\ndata: unfinished";
  const std::vector<std::string> expected{"1:{\"a\":1}", "2:one\ntwo", "2:", "9:three"};
  for (const size_t piece : {1, 2, 3, 7, 1000}) {
    CAPTURE(piece);
    CHECK(read(text, piece) == expected);
  }
}

TEST_CASE("a line that does not end is given up") {
  EventStream stream([](const ServerEvent&) {});
  const std::string piece(1 << 20, 'x');
  size_t fed = 0;
  while (stream.feed(piece)) fed += piece.size();
  CHECK(fed == EventStream::kMost);
}
