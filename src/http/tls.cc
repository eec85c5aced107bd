// SPDX-License-Identifier: Apache-2.0
#include "http/tls.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>

#include "base/log.h"
#include "http/last_answer.h"

namespace capid::http {
namespace {

constexpr char kHandshake = 0x16;   // the first byte of every TLS connection (RFC 8446, 5.1)

// For who forgot the s of https.
std::string not_tls() {
  return last_answer({Code::kInvalidParameter, "this port speaks TLS: use https:// in the address"});
}

std::string reason() {
  const char* text = ::ERR_reason_error_string(::ERR_peek_last_error());
  ::ERR_clear_error();
  return text ? text : "it cannot be read";
}

// Changes with the files: a replaced file is another one even within the same second.
std::string stamp_of(const TlsFiles& files) {
  std::string stamp;
  for (const std::string& path : {files.certificate, files.key}) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) status = {};
    for (const auto part : {static_cast<int64_t>(status.st_ino), static_cast<int64_t>(status.st_size),
                            static_cast<int64_t>(status.st_mtim.tv_sec), static_cast<int64_t>(status.st_mtim.tv_nsec)})
      stamp += std::to_string(part) + " ";
  }
  return stamp;
}

int choose_http(SSL*, const unsigned char** out, unsigned char* length, const unsigned char* in, unsigned in_length,
                void*) {
  static constexpr unsigned char kHttp[] = "\x08http/1.1";
  auto* chosen = const_cast<unsigned char**>(out);
  const bool agreed =
      ::SSL_select_next_proto(chosen, length, kHttp, sizeof kHttp - 1, in, in_length) == OPENSSL_NPN_NEGOTIATED;
  return agreed ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

Result<std::shared_ptr<SSL_CTX>> make_context(const TlsFiles& files) {
  const auto wrong = [](const std::string& what, const std::string& path) {
    return Error{Code::kInvalidParameter, "tls: " + what + " " + path + " cannot be used: " + reason()};
  };
  std::shared_ptr<SSL_CTX> context(::SSL_CTX_new(::TLS_server_method()), ::SSL_CTX_free);
  CHECK(context);
  ::SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  ::SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  ::SSL_CTX_set_mode(context.get(),
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  ::SSL_CTX_set_alpn_select_cb(context.get(), choose_http, nullptr);
  if (::SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) != 1)
    return wrong("the certificate", files.certificate);
  if (::SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1)
    return wrong("the key", files.key);
  if (::SSL_CTX_check_private_key(context.get()) != 1) return wrong("the key", files.key);   // of another kind
  return context;
}

class TlsWire final : public Wire {
 public:
  TlsWire(std::shared_ptr<SSL_CTX> context, int socket)
      : context_(std::move(context)), plain_(socket), socket_(socket), tls_(::SSL_new(context_.get()), ::SSL_free) {
    CHECK(tls_ && ::SSL_set_fd(tls_.get(), socket) == 1);
    ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK);   // OpenSSL knows no other way not to wait
    ::SSL_set_accept_state(tls_.get());
  }

  ssize_t receive(char* to, size_t size) override {
    if (failed_) return broken();
    if (!begun_ && !begin()) return -1;
    ::ERR_clear_error();   // what is left of another connection would be taken for this one's
    return outcome(::SSL_read(tls_.get(), to, static_cast<int>(std::min<size_t>(size, INT_MAX))));
  }

  ssize_t send(const char* from, size_t size) override {
    if (failed_) return broken();
    ::ERR_clear_error();
    const ssize_t sent = outcome(::SSL_write(tls_.get(), from, static_cast<int>(std::min<size_t>(size, INT_MAX))));
    return sent == 0 ? broken() : sent;
  }

  void end() override {
    if (!failed_ && ::SSL_is_init_finished(tls_.get())) ::SSL_shutdown(tls_.get());
    ::ERR_clear_error();
    plain_.end();
  }

  short awaits() const override { return awaits_; }
  bool holds_bytes() const override { return ::SSL_pending(tls_.get()) > 0; }

 private:
  bool begin() {
    char first = 0;
    const ssize_t got = ::recv(socket_, &first, 1, MSG_PEEK | MSG_DONTWAIT);
    awaits_ = POLLIN;
    if (got < 0) return false;
    begun_ = true;
    if (got == 0 || first == kHandshake) return true;
    failed_ = true;
    const std::string answer = not_tls();
    (void)!plain_.send(answer.data(), answer.size());
    errno = EPROTO;
    return false;
  }

  ssize_t broken() {
    failed_ = true;
    errno = EPROTO;
    return -1;
  }

  ssize_t outcome(int result) {
    if (result > 0) return result;
    const int error = ::SSL_get_error(tls_.get(), result);
    if (error == SSL_ERROR_ZERO_RETURN) return 0;
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
      awaits_ = error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
      errno = EAGAIN;
      return -1;
    }
    return broken();
  }

  std::shared_ptr<SSL_CTX> context_;
  PlainWire plain_;
  int socket_;
  std::unique_ptr<SSL, void (*)(SSL*)> tls_;
  short awaits_ = POLLIN;
  bool begun_ = false;
  bool failed_ = false;
};

}   // namespace

Result<std::unique_ptr<Tls>> Tls::load(const TlsFiles& files) {
  std::unique_ptr<Tls> tls(new Tls(files));
  tls->stamp_ = stamp_of(files);
  tls->context_ = TRY(make_context(files));
  return tls;
}

std::unique_ptr<Wire> Tls::accept(int socket) {
  std::lock_guard lock(mutex_);
  reload_if_changed();
  return std::make_unique<TlsWire>(context_, socket);
}

void Tls::reload_if_changed() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const int64_t now_s = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  if (now_s == looked_at_s_) return;
  looked_at_s_ = now_s;
  const std::string stamp = stamp_of(files_);
  if (stamp == stamp_) return;
  stamp_ = stamp;
  auto context = make_context(files_);
  if (!context) return base::log::error("the certificate was not changed", {{"problem", context.error().message}});
  context_ = std::move(*context);
  base::log::info("the certificate was changed", {{"certificate", files_.certificate}});
}

}   // namespace capid::http
