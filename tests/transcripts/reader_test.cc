// SPDX-License-Identifier: Apache-2.0
#include "transcripts/reader.h"

#include "tests/support/test.h"

using namespace capid;
using namespace capid::transcripts;

namespace {

struct Heard {
  std::string steps;   // type and data, a line each
  std::string titles;
  Summary summary;
};

Heard hear(Language language, const std::string& said, size_t piece = 1 << 20) {
  Heard heard;
  const auto reader = make_reader(
      language, {.on_step = [&](const Step& step) { heard.steps += step.type + " " + base::dump(step.data) + "\n"; },
                 .on_title = [&](const FileTitle& title) { heard.titles += title.path + "=" + title.title + " "; }});
  for (size_t at = 0; at < said.size(); at += piece) reader->feed(std::string_view(said).substr(at, piece));
  reader->finish();
  heard.summary = reader->summary();
  return heard;
}

std::string problem_of(const Heard& heard) {
  if (!heard.summary.problem) return "-";
  return std::string(base::to_string(heard.summary.problem->code)) + " " + heard.summary.problem->message;
}

}   // namespace

TEST_CASE("our own events, each of its kind, cut anywhere") {
  const std::string said =
      R"({"type":"prompt","text":"do it"}
{"type":"message","text":"hello"}
{"type":"thinking","text":"hm","more":1}

{"type":"tool_call","id":"1","name":"bash","input":{"command":"ls"}}
{"type":"tool_result","id":"1","output":["a",2,{"b":null}],"isError":true}
{"type":"web_search","query":"q"}
{"type":"log","text":"noted"}
{"type":"error","message":"oh"}
{"type":"artifact","path":"chart.png","title":"A chart"}
{"type":"result","text":"done"})";
  const std::string steps =
      R"(prompt {"text":"do it"}
message {"text":"hello"}
thinking {"text":"hm"}
tool_call {"id":"1","name":"bash","input":{"command":"ls"}}
tool_result {"id":"1","output":["a",2,{"b":null}],"isError":true}
web_search {"query":"q"}
log {"stream":"agent","text":"noted"}
error {"code":"AGENT","message":"oh"}
)";
  for (const size_t piece : {size_t{1}, size_t{7}, said.size()}) {
    const Heard heard = hear(Language::kEvents, said, piece);
    CHECK(heard.steps == steps);
    CHECK(heard.titles == "chart.png=A chart ");
    CHECK(heard.summary.text == "done");
  }
}

TEST_CASE("our own failure says why there is no result") {
  const auto failure = [](const std::string& code) {
    return problem_of(hear(Language::kEvents, R"({"type":"failure","code":")" + code + R"(","message":"so"})"));
  };
  CHECK(failure("MAX_TURNS") == "MAX_TURNS so");
  CHECK(failure("MODEL_ERROR") == "MODEL_ERROR so");
  for (const char* other : {"BUDGET_EXCEEDED", "TIMEOUT", "INTERNAL", ""})
    CHECK(failure(other) == "AGENT_EXIT_NONZERO so");
}

TEST_CASE("what is no event is a line of the log, and nobody's usage or status can be claimed") {
  CHECK(hear(Language::kEvents, "hello\n[1]\n").steps ==
        "log {\"stream\":\"transcript\",\"text\":\"hello\\n\"}\nlog {\"stream\":\"transcript\",\"text\":\"[1]\\n\"}\n");
  for (const char* type : {"usage", "status", "none", ""}) {
    const Heard heard = hear(Language::kEvents, R"({"type":")" + std::string(type) + R"(","credits":-5})");
    CHECK(heard.steps.starts_with("log {\"stream\":\"transcript\",\"text\":\"an event of no known type: "));
  }
  CHECK(hear(Language::kEvents, R"({"type":7,"text":8})").steps.starts_with("log "));
  CHECK(hear(Language::kEvents, R"({"type":"message","text":{"not":"text"}})").steps == "message {\"text\":\"\"}\n");
  CHECK(hear(Language::kEvents, R"({"type":"result","text":{"a":1}})").summary.text == "{\"a\":1}");
}

TEST_CASE("a line without end is passed over, and what follows it is heard") {
  const std::string endless = std::string(9 << 20, 'x');
  const std::string steps =
      hear(Language::kEvents, endless + "\n{\"type\":\"message\",\"text\":\"a\"}\n", 10'000).steps;
  CHECK(steps ==
        "log {\"stream\":\"transcript\",\"text\":\"a line longer than 8 MiB was left out\\n\"}\nmessage "
        "{\"text\":\"a\"}\n");
}

TEST_CASE("of a long text the beginning and the end are kept, wherever it stands") {
  const std::string text = "begin" + std::string(100'000, 'x') + "end";
  const std::string kept = shortened(std::string_view(text));
  CHECK(kept.size() < 66'000);
  CHECK(kept.starts_with("begin"));
  CHECK(kept.ends_with("end"));
  CHECK(kept.find("34472 bytes are left out") != std::string::npos);
  CHECK(base::dump(bounded(Json{{"a", {text, 1}}})).size() < 66'200);
  Json deep = "x";
  for (int i = 0; i < 1'000; ++i) deep = Json::array({deep});
  CHECK(base::dump(bounded(deep)).size() < 2'200);
}

TEST_CASE("Claude Code's stream") {
  const Heard heard =
      hear(Language::kClaude, R"({"type":"system","subtype":"init","session_id":"s","tools":["Bash"],"model":"m"}
{"type":"assistant","message":{"id":"m1","content":[{"type":"thinking","thinking":"hm","signature":"x"}]}}
{"type":"assistant","message":{"id":"m1","content":[{"type":"text","text":"I look"},{"type":"tool_use","id":"t1","name":"Bash","input":{"command":"ls"}}]}}
{"type":"user","message":{"role":"user","content":[{"tool_use_id":"t1","type":"tool_result","content":"a.txt","is_error":false}]}}
{"type":"assistant","message":{"id":"m2","content":[{"type":"tool_use","id":"t2","name":"WebSearch","input":{"query":"q"}}]}}
{"type":"user","message":{"role":"user","content":[{"tool_use_id":"t2","type":"tool_result","content":[{"type":"text","text":"no"}],"is_error":true}]}}
{"type":"user","message":{"role":"user","content":"just a text"}}
{"type":"new_kind","x":1}
{"type":"result","subtype":"success","is_error":false,"result":"the answer","num_turns":3,"usage":{}}
)");
  CHECK(heard.steps == R"(thinking {"text":"hm"}
message {"text":"I look"}
tool_call {"id":"t1","name":"Bash","input":{"command":"ls"}}
tool_result {"id":"t1","output":"a.txt","isError":false}
web_search {"query":"q"}
tool_call {"id":"t2","name":"WebSearch","input":{"query":"q"}}
tool_result {"id":"t2","output":[{"text":"no","type":"text"}],"isError":true}
)");
  CHECK(heard.summary.text == "the answer");
  CHECK(problem_of(heard) == "-");
}

TEST_CASE("Claude Code failed where it says is_error, whatever else it says") {
  CHECK(problem_of(hear(Language::kClaude,
                        R"({"type":"result","subtype":"success","is_error":true,"result":"API Error: 500"})")) ==
        "AGENT_EXIT_NONZERO Claude Code failed: API Error: 500");
  CHECK(problem_of(hear(Language::kClaude, R"({"type":"result","subtype":"error_max_turns","is_error":true})")) ==
        "MAX_TURNS Claude Code failed: error_max_turns");
  CHECK(problem_of(hear(Language::kClaude, R"({"type":"result","subtype":"error_max_turns","is_error":false})")) ==
        "MAX_TURNS Claude Code failed: error_max_turns");
  CHECK(
      problem_of(hear(Language::kClaude, R"({"type":"result","subtype":"error_during_execution","is_error":true})")) ==
      "AGENT_EXIT_NONZERO Claude Code failed: error_during_execution");
}

TEST_CASE("Codex' lines") {
  const Heard heard = hear(Language::kCodex, R"({"type":"thread.started","thread_id":"t"}
{"type":"turn.started"}
{"type":"item.completed","item":{"id":"i0","type":"reasoning","text":"hm"}}
{"type":"item.started","item":{"id":"i1","type":"command_execution","command":"bash -lc ls","aggregated_output":"","exit_code":null,"status":"in_progress"}}
{"type":"item.updated","item":{"id":"i1","type":"command_execution","command":"bash -lc ls","aggregated_output":"a"}}
{"type":"item.completed","item":{"id":"i1","type":"command_execution","command":"bash -lc ls","aggregated_output":"a.txt\n","exit_code":0,"status":"completed"}}
{"type":"item.completed","item":{"id":"i2","type":"file_change","changes":[{"path":"x","kind":"add"}],"status":"completed"}}
{"type":"item.started","item":{"id":"i3","type":"mcp_tool_call","server":"s","tool":"t","arguments":{"a":1},"status":"in_progress"}}
{"type":"item.completed","item":{"id":"i3","type":"mcp_tool_call","server":"s","tool":"t","arguments":{"a":1},"result":null,"error":{"message":"no"},"status":"failed"}}
{"type":"item.completed","item":{"id":"i4","type":"web_search","query":"q"}}
{"type":"item.completed","item":{"id":"i5","type":"todo_list","items":[]}}
{"type":"item.completed","item":{"id":"i6","type":"agent_message","text":"first"}}
{"type":"item.completed","item":{"id":"i7","type":"agent_message","text":"the answer"}}
{"type":"turn.completed","usage":{"input_tokens":1}}
)");
  CHECK(heard.steps == R"(thinking {"text":"hm"}
tool_call {"id":"i1","name":"command","input":{"command":"bash -lc ls"}}
tool_result {"id":"i1","output":"a.txt\n","isError":false}
tool_call {"id":"i2","name":"file_change","input":[{"kind":"add","path":"x"}]}
tool_result {"id":"i2","output":"completed","isError":false}
tool_call {"id":"i3","name":"s.t","input":{"a":1}}
tool_result {"id":"i3","output":{"message":"no"},"isError":true}
web_search {"query":"q"}
message {"text":"first"}
message {"text":"the answer"}
)");
  CHECK(heard.summary.text == "the answer");
  CHECK(problem_of(heard) == "-");
  CHECK(problem_of(hear(Language::kCodex, R"({"type":"turn.failed","error":{"message":"stream lost"}})")) ==
        "AGENT_EXIT_NONZERO Codex failed: stream lost");
  CHECK(hear(Language::kCodex, R"({"type":"error","message":"reconnecting"})").steps ==
        "error {\"code\":\"AGENT\",\"message\":\"reconnecting\"}\n");
}

TEST_CASE("what an agent nests or lists without end costs next to nothing, and is bounded") {
  const std::string deep = std::string(400'000, '[') + std::string(400'000, ']');
  CHECK(hear(Language::kEvents, R"({"type":"x","a":)" + deep + "}").steps.starts_with("log "));
  CHECK(hear(Language::kClaude, R"({"type":"result","result":)" + deep + "}").steps.starts_with("log "));
  std::string wide = "{\"type\":\"tool_call\",\"input\":{";
  for (int i = 0; i < 200'000; ++i) wide += "\"" + std::to_string(i) + "\":0,";
  const std::string steps = hear(Language::kEvents, wide + "\"last\":0}}").steps;
  CHECK(steps.size() < 20'000);
  CHECK(steps.find("\"…\":\"… 199001 more are left out\"") != std::string::npos);
  CHECK(base::dump(bounded(Json(std::vector<int>(5'000)))).ends_with(",0,\"… 4000 more are left out\"]"));
}

TEST_CASE("a transcript that lost a line knows it") {
  CHECK(hear(Language::kEvents, std::string(9 << 20, 'x')).summary.is_cut);
  CHECK_FALSE(hear(Language::kEvents, std::string(7 << 20, 'x')).summary.is_cut);
}
