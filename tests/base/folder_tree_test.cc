// SPDX-License-Identifier: Apache-2.0
#include "base/folder_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/fd.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::base;
namespace fs = std::filesystem;

namespace {

// A chain of folders, made from the inside: no path is as long as it is.
void dig(const std::string& folder, int depth) {
  Fd here(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  for (int i = 0; i < depth; ++i) {
    REQUIRE(::mkdirat(here.get(), "d", 0700) == 0);
    here = Fd(::openat(here.get(), "d", O_PATH | O_DIRECTORY | O_CLOEXEC));
    REQUIRE(here);
  }
}

}   // namespace

TEST_CASE("a tree is what its files take, and something for each entry") {
  test::TempFolder folder;
  folder.write("tree/a", std::string(100'000, 'x'));
  folder.write("tree/sub/b", std::string(100'000, 'x'));
  fs::create_symlink("/usr", folder / "tree/link");
  REQUIRE(::truncate((folder / "tree/a").c_str(), int64_t{10} << 30) == 0);   // sparse: nothing is written
  const auto size = tree_size(folder / "tree", INT64_MAX);
  REQUIRE(size);
  CHECK(*size >= 200'000);
  CHECK(*size < 300'000);
  CHECK(*tree_size(folder / "tree", 1000) > 1000);
  CHECK_FALSE(tree_size(folder / "gone", 1000));
  for (int i = 0; i < 1000; ++i) folder.write("many/" + std::to_string(i), "");
  CHECK(*tree_size(folder / "many", INT64_MAX) >= 1000 * kBytesAnEntry);
}

TEST_CASE("what is too deep, or closed, counts as without bounds") {
  test::TempFolder folder;
  fs::create_directories(folder / "deep");
  dig(folder / "deep", 200);
  CHECK(tree_size(folder / "deep", INT64_MAX - 1) == INT64_MAX);
  REQUIRE(remove_tree(folder / "deep"));
  if (::geteuid() == 0) return;   // whom nothing is closed to
  fs::create_directories(folder / "closed/sub");
  REQUIRE(::chmod((folder / "closed/sub").c_str(), 0) == 0);
  CHECK(tree_size(folder / "closed", INT64_MAX - 1) == INT64_MAX);
  REQUIRE(remove_tree(folder / "closed"));
}

TEST_CASE("a tree is removed however deep and odd it is, and nothing beside it") {
  test::TempFolder folder;
  folder.write("outside/kept", "x");
  folder.write("tree/.lifted-1", "in the way");
  folder.write("tree/.lifted-2/full/x", "in the way as well");
  folder.write("tree/a/b/c/file", "x");
  folder.write("tree/a\nb/ \\/x", "x");
  fs::create_directory_symlink(folder / "outside", folder / "tree/a/out");
  REQUIRE(::mkfifo((folder / "tree/pipe").c_str(), 0600) == 0);
  dig(folder / "tree", 5'000);
  for (const char* closed : {"tree/a/b", "tree/a", "tree/.lifted-2", "tree"})
    REQUIRE(::chmod((folder / closed).c_str(), 0) == 0);
  const auto removed = remove_tree(folder / "tree");
  if (!removed) MESSAGE(removed.error().detail);
  CHECK(removed);
  CHECK_FALSE(fs::exists(folder / "tree"));
  CHECK(test::content_of(folder / "outside/kept") == "x");
  CHECK(remove_tree(folder / "tree"));
}
