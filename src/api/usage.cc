// SPDX-License-Identifier: Apache-2.0
#include "api/usage.h"

#include <map>

#include "base/text.h"
#include "http/params.h"
#include "store/accounts.h"
#include "store/usage.h"

namespace capid::api {
namespace {

constexpr int64_t kDays = 30, kMostDays = 366;
constexpr int64_t kDayMs = 86'400'000;

struct Sum {
  int64_t runs = 0;
  int64_t credits = 0;
  int64_t input_tokens = 0;
  int64_t output_tokens = 0;
};

// Sums by one column. The key's name in the answer, and what an empty key is shown as.
OrderedJson summed(const std::vector<store::DailyUsage>& usage, std::string store::DailyUsage::*column,
                   const char* name) {
  std::map<std::string, Sum> sums;
  for (const store::DailyUsage& one : usage) {
    Sum& sum = sums[one.*column];
    sum.runs += one.runs;
    sum.credits += one.credits;
    sum.input_tokens += one.input_tokens;
    sum.output_tokens += one.output_tokens;
  }
  OrderedJson list = OrderedJson::array();
  for (const auto& [key, sum] : sums) {
    list.push_back({{name, key.empty() ? OrderedJson(nullptr) : OrderedJson(key)},
                    {"runs", sum.runs},
                    {"credits", base::micro_to_number(sum.credits)},
                    {"inputTokens", sum.input_tokens},
                    {"outputTokens", sum.output_tokens}});
  }
  return list;
}

}   // namespace

Result<http::Response> Usage::get(const http::Request& request, const keys::Grant& grant) {
  TRY(http::check_params(request, {"days"}));
  const int64_t days = TRY(http::number_param(request, "days", {.otherwise = kDays, .least = 1, .most = kMostDays}));
  const std::string first = base::to_iso8601(clock_.now_ms() - (days - 1) * kDayMs).substr(0, 10);
  auto database = readers_.lend();
  const store::ReadTransaction view(*database);
  const auto account = TRY(store::find_account(*database, grant.account));
  const auto usage = TRY(store::list_usage(*database, grant.account, grant.app, first));
  return http::json_response(200, {{"balance", base::micro_to_number(account ? account->balance : 0)},
                                   {"enforced", enforced_},
                                   {"since", first},
                                   {"byDay", summed(usage, &store::DailyUsage::day, "date")},
                                   {"byApp", summed(usage, &store::DailyUsage::app, "appId")},
                                   {"byModel", summed(usage, &store::DailyUsage::model, "chatModelId")}});
}

}   // namespace capid::api
