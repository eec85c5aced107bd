// SPDX-License-Identifier: Apache-2.0
#include "transcripts/reader.h"

#include "base/text.h"
#include "transcripts/claude.h"
#include "transcripts/codex.h"
#include "transcripts/events.h"

namespace capid::transcripts {
namespace {

constexpr size_t kLongestLine = size_t{8} << 20;
constexpr size_t kLongestText = size_t{64} << 10;
constexpr size_t kEachEnd = kLongestText / 2;

// Of one value so many parts are kept, however they are nested: threads are shown, and each showing costs.
class Bounding {
 public:
  OrderedJson copy(const Json& value) {
    if (value.is_string()) return shortened(std::string_view(value.get_ref<const std::string&>()));
    if (!value.is_structured()) return value;
    return value.is_array() ? copy_array(value) : copy_object(value);
  }

 private:
  static constexpr size_t kMostParts = 1'000;

  OrderedJson copy_array(const Json& value) {
    OrderedJson::array_t items;
    for (const Json& item : value) {
      if (parts_ == kMostParts) {
        items.push_back(left_out(value.size() - items.size()));
        break;
      }
      ++parts_;
      items.push_back(copy(item));
    }
    return items;
  }

  // Appended without a look for a member of that name: the names of a parsed object differ.
  OrderedJson copy_object(const Json& value) {
    OrderedJson::object_t members;
    for (const auto& [name, inner] : value.items()) {
      if (parts_ == kMostParts) {
        members.emplace_back("…", left_out(value.size() - members.size()));
        break;
      }
      ++parts_;
      members.emplace_back(shortened(std::string_view(name)), copy(inner));
    }
    return members;
  }

  static std::string left_out(size_t count) { return "… " + std::to_string(count) + " more are left out"; }

  size_t parts_ = 0;
};

}   // namespace

void Reader::feed(std::string_view bytes) {
  for (size_t end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
    waiting_.append(bytes.substr(0, end));
    bytes.remove_prefix(end + 1);
    if (!std::exchange(skips_, false)) take_line(waiting_);
    waiting_.clear();
  }
  waiting_.append(bytes);
  if (waiting_.size() <= kLongestLine) return;
  if (!std::exchange(skips_, true))
    tell("log", {{"stream", "transcript"}, {"text", "a line longer than 8 MiB was left out\n"}});
  summary_.is_cut = true;
  waiting_.clear();
}

void Reader::finish() {
  if (!skips_ && !waiting_.empty()) take_line(waiting_);
  waiting_.clear();
}

void Reader::take_line(std::string_view line) {
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) return;
  const auto value = base::parse_json(line);   // which bounds how deep it is nested
  if (value && value->is_object()) return take(*value);
  tell("log", {{"stream", "transcript"}, {"text", shortened(base::to_utf8(line)) + "\n"}});
}

std::unique_ptr<Reader> make_reader(Language language, Listener listener) {
  switch (language) {
    case Language::kEvents:
      return std::make_unique<Events>(std::move(listener));
    case Language::kClaude:
      return std::make_unique<Claude>(std::move(listener));
    case Language::kCodex:
      return std::make_unique<Codex>(std::move(listener));
  }
  return nullptr;
}

std::string shortened(std::string_view text) {
  if (text.size() <= kLongestText) return std::string(text);
  const size_t left_out = text.size() - 2 * kEachEnd;
  return base::to_utf8(std::string(text.substr(0, kEachEnd)) + "\n… " + std::to_string(left_out) +
                       " bytes are left out …\n" + std::string(text.substr(text.size() - kEachEnd)));
}

OrderedJson bounded(const Json& value) { return Bounding().copy(value); }

std::string text_of(const Json& value) { return shortened(base::text_of(value)); }

}   // namespace capid::transcripts
