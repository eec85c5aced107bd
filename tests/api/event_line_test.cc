// SPDX-License-Identifier: Apache-2.0
#include "api/event_line.h"

#include "tests/support/test.h"

using capid::Code;
using capid::api::Seats;

TEST_CASE("one account takes half of the seats at most, and a seat is free again when its line is closed") {
  Seats seats(4);
  auto first = seats.take("ada"), second = seats.take("ada");
  REQUIRE(first);
  REQUIRE(second);
  CHECK(seats.take("ada").error().code == Code::kQueueFull);
  auto third = seats.take("grace"), fourth = seats.take("hopper");
  REQUIRE(third);
  REQUIRE(fourth);
  CHECK(seats.take("mary").error().code == Code::kQueueFull);
  second->reset();
  CHECK(seats.take("ada"));
  CHECK(seats.take("mary"));
}
