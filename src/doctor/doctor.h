// SPDX-License-Identifier: Apache-2.0
// The doctor: does this host give what capid needs to serve, item by item, in words that an operator can act on?
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "doctor/item.h"
#include "sandbox/cgroup_tree.h"
#include "server/privileges.h"

namespace capid::doctor {

struct Report {
  server::User user;   ///< as whom capid would serve
  std::vector<Item> items;
};

/// Looks at everything as the server would find it: as root, in the way of `serve`, as the user that it would drop to; else
/// as this user. Takes a second or two. What it makes meanwhile (cgroups, a fork server, a sandbox) is gone afterwards, and
/// nothing on the host is changed, but that cgroups which dead servers left are removed, as each start does. `config` has its data folder chosen; `config_problem` says why it is the defaults, or
/// nothing. `of_server` are the cgroups of the server that asks, which this process cannot find from where it is; nothing: nobody's.
/// Call it while this process has one thread. Errors: kInternal, where the checks did not come to their end.
[[nodiscard]] Result<Report> examine(const config::Config& config, const std::string& config_problem,
                                     const std::optional<sandbox::CgroupTree>& of_server);

}   // namespace capid::doctor
