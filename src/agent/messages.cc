// SPDX-License-Identifier: Apache-2.0
// Anthropic's Messages. What the model thought goes back to it with its signature, and what does not change from turn to turn
// is marked for the provider's cache.
#include <map>

#include "agent/protocol.h"

namespace capid::agent {
namespace {

using base::member;
using base::text_of;

OrderedJson for_the_cache() { return {{"type", "ephemeral"}}; }

OrderedJson block_of(const Media& media) {
  return {{"type", media.type == "application/pdf" ? "document" : "image"},
          {"source", {{"type", "base64"}, {"media_type", media.type}, {"data", media.base64}}}};
}

OrderedJson message_of(const Turn& turn) {
  if (turn.speaker == Turn::Speaker::kModel)
    return {{"role", "assistant"}, {"content", turn.own.is_null() ? OrderedJson(turn.text) : turn.own}};
  OrderedJson content = OrderedJson::array();
  for (const ToolResult& result : turn.results) {
    content.push_back({{"type", "tool_result"},
                       {"tool_use_id", result.id},
                       {"content", result.output},
                       {"is_error", result.is_error}});
  }
  for (const Media& media : turn.media) content.push_back(block_of(media));
  if (!turn.text.empty()) content.push_back({{"type", "text"}, {"text", turn.text}});
  return {{"role", "user"}, {"content", std::move(content)}};
}

class Reader : public AnswerReader {
 public:
  void take(const Json& event) override {
    const std::string_view type = text_of(member(event, "type"));
    const Json& index = member(event, "index");
    const int64_t place = index.is_number_integer() ? index.get<int64_t>() : 0;
    if (type == "content_block_start") blocks_[place] = {.start = member(event, "content_block")};
    if (type == "content_block_delta") blocks_[place].take(member(event, "delta"));
    if (type == "message_delta") take_reason(text_of(member(member(event, "delta"), "stop_reason")));
    if (type == "message_stop") is_whole_ = true;
  }

  Answer answer() override {
    Answer answer = answer_;
    answer.own = OrderedJson::array();
    for (const auto& [index, block] : blocks_) block.add_to(answer);
    if (answer.own.empty()) answer.own = OrderedJson();
    return answer;
  }

 private:
  struct Block {
    Json start = {};
    std::string text = {};        // of a text, of what was thought, or of a call's input
    std::string signature = {};   // of what was thought

    void take(const Json& delta) {
      for (const char* name : {"text", "thinking", "partial_json"}) text += text_of(member(delta, name));
      signature += text_of(member(delta, "signature"));
    }

    void add_to(Answer& answer) const {
      const std::string_view type = text_of(member(start, "type"));
      if (type == "text") {
        const std::string whole = std::string(text_of(member(start, "text"))) + text;
        answer.text += whole;
        if (is_blank(whole)) return;   // none may be sent back
        answer.own.push_back({{"type", "text"}, {"text", whole}});
      } else if (type == "thinking") {
        answer.thinking += text;
        answer.own.push_back({{"type", "thinking"}, {"thinking", text}, {"signature", signature}});
      } else if (type == "tool_use") {
        const ToolCall call{.id = std::string(text_of(member(start, "id"))),
                            .name = std::string(text_of(member(start, "name"))),
                            .arguments = text.empty() ? "{}" : text};
        answer.calls.push_back(call);
        answer.own.push_back(
            {{"type", "tool_use"}, {"id", call.id}, {"name", call.name}, {"input", arguments_object(call.arguments)}});
      } else if (start.is_object()) {
        answer.own.push_back(OrderedJson(start));   // what only the model understands
      }
    }
  };

  void take_reason(std::string_view reason) {
    answer_.is_cut = answer_.is_cut || reason == "max_tokens" || reason == "model_context_window_exceeded";
    if (reason == "refusal") answer_.refusal = "it stopped for its own safety rules";
  }

  Answer answer_;
  std::map<int64_t, Block> blocks_;   // by their index
};

class Messages : public Protocol {
 public:
  std::string path() const override { return "/v1/messages"; }

  std::vector<std::pair<std::string, std::string>> headers() const override {
    return {{"anthropic-version", "2023-06-01"}};
  }

  OrderedJson request(const Conversation& conversation) const override {
    OrderedJson messages = OrderedJson::array();
    for (const Turn& turn : conversation.turns) messages.push_back(message_of(turn));
    if (!messages.empty() && messages.back()["content"].is_array() && !messages.back()["content"].empty())
      messages.back()["content"].back()["cache_control"] = for_the_cache();
    OrderedJson body{{"model", conversation.model},
                     {"stream", true},
                     {"max_tokens", conversation.most_tokens},
                     {"messages", std::move(messages)}};
    body["system"].push_back({{"type", "text"}, {"text", conversation.system}, {"cache_control", for_the_cache()}});
    for (const ToolDescription& tool : conversation.tools) {
      body["tools"].push_back(
          {{"name", tool.name}, {"description", tool.description}, {"input_schema", tool.parameters}});
    }
    return body;
  }

  std::unique_ptr<AnswerReader> reader() const override { return std::make_unique<Reader>(); }
};

}   // namespace

std::unique_ptr<Protocol> make_messages() { return std::make_unique<Messages>(); }

}   // namespace capid::agent
