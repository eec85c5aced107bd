// SPDX-License-Identifier: Apache-2.0
#include "http/last_answer.h"

#include <atomic>
#include <cstdio>
#include <ctime>

#include "base/crypto.h"
#include "http/errors.h"
#include "net/httplib.h"

namespace capid::http {

std::string new_request_id() {
  static const std::string start = base::random_hex(4);
  static std::atomic<uint32_t> count{0};
  char number[9];
  std::snprintf(number, sizeof number, "%08x", ++count);
  return start + number;
}

std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[40];
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text;
}

std::string last_answer(const Error& error) {
  const Response answer = error_response(error);
  std::string text = "HTTP/1.1 " + std::to_string(answer.status) + " " + httplib::status_message(answer.status) +
                     "\r\nContent-Type: " + answer.content_type + "\r\nCache-Control: " + answer.cache_control +
                     "\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\nDate: " + http_date() +
                     "\r\nX-Request-Id: " + new_request_id() +
                     "\r\nContent-Length: " + std::to_string(answer.body.size());
  for (const auto& [name, value] : answer.headers) text += "\r\n" + name + ": " + value;
  return text + "\r\n\r\n" + answer.body;
}

}   // namespace capid::http
