// SPDX-License-Identifier: Apache-2.0
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <mutex>

#include "net/exchange.h"
#include "tests/net/receiver.h"
#include "tests/net/sender.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace std::chrono_literals;
using test::Peer;
using test::Receiver;
using test::Sender;

namespace {

struct Identity {
  std::shared_ptr<X509> certificate;
  std::shared_ptr<EVP_PKEY> key;
};

void extend(X509* certificate, int kind, const std::string& value) {
  X509_EXTENSION* const extension = ::X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  REQUIRE(extension);
  ::X509_add_ext(certificate, extension, -1);
  ::X509_EXTENSION_free(extension);
}

// A certificate for `names` ("DNS:a,IP:b"), or an authority's where they are empty; valid from `from` to `to` seconds
// from now. Without an issuer it vouches for itself.
Identity certify(const std::string& names, const Identity* issuer, long from = -60, long to = 3600) {
  const Identity made{{::X509_new(), ::X509_free}, {::EVP_EC_gen("P-256"), ::EVP_PKEY_free}};
  X509* const certificate = made.certificate.get();
  static long serial = 1;
  ::X509_set_version(certificate, X509_VERSION_3);
  ::ASN1_INTEGER_set(::X509_get_serialNumber(certificate), ++serial);
  ::X509_gmtime_adj(::X509_getm_notBefore(certificate), from);
  ::X509_gmtime_adj(::X509_getm_notAfter(certificate), to);
  const std::string subject = "test " + std::to_string(serial);
  ::X509_NAME_add_entry_by_txt(::X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(subject.c_str()), -1, -1, 0);
  const Identity& signing = issuer ? *issuer : made;
  ::X509_set_issuer_name(certificate, ::X509_get_subject_name(signing.certificate.get()));
  ::X509_set_pubkey(certificate, made.key.get());
  if (names.empty()) {
    extend(certificate, NID_basic_constraints, "critical,CA:TRUE");
  } else {
    extend(certificate, NID_subject_alt_name, names);
  }
  REQUIRE(::X509_sign(certificate, signing.key.get(), ::EVP_sha256()) > 0);
  return made;
}

// What a TLS server saw of its last peer.
struct Seen {
  std::string name;   // that was asked for
  std::string request;
  bool goodbye = false;   // whether the end was announced
};

// A server with one certificate.
class TlsReceiver {
 public:
  explicit TlsReceiver(const Identity& identity, int newest = TLS1_3_VERSION)
      : settings_(::SSL_CTX_new(::TLS_server_method()), ::SSL_CTX_free),
        receiver_([this](const Peer& peer) { serve(peer); }) {
    ::SSL_CTX_set_security_level(settings_.get(), 0);
    ::SSL_CTX_set_max_proto_version(settings_.get(), newest);
    REQUIRE(::SSL_CTX_use_certificate(settings_.get(), identity.certificate.get()) == 1);
    REQUIRE(::SSL_CTX_use_PrivateKey(settings_.get(), identity.key.get()) == 1);
  }

  [[nodiscard]] uint16_t port() const { return receiver_.port(); }

  // Of the connection that has ended since the last call.
  Seen seen() {
    for (int i = 0; i < 100; ++i, std::this_thread::sleep_for(20ms)) {
      const std::lock_guard lock(mutex_);
      if (ended_) return ended_ = false, std::exchange(seen_, {});
    }
    return {};
  }

 private:
  void serve(const Peer& peer) {
    Seen now;
    const std::unique_ptr<SSL, decltype(&::SSL_free)> tls(::SSL_new(settings_.get()), ::SSL_free);
    ::SSL_set_fd(tls.get(), peer.socket());
    if (::SSL_accept(tls.get()) == 1) talk(tls.get(), now);
    const std::lock_guard lock(mutex_);
    seen_ = std::move(now);
    ended_ = true;
  }

  static void talk(SSL* tls, Seen& now) {
    if (const char* const name = ::SSL_get_servername(tls, TLSEXT_NAMETYPE_host_name)) now.name = name;
    char bytes[4096];
    int count = 0;
    while (now.request.find("\r\n\r\n{}") == std::string::npos && (count = ::SSL_read(tls, bytes, sizeof bytes)) > 0)
      now.request.append(bytes, static_cast<size_t>(count));
    const std::string answer = "HTTP/1.1 202 Yes\r\nContent-Length: 2\r\n\r\nok";
    ::SSL_write(tls, answer.data(), static_cast<int>(answer.size()));
    now.goodbye = ::SSL_get_error(tls, ::SSL_read(tls, bytes, sizeof bytes)) == SSL_ERROR_ZERO_RETURN;
  }

  std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)> settings_;
  std::mutex mutex_;
  bool ended_ = false;
  Seen seen_;
  Receiver receiver_;
};

// The bundle that is trusted, while this lives: one authority.
struct Bundle {
  test::TempFolder folder;
  Identity authority = certify("", nullptr);

  Bundle() {
    const std::string path = folder / "bundle.pem";
    FILE* const file = ::fopen(path.c_str(), "w");
    REQUIRE(file);
    REQUIRE(::PEM_write_X509(file, authority.certificate.get()) == 1);
    REQUIRE(::fclose(file) == 0);
    ::setenv("SSL_CERT_FILE", path.c_str(), 1);
  }
  ~Bundle() { ::unsetenv("SSL_CERT_FILE"); }
};

net::Post secure(uint16_t port, const std::string& host = "receiver.test", std::chrono::milliseconds most = 20s) {
  net::Post what = test::to(port, most);
  what.secure = true;
  what.host = host;
  return what;
}

}   // namespace

TEST_CASE("a certificate must be trusted, and bear the very name or address") {
  const Bundle bundle;
  const Identity stranger = certify("", nullptr);
  struct Case {
    std::string names;
    const Identity* issuer;
    std::string host;
    std::string problem;
    std::string asked;
  };
  const char* const kOther = "its certificate is for another name";
  const Case cases[] = {
      {"DNS:receiver.test", &bundle.authority, "receiver.test", "", "receiver.test"},
      {"DNS:receiver.test", &bundle.authority, "RECEIVER.test.", "", "RECEIVER.test"},
      {"DNS:*.receiver.test", &bundle.authority, "a.receiver.test", "", "a.receiver.test"},
      {"DNS:receiver.test,IP:127.0.0.1", &bundle.authority, "127.0.0.1", "", ""},
      {"IP:::1", &bundle.authority, "::1", "", ""},
      {"DNS:other.test", &bundle.authority, "receiver.test", kOther, ""},
      {"DNS:*.receiver.test", &bundle.authority, "a.b.receiver.test", kOther, ""},
      {"DNS:a*.receiver.test", &bundle.authority, "ab.receiver.test", kOther, ""},
      {"DNS:receiver.test", &bundle.authority, "127.0.0.1", kOther, ""},
      {"DNS:127.0.0.1", &bundle.authority, "127.0.0.1", kOther, ""},
      {"IP:127.0.0.2", &bundle.authority, "127.0.0.1", kOther, ""},
      {"DNS:receiver.test", &stranger, "receiver.test",
       "its certificate is not trusted (unable to get local issuer certificate)", ""},
      {"DNS:receiver.test", nullptr, "receiver.test", "its certificate is not trusted (self-signed certificate)", ""},
  };
  Sender sender;
  for (const Case& one : cases) {
    CAPTURE(one.names);
    CAPTURE(one.host);
    TlsReceiver receiver(certify(one.names, one.issuer));
    const net::Reply reply = sender.send(secure(receiver.port(), one.host));
    CHECK(reply.problem == one.problem);
    CHECK(reply.status == (one.problem.empty() ? 202 : 0));
    const Seen seen = receiver.seen();
    CHECK(seen.name == one.asked);
    CHECK(seen.request.empty() == !one.problem.empty());
    CHECK(seen.goodbye == one.problem.empty());
  }
}

TEST_CASE("a certificate must be of today, and TLS no older than 1.2") {
  const Bundle bundle;
  Sender sender;
  TlsReceiver old(certify("DNS:receiver.test", &bundle.authority, -7200, -3600));
  CHECK(sender.send(secure(old.port())).problem == "its certificate is not trusted (certificate has expired)");

  const Identity good = certify("DNS:receiver.test", &bundle.authority);
  TlsReceiver second(good, TLS1_2_VERSION);
  CHECK(sender.send(secure(second.port())).status == 202);
  TlsReceiver first(good, TLS1_1_VERSION);
  CHECK(sender.send(secure(first.port())).problem == "it does not speak TLS with us");
}

TEST_CASE("a peer that does not speak TLS") {
  const Bundle bundle;
  Sender sender;
  const Receiver silent([](const Peer& peer) { peer.hang(); });
  CHECK(sender.send(secure(silent.port(), "receiver.test", 300ms)).problem == "it did not answer in time");
  CHECK(sender.took >= 300ms);
  CHECK(sender.took < 1200ms);

  const Receiver dripping([](const Peer& peer) {   // the head of a record of 16 KiB, byte by byte
    for (bool goes_on = peer.send("\x16\x03\x03\x40"); goes_on; goes_on = peer.send(std::string(1, '\0')))
      std::this_thread::sleep_for(10ms);
  });
  CHECK(sender.send(secure(dripping.port(), "receiver.test", 300ms)).problem == "it did not answer in time");
  CHECK(sender.took < 1200ms);

  const Receiver plain([](const Peer& peer) { peer.send("HTTP/1.1 400 Bad Request\r\n\r\n"); });
  CHECK(sender.send(secure(plain.port())).problem == "it does not speak TLS with us");
  const Receiver closing([](const Peer&) {});
  CHECK(sender.send(secure(closing.port())).problem == "it does not speak TLS with us");
  TlsReceiver good(certify("DNS:receiver.test", &bundle.authority));
  CHECK(sender.send(secure(good.port(), "")).problem == "no certificate can be for its name");
}

TEST_CASE("without certificates to trust there is http alone, until there are some") {
  const Receiver plain([](const Peer& peer) { (void)peer.read_request(), peer.send("HTTP/1.1 204 Yes\r\n\r\n"); });
  Sender sender;
  ::setenv("SSL_CERT_FILE", "/nowhere/bundle.pem", 1);
  CHECK(sender.send(secure(plain.port())).problem == "cannot read certificates from /nowhere/bundle.pem");
  CHECK(plain.connections() == 0);
  CHECK(sender.send(test::to(plain.port())).status == 204);

  const Bundle bundle;
  TlsReceiver good(certify("DNS:receiver.test", &bundle.authority));
  std::vector<std::future<net::Reply>> together;
  for (int i = 0; i < 20; ++i) together.push_back(sender.start(secure(good.port())));
  for (auto& reply : together) CHECK(reply.get().status == 202);
}

TEST_CASE("handshakes under way end with the loop") {
  const Bundle bundle;
  const Receiver silent([](const Peer& peer) { peer.hang(); });
  Sender sender;
  for (int i = 0; i < 50; ++i) (void)sender.start(secure(silent.port()));
  for (int i = 0; i < 200 && silent.connections() < 50; ++i) std::this_thread::sleep_for(20ms);
  CHECK(silent.connections() == 50);
}
