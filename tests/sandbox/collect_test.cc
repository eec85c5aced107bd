// SPDX-License-Identifier: Apache-2.0
#include "sandbox/collect.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::sandbox;

namespace {

namespace fs = std::filesystem;

// What lies outside, and must never be read.
constexpr const char* kSecret = "the host's secret";

struct Out {
  test::TempFolder folder;

  Out() {
    folder.write("secret", kSecret);
    fs::create_directory(folder / "out");
  }
  void write(const std::string& name, const std::string& content) const { folder.write("out/" + name, content); }
  std::string path(const std::string& name) const { return folder / "out/" + name; }

  // "path=content;" for every file that was taken, and "path: reason;" for every entry that was passed over.
  std::string collect(const CollectLimits& limits = {}) const {
    const base::Fd out = base::open_file(folder / "out", O_RDONLY | O_DIRECTORY).value();
    std::string taken;
    const auto collection =
        sandbox::collect(out, limits, [&](const std::string& path, const base::Fd& file, int64_t size) -> Result<void> {
          const std::string content = base::read_all(file.get(), 1 << 20).value();
          CHECK(static_cast<int64_t>(content.size()) == size);
          taken += path + "=" + content + ";";
          return {};
        });
    for (const Skipped& skipped : collection.value().skipped) taken += skipped.path + ": " + skipped.reason + ";";
    return taken;
  }
};

void make_socket(const std::string& path) {
  const base::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  REQUIRE(path.size() < sizeof address.sun_path);
  std::strcpy(address.sun_path, path.c_str());
  REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

}   // namespace

TEST_CASE("files are taken in the order of their names, with their paths below /out") {
  const Out out;
  for (const char* name : {"b", "a/2", "a/1", "a.txt", "a/sub/deep", "Z", ".hidden", "ä"}) out.write(name, name);
  CHECK(out.collect() == ".hidden=.hidden;Z=Z;a/1=a/1;a/2=a/2;a/sub/deep=a/sub/deep;a.txt=a.txt;b=b;ä=ä;");
}

TEST_CASE("an empty folder gives nothing, an empty file is taken") {
  const Out out;
  CHECK(out.collect().empty());
  fs::create_directories(out.path("empty/folders"));
  CHECK(out.collect().empty());
  out.write("nothing", "");
  CHECK(out.collect() == "nothing=;");
}

TEST_CASE("a shortage of descriptors is an error, and nothing is left out for it") {
  const Out out;
  out.write("a", "1");
  const base::Fd folder = base::open_file(out.folder / "out", O_RDONLY | O_DIRECTORY).value();
  rlimit usual{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &usual) == 0);
  const auto collected = [&](int spare) {
    const rlimit few{.rlim_cur = static_cast<rlim_t>(folder.get() + 1 + spare), .rlim_max = usual.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
    const auto collection = sandbox::collect(folder, {}, [](const auto&...) -> Result<void> { return {}; });
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &usual) == 0);
    return collection ? "collected" : collection.error().detail;
  };
  CHECK(collected(0) == "opendir: Too many open files");
  CHECK(collected(1) == "openat2: Too many open files");
  CHECK(collected(2) == "collected");
}

TEST_CASE("names are the guest's bytes") {
  const Out out;
  out.write("new\nline", "1");
  out.write("not \xff utf-8", "2");
  CHECK(out.collect() == "new\nline=1;not \xff utf-8=2;");
}

TEST_CASE("no link is followed, wherever it leads") {
  const Out out;
  out.write("file", "mine");
  fs::create_directory(out.path("folder"));
  const std::pair<const char*, std::string> links[] = {
      {"l1", out.folder / "secret"},
      {"l2", "../secret"},
      {"l3", ".."},
      {"l4", "/"},
      {"l5", "/proc/self/fd/0"},
      {"l6", "file"},
      {"l7", "folder"},
      {"l8", "l8"},
      {"l9", "nowhere"},
      {"folder/up", "../../secret"},
  };
  for (const auto& [name, target] : links) fs::create_symlink(target, out.path(name));
  const std::string why = ": it is a symbolic link;";
  CHECK(out.collect() == "file=mine;folder/up" + why + "l1" + why + "l2" + why + "l3" + why + "l4" + why + "l5" + why +
                             "l6" + why + "l7" + why + "l8" + why + "l9" + why);
}

TEST_CASE("what is neither file nor folder is passed over without being opened") {
  const Out out;
  REQUIRE(::mkfifo(out.path("fifo").c_str(), 0666) == 0);
  make_socket(out.path("socket"));
  out.write("file", "taken");
  CHECK(out.collect() == "file=taken;fifo: it is not a regular file;socket: it is not a regular file;");
}

TEST_CASE("a file that is mostly a hole is passed over, a small hole is not") {
  const Out out;
  out.write("huge", "");
  fs::resize_file(out.path("huge"), uintmax_t{1} << 40);
  out.write("small", "");
  fs::resize_file(out.path("small"), 1000);
  CHECK(out.collect() == "small=" + std::string(1000, '\0') + ";huge: it is mostly holes (a sparse file);");
}

TEST_CASE("folders are followed down to the limit") {
  const Out out;
  out.write("1/2/3/file", "deep");
  out.write("1/2/file", "less deep");
  CHECK(out.collect({.max_depth = 3}) == "1/2/3/file=deep;1/2/file=less deep;");
  CHECK(out.collect({.max_depth = 2}) == "1/2/file=less deep;1/2/3: it is more than 2 folders deep;");
  CHECK(out.collect({.max_depth = 0}) == "1: it is more than 0 folders deep;");
}

TEST_CASE("a tree deeper than any path may be is left in peace") {
  const Out out;
  const std::string name(200, 'd');
  base::Fd at = base::open_file(out.path("."), O_RDONLY | O_DIRECTORY).value();
  for (int depth = 0; depth < 40; ++depth) {   // 8,000 bytes of path
    REQUIRE(::mkdirat(at.get(), name.c_str(), 0755) == 0);
    at = base::Fd(::openat(at.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    REQUIRE(at);
  }
  const base::Fd file(::openat(at.get(), "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  std::string path = name;
  for (int depth = 1; depth < 17; ++depth) path += "/" + name;
  CHECK(out.collect() == path + ": it is more than 16 folders deep;");
}

TEST_CASE("a path that is too long is passed over") {
  const Out out;
  out.write("ab/cdef", "too long");
  out.write("ab/cde", "just fits");
  CHECK(out.collect({.max_path_bytes = 6}) == "ab/cde=just fits;ab/cdef: its path is too long;");
}

TEST_CASE("only so many files are taken, the first by name") {
  const Out out;
  for (const char* name : {"a", "b", "c", "d"}) out.write(name, name);
  CHECK(out.collect({.max_files = 4}) == "a=a;b=b;c=c;d=d;");
  CHECK(out.collect({.max_files = 2}) ==
        "a=a;b=b;c: the run left more than 2 files;d: the run left more than 2 files;");
}

TEST_CASE("only so many bytes are taken; a smaller file behind a large one still fits") {
  const Out out;
  out.write("a", "1234");
  out.write("b", "12345678");
  out.write("c", "123456");
  CHECK(out.collect({.max_bytes = 18}) == "a=1234;b=12345678;c=123456;");
  CHECK(out.collect({.max_bytes = 11}) == "a=1234;c=123456;b: the run's files are too large together;");
}

TEST_CASE("only so many entries are looked at, of any kind, and this is said where it stopped") {
  const Out out;
  for (int i = 0; i < 5; ++i) fs::create_directory(out.path("folder" + std::to_string(i)));
  CHECK(out.collect({.max_entries = 5}).empty());
  CHECK(out.collect({.max_entries = 3}) == ": the run left more than 3 entries; the rest was not looked at;");
  const Out nested;
  for (const char* name : {"a/1", "a/2", "a/3", "b"}) nested.write(name, "x");
  CHECK(nested.collect({.max_entries = 3}) ==
        "a/1=x;a/2=x;a: the run left more than 3 entries; the rest was not looked at;"
        ": the run left more than 3 entries; the rest was not looked at;");
}

TEST_CASE("of many entries that are passed over a hundred are named") {
  const Out out;
  for (int i = 0; i < 150; ++i) fs::create_symlink("x", out.path(std::to_string(i)));
  const base::Fd folder = base::open_file(out.path("."), O_RDONLY | O_DIRECTORY).value();
  const auto nothing = [](const std::string&, const base::Fd&, int64_t) -> Result<void> { return {}; };
  CHECK(collect(folder, {}, nothing).value().skipped.size() == 100);
}

TEST_CASE("an error of the taker ends the collection") {
  const Out out;
  for (const char* name : {"a", "b", "c"}) out.write(name, name);
  const base::Fd folder = base::open_file(out.path("."), O_RDONLY | O_DIRECTORY).value();
  std::string asked;
  const auto collected = collect(folder, {}, [&](const std::string& path, const base::Fd&, int64_t) -> Result<void> {
    asked += path;
    if (path == "b") return Error{Code::kInternal, "the disk is full"};
    return {};
  });
  REQUIRE(!collected);
  CHECK(collected.error().message == "the disk is full");
  CHECK(asked == "ab");
}

TEST_CASE("collecting twice gives the same, although a descriptor was read to its end before") {
  const Out out;
  out.write("a", "1");
  const base::Fd folder = base::open_file(out.path("."), O_RDONLY | O_DIRECTORY).value();
  for (int time = 0; time < 2; ++time) {
    int files = 0;
    REQUIRE(collect(folder, {}, [&](const std::string&, const base::Fd&, int64_t) -> Result<void> {
      ++files;
      return {};
    }));
    CHECK(files == 1);
  }
}
