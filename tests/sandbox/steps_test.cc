// SPDX-License-Identifier: Apache-2.0
#include "sandbox/steps.h"

#include <set>
#include <string>

#include "tests/support/test.h"

using namespace capid::sandbox;

TEST_CASE("every step has a bit and a name of its own, and the payload's come after init's") {
  std::set<uint64_t> bits;
  uint32_t number = 0;
  for (const auto steps : {init_steps(), payload_steps()}) {
    for (const Step& step : steps) {
      CAPTURE(step.name);
      CHECK(step_name(number) == std::string(step.name));
      CHECK(step_bit(step.name) == uint64_t{1} << number);
      CHECK(bits.insert(step_bit(step.name)).second);
      ++number;
    }
  }
  CHECK(bits.size() == init_steps().size() + payload_steps().size());
}

TEST_CASE("a step that does not exist has no bit, and a report of one means the clone") {
  const auto count = static_cast<uint32_t>(init_steps().size() + payload_steps().size());
  for (const char* name : {"", "seccom", "seccomp ", "Seccomp", "clone"}) CHECK(step_bit(name) == 0);
  for (const uint32_t step : {count, count + 1, UINT32_MAX}) CHECK(step_name(step) == std::string("clone"));
}

TEST_CASE("what protects comes last: privileges are gone before the payload, the filter is its last step") {
  CHECK(init_steps().back().name == std::string("privileges"));
  CHECK(payload_steps().back().name == std::string("seccomp"));
  CHECK(step_bit("capabilities") > step_bit("root.read_only"));
  CHECK(step_bit("root.read_only") > step_bit("root.pivot"));
}
