// SPDX-License-Identifier: Apache-2.0
#include "net/certificates.h"

#include <unistd.h>

#include <cstdlib>

namespace capid::net {
namespace {

// Static OpenSSL looks where Debian keeps them alone.
constexpr const char* kBundles[] = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                                    "/etc/ssl/ca-bundle.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"};

}   // namespace

std::string certificate_bundle() {
  if (const char* chosen = std::getenv("SSL_CERT_FILE"); chosen && *chosen) return chosen;
  for (const char* bundle : kBundles) {
    if (::access(bundle, R_OK) == 0) return bundle;
  }
  return "";
}

}   // namespace capid::net
