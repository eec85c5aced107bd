// SPDX-License-Identifier: Apache-2.0
#include "cli/hidden_input.h"

#include "tests/support/test.h"

using namespace capid;

TEST_CASE("one line's end is left out, and nothing else") {
  const auto without_end = [](std::string_view given) {
    base::SecretText text(given);
    cli::leave_out_line_end(text);
    return std::string(text.view());
  };
  CHECK(without_end("token\n") == "token");
  CHECK(without_end("token\r\n") == "token");
  CHECK(without_end("token") == "token");
  CHECK(without_end("two\nlines\n\n") == "two\nlines\n");
  CHECK(without_end(" spaces \n") == " spaces ");
  CHECK(without_end("token\r") == "token\r");
  CHECK(without_end("\n").empty());
  CHECK(without_end("").empty());
}
