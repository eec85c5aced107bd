// SPDX-License-Identifier: Apache-2.0
// Where the host keeps the certificates that it trusts.
#pragma once

#include <string>

namespace capid::net {

/// The file that SSL_CERT_FILE names, or else the first readable one of where distributions keep theirs; empty where
/// there is none.
[[nodiscard]] std::string certificate_bundle();

}   // namespace capid::net
