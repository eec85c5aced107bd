// SPDX-License-Identifier: Apache-2.0
// The operator's credential for a provider, read for one call and wiped after it.
#pragma once

#include "base/crypto.h"
#include "base/result.h"
#include "gateway/protocol.h"
#include "gateway/site.h"

namespace capid::gateway {

/// The header that carries it, with its line's end; empty where the provider wants none. Read anew each time, so that a new
/// key works at once. Errors: kModelError, for the operator, where it cannot be read, is empty or fits into no header.
[[nodiscard]] Result<base::SecretText> credential_line(const Provider& provider, Protocol protocol);

}   // namespace capid::gateway
