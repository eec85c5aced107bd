// SPDX-License-Identifier: Apache-2.0
#include "admin/apps.h"

#include <fcntl.h>
#include <unistd.h>

#include "api/apps.h"
#include "base/fd.h"
#include "base/text.h"
#include "http/params.h"

namespace capid::admin {
namespace {

constexpr double kMilli = 1e3;

// As it lies there now, which may be newer than the version; nothing where it cannot be read.
std::string manifest_text(const std::string& path) {
  constexpr size_t kMost = 256 << 10;
  const auto file = base::open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!file) return "";
  std::string text(kMost, '\0');
  const ssize_t got = ::pread(file->get(), text.data(), text.size(), 0);
  text.resize(got < 0 ? 0 : static_cast<size_t>(got));
  return base::to_utf8(text);
}

OrderedJson tools_of(const apps::Manifest& manifest) {
  OrderedJson tools = OrderedJson::array();
  if (!manifest.prompt) return tools;
  for (const apps::Tool tool : manifest.prompt->tools) tools.push_back(apps::to_string(tool));
  return tools;
}

OrderedJson limits_of(const apps::Limits& limits) {
  return {{"timeoutSeconds", static_cast<double>(limits.timeout_ms) / kMilli},
          {"memoryBytes", limits.memory_bytes},
          {"cpus", static_cast<double>(limits.millicpus) / kMilli},
          {"pids", limits.pids},
          {"diskBytes", limits.disk_bytes}};
}

}   // namespace

Result<http::Response> Apps::get(const http::Request& request, const Visitor&) {
  TRY(http::check_params(request, {}));
  const apps::AppState app = TRY(apps_.state(request.param("appId")));
  OrderedJson body = api::render_app(app);
  body["manifest"] = manifest_text(folder_ + "/" + app.app + "/" + apps::kManifestName);
  const apps::Manifest manifest = app.version ? app.version->manifest : apps::Manifest{};
  OrderedJson network = OrderedJson::array();
  for (const net::AllowedHost& host : manifest.network_allow) network.push_back(net::to_text(host));
  body["agent"] = !app.version ? OrderedJson(nullptr) : OrderedJson(manifest.prompt ? "prompt" : "command");
  body["command"] = manifest.command;
  body["model"] = manifest.model.empty() ? OrderedJson(nullptr) : OrderedJson(manifest.model);
  body["tools"] = tools_of(manifest);
  body["network"] = std::move(network);
  body["limits"] = app.version ? limits_of(manifest.limits) : OrderedJson(nullptr);
  return http::json_response(200, body);
}

}   // namespace capid::admin
