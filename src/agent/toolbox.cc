// SPDX-License-Identifier: Apache-2.0
#include "agent/toolbox.h"

#include <algorithm>

#include "agent/bounded_text.h"
#include "base/text.h"

namespace capid::agent {
namespace {

std::vector<Tool> tools_for(apps::Tool chosen, const net::Url& gateway) {
  switch (chosen) {
    case apps::Tool::kBash:
      return {bash_tool()};
    case apps::Tool::kFiles:
      return file_tools();
    case apps::Tool::kWebFetch:
      return {web_fetch_tool()};
    case apps::Tool::kWebSearch:
      return {web_search_tool(gateway)};
  }
  return {};
}

ToolOutput unknown_tool(const std::string& name, const std::vector<Tool>& tools) {
  std::vector<std::string> names;
  for (const Tool& tool : tools) names.push_back(tool.description.name);
  return failed("there is no tool \"" + name + "\"" + base::did_you_mean(name, names) +
                (names.empty() ? ": there are none" : ": there are " + base::join(names, ", ")));
}

}   // namespace

Toolbox::Toolbox(const std::set<apps::Tool>& chosen, const net::Url& gateway) {
  for (const apps::Tool each : chosen) {
    for (Tool& tool : tools_for(each, gateway)) tools_.push_back(std::move(tool));
  }
}

std::vector<ToolDescription> Toolbox::descriptions() const {
  std::vector<ToolDescription> descriptions;
  for (const Tool& tool : tools_) descriptions.push_back(tool.description);
  return descriptions;
}

ToolResult Toolbox::use(const ToolCall& call) const {
  const auto tool =
      std::find_if(tools_.begin(), tools_.end(), [&](const Tool& each) { return each.description.name == call.name; });
  const auto arguments = base::parse_json(call.arguments.empty() ? "{}" : call.arguments);
  ToolOutput output;
  if (tool == tools_.end()) {
    output = unknown_tool(call.name, tools_);
  } else if (!arguments || !arguments->is_object()) {
    output = failed("the arguments are no JSON object" + (arguments ? "" : ": " + arguments.error().message) +
                    "; call the tool again with arguments that are");
  } else {
    try {
      output = tool->use(*arguments);
    } catch (const std::exception& error) {   // memory, mostly
      output = failed(std::string("it went wrong: ") + error.what());
    }
  }
  return {.id = call.id, .output = bounded(output.text), .is_error = output.is_error};
}

}   // namespace capid::agent
