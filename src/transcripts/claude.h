// SPDX-License-Identifier: Apache-2.0
// What Claude Code says: `claude -p PROMPT --output-format stream-json --verbose`.
#pragma once

#include "transcripts/reader.h"

namespace capid::transcripts {

class Claude : public Reader {
 public:
  using Reader::Reader;

 private:
  void take(const Json& line) override;
  void take_assistant(const Json& content);
  void take_tool_results(const Json& content);
  void take_result(const Json& result);
};

}   // namespace capid::transcripts
