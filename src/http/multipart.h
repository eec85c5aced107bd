// SPDX-License-Identifier: Apache-2.0
// multipart/form-data, read piece by piece with every part of it bounded.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace capid::http {

struct PartHeader {
  std::string name;
  std::string filename;   ///< empty: a text field
};

struct PartHandlers {
  std::function<Result<void>(const PartHeader& part)> on_part;   ///< a part begins
  TakeBytes on_bytes;                                            ///< a piece of the part that began last
};

/// Reads the request's body as form data. Errors: the handlers' own; kInvalidMultipart for a body that is no form, that
/// has more than 16 KiB of headers or preamble at one place, or that ends before its closing boundary.
[[nodiscard]] Result<void> read_multipart(const Request& request, const PartHandlers& handlers);

}   // namespace capid::http
