// SPDX-License-Identifier: Apache-2.0
// What Codex says: `codex exec --json`.
#pragma once

#include "transcripts/reader.h"

namespace capid::transcripts {

class Codex : public Reader {
 public:
  using Reader::Reader;

 private:
  void take(const Json& line) override;
  void take_item(const Json& item, bool is_over);
  void take_command(const Json& item, bool is_over);
  void take_tool(const Json& item, bool is_over);
  void fail(const std::string& why);
};

}   // namespace capid::transcripts
