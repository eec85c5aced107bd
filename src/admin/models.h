// SPDX-License-Identifier: Apache-2.0
// The model catalogue in the page, for admins: what there is, what it costs, and whether its credential is there.
#pragma once

#include <string>
#include <vector>

#include "admin/guard.h"

namespace capid::admin {

class Models {
 public:
  /// One entry of the config. Prices are micro-credits for 1,000 tokens.
  struct Model {
    std::string id;
    std::string provider;
    std::string upstream;
    int64_t price_input = 0;
    int64_t price_output = 0;
    int64_t price_cached = 0;
    std::vector<std::string> accepts;
  };
  struct Provider {
    std::string name;
    std::string base_url;
    std::string protocol;
    std::string api_key_file;   ///< at most one of the two: where its credential is
    std::string api_key_env;
  };

  Models(std::vector<Model> models, std::vector<Provider> providers, std::string default_model)
      : models_(std::move(models)), providers_(std::move(providers)), default_model_(std::move(default_model)) {}

  /// GET /admin/api/models
  [[nodiscard]] Result<http::Response> list(const http::Request& request, const Visitor& visitor);

 private:
  std::vector<Model> models_;
  std::vector<Provider> providers_;
  std::string default_model_;
};

}   // namespace capid::admin
