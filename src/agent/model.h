// SPDX-License-Identifier: Apache-2.0
// The model, behind the run's gateway: asked, and asked again while it only needs time.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "agent/conversation.h"
#include "agent/protocol.h"
#include "agent/teller.h"
#include "base/result.h"
#include "net/http_client.h"

namespace capid::agent {

class Model {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// What `gateway` is: `http://127.0.0.1:PORT`. Nothing is waited for beyond `deadline`.
  Model(std::unique_ptr<Protocol> protocol, net::Url gateway, std::string token, TimePoint deadline, Teller& teller)
      : protocol_(std::move(protocol)),
        gateway_(std::move(gateway)),
        token_(std::move(token)),
        deadline_(deadline),
        teller_(teller) {}

  /// The model's answer to the conversation's last turn. Servers that are busy, down or break off are asked again, later and
  /// later, or when they say. Errors: kModelError, in the server's own words, where another try would not help or there is no
  /// time for one.
  [[nodiscard]] Result<Answer> ask(const Conversation& conversation);

 private:
  struct Try;
  [[nodiscard]] Try try_once(const std::string& body);
  [[nodiscard]] std::chrono::seconds patience() const;

  std::unique_ptr<Protocol> protocol_;
  net::HttpClient gateway_;
  std::string token_;
  TimePoint deadline_;
  Teller& teller_;
};

}   // namespace capid::agent
