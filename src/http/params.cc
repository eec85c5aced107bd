// SPDX-License-Identifier: Apache-2.0
#include "http/params.h"

#include <algorithm>

#include "base/text.h"

namespace capid::http {

Result<void> check_params(const Request& request, std::initializer_list<const char*> known, const std::string& prefix) {
  const std::vector<std::string> names(known.begin(), known.end());
  for (const auto& [name, value] : request.query) {
    const std::string shown = base::to_utf8(name.substr(0, 64));
    const bool prefixed = !prefix.empty() && name.size() > prefix.size() && name.starts_with(prefix);
    if (!prefixed && std::find(names.begin(), names.end(), name) == names.end()) {
      return Error{Code::kUnknownField, "unknown parameter \"" + shown + "\"" + base::did_you_mean(name, names), shown};
    }
    if (request.query.count(name) > 1) return Error{Code::kInvalidParameter, shown + " is sent twice", shown};
    if (!base::is_utf8(name) || !base::is_utf8(value))
      return Error{Code::kInvalidParameter, shown + " is not UTF-8 text", shown};
  }
  return {};
}

std::optional<std::string> text_param(const Request& request, const std::string& name) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? std::nullopt : std::optional(found->second);
}

Result<int64_t> number_param(const Request& request, const std::string& name, const Bounds& bounds) {
  const auto text = text_param(request, name);
  if (!text) return bounds.otherwise;
  const bool beyond = text->size() > 18 && text->find_first_not_of("0123456789") == std::string::npos;
  const auto number = beyond ? std::optional(INT64_MAX) : base::to_integer(*text);
  if (number && bounds.clamp && *number > bounds.most) return bounds.most;
  if (number && *number >= bounds.least && *number <= bounds.most) return *number;
  return Error{Code::kInvalidParameter,
               name + " must be a whole number" +
                   (bounds.clamp ? " of at least " + std::to_string(bounds.least)
                                 : " from " + std::to_string(bounds.least) + " to " + std::to_string(bounds.most)),
               name};
}

}   // namespace capid::http
