// SPDX-License-Identifier: Apache-2.0
#include "api/run_request.h"

#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::api;

namespace {

struct House {
  test::TempFolder folder;
  test::FakeClock clock;
  files::Blobs blobs = files::Blobs::open(folder / "files", clock).value();

  // "app inputs model part/name:size…", or the error; afterwards nothing may be left of the files.
  std::string read(const std::string& content_type, const std::string& body, const std::string& url_app = "",
                   size_t piece = SIZE_MAX) {
    http::Request request;
    request.content_type = content_type;
    request.content_length = static_cast<int64_t>(body.size());
    request.read_body = [&](const http::TakeBytes& take) -> Result<void> {
      for (std::string_view rest = body; !rest.empty(); rest.remove_prefix(std::min(piece, rest.size())))
        TRY(take(rest.substr(0, piece)));
      return {};
    };
    const std::string shown = show(read_run_request(request, url_app, blobs));
    CHECK(std::filesystem::is_empty(folder / "files/incoming"));
    return shown;
  }
  std::string json(const std::string& body) { return read("application/json", body); }

 private:
  static std::string show(const Result<runs::NewRun>& run) {
    if (!run) {
      const std::string field = run.error().field.empty() ? "" : " (" + run.error().field + ")";
      return std::string(base::to_string(run.error().code)) + field + ": " + run.error().message;
    }
    std::string shown = run->app + " " + run->inputs.dump() + " " + run->options.model.value_or("-");
    for (const runs::NewFile& file : run->files)
      shown += " " + file.part + "/" + file.name + ":" + std::to_string(file.content.size());
    return shown;
  }
};

struct Part {
  std::string name;
  std::string content;
  std::string filename = {};   // empty: a text field
};

std::string form(const std::vector<Part>& parts) {
  std::string body;
  for (const Part& part : parts) {
    body += "--XX\r\nContent-Disposition: form-data; name=\"" + part.name + "\"";
    if (!part.filename.empty()) body += "; filename=\"" + part.filename + "\"";
    body += "\r\n\r\n" + part.content + "\r\n";
  }
  return body + "--XX--\r\n";
}

constexpr const char* kForm = "multipart/form-data; boundary=XX";
const std::string kMiB(1 << 20, 'x');

}   // namespace

TEST_CASE("a JSON body becomes a run, or the reason why not") {
  struct Case {
    std::string body, expected;
  };
  const Case cases[] = {
      {R"({"appId":"a"})", "a {} -"},
      {R"({"appId":"a","inputs":{"x":[1,null]},"chatModelId":"m"})", R"(a {"x":[1,null]} m)"},
      {R"({"appId":"a","inputs":null,"chatModelId":null})", "a {} -"},
      {"{}", "MISSING_APP_ID (appId): say which app to run: appId in the body, or /api/v1/apps/APP_ID/runs"},
      {R"({"appId":""})",
       "MISSING_APP_ID (appId): say which app to run: appId in the body, or /api/v1/apps/APP_ID/runs"},
      {R"({"appId":5})", "INVALID_PARAMETER (appId): appId must be a string"},
      {R"({"appId":"a","chatModelId":{}})", "INVALID_PARAMETER (chatModelId): chatModelId must be a string"},
      {R"({"appId":"a","inputs":[]})",
       "INVALID_INPUT (inputs): inputs must be a JSON object of input names and values"},
      {R"({"appId":"a","inputs":"{}"})",
       "INVALID_INPUT (inputs): inputs must be a JSON object of input names and values"},
      {R"({"appid":"a"})", "UNKNOWN_FIELD (appid): unknown field \"appid\"; did you mean \"appId\"?"},
      {R"({"appId":"a","zzz":1})", "UNKNOWN_FIELD (zzz): unknown field \"zzz\""},
      {R"({"appId":"a","webhookURL":"x"})",
       "UNKNOWN_FIELD (webhookURL): unknown field \"webhookURL\"; did you mean \"webhookUrl\"?"},
      {"", "INVALID_JSON: this is not valid JSON: it breaks at byte 1"},
      {"{", "INVALID_JSON: this is not valid JSON: it breaks at byte 2"},
      {"{}x", "INVALID_JSON: this is not valid JSON: it breaks at byte 3"},
      {"[]", "INVALID_JSON: the body must be a JSON object"},
      {"\"appId\"", "INVALID_JSON: the body must be a JSON object"},
      {"{\"appId\":\"\xff\"}", "INVALID_JSON: this is not valid JSON: it breaks at byte 11"},
      {"{\"appId\":\"" + kMiB + "\"}",
       "PAYLOAD_TOO_LARGE: a JSON body may be at most 1 MiB: send larger things as files"},
  };
  House house;
  for (const Case& one : cases) {
    CAPTURE(one.body.substr(0, 80));
    CHECK(house.json(one.body) == one.expected);
    if (one.body.size() < 100) CHECK(house.read("Application/JSON ; charset=utf-8", one.body, "", 1) == one.expected);
  }
}

TEST_CASE("the app in the URL wins over the body's") {
  House house;
  CHECK(house.read("application/json", R"({"appId":"a"})", "b") == "b {} -");
  CHECK(house.read("application/json", "{}", "b") == "b {} -");
  CHECK(house.read(kForm, form({{"appId", "a"}}), "b") == "b {} -");
  CHECK(house.read("", "", "b") == "b {} -");
}

TEST_CASE("a body that is neither JSON nor a form is refused") {
  House house;
  const std::string expected =
      "UNSUPPORTED_MEDIA_TYPE (Content-Type): send the body as application/json or multipart/form-data and say so in "
      "Content-Type";
  for (const char* type :
       {"", "text/plain", "application/x-www-form-urlencoded", "application/jsonx", "multipart/mixed; boundary=XX"}) {
    CHECK(house.read(type, R"({"appId":"a"})") == expected);
  }
  CHECK(house.read("text/plain", "", "a") == expected);
  CHECK(house.read("", "") ==
        "MISSING_APP_ID (appId): say which app to run: appId in the body, or /api/v1/apps/APP_ID/runs");
}

TEST_CASE("a form becomes a run with its files, or the reason why not") {
  const std::vector<Part> ten_files(10, {"files", "x", "a.txt"});
  std::vector<Part> eleven_files = ten_files;
  eleven_files.push_back({"doc", "x", "b.txt"});
  std::vector<Part> too_many_parts = ten_files;
  for (int i = 0; i < 60; ++i) too_many_parts.push_back({"part" + std::to_string(i), "x"});

  struct Case {
    std::vector<Part> parts;
    std::string expected;
  };
  const Case cases[] = {
      {{{"appId", "a"}}, "a {} -"},
      {{{"appId", "a"},
        {"inputs", R"({"x":1})"},
        {"chatModelId", "m"},
        {"files", "hello", "h.txt"},
        {"doc", "%PDF-", "d.pdf"}},
       R"(a {"x":1} m files/h.txt:5 doc/d.pdf:5)"},
      {{{"files", "hello", "h.txt"}, {"appId", "a"}}, "a {} - files/h.txt:5"},
      {{{"appId", "a"}, {"chatModelId", ""}}, "a {} -"},
      {{{"appId", ""}}, "MISSING_APP_ID (appId): say which app to run: appId in the body, or /api/v1/apps/APP_ID/runs"},
      {{{"appId", "a"}, {"appId", "b"}}, "INVALID_MULTIPART (appId): the field \"appId\" is sent twice"},
      {{{"appId", "\xff"}}, "INVALID_MULTIPART (appId): appId is not UTF-8 text"},
      {{{"inputs", "{\"x\":\"\xff\"}"}}, "INVALID_MULTIPART (inputs): inputs is not UTF-8 text"},
      {{{"inputs", "{"}}, "INVALID_JSON (inputs): inputs: this is not valid JSON: it breaks at byte 2"},
      {{{"inputs", ""}}, "INVALID_JSON (inputs): inputs: this is not valid JSON: it breaks at byte 1"},
      {{{"inputs", "[]"}}, "INVALID_INPUT (inputs): inputs must be a JSON object of input names and values"},
      {{{"input", "{}"}}, "UNKNOWN_FIELD (input): unknown field \"input\"; did you mean \"inputs\"?"},
      {{{"", "{}"}}, "INVALID_MULTIPART: the form has a part without a name"},
      {{{"", "x", "a.txt"}}, "INVALID_MULTIPART: the form has a part without a name"},
      {{{"files", "no file name"}},
       "INVALID_MULTIPART (files): a \"files\" part must be a file with a file name (curl: -F \"files=@report.pdf\")"},
      {{{"files", "", "empty.txt"}}, "EMPTY_FILE (files): \"empty.txt\" is empty"},
      {{{"files", "x", "a.txt"}, {"doc", "", "empty.txt"}, {"appId", "a"}}, "EMPTY_FILE (doc): \"empty.txt\" is empty"},
      {eleven_files, "TOO_MANY_FILES (doc): a run takes at most 10 files"},
      {too_many_parts, "UNKNOWN_FIELD (part0): unknown field \"part0\""},
      {{{"files", "x", "a.txt"}, {"inputs", kMiB + "x"}},
       "PAYLOAD_TOO_LARGE (inputs): a text field may be at most 1 MiB: send larger things as files"},
  };
  House house;
  for (const Case& one : cases) {
    const std::string body = form(one.parts);
    for (const size_t piece : {size_t{1}, size_t{7}, SIZE_MAX}) {
      if (piece < 100 && body.size() > 100'000) continue;
      CAPTURE(body.substr(0, 200));
      CAPTURE(piece);
      CHECK(house.read(kForm, body, "", piece) == one.expected);
    }
  }
}

TEST_CASE("ten files of 10 MiB are taken, one byte more is not") {
  House house;
  std::string content;
  for (int i = 0; i < 10; ++i) content += kMiB;
  CHECK(house.read(kForm, form({{"appId", "a"}, {"files", content, "a.txt"}, {"files", content, "b.txt"}})) ==
        "a {} - files/a.txt:10485760 files/b.txt:10485760");
  CHECK(house.read(kForm, form({{"appId", "a"}, {"files", content + "x", "a.txt"}})) ==
        "FILE_TOO_LARGE (files): \"a.txt\" is larger than 10 MB, the most a file may have");
}

TEST_CASE("a form that ends early leaves nothing, however much of it came") {
  House house;
  const std::string body = form({{"appId", "a"}, {"files", "hello", "h.txt"}, {"doc", "world", "w.txt"}});
  const size_t closed = body.size() - 2;   // the line end after the closing boundary is not needed
  for (size_t length = 0; length < closed; ++length) {
    CAPTURE(length);
    REQUIRE(house.read(kForm, body.substr(0, length)).starts_with("INVALID_MULTIPART: "));
  }
  CHECK(house.read(kForm, body.substr(0, closed)) == "a {} - files/h.txt:5 doc/w.txt:5");
}

TEST_CASE("a connection that breaks while a file comes leaves nothing") {
  House house;
  http::Request request;
  request.content_type = kForm;
  request.read_body = [&](const http::TakeBytes& take) -> Result<void> {
    TRY(take(form({{"files", "hello", "h.txt"}}).substr(0, 80)));
    CHECK_FALSE(std::filesystem::is_empty(house.folder / "files/incoming"));
    return Error{Code::kInvalidParameter, "the body was cut off"};
  };
  const auto refused = read_run_request(request, "a", house.blobs);
  REQUIRE(!refused);
  CHECK(refused.error().message == "the body was cut off");
  CHECK(std::filesystem::is_empty(house.folder / "files/incoming"));
}
