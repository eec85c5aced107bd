// SPDX-License-Identifier: Apache-2.0
// What passes between an agent and a model: the digit says which protocol, and whether it is a question (0 to 2), a whole answer (3 to
// 5), a stream (6 to 8) or the head of a request (9).
#include "base/json.h"
#include "egress/head.h"
#include "gateway/answer.h"
#include "gateway/call_body.h"
#include "gateway/event_splitter.h"
#include "gateway/protocol.h"
#include "tests/fuzz/pieces.h"

using namespace capid;

namespace {

void ask(gateway::Protocol protocol, std::string_view text) {
  const auto call = gateway::prepare_call(protocol, std::string(text), "the-model");
  if (!call) return;
  const auto sent = base::parse_json(call->text);
  fuzz::promise(sent && sent->is_object() && sent->value("model", Json()) == "the-model");
  if (protocol == gateway::Protocol::kChatCompletions && sent->value("stream", Json()) == true)
    fuzz::promise(sent->value(Json::json_pointer("/stream_options/include_usage"), Json()) == true);
}

void count(const gateway::Answer& answer) {
  const credits::Tokens tokens = answer.tokens();
  fuzz::promise(tokens.input >= 0 && tokens.output >= 0 && tokens.cached >= 0);
}

void answer(gateway::Protocol protocol, std::string_view text) {
  gateway::Answer answer(protocol, 100);
  (void)answer.take_body(text);
  count(answer);
}

void stream(gateway::Protocol protocol, std::string_view text) {
  gateway::Answer answer(protocol, 100);
  gateway::EventSplitter splitter;
  splitter.feed(text);
  while (const auto event = splitter.next()) {
    if (!event->data.empty() && !answer.take_event(event->data)) break;
    count(answer);
  }
}

// As a connection hands it on: up to its empty line.
void head(std::string_view some) {
  constexpr std::string_view kEnd = "\r\n\r\n";
  const std::string text = std::string(some.substr(0, some.find(kEnd))).append(kEnd);
  const auto head = egress::parse_request_head(text);
  if (head) {
    (void)egress::wanted_of_proxy(*head);
    if (const auto path = egress::wanted_of_server(*head)) {
      const std::string sent =
          egress::forwarded_request(*head, *path, "example.org", egress::Header{"Authorization", "x"});
      fuzz::promise(bool(egress::parse_request_head(sent)));
    }
    const auto endpoint = gateway::find_endpoint(head->method, head->target);
    const auto protocol = endpoint ? endpoint->protocol : gateway::Protocol::kResponses;
    const Error error = endpoint ? Error{Code::kModelError, head->target} : endpoint.error();
    for (const int status : {400, 402, 404, 413, 429, 502})
      fuzz::promise(bool(base::parse_json(gateway::error_body(protocol, status, error))));
    fuzz::promise(bool(base::parse_json(gateway::models_body(protocol, head->target))));
    (void)gateway::error_event(protocol, error);
  }
  (void)egress::forwarded_answer(text);
}

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto [choice, rest] = fuzz::chosen(data, size);
  if (choice < '0' || choice > '9') return 0;
  const unsigned digit = choice - '0';
  const auto protocol = static_cast<gateway::Protocol>(digit % 3);
  if (digit < 3)
    ask(protocol, rest);
  else if (digit < 6)
    answer(protocol, rest);
  else if (digit < 9)
    stream(protocol, rest);
  else
    head(rest);
  return 0;
}
