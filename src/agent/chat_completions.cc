// SPDX-License-Identifier: Apache-2.0
// OpenAI's Chat Completions, which most servers of models speak.
#include <algorithm>

#include "agent/protocol.h"

namespace capid::agent {
namespace {

using base::member;
using base::text_of;

constexpr const char* kReasoning = "reasoning_content";
constexpr const char* kExtra = "extra_content";   // a call's, which Gemini wants back

OrderedJson part_of(const Media& media) {
  if (media.type == "application/pdf")
    return {{"type", "file"}, {"file", {{"filename", media.name}, {"file_data", data_url(media)}}}};
  return {{"type", "image_url"}, {"image_url", {{"url", data_url(media)}}}};
}

OrderedJson content_of(const Turn& turn) {
  if (turn.media.empty()) return turn.text;
  OrderedJson parts = OrderedJson::array();
  for (const Media& media : turn.media) parts.push_back(part_of(media));
  parts.push_back({{"type", "text"}, {"text", turn.text}});
  return parts;
}

void add(const Turn& turn, OrderedJson& messages) {
  if (turn.speaker == Turn::Speaker::kModel) {
    messages.push_back(turn.own.is_null() ? OrderedJson{{"role", "assistant"}, {"content", turn.text}} : turn.own);
    return;
  }
  for (const ToolResult& result : turn.results)
    messages.push_back({{"role", "tool"}, {"tool_call_id", result.id}, {"content", result.output}});
  if (!turn.text.empty() || !turn.media.empty()) messages.push_back({{"role", "user"}, {"content", content_of(turn)}});
}

class Reader : public AnswerReader {
 public:
  void take(const Json& event) override {
    for (const Json& choice : member(event, "choices")) {
      const Json& delta = member(choice, "delta");
      answer_.text += text_of(member(delta, "content"));
      answer_.refusal += text_of(member(delta, "refusal"));
      reasoning_ += text_of(member(delta, kReasoning));
      for (const char* name : {kReasoning, "reasoning"}) answer_.thinking += text_of(member(delta, name));
      for (const Json& part : member(delta, "tool_calls")) take_call(part);
      take_reason(text_of(member(choice, "finish_reason")));
    }
  }

  Answer answer() override {
    Answer answer = answer_;
    answer.own = {{"role", "assistant"}, {"content", answer.text.empty() ? OrderedJson() : OrderedJson(answer.text)}};
    if (!reasoning_.empty()) answer.own[kReasoning] = reasoning_;
    for (const auto& [index, call, extra] : calls_) {
      answer.calls.push_back(call);
      OrderedJson own{{"id", call.id},
                      {"type", "function"},
                      {"function", {{"name", call.name}, {"arguments", arguments_object(call.arguments).dump()}}}};
      if (!extra.is_null()) own[kExtra] = extra;
      answer.own["tool_calls"].push_back(std::move(own));
    }
    return answer;
  }

 private:
  // The first part of a call names it; what it is to be called with comes piece by piece.
  // Some servers give each call the same index: another id is another call.
  void take_call(const Json& part) {
    const Json& number = member(part, "index");
    const int64_t index = number.is_number_integer() ? number.get<int64_t>() : -1;
    const std::string_view id = text_of(member(part, "id"));
    const auto known =
        std::find_if(calls_.rbegin(), calls_.rend(), [&](const Call& each) { return each.index == index; });
    const bool is_new = known == calls_.rend() || (!id.empty() && !known->call.id.empty() && id != known->call.id);
    Call& call = is_new ? calls_.emplace_back(Call{.index = index}) : *known;
    const Json& function = member(part, "function");
    if (!id.empty()) call.call.id = id;
    if (const auto name = text_of(member(function, "name")); !name.empty()) call.call.name = name;
    call.call.arguments += text_of(member(function, "arguments"));
    if (const Json& extra = member(part, kExtra); !extra.is_null()) call.extra = extra;
  }

  void take_reason(std::string_view reason) {
    if (reason.empty()) return;
    is_whole_ = true;
    answer_.is_cut = reason == "length";
    if (reason == "content_filter" && answer_.refusal.empty())
      answer_.refusal = "a filter of its server's held it back";
  }

  struct Call {
    int64_t index = 0;
    ToolCall call = {};
    Json extra = {};
  };

  Answer answer_;
  std::string reasoning_;   // which some servers want back
  std::vector<Call> calls_;
};

class ChatCompletions : public Protocol {
 public:
  std::string path() const override { return "/v1/chat/completions"; }

  OrderedJson request(const Conversation& conversation) const override {
    OrderedJson messages = OrderedJson::array();
    messages.push_back({{"role", "system"}, {"content", conversation.system}});
    for (const Turn& turn : conversation.turns) add(turn, messages);
    OrderedJson body{{"model", conversation.model}, {"stream", true}, {"messages", std::move(messages)}};
    for (const ToolDescription& tool : conversation.tools) {
      body["tools"].push_back(
          {{"type", "function"},
           {"function", {{"name", tool.name}, {"description", tool.description}, {"parameters", tool.parameters}}}});
    }
    return body;
  }

  std::unique_ptr<AnswerReader> reader() const override { return std::make_unique<Reader>(); }
};

}   // namespace

std::unique_ptr<Protocol> make_chat_completions() { return std::make_unique<ChatCompletions>(); }

}   // namespace capid::agent
