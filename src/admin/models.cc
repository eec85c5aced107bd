// SPDX-License-Identifier: Apache-2.0
#include "admin/models.h"

#include <unistd.h>

#include <cstdlib>

#include "base/text.h"
#include "http/params.h"

namespace capid::admin {
namespace {

// Whether it is there, never what it is.
const char* credential_of(const Models::Provider& provider) {
  if (provider.api_key_file.empty() && provider.api_key_env.empty()) return "none";
  const bool present = !provider.api_key_file.empty() ? ::access(provider.api_key_file.c_str(), R_OK) == 0
                                                      : std::getenv(provider.api_key_env.c_str()) != nullptr;
  return present ? "present" : "missing";
}

}   // namespace

Result<http::Response> Models::list(const http::Request& request, const Visitor&) {
  TRY(http::check_params(request, {}));
  OrderedJson models = OrderedJson::array(), providers = OrderedJson::array();
  for (const Model& model : models_) {
    models.push_back({{"id", model.id},
                      {"provider", model.provider},
                      {"upstream", model.upstream},
                      {"isDefault", model.id == default_model_},
                      {"price",
                       {{"input", base::micro_to_number(model.price_input)},
                        {"output", base::micro_to_number(model.price_output)},
                        {"cached", base::micro_to_number(model.price_cached)}}},
                      {"accepts", model.accepts}});
  }
  for (const Provider& provider : providers_) {
    providers.push_back({{"name", provider.name},
                         {"baseUrl", provider.base_url},
                         {"protocol", provider.protocol},
                         {"credential", credential_of(provider)}});
  }
  return http::json_response(200, {{"models", std::move(models)}, {"providers", std::move(providers)}});
}

}   // namespace capid::admin
