// SPDX-License-Identifier: Apache-2.0
#include "http/message.h"

#include "base/text.h"

namespace capid::http {

std::string Request::media_type() const {
  std::string type = base::to_lower(content_type.substr(0, content_type.find(';')));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.pop_back();
  return type;
}

Response json_response(int status, const OrderedJson& json) {
  Response response;
  response.status = status;
  response.body = base::dump(json) + "\n";
  return response;
}

}   // namespace capid::http
