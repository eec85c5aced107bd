// SPDX-License-Identifier: Apache-2.0
#include "transcripts/codex.h"

#include <string>

namespace capid::transcripts {

void Codex::take(const Json& line) {
  const std::string type = text_of(member(line, "type"));
  const Json& item = member(line, "item");
  if (type == "item.started") take_item(item, false);
  if (type == "item.completed") take_item(item, true);
  if (type == "turn.failed") fail(text_of(member(member(line, "error"), "message")));
  if (type == "error") tell("error", {{"code", "AGENT"}, {"message", text_of(member(line, "message"))}});
}

// Commands and tools are told of when they begin and when they end, everything else when it is whole.
void Codex::take_item(const Json& item, bool is_over) {
  const std::string type = text_of(member(item, "type"));
  if (type == "command_execution") return take_command(item, is_over);
  if (type == "mcp_tool_call") return take_tool(item, is_over);
  if (!is_over) return;
  if (type == "agent_message") {
    const Json& text = member(item, "text");
    if (text.is_string()) summary_.text = text.get<std::string>();   // the last one is the result
    tell("message", {{"text", text_of(text)}});
  }
  if (type == "reasoning") tell("thinking", {{"text", text_of(member(item, "text"))}});
  if (type == "web_search") tell("web_search", {{"query", text_of(member(item, "query"))}});
  if (type == "error") tell("error", {{"code", "AGENT"}, {"message", text_of(member(item, "message"))}});
  if (type == "file_change") {
    const std::string id = text_of(member(item, "id"));
    tell("tool_call", {{"id", id}, {"name", "file_change"}, {"input", bounded(member(item, "changes"))}});
    const std::string status = text_of(member(item, "status"));
    tell("tool_result", {{"id", id}, {"output", status}, {"isError", status == "failed"}});
  }
}

void Codex::take_command(const Json& item, bool is_over) {
  const std::string id = text_of(member(item, "id"));
  if (!is_over) {
    const OrderedJson input{{"command", text_of(member(item, "command"))}};
    return tell("tool_call", {{"id", id}, {"name", "command"}, {"input", input}});
  }
  const Json& exit_code = member(item, "exit_code");
  tell("tool_result", {{"id", id},
                       {"output", text_of(member(item, "aggregated_output"))},
                       {"isError", !exit_code.is_number() || exit_code != 0}});
}

void Codex::take_tool(const Json& item, bool is_over) {
  const std::string id = text_of(member(item, "id"));
  if (!is_over) {
    const std::string name = text_of(member(item, "server")) + "." + text_of(member(item, "tool"));
    return tell("tool_call", {{"id", id}, {"name", name}, {"input", bounded(member(item, "arguments"))}});
  }
  const Json& error = member(item, "error");
  tell("tool_result", {{"id", id},
                       {"output", bounded(error.is_null() ? member(item, "result") : error)},
                       {"isError", !error.is_null()}});
}

void Codex::fail(const std::string& why) {
  summary_.problem = Error{Code::kAgentExitNonzero, "Codex failed: " + (why.empty() ? "it gave no reason" : why)};
}

}   // namespace capid::transcripts
