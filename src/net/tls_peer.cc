// SPDX-License-Identifier: Apache-2.0
#include "net/tls_peer.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/ip.h"

namespace capid::net {

// An address with a zone is none: a certificate knows no interfaces.
bool expect_name(ssl_st* tls, const std::string& host) {
  X509_VERIFY_PARAM* const expected = ::SSL_get0_param(tls);
  if (base::parse_ip(host)) return ::X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) == 1;
  const std::string name = host.substr(0, host.size() - (host.ends_with('.') ? 1 : 0));
  ::X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return !name.empty() && ::X509_VERIFY_PARAM_set1_host(expected, name.c_str(), name.size()) == 1 &&
         ::SSL_set_tlsext_host_name(tls, name.c_str()) == 1;
}

std::string handshake_problem(ssl_st* tls) {
  const long verdict = ::SSL_get_verify_result(tls);
  if (verdict == X509_V_OK) return "it does not speak TLS with us";
  if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH)
    return "its certificate is for another name";
  return std::string("its certificate is not trusted (") + ::X509_verify_cert_error_string(verdict) + ")";
}

}   // namespace capid::net
