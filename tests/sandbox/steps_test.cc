// SPDX-License-Identifier: Apache-2.0
#include "sandbox/steps.h"

#include <set>
#include <string>
#include <vector>

#include "tests/support/test.h"

using namespace capid::sandbox;

namespace {

// Every step by its number. The clone comes before them all, and is what a number beyond the last means.
std::vector<std::string> all_steps() {
  std::vector<std::string> names;
  while (step_name(static_cast<uint32_t>(names.size())) != std::string("clone"))
    names.emplace_back(step_name(static_cast<uint32_t>(names.size())));
  return names;
}

}   // namespace

TEST_CASE("every step has a name of its own, and the bit of its number") {
  const auto names = all_steps();
  CHECK(std::set<std::string>(names.begin(), names.end()).size() == names.size());
  CHECK(names.size() > 20);
  for (size_t number = 0; number < names.size(); ++number) {
    CAPTURE(names[number]);
    CHECK(step_bit(names[number].c_str()) == uint64_t{1} << number);
  }
}

TEST_CASE("a step that does not exist has no bit, and a report of one means the clone") {
  const auto count = static_cast<uint32_t>(all_steps().size());
  for (const char* name : {"", "seccom", "seccomp ", "Seccomp", "clone"}) CHECK(step_bit(name) == 0);
  for (const uint32_t step : {count, count + 1, UINT32_MAX}) CHECK(step_name(step) == std::string("clone"));
}

TEST_CASE("the root is pivoted, then read-only, then privileges go, and the filter is the last step of all") {
  const auto names = all_steps();
  CHECK(names.back() == "seccomp");
  CHECK(step_bit("listeners") < step_bit("descriptors.send"));   // which sends them, and keeps none
  CHECK(step_bit("descriptors.send") < step_bit("capabilities"));
  CHECK(step_bit("root.pivot") < step_bit("root.read_only"));
  CHECK(step_bit("root.read_only") < step_bit("capabilities"));
  CHECK(step_bit("capabilities") < step_bit("privileges"));
  CHECK(step_bit("privileges") < step_bit("streams"));
}
