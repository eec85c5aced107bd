// SPDX-License-Identifier: Apache-2.0
// The server itself in the page, for admins: what it is, how it fares, and what this host lacks.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "admin/guard.h"
#include "apps/registry.h"

namespace capid::admin {

class System {
 public:
  struct Options {
    std::string version;
    base::TimeMs started_at = 0;
    std::string public_url;
    std::string data;
    std::string apps;
    std::string database;   ///< its file
    int64_t concurrency = 0;
    int64_t queue_limit = 0;
    std::vector<std::string> missing_protection;
    std::function<std::vector<std::string>()> listening;
    std::function<Result<std::string>()> examine;   ///< what the doctor says, as JSON; takes a second or two
  };

  System(Options options, apps::Registry& apps, store::Readers& readers)
      : options_(std::move(options)), apps_(apps), readers_(readers) {}

  /// GET /admin/api/system
  [[nodiscard]] Result<http::Response> get(const http::Request& request, const Visitor& visitor);
  /// GET /admin/api/system/doctor
  [[nodiscard]] Result<http::Response> doctor(const http::Request& request, const Visitor& visitor);

 private:
  Options options_;
  apps::Registry& apps_;
  store::Readers& readers_;
};

}   // namespace capid::admin
