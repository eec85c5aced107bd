// SPDX-License-Identifier: Apache-2.0
// What agents say: e of our own events, c of Claude Code's, x of Codex'. Whole or in pieces, it is the same thread.
#include "base/json.h"
#include "tests/fuzz/pieces.h"
#include "transcripts/reader.h"

using namespace capid;

namespace {

std::string read(transcripts::Language language, std::string_view text, bool cut) {
  std::string told;
  const auto reader = transcripts::make_reader(
      language, {.on_step = [&](transcripts::Step step) { told += step.type + " " + base::dump(step.data) + "\n"; },
                 .on_title = [&](transcripts::FileTitle title) { told += title.path + ": " + title.title + "\n"; }});
  if (cut)
    fuzz::in_pieces(text, [&](std::string_view piece) {
      reader->feed(piece);
      return true;
    });
  else
    reader->feed(text);
  reader->finish();
  const transcripts::Summary& summary = reader->summary();
  return told + summary.text.value_or("-") + (summary.problem ? summary.problem->message : "");
}

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using enum transcripts::Language;
  const auto [choice, rest] = fuzz::chosen(data, size);
  const auto language = choice == 'c' ? kClaude : choice == 'x' ? kCodex : kEvents;
  fuzz::promise(read(language, rest, false) == read(language, rest, true));
  return 0;
}
