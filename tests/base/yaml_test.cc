// SPDX-License-Identifier: Apache-2.0
#include "base/yaml.h"

#include "base/text.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::base;

namespace {

// Reads `text` with `reader`, and gives the problems, a line each.
template <typename Reader>
std::string problems(const std::string& text, Reader reader) {
  YamlProblems problems("f.yaml");
  if (auto root = parse_yaml(text, problems)) reader(*root);
  return join(problems.lines(), "\n");
}

// What the value of the key `a` is as JSON.
std::string json_of(const std::string& value) {
  std::string text;
  const std::string wrong = problems("a: " + value, [&](YamlMap& map) {
    for (const auto& [name, entry] : map.entries()) text = entry.json().dump();
  });
  return wrong.empty() ? text : wrong;
}

}   // namespace

TEST_CASE("a plain scalar has the type that it reads as, a quoted one is text") {
  struct Case {
    std::string value, expected;
  };
  const Case cases[] = {
      {"5", "5"},
      {"-7", "-7"},
      {"\"5\"", "\"5\""},
      {"'5'", "\"5\""},
      {"1.5", "1.5"},
      {"1e3", "1000.0"},
      {"'1.5'", "\"1.5\""},
      {"9223372036854775808", "9.223372036854776e+18"},
      {"true", "true"},
      {"false", "false"},
      {"'true'", "\"true\""},
      {"True", "\"True\""},
      {"yes", "\"yes\""},
      {"no", "\"no\""},
      {"null", "null"},
      {"~", "null"},
      {"", "null"},
      {"\"\"", "\"\""},
      {"'null'", "\"null\""},
      {"nan", "\"nan\""},
      {"0x10", "\"0x10\""},
      {"2026-04-27", "\"2026-04-27\""},
      {"hello world", "\"hello world\""},
      {"|\n  5\n", "\"5\\n\""},
      {"[1, a, [true]]", "[1,\"a\",[true]]"},
      {"{x: 1, y: {z: '2'}}", R"({"x":1,"y":{"z":"2"}})"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.value);
    CHECK(json_of(one.value) == one.expected);
  }
}

TEST_CASE("what is nested too deep is refused rather than followed") {
  std::string deep = "1";
  for (int i = 0; i < 40; ++i) deep = "[" + deep + "]";
  CHECK(json_of(deep) == "f.yaml:1: a: is too large, or refers to itself");
  CHECK(json_of(std::string(100'000, '[')).starts_with("f.yaml:1: this is not valid YAML: "));
}

TEST_CASE("an unknown key is told with its line and the nearest known one") {
  const auto read = [](YamlMap& root) {
    std::string out;
    root.read("name", out);
    if (const auto value = root.take("runs")) {
      YamlMap runs = value->map();
      int64_t number = 0;
      runs.read("concurrency", number, 1, 9);
      runs.finish();
    }
    root.finish();
  };
  CHECK(problems("name: x\nruns:\n  concurrency: 2\n", read).empty());
  CHECK(problems("name: x\nruns:\n  concurency: 2\n", read) ==
        "f.yaml:3: unknown key \"concurency\" in runs; did you mean \"concurrency\"?");
  CHECK(problems("\n\nnmae: x\nzzz: 1\n", read) ==
        "f.yaml:3: unknown key \"nmae\"; did you mean \"name\"?\nf.yaml:4: unknown key \"zzz\"");
  CHECK(problems("runs: {concurrency: 2, queue: 1}", read) == "f.yaml:1: unknown key \"queue\" in runs");
  CHECK(problems("nmae:\n", read) == "f.yaml:1: unknown key \"nmae\"; did you mean \"name\"?");
}

TEST_CASE("a key that is given twice is told at its second place") {
  const auto nothing = [](YamlMap&) {};
  CHECK(problems("a: 1\nb: 2\na: 3\n", nothing) == "f.yaml:3: a: is given twice");
  const auto inside = [](YamlMap& root) { (void)root.take("m")->map(); };
  CHECK(problems("m:\n  a: 1\n  a: 1\n", inside) == "f.yaml:3: m.a: is given twice");
}

TEST_CASE("a value of the wrong form is told with its key, and what was there before stays") {
  std::string text = "before";
  bool boolean = true;
  int64_t number = 7;
  std::vector<std::string> list{"before"};
  const auto read = [&](const char* how) {
    return [&, how = std::string(how)](YamlMap& root) {
      if (how == "text") root.read("a", text);
      if (how == "bool") root.read("a", boolean);
      if (how == "int") root.read("a", number, -1, 9);
      if (how == "duration") root.read_duration("a", number, 100, 60'000);
      if (how == "bytes") root.read_bytes("a", number, 1, 2 << 20);
      if (how == "micro") root.read_micro("a", number);
      if (how == "choice") root.read_choice("a", text, {"red", "green"});
      if (how == "list") root.read("a", list);
    };
  };
  const std::string duration = "f.yaml:1: a: must be a time with its unit, such as 30s, 10m or 2h, from 100ms to 60s";
  const std::string bytes = "f.yaml:1: a: must be a size with its unit, such as 512MiB or 1GiB, from 1B to 2MiB";
  const std::string micro = "f.yaml:1: a: must be an amount of credits of 0 or more, with at most six decimals";
  struct Case {
    const char* how;
    std::string value, expected;
  };
  const Case wrong[] = {
      {"text", "[x]", "f.yaml:1: a: must be text"},
      {"text", "{x: 1}", "f.yaml:1: a: must be text"},
      {"bool", "yes", "f.yaml:1: a: must be true or false"},
      {"bool", "[true]", "f.yaml:1: a: must be true or false"},
      {"int", "10", "f.yaml:1: a: must be a whole number from -1 to 9"},
      {"int", "-2", "f.yaml:1: a: must be a whole number from -1 to 9"},
      {"int", "1.0", "f.yaml:1: a: must be a whole number from -1 to 9"},
      {"int", "[1]", "f.yaml:1: a: must be a whole number from -1 to 9"},
      {"duration", "10", duration},
      {"duration", "99ms", duration},
      {"duration", "61s", duration},
      {"bytes", "0B", bytes},
      {"bytes", "3MiB", bytes},
      {"micro", "-1", micro},
      {"micro", "0.0000001", micro},
      {"micro", "1000000000.000001", micro},
      {"choice", "rde", "f.yaml:1: a: must be one of red, green; did you mean \"red\"?"},
      {"choice", "[red]", "f.yaml:1: a: must be text"},
  };
  for (const Case& one : wrong) {
    CAPTURE(one.value);
    CHECK(problems("a: " + one.value, read(one.how)) == one.expected);
    CHECK(text == "before");
    CHECK(boolean);
    CHECK(number == 7);
  }
  CHECK(problems("a: x", read("list")) == "f.yaml:1: a: must be a list");
  CHECK(problems("a:\n- x\n- [y]\n- z", read("list")) == "f.yaml:3: a[1]: must be text");
  for (const char* how : {"text", "bool", "int", "duration", "bytes", "micro", "choice"}) {
    CHECK(problems("a:", read(how)).empty());   // no value counts as absent
    CHECK(problems("b: 1", read(how)).empty());
  }
  CHECK(text == "before");
  CHECK(number == 7);
}

TEST_CASE("values of the right form are read") {
  std::string text, choice;
  bool boolean = false;
  int64_t integer = 0, duration = 0, bytes = 0, micro = 0;
  std::vector<std::string> list;
  CHECK(problems(
            "text: 5\nboolean: true\ninteger: -1\nduration: 2m\nbytes: 3KiB\nmicro: 1.5\nchoice: green\nlist: [a, 2]\n",
            [&](YamlMap& root) {
              root.read("text", text);
              root.read("boolean", boolean);
              root.read("integer", integer, -1, 9);
              root.read_duration("duration", duration, 0, 1'000'000);
              root.read_bytes("bytes", bytes, 0, 1'000'000);
              root.read_micro("micro", micro);
              root.read_choice("choice", choice, {"red", "green"});
              root.read("list", list);
              root.finish();
            })
            .empty());
  CHECK(text == "5");
  CHECK(boolean);
  CHECK(integer == -1);
  CHECK(duration == 120'000);
  CHECK(bytes == 3'072);
  CHECK(micro == 1'500'000);
  CHECK(choice == "green");
  CHECK(list == std::vector<std::string>{"a", "2"});
}

TEST_CASE("a document is a mapping, or empty") {
  const auto finish = [](YamlMap& root) { root.finish(); };
  CHECK(problems("", finish).empty());
  CHECK(problems("# only a comment\n", finish).empty());
  CHECK(problems("{}", finish).empty());
  CHECK(problems("- a\n", finish) == "f.yaml:1: must be a mapping of keys to values");
  CHECK(problems("text", finish) == "f.yaml:1: must be a mapping of keys to values");
  CHECK(problems("a: 1\nb: [1\n", finish).starts_with("f.yaml:3: this is not valid YAML: "));
  CHECK(problems("a: *nowhere\n", finish).starts_with("f.yaml:1: this is not valid YAML: "));
  CHECK(problems("a: \"\xff\"\n", finish) == "f.yaml:1: this is not UTF-8 text: save it in that encoding");
  CHECK(problems(std::string("\xff\xfe\0a", 4), finish) == "f.yaml:1: this is not UTF-8 text: save it in that encoding");
  CHECK(problems("? [a]\n: 1\n", finish) == "f.yaml:1: has a key that is not plain text");
}
