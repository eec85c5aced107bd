// SPDX-License-Identifier: Apache-2.0
#include "transcripts/events.h"

#include <string>

namespace capid::transcripts {

void Events::take(const Json& line) {
  const std::string type = text_of(member(line, "type"));
  const auto text = [&](const char* name) { return text_of(member(line, name)); };
  if (type == "prompt" || type == "message" || type == "thinking") {
    tell(type, {{"text", text("text")}});
  } else if (type == "tool_call") {
    tell(type, {{"id", text("id")}, {"name", text("name")}, {"input", bounded(member(line, "input"))}});
  } else if (type == "tool_result") {
    tell(type, {{"id", text("id")},
                {"output", bounded(member(line, "output"))},
                {"isError", member(line, "isError") == true}});
  } else if (type == "web_search") {
    tell(type, {{"query", text("query")}});
  } else if (type == "log") {
    tell(type, {{"stream", "agent"}, {"text", text("text")}});
  } else if (type == "error") {
    tell(type, {{"code", "AGENT"}, {"message", text("message")}});
  } else if (type == "artifact") {
    title(text("path"), text("title"));
  } else if (type == "result") {
    const Json& result = member(line, "text");
    summary_.text = result.is_string() ? result.get<std::string>() : base::dump(result);
  } else if (type == "failure") {
    const std::string code = text("code");
    summary_.problem = Error{code == "MAX_TURNS"     ? Code::kMaxTurns
                             : code == "MODEL_ERROR" ? Code::kModelError
                                                     : Code::kAgentExitNonzero,
                             text("message")};
  } else {
    tell("log",
         {{"stream", "transcript"}, {"text", "an event of no known type: " + shortened(base::dump(line)) + "\n"}});
  }
}

}   // namespace capid::transcripts
