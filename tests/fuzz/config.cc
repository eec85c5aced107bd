// SPDX-License-Identifier: Apache-2.0
// The server's config.
#include "config/config.h"

#include "tests/fuzz/pieces.h"

using namespace capid;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto config = config::parse(std::string(fuzz::text_of(data, size)), "config.yaml");
  if (config)
    fuzz::promise(!config->listen.empty());
  else
    fuzz::promise(config.error().message.starts_with("config.yaml"));
  return 0;
}
