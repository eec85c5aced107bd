// SPDX-License-Identifier: Apache-2.0
#include "base/fd.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::base;

namespace {

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

}   // namespace

TEST_CASE("a descriptor is closed once, by its last owner") {
  Fd one = open_file("/dev/null", O_RDONLY).value();
  const int number = one.get();
  CHECK((::fcntl(number, F_GETFD) & FD_CLOEXEC) != 0);
  Fd other = std::move(one);
  CHECK_FALSE(one);   // NOLINT: what was moved from is empty
  CHECK(other.get() == number);
  other = std::move(other);
  CHECK(is_open(number));
  other.reset();
  CHECK_FALSE(is_open(number));
  Fd released = open_file("/dev/null", O_RDONLY).value();
  const int kept = released.release();
  released.reset();
  CHECK(is_open(kept));
  ::close(kept);
}

TEST_CASE("a file is read up to the limit, and refused beyond") {
  const test::TempFolder folder;
  folder.write("file", std::string(50'000, 'x'));
  CHECK(read_file(folder / "file", 50'000).value() == std::string(50'000, 'x'));
  const auto refused = read_file(folder / "file", 49'999);
  REQUIRE(!refused);
  CHECK(refused.error().message == "the file is larger than 49999 bytes");
  CHECK_FALSE(read_file("/dev/zero", 1 << 20));
  folder.write("empty", "");
  CHECK(read_file(folder / "empty", 0).value().empty());
}

TEST_CASE("what cannot be opened says which file and why") {
  const auto refused = open_file("/none/such", O_RDONLY);
  REQUIRE(!refused);
  CHECK(refused.error().message == "cannot open /none/such");
  const auto own = open_own_file("/none/such", O_RDONLY, 0, "a file cannot be read");
  REQUIRE_FALSE(own);
  CHECK(own.error().message == "a file cannot be read");
  CHECK(own.error().detail == "open /none/such: No such file or directory");
  CHECK(refused.error().detail == "open: No such file or directory");
  const auto folder = read_file("/tmp", 100);
  REQUIRE(!folder);
  CHECK(folder.error().detail == "read: Is a directory");
}

TEST_CASE("more than a pipe holds is written and read whole") {
  Pipe pipe = make_pipe().value();
  const std::string sent(1 << 20, 'p');
  std::thread writer([&] {
    REQUIRE(write_all(pipe.write_end.get(), sent));
    pipe.write_end.reset();
  });
  const auto got = read_all(pipe.read_end.get(), 1 << 20);
  writer.join();
  CHECK(got.value() == sent);
}

TEST_CASE("a full disk is an error") {
  const Fd full = open_file("/dev/full", O_WRONLY).value();
  const auto refused = write_all(full.get(), "x");
  REQUIRE(!refused);
  CHECK(refused.error().message == "cannot write to the disk: it is full");
  CHECK(refused.error().detail == "write: No space left on device");
}

TEST_CASE("folders are flushed, and what is no folder is not") {
  const test::TempFolder folder;
  folder.write("file", "x");
  CHECK(sync_folder(folder.path()));
  CHECK_FALSE(sync_folder(folder / "file"));
  CHECK_FALSE(sync_folder(folder / "none"));
  const Pipe pipe = make_pipe().value();
  CHECK_FALSE(sync(pipe.read_end.get()));
}
