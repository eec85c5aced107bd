// SPDX-License-Identifier: Apache-2.0
#include "files/blobs.h"

#include <algorithm>
#include <set>
#include <vector>

#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::files;

namespace {

namespace fs = std::filesystem;

struct House {
  test::TempFolder folder;
  test::FakeClock clock;
  Blobs blobs = Blobs::open(folder / "files", clock).value();

  Incoming incoming(const std::string& content) {
    Incoming one = blobs.begin().value();
    REQUIRE(one.write(content));
    return one;
  }
  std::string keep(const std::string& content) {
    std::vector<Incoming> incoming;
    incoming.push_back(this->incoming(content));
    return blobs.keep(incoming).value().front();
  }
  std::set<std::string> kept() const {
    std::set<std::string> names;
    for (const auto& found : fs::recursive_directory_iterator(folder / "files/blobs")) {
      if (found.is_regular_file()) names.insert(found.path().lexically_relative(folder / "files/blobs").string());
    }
    return names;
  }
  bool nothing_is_incoming() const { return fs::is_empty(folder / "files/incoming"); }
};

}   // namespace

TEST_CASE("kept blobs hold their bytes under an hour's folder, in the order in which they were given") {
  House house;
  std::vector<Incoming> incoming;
  incoming.push_back(house.incoming("first"));
  incoming.push_back(house.incoming(std::string("se\0cond", 7)));
  incoming.push_back(house.incoming(""));
  const auto names = house.blobs.keep(incoming).value();
  incoming.clear();
  REQUIRE(names.size() == 3);
  for (const std::string& name : names) {
    CHECK(name.size() == 13 + 1 + 32);
    CHECK(name.starts_with("2026-04-27T07/"));
  }
  CHECK(test::content_of(house.blobs.path(names[0])) == "first");
  CHECK(test::content_of(house.blobs.path(names[1])) == std::string("se\0cond", 7));
  CHECK(test::content_of(house.blobs.path(names[2])).empty());
  CHECK(house.kept() == std::set(names.begin(), names.end()));
  CHECK(house.nothing_is_incoming());
}

TEST_CASE("a blob knows its size, its hash and its first bytes, however it was written") {
  House house;
  Incoming pieces = house.blobs.begin().value();
  for (const char* piece : {"a", "", "bc"}) REQUIRE(pieces.write(piece));
  CHECK(pieces.size() == 3);
  CHECK(pieces.head() == "abc");
  CHECK(pieces.sha256() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const std::string long_text(1000, 'x');
  Incoming whole = house.incoming(long_text);
  CHECK(whole.size() == 1000);
  CHECK(whole.head() == long_text.substr(0, 64));
  Incoming moved = std::move(whole);
  CHECK(moved.size() == 1000);
  CHECK(moved.sha256() == "44f8354494a5ba03ba1792a8d3e9c534c47a9181980fde7a3f44b06ef2ae7c7f");
}

TEST_CASE("a blob is readable by its owner alone") {
  House house;
  const fs::perms perms = fs::status(house.blobs.path(house.keep("secret"))).permissions();
  CHECK((perms & fs::perms::all) == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("what is abandoned leaves nothing") {
  House house;
  {
    Incoming abandoned = house.incoming("abandoned");
    Incoming moved = std::move(abandoned);
    CHECK_FALSE(house.nothing_is_incoming());
  }
  CHECK(house.nothing_is_incoming());
  CHECK(house.kept().empty());
}

TEST_CASE("where one blob cannot be kept none is") {
  House house;
  std::vector<Incoming> incoming;
  for (const char* content : {"one", "two", "three"}) incoming.push_back(house.incoming(content));
  // The disk's edge: one of the files is gone at the moment of its rename.
  for (const auto& file : fs::directory_iterator(house.folder / "files/incoming")) {
    if (test::content_of(file.path().string()) == "two") fs::remove(file.path());
  }
  const auto refused = house.blobs.keep(incoming);
  REQUIRE(!refused);
  CHECK(refused.error().code == Code::kInternal);
  CHECK(refused.error().message == "cannot keep the file");
  CHECK(house.kept().empty());
  incoming.clear();
  CHECK(house.nothing_is_incoming());
}

TEST_CASE("keeping nothing makes no folder") {
  House house;
  CHECK(house.blobs.keep({}).value().empty());
  CHECK(fs::is_empty(house.folder / "files/blobs"));
}

TEST_CASE("opening clears what an earlier server left half-written, and keeps the rest") {
  House house;
  const std::string name = house.keep("kept");
  house.folder.write("files/incoming/0123", "left behind");
  house.folder.write("files/incoming/folder/inside", "left behind");
  const Blobs again = Blobs::open(house.folder / "files", house.clock).value();
  CHECK(house.nothing_is_incoming());
  CHECK(test::content_of(again.path(name)) == "kept");
}

TEST_CASE("a removed blob is gone, and removing it again does nothing") {
  House house;
  const std::string name = house.keep("removed"), other = house.keep("kept");
  house.blobs.remove(name);
  house.blobs.remove(name);
  CHECK(house.kept() == std::set{other});
}

TEST_CASE("many blobs are removed for good, and one whose hour is gone does not matter") {
  House house;
  std::vector<std::string> names{house.keep("one"), house.keep("two"), "2001-01-01T00/none"};
  const std::string other = house.keep("kept");
  house.clock.advance(3'600'000);
  names.push_back(house.keep("of the next hour"));
  CHECK(house.blobs.remove_durably(names));
  CHECK(house.kept() == std::set{other});
  CHECK(house.blobs.remove_durably(names));
}

TEST_CASE("the sweep removes what no row names, from the folders that were changed last") {
  House house;
  std::vector<std::string> named, unnamed;
  for (int hour = 0; hour < 3; ++hour) {
    named.push_back(house.keep("named"));
    unnamed.push_back(house.keep("unnamed"));
    house.clock.advance(3'600'000);
  }
  const auto first_hour = fs::path(house.blobs.path(named[0])).parent_path();
  fs::last_write_time(first_hour, fs::last_write_time(first_hour) - std::chrono::hours(3));
  house.folder.write("files/blobs/stray", "a file where folders are");
  fs::create_directories(house.folder / "files/blobs/lost+found");
  std::set<std::string> asked;
  REQUIRE(house.blobs.sweep([&](const std::string& name) -> Result<bool> {
    asked.insert(name);
    return std::find(named.begin(), named.end(), name) != named.end();
  }));
  CHECK(asked == std::set{named[1], unnamed[1], named[2], unnamed[2]});
  for (const std::string& name : {named[0], unnamed[0], named[1], named[2]}) CHECK(fs::exists(house.blobs.path(name)));
  for (const std::string& name : {unnamed[1], unnamed[2]}) CHECK(!fs::exists(house.blobs.path(name)));
}

TEST_CASE("a sweep that cannot tell what is used removes nothing more") {
  House house;
  const std::string name = house.keep("perhaps used");
  const auto failed = house.blobs.sweep([](const std::string&) -> Result<bool> {
    return Error{Code::kStoreUnavailable, "no database"};
  });
  REQUIRE(!failed);
  CHECK(failed.error().message == "no database");
  CHECK(house.kept() == std::set{name});
}
