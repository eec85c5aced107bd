// SPDX-License-Identifier: Apache-2.0
#include "apps/manifest_network.h"

namespace capid::apps {
namespace {

constexpr size_t kMostEntries = 256;

void read_entry(const base::YamlValue& item, std::vector<net::AllowedHost>& allow) {
  const auto text = item.text();
  if (!text) return;
  auto entry = net::parse_allowed_host(*text);
  if (!entry) return item.problem("\"" + *text + "\" " + entry.error().message);
  allow.push_back(std::move(*entry));
}

}   // namespace

void read_network(base::YamlMap& root, std::vector<net::AllowedHost>& allow) {
  const auto value = root.take("network");
  if (!value) return;
  base::YamlMap map = value->map();
  if (const auto list = map.take("allow")) {
    const auto items = list->items();
    if (items.size() > kMostEntries) list->problem("has more than " + std::to_string(kMostEntries) + " entries");
    for (const base::YamlValue& item : items) read_entry(item, allow);
  }
  map.finish();
}

}   // namespace capid::apps
