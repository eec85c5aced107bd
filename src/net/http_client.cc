// SPDX-License-Identifier: Apache-2.0
#include "net/http_client.h"

#include <memory>

#include "base/text.h"
#include "net/certificates.h"
#include "net/httplib.h"
#include "net/resolve.h"

namespace capid::net {
namespace {

using namespace std::chrono_literals;

constexpr auto kConnectTime = 10s;
constexpr auto kResolveTime = 10s;

std::unique_ptr<httplib::ClientImpl> make_client(const Url& url, const std::optional<Url>& proxy,
                                                 const std::string& address) {
  std::unique_ptr<httplib::ClientImpl> client;
  if (url.scheme == Url::Scheme::kHttps) {
    client = std::make_unique<httplib::SSLClient>(url.host, url.port);
    if (const std::string bundle = certificate_bundle(); !bundle.empty()) client->set_ca_cert_path(bundle);
  } else {
    client = std::make_unique<httplib::ClientImpl>(url.host, url.port);
  }
  if (proxy) {
    client->set_proxy(proxy->host, proxy->port);
  } else if (url.scheme == Url::Scheme::kUnix) {
    client->set_address_family(AF_UNIX);
  } else {
    client->set_hostname_addr_map({{url.host, address}});   // Host and the certificate's name stay
  }
  client->set_connection_timeout(kConnectTime);
  client->set_path_encode(false);   // it is encoded already
  client->set_follow_location(false);
  client->set_decompress(false);
  return client;
}

Failure kind_of(httplib::Error error) {
  switch (error) {
    case httplib::Error::Connection:
    case httplib::Error::ConnectionTimeout:
    case httplib::Error::SSLConnection:
    case httplib::Error::ProxyConnection:
      return Failure::kUnreachable;
    case httplib::Error::SSLLoadingCerts:
    case httplib::Error::SSLServerVerification:
    case httplib::Error::SSLServerHostnameVerification:
      return Failure::kUntrusted;
    default:
      return Failure::kBroken;
  }
}

std::string certificate_problem(const httplib::Result& result) {
  if (result.error() == httplib::Error::SSLLoadingCerts) return "cannot read certificates from " + certificate_bundle();
  if (result.error() == httplib::Error::SSLServerHostnameVerification) return "its certificate is for another name";
  return "its certificate is not trusted (" +
         httplib::tls::TlsError::verify_error_to_string(static_cast<long>(result.ssl_backend_error())) + ")";
}

std::string problem_of(const httplib::Result& result) {
  switch (result.error()) {
    case httplib::Error::Connection:
      return "nothing accepts connections there";
    case httplib::Error::ConnectionTimeout:
      return "it did not answer in time";
    case httplib::Error::SSLConnection:
      return "it does not speak TLS with us";
    case httplib::Error::ProxyConnection:
      return "the proxy does not lead there";
    case httplib::Error::Write:
      return "the connection ended while the request was being sent";
    default:
      return kind_of(result.error()) == Failure::kUntrusted ? certificate_problem(result)
                                                            : "the connection ended before there was a whole answer";
  }
}

// One exchange; what its callbacks see is kept here.
class Exchange {
 public:
  Exchange(const Url& url, const std::optional<Url>& proxy, const std::string& address, const Request& request)
      : client_(make_client(url, proxy, address)), request_(request) {
    client_->set_read_timeout(request.patience);
    client_->set_write_timeout(request.patience);
    to_send_.method = request.method;
    to_send_.path = url.path + request.target;
    for (const auto& [name, value] : request.headers) to_send_.set_header(name, value);
    to_send_.body = request.body;
    if (request.form) attach(*request.form);
    to_send_.response_handler = [this](const httplib::Response& response) {
      good_ = response.status >= 200 && response.status < 300;
      return true;
    };
    to_send_.content_receiver = [this](const char* bytes, size_t size, size_t, size_t) { return take({bytes, size}); };
  }

  Answer run() {
    const httplib::Result result = client_->send(to_send_);
    if (!stopped_.empty()) return {.failure = Failure::kStopped, .problem = stopped_};
    if (!result) return {.failure = kind_of(result.error()), .problem = problem_of(result)};
    Answer answer{.status = result->status, .body = std::move(body_)};
    for (const auto& [name, value] : result->headers) answer.headers.emplace(base::to_lower(name), value);
    return answer;
  }

 private:
  void attach(const Form& form) {
    to_send_.set_header("Content-Type", form.content_type());
    to_send_.content_length_ = static_cast<size_t>(form.size());
    to_send_.content_provider_ = [this, &form](size_t, size_t, httplib::DataSink& sink) {
      const auto written = form.write([&](std::string_view bytes) { return sink.write(bytes.data(), bytes.size()); });
      if (!written) stopped_ = written.error().message;
      return static_cast<bool>(written);
    };
  }

  bool take(std::string_view bytes) {
    if (good_ && request_.on_bytes) {
      if (!request_.on_bytes(bytes)) stopped_ = "ended here";
    } else if (bytes.size() > request_.most_body - body_.size()) {
      stopped_ = "the answer is too large";
    } else {
      body_ += bytes;
    }
    return stopped_.empty();
  }

  std::unique_ptr<httplib::ClientImpl> client_;
  const Request& request_;
  httplib::Request to_send_;
  bool good_ = false;
  std::string body_;
  std::string stopped_;
};

}   // namespace

std::string Answer::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

Answer HttpClient::send(const Request& request) {
  if (auto found = find_addresses(); !found)
    return {.failure = Failure::kUnreachable, .problem = found.error().message};
  Answer answer;
  for (const std::string& address : addresses_) {
    answer = Exchange(url_, proxy_, address, request).run();
    if (answer.failure == Failure::kUnreachable) continue;
    if (addresses_.size() > 1) addresses_ = {std::string(address)};   // the one that answers is asked from here on
    break;
  }
  return answer;
}

Result<void> HttpClient::find_addresses() {
  if (!addresses_.empty()) return {};
  if (url_.scheme == Url::Scheme::kUnix) {
    addresses_ = {""};
  } else {
    addresses_ = TRY(resolve(url_.host, kResolveTime));
  }
  return {};
}

}   // namespace capid::net
