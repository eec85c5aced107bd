// SPDX-License-Identifier: Apache-2.0
#include "api/run_filter.h"

#include "tests/support/test.h"

using namespace capid;
using namespace capid::api;

namespace {

using Query = std::multimap<std::string, std::string>;

http::Request asking(Query query, const std::string& app = "") {
  http::Request request;
  request.query = std::move(query);
  if (!app.empty()) request.params["appId"] = app;
  return request;
}

std::string refused(const Query& query) {
  const auto filter = read_run_filter(asking(query), {.account = "ada"});
  if (filter) return "";
  return std::string(base::to_string(filter.error().code)) + " (" + filter.error().field + ")";
}

const std::string kId = "01a21337-ee79-7001-9321-b3c475b470bf";

}   // namespace

TEST_CASE("a list is the caller's own, of the app in the address or of the key") {
  const keys::Grant all{.account = "ada"}, one{.account = "ada", .app = "report"};
  CHECK(read_run_filter(asking({}), all)->account == "ada");
  CHECK_FALSE(read_run_filter(asking({}), all)->app);
  CHECK(read_run_filter(asking({}), one)->app == "report");
  CHECK(read_run_filter(asking({}, "other"), all)->app == "other");
}

TEST_CASE("what stands behind the question mark becomes a filter") {
  const auto plain = read_run_filter(asking({}), {.account = "ada"});
  REQUIRE(plain);
  CHECK(plain->limit == 20);
  CHECK(plain->offset == 0);
  const auto full = read_run_filter(asking({{"status", "failed"},
                                            {"limit", "500"},
                                            {"offset", "7"},
                                            {"before", kId},
                                            {"tag", "nightly"},
                                            {"metadata.build", "7"}}),
                                    {.account = "ada"});
  REQUIRE(full);
  CHECK(full->status == store::RunStatus::kFailed);
  CHECK(full->limit == 100);
  CHECK(read_run_filter(asking({{"limit", "99999999999999999999"}}), {.account = "ada"})->limit == 100);
  CHECK(full->offset == 7);
  CHECK(full->before == kId);
  REQUIRE(full->labels.size() == 2);
  CHECK(full->labels[0].name == "metadata.build");
  CHECK(full->labels[1].name == "tag");
  CHECK(full->labels[1].value == "nightly");
}

TEST_CASE("a parameter that is not understood is refused with its name") {
  CHECK(refused({{"status", "done"}}) == "INVALID_PARAMETER (status)");
  CHECK(refused({{"status", ""}}) == "INVALID_PARAMETER (status)");
  for (const char* limit : {"0", "-1", "", "x", "1.5", "1 ", "-99999999999999999999"}) {
    CAPTURE(limit);
    CHECK(refused({{"limit", limit}}) == "INVALID_PARAMETER (limit)");
  }
  for (const char* offset : {"-1", "", "x", "1000001"}) {
    CAPTURE(offset);
    CHECK(refused({{"offset", offset}}) == "INVALID_PARAMETER (offset)");
  }
  CHECK(refused({{"before", "x"}}) == "INVALID_PARAMETER (before)");
  CHECK(refused({{"tag", ""}}) == "INVALID_PARAMETER (tag)");
  CHECK(refused({{"tag", "\xff"}}) == "INVALID_PARAMETER (tag)");
  CHECK(refused({{"metadata.", "x"}}) == "UNKNOWN_FIELD (metadata.)");
  CHECK(refused({{"metadata.a", "1"}, {"metadata.b", "2"}, {"tag", "c"}}) == "INVALID_PARAMETER (tag)");
  CHECK(refused({{"limit", "1"}, {"limit", "2"}}) == "INVALID_PARAMETER (limit)");
  CHECK(refused({{"stauts", "failed"}}) == "UNKNOWN_FIELD (stauts)");
}
