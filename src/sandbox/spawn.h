// SPDX-License-Identifier: Apache-2.0
// Starts the fork server's process.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"

namespace boost::asio {
class io_context;
}

namespace capid::sandbox {

/// Starts `program` (empty: this very binary) with nothing but the socket that is returned, an empty environment, and
/// this process's stderr. Its own file cannot be overwritten through /proc/self/exe: it is a path that this user may
/// not write, or else a sealed copy in memory (CVE-2019-5736).
[[nodiscard]] Result<base::Fd> spawn_fork_server(boost::asio::io_context& context, const std::string& program,
                                                 const std::vector<std::string>& arguments);

}   // namespace capid::sandbox
