// SPDX-License-Identifier: Apache-2.0
// An app's manifest, with what an admin allows of the host and without.
#include "apps/manifest.h"

#include "apps/host_rules.h"
#include "tests/fuzz/pieces.h"

using namespace capid;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(fuzz::text_of(data, size));
  static const apps::HostRules rules{.allow = {"/usr"}, .own = "/var/lib/capid"};
  for (const apps::HostRules* host_rules : {static_cast<const apps::HostRules*>(nullptr), &rules}) {
    const auto manifest = apps::parse_manifest(text, "app.yaml", "app", host_rules);
    if (manifest) {
      fuzz::promise(manifest->command.empty() == manifest->prompt.has_value());
      for (const apps::InputField& input : manifest->inputs)
        fuzz::promise(manifest->find_input(input.name) == &input && !to_string(input.type).empty());
    } else {
      fuzz::promise(manifest.error().message.starts_with("app.yaml"));
    }
  }
  return 0;
}
