// SPDX-License-Identifier: Apache-2.0
// What the agent and its model said to each other, in no protocol's words. Data only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace capid::agent {

/// A picture or a PDF that the model looks at.
struct Media {
  std::string name;
  std::string type;   ///< MIME
  std::string base64;
};

struct ToolCall {
  std::string id;
  std::string name;
  std::string arguments;   ///< as the model wrote them: a JSON object, if all is well
};

struct ToolResult {
  std::string id;   ///< of its call
  std::string output;
  bool is_error = false;
};

struct Turn {
  enum class Speaker { kUser, kModel };

  Speaker speaker = Speaker::kUser;
  std::string text;
  std::vector<Media> media;          ///< the user's
  std::vector<ToolResult> results;   ///< likewise, of the calls of the turn before
  OrderedJson own;   ///< the model's, as its protocol wants it back; null: there is nothing but the text
};

struct ToolDescription {
  std::string name;
  std::string description;
  OrderedJson parameters;   ///< a JSON Schema of an object
};

struct Conversation {
  std::string model;            ///< its id
  std::string system;           ///< what stands before everything
  int64_t most_tokens = 8192;   ///< of one answer, where the protocol wants it said
  std::vector<ToolDescription> tools;
  std::vector<Turn> turns;
};

/// What a model answered to a conversation.
struct Answer {
  std::string thinking;
  std::string text;
  std::vector<ToolCall> calls;
  OrderedJson own;       ///< see Turn
  std::string refusal;   ///< why it does not answer; empty: it does
  bool is_cut = false;   ///< it was longer than it might be
};

/// Nothing in it but spaces: several servers refuse to be sent such a text.
[[nodiscard]] inline bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}   // namespace capid::agent
