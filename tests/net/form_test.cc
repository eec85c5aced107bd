// SPDX-License-Identifier: Apache-2.0
#include "net/form.h"

#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::net;
using capid::test::TempFolder;

namespace {

std::string written(const Form& form) {
  std::string text;
  REQUIRE(form.write([&](std::string_view bytes) {
    text += bytes;
    return true;
  }));
  return text;
}

std::string file_of(const TempFolder& folder, const std::string& content) {
  folder.write("file", content);
  return folder / "file";
}

}   // namespace

TEST_CASE("a form has the length that it says, also where a file is large or named oddly") {
  const TempFolder folder;
  const std::string content(200'000, 'x');
  Form form;
  form.add_text("inputs", "{\"year\":\"2026\"}");
  form.add_file("sales", "a \"b\"\r\n.csv", file_of(folder, content), static_cast<int64_t>(content.size()));
  const std::string text = written(form);
  CHECK(static_cast<int64_t>(text.size()) == form.size());
  CHECK(text.find("name=\"sales\"; filename=\"a %22b%22%0D%0A.csv\"\r\n") != std::string::npos);
  CHECK(text.find("\r\n\r\n" + content + "\r\n--") != std::string::npos);
  const std::string boundary = form.content_type().substr(form.content_type().find('=') + 1);
  CHECK(text.starts_with("--" + boundary + "\r\n"));
  CHECK(text.ends_with("\r\n--" + boundary + "--\r\n"));
  CHECK(written(form) == text);
}

TEST_CASE("a file that is not what it was is not sent") {
  const TempFolder folder;
  const std::string path = file_of(folder, "12345");
  for (const int64_t size : {4, 6}) {
    Form form;
    form.add_file("files", "file", path, size);
    const auto sent = form.write([](std::string_view) { return true; });
    REQUIRE_FALSE(sent);
    CHECK(sent.error().message.find("changed while it was sent") != std::string::npos);
  }
  Form gone;
  gone.add_file("files", "file", path + "-gone", 1);
  CHECK_FALSE(gone.write([](std::string_view) { return true; }));
}

TEST_CASE("a form stops where nobody takes it") {
  const TempFolder folder;
  Form form;
  form.add_file("files", "file", file_of(folder, std::string(1 << 20, 'x')), 1 << 20);
  int taken = 0;
  CHECK(form.write([&](std::string_view) { return ++taken < 3; }));
  CHECK(taken == 3);
}
