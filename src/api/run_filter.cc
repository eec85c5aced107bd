// SPDX-License-Identifier: Apache-2.0
#include "api/run_filter.h"

#include "api/run_access.h"
#include "base/ids.h"
#include "base/text.h"
#include "http/params.h"

namespace capid::api {
namespace {

constexpr int64_t kPage = 20, kLargestPage = 100;
constexpr int64_t kMostOffset = 1'000'000;
constexpr const char* kMetadata = "metadata.";

Result<std::vector<store::Label>> label_params(const http::Request& request) {
  std::vector<store::Label> labels;
  std::string last;
  for (const auto& [name, value] : request.query) {
    const bool metadata = name.starts_with(kMetadata);
    if (!metadata && name != "tag") continue;
    if (value.empty()) return Error{Code::kInvalidParameter, name + " must say which value to look for", name};
    labels.push_back(metadata ? store::metadata_label(name.substr(std::string(kMetadata).size()), value)
                              : store::tag_label(value));
    last = name;
  }
  if (labels.size() <= store::kMaxLabels) return labels;
  return Error{Code::kInvalidParameter, "a list takes at most two of tag and metadata.KEY at a time", last};
}

}   // namespace

Result<std::optional<store::RunStatus>> status_param(const http::Request& request) {
  const auto text = http::text_param(request, "status");
  if (!text) return std::optional<store::RunStatus>{};
  const auto status = store::to_run_status(*text);
  if (status) return status;
  const std::vector<std::string> known{"pending", "running", "completed", "failed", "cancelled"};
  return Error{Code::kInvalidParameter,
               "status must be one of " + base::join(known, ", ") + base::did_you_mean(*text, known), "status"};
}

Result<std::optional<std::string>> before_param(const http::Request& request) {
  auto text = http::text_param(request, "before");
  if (!text || base::is_uuid(*text)) return text;
  return Error{Code::kInvalidParameter, "before must be the id of a run: the last one of the page before", "before"};
}

Result<store::RunFilter> read_run_filter(const http::Request& request, const keys::Grant& grant) {
  TRY(http::check_params(request, {"status", "limit", "offset", "before", "tag"}, kMetadata));
  store::RunFilter filter{.account = grant.account};
  if (const std::string app = url_app(request); !app.empty()) {
    filter.app = app;
  } else {
    filter.app = grant.app;
  }
  filter.status = TRY(status_param(request));
  filter.before = TRY(before_param(request));
  filter.labels = TRY(label_params(request));
  filter.limit =
      TRY(http::number_param(request, "limit", {.otherwise = kPage, .least = 1, .most = kLargestPage, .clamp = true}));
  auto offset = http::number_param(request, "offset", {.otherwise = 0, .least = 0, .most = kMostOffset});
  if (!offset) {
    return Error{Code::kInvalidParameter,
                 offset.error().message + "; to go on from there, say before=ID of the last run you have", "offset"};
  }
  filter.offset = *offset;
  return filter;
}

}   // namespace capid::api
