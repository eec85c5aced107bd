// SPDX-License-Identifier: Apache-2.0
// The protocols in which agents speak to models: which addresses they use, and how each says that something went wrong.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace capid::gateway {

enum class Protocol { kChatCompletions, kResponses, kMessages };

/// What an agent may ask its gateway for.
struct Endpoint {
  enum class Kind {
    kCall,          ///< of a model: metered and paid for
    kCountTokens,   ///< passed on like a call, and free
    kModels,        ///< answered by the gateway itself
    kSearch         ///< of the web, see gateway/search.h
  };

  Kind kind = Kind::kCall;
  Protocol protocol = Protocol::kChatCompletions;
  std::string path;   ///< as the provider is asked for it: with no query but `beta=true`; of a search with its own
};

/// `target` is a request's, with its query. Errors: kRouteNotFound, kMethodNotAllowed; the message says what there is.
[[nodiscard]] Result<Endpoint> find_endpoint(std::string_view method, std::string_view target);

/// A body that tells an agent of an error of status `status`, as its protocol has it.
[[nodiscard]] std::string error_body(Protocol protocol, int status, const Error& error);

/// The same as the last event of a stream that had begun.
[[nodiscard]] std::string error_event(Protocol protocol, const Error& error);

/// The list of models: the one there is for this run, or none where the name is empty.
[[nodiscard]] std::string models_body(Protocol protocol, const std::string& model);

}   // namespace capid::gateway
