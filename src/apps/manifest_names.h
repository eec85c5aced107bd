// SPDX-License-Identifier: Apache-2.0
// The names of variables in a manifest: their form, and that each is given once.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/yaml.h"

namespace capid::apps {

/// 1 to 64 letters, '_' and, after the first, characters of `allowed_after_first` and digits.
[[nodiscard]] bool is_name(std::string_view text, std::string_view allowed_after_first);

/// The variables that a manifest sets, in whichever of its parts.
class Variables {
 public:
  /// Reports at `where` a name that is none, is capid's own, or was given before.
  void add(const std::string& name, const base::YamlValue& where);

 private:
  std::set<std::string> names_;
};

}   // namespace capid::apps
