// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include "tests/support/test.h"

using namespace capid::base;
TEST_CASE("x") { CHECK(to_integer("1") == 1); }
