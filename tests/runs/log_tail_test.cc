// SPDX-License-Identifier: Apache-2.0
#include "runs/log_tail.h"

#include "tests/support/test.h"

using namespace capid::runs;

TEST_CASE("whole lines go out, a begun one waits for its end") {
  LogTail log;
  CHECK(log.take_lines().empty());
  log.add("one\ntwo\nthr");
  CHECK(log.take_lines() == "one\ntwo\n");
  CHECK(log.take_lines().empty());
  log.add("ee\n");
  CHECK(log.take_lines() == "three\n");
  log.add("four");
  CHECK(log.take_lines().empty());
  CHECK(log.take_rest() == "four");
  CHECK(log.take_rest().empty());
}

TEST_CASE("a line that does not end goes out once it is longer than 8 KiB") {
  LogTail log;
  const std::string half(4'096, 'x');
  log.add("short\n" + half + half);
  CHECK(log.take_lines() == "short\n");
  log.add("x");
  CHECK(log.take_lines() == half + half + "x");
  log.add("\nnext\n");
  CHECK(log.take_lines() == "\nnext\n");
}

TEST_CASE("what is taken in pieces is what was added, byte by byte") {
  LogTail log;
  std::string added, taken;
  for (int i = 0; i < 3'000; ++i) {
    const std::string piece(static_cast<size_t>(i % 37), i % 5 == 0 ? '\n' : static_cast<char>('a' + i % 26));
    added += piece;
    log.add(piece);
    if (i % 7 == 0) taken += log.take_lines();
  }
  CHECK(taken + log.take_rest() == added);
}

TEST_CASE("the tail is all of a short log, taken or not") {
  LogTail log;
  CHECK(log.tail().empty());
  log.add("one\ntwo");
  CHECK(log.take_rest() == "one\ntwo");
  CHECK(log.tail() == "one\ntwo");
}

TEST_CASE("the tail of a long log is its last lines, as many as 2 KiB hold") {
  LogTail log;
  std::string lines;
  for (int i = 100; i < 400; ++i) lines += "line " + std::to_string(i) + "\n";   // 9 bytes each
  for (size_t at = 0; at < lines.size(); at += 9) log.add(lines.substr(at, 9));
  const std::string tail = log.tail();
  CHECK(tail.size() <= 2'048);
  CHECK(lines.ends_with(tail));
  CHECK(tail.starts_with("line "));
}

TEST_CASE("a tail begins with a whole line, however the log came") {
  LogTail log;
  std::string lines;
  for (int i = 1000; i < 2000; ++i) lines += "line " + std::to_string(i) + "\n";
  log.add(lines);
  CHECK(log.tail().starts_with("line "));
}

TEST_CASE("one line longer than the tail is shown in part rather than not at all") {
  LogTail log;
  log.add(std::string(3'000, 'x') + "\n");
  CHECK(log.tail() == std::string(2'047, 'x') + "\n");
}

TEST_CASE("a line that begins exactly at the tail's border is kept whole") {
  LogTail log;
  log.add(std::string(100, 'a') + "\n" + std::string(2'047, 'b') + "\n");
  CHECK(log.tail() == std::string(2'047, 'b') + "\n");
}
