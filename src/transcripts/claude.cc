// SPDX-License-Identifier: Apache-2.0
#include "transcripts/claude.h"

#include <string>

namespace capid::transcripts {

void Claude::take(const Json& line) {
  const std::string type = text_of(member(line, "type"));
  const Json& content = member(member(line, "message"), "content");
  if (type == "assistant") take_assistant(content);
  if (type == "user") take_tool_results(content);
  if (type == "result") take_result(line);
}

void Claude::take_assistant(const Json& content) {
  for (const Json& block : content) {
    const std::string type = text_of(member(block, "type"));
    if (type == "text") tell("message", {{"text", text_of(member(block, "text"))}});
    if (type == "thinking") tell("thinking", {{"text", text_of(member(block, "thinking"))}});
    if (type == "tool_use") {
      const std::string name = text_of(member(block, "name"));
      if (name == "WebSearch") tell("web_search", {{"query", text_of(member(member(block, "input"), "query"))}});
      tell("tool_call",
           {{"id", text_of(member(block, "id"))}, {"name", name}, {"input", bounded(member(block, "input"))}});
    }
  }
}

void Claude::take_tool_results(const Json& content) {
  for (const Json& block : content) {
    if (text_of(member(block, "type")) != "tool_result") continue;
    tell("tool_result", {{"id", text_of(member(block, "tool_use_id"))},
                         {"output", bounded(member(block, "content"))},
                         {"isError", member(block, "is_error") == true}});
  }
}

// `subtype` may say success where `is_error` says otherwise, and the other way round: whichever says error counts.
void Claude::take_result(const Json& result) {
  const Json& text = member(result, "result");
  if (text.is_string()) summary_.text = text.get<std::string>();
  const std::string subtype = text_of(member(result, "subtype"));
  if (member(result, "is_error") != true && !subtype.starts_with("error")) return;
  const bool is_about_turns = subtype == "error_max_turns";
  const std::string why = summary_.text.value_or("").empty() ? subtype : shortened(*summary_.text);
  summary_.problem = Error{is_about_turns ? Code::kMaxTurns : Code::kAgentExitNonzero, "Claude Code failed: " + why};
}

}   // namespace capid::transcripts
