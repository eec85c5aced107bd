// SPDX-License-Identifier: Apache-2.0
#include "apps/inputs.h"

#include "tests/support/test.h"

using namespace capid;
using namespace capid::apps;

namespace {

Manifest manifest(const std::string& inputs) {
  return parse_manifest("agent: {command: [a]}\ninputs:\n" + inputs, "app.yaml", "a").value();
}

// The checked values and the files' inputs, or every problem in a line of its own.
std::string check(const Manifest& manifest, const std::string& inputs, const std::vector<OfferedFile>& files = {}) {
  const auto checked = check_inputs(manifest, Json::parse(inputs), files);
  if (checked) {
    std::string shown = checked->values.dump();
    for (const auto& input : checked->file_inputs) shown += " " + input.value_or("-");
    return shown;
  }
  const Error& error = checked.error();
  std::string shown = std::string(base::to_string(error.code)) + " " + error.field + ": " + error.message;
  for (const base::FieldProblem& problem : error.details) {
    shown += "\n" + std::string(base::to_string(problem.code)) + " " + problem.field + ": " + problem.message;
  }
  return shown;
}

}   // namespace

TEST_CASE("a value that reads exactly as its type is converted, any other is refused with the reason") {
  struct Case {
    std::string field, value, expected;   // the converted value, or the end of the sentence
  };
  const Case cases[] = {
      {"type: text", R"("hello")", R"("hello")"},
      {"type: text", R"("")", R"("")"},
      {"type: text", "5", "must be text"},
      {"type: text", R"(["a"])", "must be text"},
      {"type: text", R"("a\u0000b")", "must not hold a NUL character"},
      {"type: text, max_length: 4", R"("ää")", R"("ää")"},
      {"type: text, max_length: 4", R"("ääa")", "must be at most 4 bytes long"},
      {"type: textarea", R"("a\nb")", R"("a\nb")"},

      {"type: integer", "5", "5"},
      {"type: integer", "-5", "-5"},
      {"type: integer", R"("5")", "5"},
      {"type: integer", R"("-9223372036854775808")", "-9223372036854775808"},
      {"type: integer", "9223372036854775807", "9223372036854775807"},
      {"type: integer", "9223372036854775808", "must be a whole number of at most 64 bits"},
      {"type: integer", R"("9223372036854775808")", "must be a whole number"},
      {"type: integer", "5.0", "must be a whole number"},
      {"type: integer", R"("5.0")", "must be a whole number"},
      {"type: integer", R"(" 5")", "must be a whole number"},
      {"type: integer", R"("+5")", "must be a whole number"},
      {"type: integer", R"("0x10")", "must be a whole number"},
      {"type: integer", R"("")", "must be a whole number"},
      {"type: integer", "true", "must be a whole number"},
      {"type: integer, minimum: 1, maximum: 9", "1", "1"},
      {"type: integer, minimum: 1, maximum: 9", R"("9")", "9"},
      {"type: integer, minimum: 1, maximum: 9", "0", "must be at least 1"},
      {"type: integer, minimum: 1, maximum: 9", "10", "must be at most 9"},

      {"type: number", "1.5", "1.5"},
      {"type: number", "2", "2"},
      {"type: number", R"("1e3")", "1000.0"},
      {"type: number", R"("-0.25")", "-0.25"},
      {"type: number", R"("nan")", "must be a number"},
      {"type: number", R"("inf")", "must be a number"},
      {"type: number", R"("1,5")", "must be a number"},
      {"type: number", R"("1.5 ")", "must be a number"},
      {"type: number", "[1]", "must be a number"},
      {"type: number, minimum: -1, maximum: 1", "-1.01", "must be at least -1"},
      {"type: number, minimum: -1, maximum: 1", R"("1.01")", "must be at most 1"},

      {"type: boolean", "true", "true"},
      {"type: boolean", R"("false")", "false"},
      {"type: boolean", R"("yes")", "must be true or false"},
      {"type: boolean", "1", "must be true or false"},
      {"type: boolean", R"("True")", "must be true or false"},

      {"type: select, options: [red, \"1\", \"true\"]", R"("red")", R"("red")"},
      {"type: select, options: [red, \"1\", \"true\"]", "1", R"("1")"},
      {"type: select, options: [red, \"1\", \"true\"]", "true", R"("true")"},
      {"type: select, options: [red, green]", R"("rde")", "must be one of red, green; did you mean \"red\"?"},
      {"type: select, options: [red, green]", R"("violet")", "must be one of red, green"},
      {"type: select, options: [red, green]", R"({"red":1})", "must be one of red, green"},

      {"type: date", R"("2026-04-27")", R"("2026-04-27")"},
      {"type: date", R"("2024-02-29")", R"("2024-02-29")"},
      {"type: date", R"("2026-02-29")", "must be a date such as 2026-04-27"},
      {"type: date", R"("2026-13-01")", "must be a date such as 2026-04-27"},
      {"type: date", R"("2026-00-01")", "must be a date such as 2026-04-27"},
      {"type: date", R"("2026-1-1")", "must be a date such as 2026-04-27"},
      {"type: date", R"("27.04.2026")", "must be a date such as 2026-04-27"},
      {"type: date", R"("2026-04--1")", "must be a date such as 2026-04-27"},
      {"type: date", "20260427", "must be text"},

      {"type: url", R"("https://example.com/a?b=c")", R"("https://example.com/a?b=c")"},
      {"type: url", R"("http://[::1]:80")", R"("http://[::1]:80")"},
      {"type: url", R"("https://")", "must be an http or https URL"},
      {"type: url", R"("ftp://example.com")", "must be an http or https URL"},
      {"type: url", "\"javascript:alert(1)\"", "must be an http or https URL"},
      {"type: url", R"("https://a b")", "must be an http or https URL"},
      {"type: url", R"("https://a\nb")", "must be an http or https URL"},
      {"type: url", R"("https://a\\b")", "must be an http or https URL"},
      {"type: url", R"("example.com")", "must be an http or https URL"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.field);
    CAPTURE(one.value);
    const Manifest app = manifest("  x: {" + one.field + "}");
    const auto value = check_value(app.inputs.front(), Json::parse(one.value));
    CHECK((value ? value->dump() : value.error().message) == one.expected);
  }
}

TEST_CASE("missing values take their default, and required ones without any are asked for") {
  const Manifest app = manifest(
      "  a: {type: integer, default: 3}\n  b: {type: text}\n  c: {type: boolean, required: true}\n  d: {type: text, "
      "required: true, default: x}");
  CHECK(check(app, R"({"c":true})") == R"({"a":3,"c":true,"d":"x"})");
  CHECK(check(app, R"({"a":null,"b":null,"c":"false","d":null})") == R"({"a":3,"c":false,"d":"x"})");
  CHECK(check(app, R"({"a":4,"b":"","c":true,"d":""})") == R"({"a":4,"b":"","c":true,"d":""})");
  CHECK(check(app, "{}") == "INVALID_INPUT inputs.c: inputs.c is required");
  CHECK(check(app, R"({"c":null})") == "INVALID_INPUT inputs.c: inputs.c is required");
}

TEST_CASE("inputs that are no object are refused") {
  for (const char* inputs : {"[]", "null", "\"a\"", "1"}) {
    CHECK(check(manifest("  a: {}"), inputs) ==
          "INVALID_INPUT inputs: inputs must be a JSON object of input names and values");
  }
}

TEST_CASE("an unknown input is refused with the nearest one") {
  const Manifest app = manifest("  topic: {type: text}\n  pages: {type: integer}");
  CHECK(check(app, R"({"tpoic":"x"})") ==
        "UNKNOWN_FIELD inputs.tpoic: this app has no input \"tpoic\"; did you mean \"topic\"?");
  CHECK(check(app, R"({"zzz":"x"})") == "UNKNOWN_FIELD inputs.zzz: this app has no input \"zzz\"");
  CHECK(check(manifest("  a: {}"), R"({")" + std::string(100, 'z') + R"(":1})") ==
        "UNKNOWN_FIELD inputs." + std::string(64, 'z') + ": this app has no input \"" + std::string(64, 'z') + "\"");
}

TEST_CASE("all problems are told at once") {
  const Manifest app = manifest(
      "  a: {type: integer}\n  b: {type: text, required: true}\n  doc: {type: file, required: true, accept: [pdf]}");
  CHECK(check(app, R"({"a":"x","extra":1})", {{"nodoc", "a.pdf"}}) ==
        "INVALID_INPUT inputs.a: inputs.a must be a whole number (and 4 more: see details)\n"
        "INVALID_INPUT inputs.a: inputs.a must be a whole number\n"
        "UNKNOWN_FIELD inputs.extra: this app has no input \"extra\"\n"
        "INVALID_INPUT inputs.b: inputs.b is required\n"
        "UNKNOWN_FIELD inputs.nodoc: this app has no input \"nodoc\"\n"
        "INVALID_INPUT inputs.doc: inputs.doc is required: attach a .pdf file");
}

TEST_CASE("of thousands of unknown inputs twenty are named") {
  Json inputs = Json::object();
  for (int i = 0; i < 5'000; ++i) inputs["u" + std::to_string(i)] = i;
  const auto refused = check_inputs(manifest("  topic: {type: text}"), inputs, {});
  REQUIRE(!refused);
  CHECK(refused.error().details.size() == 20);
}

TEST_CASE(
    "files are bound: named parts first, then plain ones in the order of the manifest, the rest are attachments") {
  const std::string inputs =
      "  first: {type: file, accept: [pdf]}\n  second: {type: file, accept: [txt, md]}\n  third: {type: file}\n  note: "
      "{type: text}";
  struct Case {
    std::vector<OfferedFile> files;
    std::string expected;
  };
  const Case cases[] = {
      {{}, "{}"},
      {{{"files", "a.pdf"}}, "{} first"},
      {{{"files", "a.txt"}}, "{} second"},
      {{{"files", "a.png"}}, "{} third"},
      {{{"files", "a.TXT"}, {"files", "b.pdf"}}, "{} second first"},
      {{{"files", "a.pdf"}, {"files", "b.pdf"}, {"files", "c.pdf"}}, "{} first third -"},
      {{{"files", "a.pdf"}, {"first", "b.pdf"}}, "{} third first"},
      {{{"third", "a.pdf"}, {"files", "b.pdf"}}, "{} third first"},
      {{{"second", "a.md"}, {"files", "b.md"}, {"files", "c.md"}}, "{} second third -"},
      {{{"first", "a.txt"}}, "INVALID_INPUT inputs.first: inputs.first takes files of the type .pdf"},
      {{{"second", "a.pdf"}}, "INVALID_INPUT inputs.second: inputs.second takes files of the type .txt, .md"},
      {{{"third", "a.txt"}, {"third", "b.txt"}},
       "INVALID_INPUT inputs.third: inputs.third takes one file: send further ones as \"files\""},
      {{{"note", "a.txt"}},
       "INVALID_INPUT inputs.note: inputs.note is not a file input: send its value in the \"inputs\" field"},
      {{{"frist", "a.pdf"}}, "UNKNOWN_FIELD inputs.frist: this app has no input \"frist\"; did you mean \"first\"?"},
  };
  for (const Case& one : cases) CHECK(check(manifest(inputs), "{}", one.files) == one.expected);
}

TEST_CASE("a required file must come, and only as a file") {
  const Manifest any = manifest("  doc: {type: file, required: true}");
  CHECK(check(any, "{}") == "INVALID_INPUT inputs.doc: inputs.doc is required: attach a file");
  CHECK(check(any, R"({"doc":null})", {{"files", "a.bin"}}) == "{} doc");
  CHECK(check(any, R"({"doc":"a.pdf"})") ==
        "INVALID_INPUT inputs.doc: inputs.doc is a file: send it as a multipart/form-data part named \"doc\" or "
        "\"files\"");
  const Manifest some = manifest("  doc: {type: file, required: true, accept: [pdf, txt]}");
  CHECK(check(some, "{}", {{"files", "a.png"}}) ==
        "INVALID_INPUT inputs.doc: inputs.doc is required: attach a .pdf or .txt file");
  CHECK(check(some, "{}", {{"doc", "a.png"}}) ==
        "INVALID_INPUT inputs.doc: inputs.doc takes files of the type .pdf, .txt");
}

TEST_CASE("bounds are exact and told as they were written") {
  InputField field{.name = "x", .type = InputType::kNumber, .minimum = 0.1};
  CHECK(check_value(field, Json(0)).error().message == "must be at least 0.1");
  field.minimum = 1e30;
  CHECK(check_value(field, Json(0)).error().message == "must be at least 1e+30");
  field = {.name = "x", .type = InputType::kInteger, .maximum = 9007199254740992.0};
  CHECK(check_value(field, Json(9007199254740992)));
  CHECK(!check_value(field, Json(9007199254740993)));
}
