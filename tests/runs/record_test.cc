// SPDX-License-Identifier: Apache-2.0
#include "runs/record.h"

#include "base/json.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::runs;

namespace {

// type:text, one after the other.
std::string show(const std::vector<threads::News>& news) {
  std::string text;
  for (const threads::News& one : news) {
    const Json data = Json::parse(one.data);
    text += one.type + ":" + (data.contains("text") ? data["text"].get<std::string>() : one.data) + "|";
  }
  return text;
}

transcripts::Step message(const std::string& text) { return {.type = "message", .data = {{"text", text}}}; }

std::vector<threads::News> take(Record& record) {
  std::vector<threads::News> taken;
  record.hand_over([&](std::vector<threads::News> news) { taken = std::move(news); });
  return taken;
}

}   // namespace

TEST_CASE("what comes from several sides is told in the order in which it came") {
  Record record;
  record.add_stderr("one\ntwo\nthr");
  record.add_step(message("a"));
  record.add_connection({.place = net::HostAndPort{.host = "a.test", .port = 443},
                         .outcome = egress::Visit::Outcome::kAllowed,
                         .bytes_up = 1,
                         .bytes_down = 2});
  record.add_stderr("ee\n");
  record.add_step(message("b"));
  record.add_stderr("four");
  CHECK(show(take(record)) ==
        "log:one\ntwo\n|message:a|log:network: a.test:443 allowed, 1 bytes up, 2 down\n|log:three\n|message:b|");
  CHECK(take(record).empty());
  CHECK(show(record.take_rest(false)) == "log:four|");
  CHECK(record.take_rest(false).empty());
  CHECK(record.stderr_tail() == "one\ntwo\nthree\nfour");
}

TEST_CASE("a log that went over its bound says so, also where nothing of it is left") {
  Record record;
  CHECK(Json::parse(record.take_rest(true).at(0).data)["truncated"] == true);
}

TEST_CASE("a thousand connections of a run are told of, each once, and the others counted") {
  Record record;
  for (int i = 0; i < 1'007; ++i) record.add_connection({.outcome = egress::Visit::Outcome::kFailed});
  CHECK(take(record).size() == 1'000);
  const auto rest = record.take_rest(false);
  REQUIRE(rest.size() == 1);
  CHECK(Json::parse(rest[0].data) ==
        Json{{"stream", "network"}, {"text", "network: 7 further connections are not listed\n"}, {"leftOut", 7}});
}

TEST_CASE("steps are bounded in number and in size, and the others counted") {
  Record many, large;
  for (int64_t i = 0; i < Record::kMostSteps + 3; ++i) many.add_step(message("x"));
  CHECK(take(many).size() == Record::kMostSteps);
  CHECK(show(many.take_rest(false)) == "log:transcript: 3 further steps are not listed\n|");
  for (int i = 0; i < 40; ++i) large.add_step(message(std::string(1 << 20, 'x')));
  const size_t told = take(large).size();
  CHECK(told == 15);
  CHECK(show(large.take_rest(false)) == "log:transcript: 25 further steps are not listed\n|");
}

TEST_CASE("a file's title is the last one that was given to it") {
  Record record;
  record.add_title({.path = "a.png", .title = "first"});
  record.add_title({.path = "a.png", .title = "second"});
  record.add_title({.path = "b.png", .title = ""});
  CHECK(record.title_of("a.png") == "second");
  CHECK_FALSE(record.title_of("b.png"));
}
