// SPDX-License-Identifier: Apache-2.0
#include "sandbox/steps.h"

#include <set>
#include <string>
#include <vector>

#include "tests/support/test.h"

using namespace capid::sandbox;

namespace {

// Every step by its number: init's and the payload's in their order, then the fork server's.
std::vector<std::string> all_steps() {
  std::vector<std::string> names;
  while (step_name(static_cast<uint32_t>(names.size())) != std::string("unknown"))
    names.emplace_back(step_name(static_cast<uint32_t>(names.size())));
  return names;
}

}   // namespace

TEST_CASE("every step has a name of its own, and is found by it") {
  const auto names = all_steps();
  CHECK(std::set<std::string>(names.begin(), names.end()).size() == names.size());
  CHECK(names.size() > 20);
  for (size_t number = 0; number < names.size(); ++number) {
    CAPTURE(names[number]);
    CHECK(find_step(names[number]) == static_cast<uint32_t>(number));
  }
}

TEST_CASE("a step that does not exist is not found, and a report of one is of an unknown step") {
  const auto count = static_cast<uint32_t>(all_steps().size());
  for (const char* name : {"", "seccom", "seccomp ", "Seccomp"}) CHECK(!find_step(name));
  for (const uint32_t step : {count, count + 1, UINT32_MAX}) CHECK(step_name(step) == std::string("unknown"));
}

TEST_CASE("the root is pivoted, then read-only, then privileges go, and the filter is the last step of all in there") {
  const auto names = all_steps();
  CHECK(find_step("seccomp").value() + 1 == step_number(ParentStep::kTakeOrders));
  for (const auto& [before, after] : {std::pair("listeners", "descriptors.send"),   // which sends them, and keeps none
                                      {"descriptors.send", "capabilities"},
                                      {"root.pivot", "root.read_only"},
                                      {"root.read_only", "capabilities"},
                                      {"capabilities", "privileges"},
                                      {"privileges", "landlock"},
                                      {"landlock", "streams"}}) {
    CAPTURE(before);
    CHECK(find_step(before).value() < find_step(after).value());
  }
}
