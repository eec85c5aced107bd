// SPDX-License-Identifier: Apache-2.0
// OpenAI's Responses. Nothing is stored at the provider: each request carries the whole conversation, without the reasoning,
// which only its maker could read.
#include "agent/protocol.h"

namespace capid::agent {
namespace {

using base::member;
using base::text_of;

OrderedJson part_of(const Media& media) {
  if (media.type == "application/pdf")
    return {{"type", "input_file"}, {"filename", media.name}, {"file_data", data_url(media)}};
  return {{"type", "input_image"}, {"image_url", data_url(media)}};
}

void add(const Turn& turn, OrderedJson& input) {
  if (turn.speaker == Turn::Speaker::kModel) {
    if (turn.own.is_null()) {
      input.push_back({{"role", "assistant"}, {"content", turn.text}});
    } else {
      for (const OrderedJson& item : turn.own) input.push_back(item);
    }
    return;
  }
  for (const ToolResult& result : turn.results)
    input.push_back({{"type", "function_call_output"}, {"call_id", result.id}, {"output", result.output}});
  if (turn.text.empty() && turn.media.empty()) return;
  OrderedJson content = OrderedJson::array();
  for (const Media& media : turn.media) content.push_back(part_of(media));
  content.push_back({{"type", "input_text"}, {"text", turn.text}});
  input.push_back({{"role", "user"}, {"content", std::move(content)}});
}

class Reader : public AnswerReader {
 public:
  void take(const Json& event) override {
    const std::string_view type = text_of(member(event, "type"));
    const Json& response = member(event, "response");
    if (type == "response.output_item.done") take_item(member(event, "item"));
    if (type != "response.completed" && type != "response.incomplete") return;
    is_whole_ = true;
    const std::string_view reason = text_of(member(member(response, "incomplete_details"), "reason"));
    answer_.is_cut = type == "response.incomplete" && reason != "content_filter";
    if (reason == "content_filter") answer_.refusal = "a filter of its server's held it back";
    if (has_items_) return;
    for (const Json& item : member(response, "output")) take_item(item);
  }

  Answer answer() override {
    Answer answer = answer_;
    answer.own = OrderedJson::array();
    if (!answer.text.empty()) answer.own.push_back({{"role", "assistant"}, {"content", answer.text}});
    for (const ToolCall& call : answer.calls) {
      answer.own.push_back({{"type", "function_call"},
                            {"call_id", call.id},
                            {"name", call.name},
                            {"arguments", arguments_object(call.arguments).dump()}});
    }
    return answer;
  }

 private:
  void take_item(const Json& item) {
    has_items_ = true;
    const std::string_view type = text_of(member(item, "type"));
    if (type == "function_call") {
      answer_.calls.push_back({.id = std::string(text_of(member(item, "call_id"))),
                               .name = std::string(text_of(member(item, "name"))),
                               .arguments = std::string(text_of(member(item, "arguments")))});
    } else if (type == "reasoning") {
      for (const char* name : {"summary", "content"}) {
        for (const Json& part : member(item, name)) answer_.thinking += text_of(member(part, "text"));
      }
    } else if (type == "message") {
      for (const Json& part : member(item, "content")) {
        answer_.text += text_of(member(part, "text"));
        answer_.refusal += text_of(member(part, "refusal"));
      }
    }
  }

  Answer answer_;
  bool has_items_ = false;
};

class Responses : public Protocol {
 public:
  std::string path() const override { return "/v1/responses"; }

  OrderedJson request(const Conversation& conversation) const override {
    OrderedJson input = OrderedJson::array();
    for (const Turn& turn : conversation.turns) add(turn, input);
    OrderedJson body{{"model", conversation.model},
                     {"stream", true},
                     {"store", false},
                     {"instructions", conversation.system},
                     {"input", std::move(input)}};
    for (const ToolDescription& tool : conversation.tools) {
      body["tools"].push_back({{"type", "function"},
                               {"name", tool.name},
                               {"description", tool.description},
                               {"parameters", tool.parameters},
                               {"strict", false}});
    }
    return body;
  }

  std::unique_ptr<AnswerReader> reader() const override { return std::make_unique<Reader>(); }
};

}   // namespace

std::unique_ptr<Protocol> make_responses() { return std::make_unique<Responses>(); }

}   // namespace capid::agent
