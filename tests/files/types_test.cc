// SPDX-License-Identifier: Apache-2.0
#include "files/types.h"

#include "base/text.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::files;
using namespace std::string_view_literals;

namespace {

std::string attachment(std::string_view name, std::string_view head) {
  const auto type = type_of_attachment(name, head);
  return type ? *type : std::string(base::to_string(type.error().code)) + ": " + type.error().message;
}

std::string contradicts(const std::string& name, const std::string& extension) {
  return "UNSUPPORTED_FILE_TYPE: \"" + name + "\" is not what its extension says: its content is not that of a ." +
         extension + " file";
}

std::string unknown(const std::string& what) {
  return "UNSUPPORTED_FILE_TYPE: files of the type " + what +
         " are not accepted: send images, documents, data, code, audio, video or .zip";
}

constexpr auto kPng = "\x89PNG\r\n\x1a\n...."sv;
constexpr auto kZip = "PK\x03\x04...."sv;
constexpr auto kElf =
    "\x7f"
    "ELF\x02\x01"sv;
constexpr auto kMp4 =
    "\0\0\0\x20"
    "ftypisom"sv;

}   // namespace

TEST_CASE("an attachment has the type of its extension, where its first bytes allow it") {
  struct Case {
    std::string_view name, head;
    std::string expected;
  };
  const Case cases[] = {
      {"a.png", kPng, "image/png"},
      {"A.PNG", kPng, "image/png"},
      {"a.jpeg", "\xff\xd8\xff\xe0", "image/jpeg"},
      {"a.gif", "GIF87a..", "image/gif"},
      {"a.gif", "GIF89a..", "image/gif"},
      {"a.webp", "RIFF....WEBPVP8 ", "image/webp"},
      {"a.pdf", "%PDF-1.7", "application/pdf"},
      {"a.docx", kZip, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
      {"a.zip", kZip, "application/zip"},
      {"a.mp4", kMp4, "video/mp4"},
      {"a.m4a", kMp4, "audio/mp4"},
      {"a.heic", kMp4, "image/heic"},
      {"a.tif", "II*\0"sv, "image/tiff"},
      {"a.tiff", "MM\0*"sv, "image/tiff"},
      {"a.mp3", "ID3\x04", "audio/mpeg"},
      {"a.mp3", "\xff\xfb\x90", "audio/mpeg"},   // an mp3 needs no tag
      {"a.txt", "hello", "text/plain"},
      {"a.txt", "", "text/plain"},
      {"notes.tar.md", "# x", "text/markdown"},
      {"a.html", "<html>", "text/html"},
      {"a.svg", "<svg/>", "image/svg+xml"},
      {"a.json", "{}", "application/json"},
      {"a.C", "int x;", "text/x-c"},

      {"a.png", "GIF89a..", contradicts("a.png", "png")},
      {"a.PNG", "\xff\xd8\xff\xe0", contradicts("a.PNG", "png")},
      {"a.png", "just text", contradicts("a.png", "png")},
      {"a.png", "", contradicts("a.png", "png")},
      {"a.png", kPng.substr(0, 7), contradicts("a.png", "png")},
      {"a.pdf", kZip, contradicts("a.pdf", "pdf")},
      {"a.docx", "%PDF-1.7", contradicts("a.docx", "docx")},
      {"a.txt", kElf, contradicts("a.txt", "txt")},
      {"a.py", "MZ\x90\0"sv, contradicts("a.py", "py")},
      {"a.csv", "\x1f\x8b\x08", contradicts("a.csv", "csv")},
      {"a.txt", kPng, contradicts("a.txt", "txt")},
      {"a.html", "%PDF-1.7", contradicts("a.html", "html")},
      {"\xff.png", "text", contradicts("\xEF\xBF\xBD.png", "png")},

      {"a.exe", "MZ", unknown(".exe")},
      {"a.tar.gz", "\x1f\x8b\x08", unknown(".gz")},
      {"png", kPng, unknown("of \"png\"")},
      {"", "x", unknown("of \"\"")},
      {"a.", "x", unknown("of \"a.\"")},
      {"dir.png/file", kPng, unknown("of \"dir.png/file\"")},
      {"a.png ", kPng, unknown(".png ")},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    CHECK(attachment(one.name, one.head) == one.expected);
  }
}

TEST_CASE("an artifact has a type by its extension, else by its content, and is never refused") {
  struct Case {
    std::string_view name, head, expected;
  };
  constexpr Case cases[] = {
      {"a.csv", "a,b", "text/csv"},
      {"a.png", "not really", "image/png"},
      {"a.unknown", kPng, "image/png"},
      {"a", kZip, "application/zip"},
      {"a", "plain text", "text/plain"},
      {"a", "text\0with NUL"sv, "application/octet-stream"},
      {"a", "", "application/octet-stream"},
      {"a", kElf, "application/octet-stream"},
      {"a.exe", "MZ\x90\0"sv, "application/octet-stream"},
      {"a.gz", "\x1f\x8b\x08", "application/octet-stream"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    CHECK(type_of_artifact(one.name, one.head) == one.expected);
  }
}

TEST_CASE("a file keeps its name where that is safe, and gets a safe one where it is not") {
  struct Case {
    std::string name, expected;
  };
  const std::string long_stem(130, 'a');
  const std::string umlauts = [] {
    std::string text = "x";
    for (int i = 0; i < 70; ++i) text += "ä";
    return text;
  }();
  const Case cases[] = {
      {"report.pdf", "report.pdf"},
      {"Bericht für März.pdf", "Bericht für März.pdf"},
      {"quarter 1 (final).txt", "quarter 1 (final).txt"},
      {"../../etc/passwd", "passwd"},
      {"/abs/olute.txt", "olute.txt"},
      {"C:\\Users\\ada\\cv.pdf", "cv.pdf"},
      {"folder/", "file"},
      {"", "file"},
      {".", "file"},
      {"..", "file"},
      {"...", "file"},
      {"a/..", "file"},
      {".bashrc", "_.bashrc"},
      {"-rf", "_-rf"},
      {"a\nb\tc\x7f.txt", "a_b_c_.txt"},
      {std::string("a\0b.txt", 7),
       "a\xEF\xBF\xBD"
       "b.txt"},
      {"a\xff.txt", "a\xEF\xBF\xBD.txt"},
      {long_stem + ".pdf", std::string(116, 'a') + ".pdf"},
      {long_stem, std::string(120, 'a')},
      {umlauts, umlauts.substr(0, 119)},   // 120 would cut a letter in two
      {umlauts + ".txt", umlauts.substr(0, 115) + ".txt"},
      {"a." + long_stem, "a." + std::string(118, 'a')},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    const std::string safe = safe_name(one.name, {});
    CHECK(safe == one.expected);
    CHECK(base::is_utf8(safe));
  }
}

TEST_CASE("a name that is taken gets a number before its extension") {
  struct Case {
    std::string name;
    std::set<std::string> taken;
    std::string expected;
  };
  const Case cases[] = {
      {"a.txt", {"b.txt"}, "a.txt"},
      {"a.txt", {"a.txt"}, "a-2.txt"},
      {"a.txt", {"a.txt", "a-2.txt", "a-3.txt"}, "a-4.txt"},
      {"dir/a.txt", {"a.txt"}, "a-2.txt"},
      {"README", {"README"}, "README-2"},
      {"..", {"file"}, "file-2"},
      {"A.TXT", {"A.TXT"}, "A-2.TXT"},
      {"a.tar.gz", {"a.tar.gz"}, "a.tar-2.gz"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    CHECK(safe_name(one.name, one.taken) == one.expected);
  }
}

TEST_CASE("an extension is what follows the last dot of the last part") {
  struct Case {
    std::string_view name, expected;
  };
  constexpr Case cases[] = {{"a.TXT", "txt"}, {"a.tar.gz", "gz"}, {"a", ""}, {"a.", ""},
                            {"a.b/c", ""},    {".env", "env"},    {"", ""}};
  for (const Case& one : cases) CHECK(extension_of(one.name) == one.expected);
}

TEST_CASE("plain text that happens to hold a signature's letters is plain text") {
  CHECK(attachment("a.csv", "ID3,name,age\n") == "text/csv");
  CHECK(attachment("notes.txt", "BM25 is WAVE") == "text/plain");
  CHECK(attachment("notes.md", "The WEB WEBP") == "text/markdown");
  CHECK(attachment("a.txt", "My, ftyp") == "text/plain");
}
