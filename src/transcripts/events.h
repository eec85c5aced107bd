// SPDX-License-Identifier: Apache-2.0
// Our own language: {"type": "message", "text": "…"} and its kin, one a line.
#pragma once

#include "transcripts/reader.h"

namespace capid::transcripts {

/// prompt {text}, message {text}, thinking {text}, tool_call {id, name, input}, tool_result {id, output, isError}, web_search {query}, log
/// {text}, error {message}; artifact {path, title} names a file below /out, and result {text} is the run's result. failure {code, message} says that there is none; its code may be
/// MAX_TURNS or MODEL_ERROR, any other means AGENT_EXIT_NONZERO.
class Events : public Reader {
 public:
  using Reader::Reader;

 private:
  void take(const Json& line) override;
};

}   // namespace capid::transcripts
