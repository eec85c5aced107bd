// SPDX-License-Identifier: Apache-2.0
// Whose certificate a TLS connection must show, and what is told where it does not.
#pragma once

#include <string>

struct ssl_st;

namespace capid::net {

/// Before the handshake: only a certificate for `host`, a name or a numeric address, will do; a name is asked for by SNI.
/// False: no certificate can be for it.
[[nodiscard]] bool expect_name(ssl_st* tls, const std::string& host);

/// After a handshake that failed: why, for people, as a sentence about the peer.
[[nodiscard]] std::string handshake_problem(ssl_st* tls);

}   // namespace capid::net
