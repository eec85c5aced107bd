// SPDX-License-Identifier: Apache-2.0
#include "net/tls_trust.h"

#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <utility>
#include <vector>

#include "net/certificates.h"

namespace capid::net {
namespace {

namespace ssl = boost::asio::ssl;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr long kMostCertificates = 32 << 10;
constexpr auto kBelieved = 1h;   // then the bundle may have changed

// Takes some milliseconds: a bundle holds some 150 certificates.
TlsTrust::Loaded load() {
  const std::string bundle = certificate_bundle();
  if (bundle.empty()) return {.problem = "no certificates are trusted here: there is no bundle of them"};
  boost::system::error_code failed;
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  context->set_verify_mode(ssl::verify_peer);
  context->load_verify_file(bundle, failed);
  if (failed) return {.problem = "cannot read certificates from " + bundle};
  SSL_CTX* const settings = context->native_handle();
  ::SSL_CTX_set_min_proto_version(settings, TLS1_2_VERSION);
  ::SSL_CTX_set_session_cache_mode(settings, SSL_SESS_CACHE_OFF);
  ::SSL_CTX_set_mode(settings, SSL_MODE_RELEASE_BUFFERS);
  ::SSL_CTX_set_max_cert_list(settings, kMostCertificates);   // room for what is announced is made before it comes
  return {.context = std::move(context)};
}

}   // namespace

struct TlsTrust::State : std::enable_shared_from_this<State> {
  explicit State(base::WorkerPool& pool) : workers(pool) {}

  void start_loading(base::EventLoop& loop) {
    loading = true;
    workers.post(
        [self = shared_from_this(), &loop] { loop.post([self, now_loaded = load()] { self->take(now_loaded); }); });
  }

  void take(const Loaded& now_loaded) {
    loading = false;
    loaded = now_loaded;
    loaded_at = Clock::now();
    for (const auto& done : std::exchange(waiting, {})) done(loaded);
  }

  base::WorkerPool& workers;
  bool loading = false;
  Loaded loaded;
  Clock::time_point loaded_at;
  std::vector<std::function<void(const Loaded&)>> waiting;
};

TlsTrust::TlsTrust(base::WorkerPool& workers) : state_(std::make_shared<State>(workers)) {}

void TlsTrust::use(base::EventLoop& loop, std::function<void(const Loaded&)> done) {
  if (state_->loaded.context && Clock::now() - state_->loaded_at < kBelieved) return done(state_->loaded);
  state_->waiting.push_back(std::move(done));
  if (!state_->loading) state_->start_loading(loop);
}

}   // namespace capid::net
