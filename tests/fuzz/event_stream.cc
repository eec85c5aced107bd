// SPDX-License-Identifier: Apache-2.0
// Server-Sent Events, as the command line reads them and as the gateway passes them on: whole or in pieces, they are the same,
// and nothing is lost on the way.
#include "net/event_stream.h"

#include <vector>

#include "gateway/event_splitter.h"
#include "tests/fuzz/pieces.h"

using namespace capid;

namespace {

std::vector<std::string> read(std::string_view text, bool cut) {
  std::vector<std::string> told;
  net::EventStream stream([&](const net::ServerEvent& event) { told.push_back(event.id + "|" + event.data); });
  if (!cut) (void)stream.feed(text);
  if (cut) fuzz::in_pieces(text, [&](std::string_view piece) { return stream.feed(piece); });
  return told;
}

std::vector<std::string> split(std::string_view text, bool cut) {
  std::vector<std::string> told;
  std::string passed_on;
  gateway::EventSplitter splitter;
  const auto take = [&](std::string_view piece) {
    splitter.feed(piece);
    while (const auto event = splitter.next()) {
      passed_on += event->text;
      told.push_back(event->data);
    }
    return true;
  };
  if (!cut) take(text);
  if (cut) fuzz::in_pieces(text, take);
  fuzz::promise(text.starts_with(passed_on) && splitter.has_rest() == (passed_on.size() < text.size()));
  return told;
}

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  fuzz::promise(read(text, false) == read(text, true));
  fuzz::promise(split(text, false) == split(text, true));
  return 0;
}
