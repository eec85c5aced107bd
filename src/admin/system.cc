// SPDX-License-Identifier: Apache-2.0
#include "admin/system.h"

#include <sys/stat.h>

#include "files/disk_space.h"
#include "http/params.h"
#include "store/run_lists.h"

namespace capid::admin {
namespace {

// With what has not been moved from the log into it yet.
int64_t size_of_database(const std::string& path) {
  int64_t bytes = 0;
  for (const char* part : {"", "-wal"}) {
    struct stat status {};
    if (::stat((path + part).c_str(), &status) == 0) bytes += status.st_size;
  }
  return bytes;
}

}   // namespace

Result<http::Response> System::get(const http::Request& request, const Visitor&) {
  TRY(http::check_params(request, {}));
  OrderedJson disabled = OrderedJson::array();
  for (const apps::AppState& app : apps_.list()) {
    if (!app.version) disabled.push_back({{"id", app.app}, {"problem", app.problem}});
  }
  auto database = readers_.lend();
  const store::ReadTransaction view(*database);
  const int64_t running = TRY(store::count_runs(*database, store::RunStatus::kRunning));
  const int64_t pending = TRY(store::count_runs(*database, store::RunStatus::kPending));
  return http::json_response(200, {{"version", options_.version},
                                   {"startedAt", base::to_iso8601(options_.started_at)},
                                   {"listening", options_.listening()},
                                   {"publicUrl", options_.public_url},
                                   {"data", options_.data},
                                   {"apps", options_.apps},
                                   {"databaseBytes", size_of_database(options_.database)},
                                   {"freeBytes", files::free_bytes(options_.data)},
                                   {"runs",
                                    {{"running", running},
                                     {"pending", pending},
                                     {"concurrency", options_.concurrency},
                                     {"queueLimit", options_.queue_limit}}},
                                   {"missingProtection", options_.missing_protection},
                                   {"disabledApps", std::move(disabled)}});
}

Result<http::Response> System::doctor(const http::Request& request, const Visitor&) {
  TRY(http::check_params(request, {}));
  http::Response response;
  response.body = TRY(options_.examine());
  return response;
}

}   // namespace capid::admin
