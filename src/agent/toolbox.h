// SPDX-License-Identifier: Apache-2.0
// The tools that one agent has.
#pragma once

#include <set>
#include <vector>

#include "agent/tool.h"
#include "apps/manifest.h"
#include "net/url.h"

namespace capid::agent {

class Toolbox {
 public:
  /// Searches go to `gateway`, the run's own.
  Toolbox(const std::set<apps::Tool>& chosen, const net::Url& gateway);

  [[nodiscard]] std::vector<ToolDescription> descriptions() const;

  /// Does what the model asked for. Never fails: what goes wrong is for the model to read.
  [[nodiscard]] ToolResult use(const ToolCall& call) const;

 private:
  std::vector<Tool> tools_;
};

// One file each.
[[nodiscard]] Tool bash_tool();
[[nodiscard]] std::vector<Tool> file_tools();
[[nodiscard]] Tool web_fetch_tool();
[[nodiscard]] Tool web_search_tool(const net::Url& gateway);

}   // namespace capid::agent
