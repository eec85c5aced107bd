// SPDX-License-Identifier: Apache-2.0
// The page itself: what web/ was built into, kept within the program.
#pragma once

#include <span>
#include <string_view>

#include "http/message.h"

namespace capid::admin {

/// A file of the page. Its name holds a hash of its content, so that it never changes; its bytes are gzip's.
struct Asset {
  std::string_view name;
  std::string_view type;
  std::string_view bytes;
};

/// Made by web/embed.mjs.
[[nodiscard]] std::span<const Asset> assets();
[[nodiscard]] std::string_view index_page();

/// GET / and every other address of a page: which one it is, the page finds out itself.
[[nodiscard]] Result<http::Response> get_page(const http::Request& request);

/// GET /assets/:name. Errors: kRouteNotFound; kInvalidParameter for a client that does not take gzip, which no browser is.
[[nodiscard]] Result<http::Response> get_asset(const http::Request& request);

}   // namespace capid::admin
