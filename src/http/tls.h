// SPDX-License-Identifier: Apache-2.0
// TLS for listeners, by a certificate and its key in files that may change while the server runs.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "http/wire.h"

struct ssl_ctx_st;

namespace capid::http {

/// Where a certificate (PEM, with what stands between it and its root) and its key are.
struct TlsFiles {
  std::string certificate;
  std::string key;
};

class Tls {
 public:
  /// TLS 1.2 and 1.3. Errors: kInvalidParameter, naming the file and what is wrong with it.
  [[nodiscard]] static Result<std::unique_ptr<Tls>> load(const TlsFiles& files);

  /// A new connection on a socket of the caller's. Looks once a second at most whether the files have changed; what they hold then
  /// is for connections from now on, unless it cannot be used: then the log says so, and what was there before stays.
  [[nodiscard]] std::unique_ptr<Wire> accept(int socket);

 private:
  explicit Tls(TlsFiles files) : files_(std::move(files)) {}
  void reload_if_changed();

  const TlsFiles files_;
  std::mutex mutex_;
  std::shared_ptr<ssl_ctx_st> context_;
  std::string stamp_;   // of the files that were read last
  int64_t looked_at_s_ = 0;
};

}   // namespace capid::http
