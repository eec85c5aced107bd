// SPDX-License-Identifier: Apache-2.0
#include "apps/manifest.h"

#include "base/text.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::apps;

namespace {

// What is wrong with a manifest, a line each; empty: nothing.
std::string problems(const std::string& text) {
  const auto manifest = parse_manifest(text, "app.yaml", "summary");
  if (manifest) return "";
  CHECK(manifest.error().code == Code::kAppDisabled);
  return manifest.error().message;
}

std::string or_none(const std::optional<double>& number) { return number ? std::to_string(*number) : "-"; }

std::string show(const InputField& field) {
  const std::vector<std::string> parts{field.name,
                                       std::string(to_string(field.type)),
                                       field.label,
                                       field.description,
                                       field.required ? "required" : "optional",
                                       field.default_value.dump(),
                                       base::join(field.options, ","),
                                       or_none(field.minimum),
                                       or_none(field.maximum),
                                       field.max_length ? std::to_string(*field.max_length) : "-",
                                       base::join(field.accept, ",")};
  return base::join(parts, "|");
}

// The least that a manifest needs, with `more` from line 2 on.
std::string with(const std::string& more) { return "agent: {command: [main]}\n" + more; }

}   // namespace

TEST_CASE("a full manifest is read to the last key") {
  const Manifest manifest = parse_manifest(R"(
name: Summary
description: Sums up a document.
inputs:
  topic: {type: text, label: Topic, description: What about, required: true, max_length: 80}
  notes: {type: textarea, default: "none yet"}
  pages: {type: integer, minimum: 1, maximum: 99, default: "7"}
  ratio: {type: number, minimum: -0.5, maximum: 1.5, default: 1}
  brief: {type: boolean, default: true}
  style: {type: select, options: [plain, fancy, "1"], default: 1}
  since: {type: date, default: 2026-02-28}
  source: {type: url}
  document: {type: file, required: true, accept: [PDF, .txt]}
  anything: {type: file}
  bare:
    label: Just a label
agent:
  command: [python3, /app/main.py, "--fast"]
  transcript: text
env:
  LANG: C.UTF-8
  LEVEL: 3
limits:
  timeout: 90s
  memory: 256MiB
  cpus: 1.5
  pids: 32
  disk: 1GiB
concurrency: 2
on_interrupt: retry
)",
                                           "app.yaml", "summary")
                                .value();
  CHECK(manifest.name == "Summary");
  CHECK(manifest.description == "Sums up a document.");
  const std::vector<std::string> expected{R"(topic|text|Topic|What about|required|null||-|-|80|)",
                                          R"(notes|textarea|||optional|"none yet"||-|-|-|)",
                                          R"(pages|integer|||optional|7||1.000000|99.000000|-|)",
                                          R"(ratio|number|||optional|1||-0.500000|1.500000|-|)",
                                          R"(brief|boolean|||optional|true||-|-|-|)",
                                          R"(style|select|||optional|"1"|plain,fancy,1|-|-|-|)",
                                          R"(since|date|||optional|"2026-02-28"||-|-|-|)",
                                          R"(source|url|||optional|null||-|-|-|)",
                                          R"(document|file|||required|null||-|-|-|pdf,txt)",
                                          R"(anything|file|||optional|null||-|-|-|)",
                                          R"(bare|text|Just a label||optional|null||-|-|-|)"};
  REQUIRE(manifest.inputs.size() == expected.size());
  for (size_t i = 0; i < expected.size(); ++i) CHECK(show(manifest.inputs[i]) == expected[i]);
  CHECK(base::join(manifest.command, " ") == "python3 /app/main.py --fast");
  REQUIRE(manifest.env.size() == 2);
  CHECK(manifest.env[0] == std::pair<std::string, std::string>("LANG", "C.UTF-8"));
  CHECK(manifest.env[1] == std::pair<std::string, std::string>("LEVEL", "3"));
  CHECK(manifest.limits.timeout_ms == 90'000);
  CHECK(manifest.limits.memory_bytes == 256 << 20);
  CHECK(manifest.limits.millicpus == 1'500);
  CHECK(manifest.limits.pids == 32);
  CHECK(manifest.limits.disk_bytes == 1 << 30);
  CHECK(manifest.concurrency == 2);
  CHECK(manifest.on_interrupt == OnInterrupt::kRetry);
  CHECK(manifest.find_input("pages") == &manifest.inputs[2]);
  CHECK(manifest.find_input("Pages") == nullptr);
}

TEST_CASE("the least manifest is a command; the rest has its default") {
  const Manifest manifest = parse_manifest("agent: {command: [main]}", "app.yaml", "summary").value();
  CHECK(manifest.name == "summary");
  CHECK(manifest.description.empty());
  CHECK(manifest.inputs.empty());
  CHECK(manifest.env.empty());
  CHECK(manifest.limits.timeout_ms == 0);
  CHECK(manifest.limits.memory_bytes == 1 << 30);
  CHECK(manifest.limits.millicpus == 1'000);
  CHECK(manifest.limits.pids == 128);
  CHECK(manifest.limits.disk_bytes == 512 << 20);
  CHECK(manifest.concurrency == 0);
  CHECK(manifest.on_interrupt == OnInterrupt::kFail);
}

TEST_CASE("a prompt is for the built-in agent") {
  const auto manifest = parse_manifest(
      "inputs: {x: {}}\nagent:\n  prompt: Do {{inputs.x}}.\n  model: m\n  tools: [web_search, bash]\n  max_turns: 7\n"
      "output_schema: {type: object}",
      "app.yaml", "app");
  REQUIRE(manifest);
  REQUIRE(manifest->prompt);
  CHECK(manifest->command.empty());
  CHECK(manifest->prompt->text == "Do {{inputs.x}}.");
  CHECK(manifest->prompt->tools == std::set{Tool::kBash, Tool::kWebSearch});
  CHECK(manifest->prompt->max_turns == 7);
  CHECK(manifest->model == "m");
  CHECK(manifest->transcript == Transcript::kEvents);
  CHECK(manifest->output_schema == Json{{"type", "object"}});
  const auto least = parse_manifest("agent: {prompt: hi}", "app.yaml", "app");
  REQUIRE(least);
  CHECK(least->prompt->tools == std::set{Tool::kBash, Tool::kFiles});
  CHECK(least->prompt->max_turns == 40);
  CHECK(least->output_schema.is_null());
}

TEST_CASE("a broken manifest is reported with file, line and key") {
  struct Case {
    std::string text, expected;
  };
  const std::string names = "an input's name is 1 to 64 letters, digits, '_' and '-', beginning with a letter";
  const Case cases[] = {
      {"",
       "app.yaml:1: agent is missing: it says what to run, for example  agent: {command: [python3, /app/main.py]}  or, "
       "with the built-in agent,  agent: {prompt: \"…\"}"},
      {"- a list",
       "app.yaml:1: must be a mapping of keys to values\n"
       "app.yaml:1: agent is missing: it says what to run, for example  agent: {command: [python3, /app/main.py]}  or, "
       "with the built-in agent,  agent: {prompt: \"…\"}"},
      {"agent: {}", "app.yaml:1: agent: needs a command: a list of the program and its arguments, or a prompt"},
      {"agent: {command: []}",
       "app.yaml:1: agent: needs a command: a list of the program and its arguments, or a prompt"},
      {"agent: {command: [\"\"]}",
       "app.yaml:1: agent: needs a command: a list of the program and its arguments, or a prompt"},
      {"agent: {command: python3}",
       "app.yaml:1: agent.command: must be a list\napp.yaml:1: agent: needs a command: a list of the program and its "
       "arguments, or a prompt"},
      {"agent: {command: [a, [b]]}", "app.yaml:1: agent.command[1]: must be text"},
      {"agent: {command: [" + std::string(40'000, 'x') + "]}", "app.yaml:1: agent: the command is longer than 32 KiB"},
      {"agent: {command: [a], comand: [b]}", "app.yaml:1: unknown key \"comand\" in agent; did you mean \"command\"?"},
      {"agent:\n  command: [a]\n  prompt: hi", "app.yaml:2: agent.command: does not go with a prompt"},
      {"agent: {prompt: ' '}", "app.yaml:1: agent.prompt: says nothing"},
      {"agent: {prompt: \"{{inputs.x}}\"}",
       "app.yaml:1: agent.prompt: names {{inputs.x}}, which no run is given: it has no inputs"},
      {"agent: {prompt: hi, tools: [bsh]}",
       "app.yaml:1: agent.tools[0]: \"bsh\" is no tool of the built-in agent: there are bash, files, web_fetch and "
       "web_search; did you mean \"bash\"?"},
      {"agent: {prompt: hi, tools: bash}", "app.yaml:1: agent.tools: must be a list"},
      {"agent: {prompt: hi, max_turns: 0}", "app.yaml:1: agent.max_turns: must be a whole number from 1 to 10000"},
      {"agent: {prompt: hi, transcript: claude}", "app.yaml:1: agent.transcript: does not go with a prompt"},
      {"agent: {command: [a], tools: [bash]}", "app.yaml:1: agent.tools: goes with a prompt"},
      {"agent:\n  command: [a]\n  transcript: claud",
       "app.yaml:3: agent.transcript: must be one of text, events, claude, codex; did you mean \"claude\"?"},
      {"agent:\n  command: [a]\n  transcript: evnts",
       "app.yaml:3: agent.transcript: must be one of text, events, claude, codex; did you mean \"events\"?"},

      {with("conccurency: 2"), "app.yaml:2: unknown key \"conccurency\"; did you mean \"concurrency\"?"},
      {with("zzz: 2"), "app.yaml:2: unknown key \"zzz\""},
      {with("name: a\nname: b"), "app.yaml:3: name: is given twice"},
      {with("name: [a]"), "app.yaml:2: name: must be text"},
      {with("concurrency: 0"), "app.yaml:2: concurrency: must be a whole number from 1 to 10000"},
      {with("concurrency: two"), "app.yaml:2: concurrency: must be a whole number from 1 to 10000"},
      {with("on_interrupt: retri"), "app.yaml:2: on_interrupt: must be one of fail, retry; did you mean \"retry\"?"},
      {with("output_schema: [a]"), "app.yaml:2: output_schema: must be a JSON Schema, which is a mapping"},
      {with("output_schema: {type: objekt}"),
       "app.yaml:2: output_schema: is no JSON Schema: Unrecognised JSON type name 'objekt'"},
      {with("workspace: true"), "app.yaml:2: workspace: must be one of optional, required, none"},
      {with("inputs: [a]"), "app.yaml:2: inputs: must be a mapping of keys to values"},
      {with("inputs:\n  a: text"), "app.yaml:3: inputs.a: must be a mapping of keys to values"},
      {with("inputs:\n  1a: {type: text}"), "app.yaml:3: inputs.1a: " + names},
      {with("inputs:\n  a b: {type: text}"), "app.yaml:3: inputs.a b: " + names},
      {with("inputs:\n  " + std::string(65, 'a') + ": {type: text}"),
       "app.yaml:3: inputs." + std::string(65, 'a') + ": " + names},
      {with("inputs:\n  files: {type: file}"),
       "app.yaml:3: inputs.files: \"files\" is the name under which attachments are sent: choose another"},
      {with("inputs:\n  a: {type: txet}"),
       "app.yaml:3: inputs.a.type: must be one of text, textarea, integer, number, boolean, select, date, url, file; "
       "did you mean \"text\"?"},
      {with("inputs:\n  a: {type: text, requird: true}"),
       "app.yaml:3: unknown key \"requird\" in inputs.a; did you mean \"required\"?"},
      {with("inputs:\n  a: {type: text, required: yes}"), "app.yaml:3: inputs.a.required: must be true or false"},
      {with("inputs:\n  a: {type: text, max_length: 0}"),
       "app.yaml:3: inputs.a.max_length: must be a whole number from 1 to 1048576"},
      {with("inputs:\n  a: {type: text, accept: [pdf]}"), "app.yaml:3: inputs.a.accept: is for inputs of type file"},
      {with("inputs:\n  a: {type: file, accept: [pdf, exe]}"),
       "app.yaml:3: inputs.a.accept[1]: \"exe\" is not an extension that capid accepts"},
      {with("inputs:\n  a: {type: file, default: x.pdf}"),
       "app.yaml:3: inputs.a.default: a file cannot have a default"},
      {with("inputs:\n  a: {type: select}"), "app.yaml:3: inputs.a: options and the type select go together"},
      {with("inputs:\n  a: {type: text, options: [x]}"),
       "app.yaml:3: inputs.a: options and the type select go together"},
      {with("inputs:\n  a: {type: select, options: [red, green], default: gren}"),
       "app.yaml:3: inputs.a.default: must be one of red, green; did you mean \"green\"?"},
      {with("inputs:\n  a: {type: integer, minimum: 2, default: 1}"),
       "app.yaml:3: inputs.a.default: must be at least 2"},
      {with("inputs:\n  a: {type: integer, minimum: low}"), "app.yaml:3: inputs.a.minimum: must be a number"},
      {with("inputs:\n  a: {type: date, default: 2026-02-30}"),
       "app.yaml:3: inputs.a.default: must be a date such as 2026-04-27"},
      {with("inputs:\n  a: {type: text, default: 5}"), "app.yaml:3: inputs.a.default: must be text"},

      {with("env: [A]"), "app.yaml:2: env: must be a mapping of keys to values"},
      {with("env:\n  A-B: x"),
       "app.yaml:3: env.A-B: a variable's name is letters, digits and '_', beginning with a letter"},
      {with("env:\n  CAPI_KEY: x"), "app.yaml:3: env.CAPI_KEY: names that begin with CAPI_ are capid's own"},
      {with("env:\n  A: [x]"), "app.yaml:3: env.A: must be text"},
      {with("env:\n  A: " + std::string(33'000, 'x')), "app.yaml:2: env: is larger than 32 KiB"},

      {with("limits: {timeout: 90}"),
       "app.yaml:2: limits.timeout: must be a time with its unit, such as 30s, 10m or 2h, from 100ms to 604800s"},
      {with("limits: {timeout: 8d}"),
       "app.yaml:2: limits.timeout: must be a time with its unit, such as 30s, 10m or 2h, from 100ms to 604800s"},
      {with("limits: {memory: 1MiB}"),
       "app.yaml:2: limits.memory: must be a size with its unit, such as 512MiB or 1GiB, from 4194304B to 1048576MiB"},
      {with("limits: {cpus: 0.05}"), "app.yaml:2: limits.cpus: must be from 0.1 to 1024"},
      {with("limits: {cpus: many}"), "app.yaml:2: limits.cpus: must be a number"},
      {with("limits: {pids: 3}"), "app.yaml:2: limits.pids: must be a whole number from 4 to 32768"},
      {with("limits: {disk: 65GiB}"),
       "app.yaml:2: limits.disk: must be a size with its unit, such as 512MiB or 1GiB, from 1048576B to 65536MiB"},
      {with("limits: {memroy: 1GiB}"), "app.yaml:2: unknown key \"memroy\" in limits; did you mean \"memory\"?"},

      {with("nam: x\nlimits: {pids: 1}\ninputs:\n  a: {typ: text}"),
       "app.yaml:5: unknown key \"typ\" in inputs.a; did you mean \"type\"?\napp.yaml:3: limits.pids: must be a whole "
       "number from 4 to 32768\n"
       "app.yaml:2: unknown key \"nam\"; did you mean \"name\"?"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.text.substr(0, 80));
    CHECK(problems(one.text) == one.expected);
  }
}

TEST_CASE("what is no YAML is reported with its line") {
  CHECK(problems("name: x\nagent: {command: [a}").starts_with("app.yaml:2: this is not valid YAML: "));
  CHECK(problems("inputs: {x: {type: select, options: [a], default: [\"\xff\"]}}\nagent: {command: [a]}") ==
        "app.yaml:1: this is not UTF-8 text: save it in that encoding");
  CHECK(problems("agent:\n\t- tab").starts_with("app.yaml:2: this is not valid YAML: "));
}

TEST_CASE("a manifest has at most 100 inputs") {
  std::string inputs = "inputs:\n";
  for (int i = 0; i < 100; ++i) inputs += "  a" + std::to_string(i) + ": {type: text}\n";
  CHECK(problems(with(inputs)).empty());
  CHECK(problems(with(inputs + "  one_more: {type: text}\n")) == "app.yaml:2: inputs: has more than 100 inputs");
}

TEST_CASE("an app's id is 1 to 64 harmless characters") {
  for (const char* good : {"a", "A", "0", "summary", "a.b_c-D", "2fast"}) CHECK(is_app_id(good));
  CHECK(is_app_id(std::string(64, 'a')));
  for (const char* bad : {"", ".", "..", ".hidden", "-rf", "_a", "a/b", "a b", "a\n", "ä", "a~"})
    CHECK_FALSE(is_app_id(bad));
  CHECK_FALSE(is_app_id(std::string(65, 'a')));
  CHECK_FALSE(is_app_id(std::string("a\0", 2)));
}

TEST_CASE("a manifest that cannot be read is named by its app, not by the host's path") {
  const test::TempFolder folder;
  const auto missing = read_manifest(folder.path(), "summary");
  REQUIRE(!missing);
  CHECK(missing.error().code == Code::kAppDisabled);
  CHECK(missing.error().message == "summary/app.yaml: cannot be read");
  folder.write("app.yaml", "agnt: {}");
  const auto broken = read_manifest(folder.path(), "summary");
  REQUIRE(!broken);
  CHECK(broken.error().message.starts_with("summary/app.yaml:1: "));
}

TEST_CASE("a small manifest that stands for a huge one, or an endless one, is refused") {
  CHECK(problems("name: &x [*x, *x]\nagent: {command: [a]}\n") == "app.yaml:1: name: must be text");
  CHECK(problems("inputs: {a: {default: &x [*x, *x]}}\nagent: {command: [a]}\n")
            .starts_with("app.yaml:1: inputs.a.default: is too large, or refers to itself"));
}
