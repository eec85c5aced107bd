// SPDX-License-Identifier: Apache-2.0
#include "agent/html_text.h"

#include <gumbo.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <utility>

namespace capid::agent {
namespace {

constexpr int kDeepest = 400;   // levels; a page has thirty

constexpr std::array kHidden{GUMBO_TAG_SCRIPT, GUMBO_TAG_STYLE,  GUMBO_TAG_NOSCRIPT, GUMBO_TAG_TEMPLATE, GUMBO_TAG_SVG,
                             GUMBO_TAG_IFRAME, GUMBO_TAG_CANVAS, GUMBO_TAG_META,     GUMBO_TAG_LINK};
constexpr std::array kInline{GUMBO_TAG_A,    GUMBO_TAG_ABBR,  GUMBO_TAG_B,      GUMBO_TAG_BDI,  GUMBO_TAG_BDO,
                             GUMBO_TAG_CITE, GUMBO_TAG_CODE,  GUMBO_TAG_DEL,    GUMBO_TAG_DFN,  GUMBO_TAG_EM,
                             GUMBO_TAG_I,    GUMBO_TAG_INS,   GUMBO_TAG_KBD,    GUMBO_TAG_MARK, GUMBO_TAG_Q,
                             GUMBO_TAG_S,    GUMBO_TAG_SAMP,  GUMBO_TAG_SMALL,  GUMBO_TAG_SPAN, GUMBO_TAG_STRONG,
                             GUMBO_TAG_SUB,  GUMBO_TAG_SUP,   GUMBO_TAG_TIME,   GUMBO_TAG_U,    GUMBO_TAG_VAR,
                             GUMBO_TAG_FONT, GUMBO_TAG_LABEL, GUMBO_TAG_BUTTON, GUMBO_TAG_IMG};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

template <size_t N>
bool is_among(GumboTag tag, const std::array<GumboTag, N>& tags) {
  return std::find(tags.begin(), tags.end(), tag) != tags.end();
}

std::string_view attribute(const GumboElement& element, const char* name) {
  const GumboAttribute* found = ::gumbo_get_attribute(&element.attributes, name);
  return found ? found->value : "";
}

class Writer {
 public:
  void write(const GumboNode& node, int depth) {
    switch (node.type) {
      case GUMBO_NODE_TEXT:
      case GUMBO_NODE_CDATA:
      case GUMBO_NODE_WHITESPACE:
        add_text(node.v.text.text);
        break;
      case GUMBO_NODE_ELEMENT:
        write_element(node.v.element, depth);
        break;
      default:
        break;
    }
  }

  [[nodiscard]] std::string take() {
    end_line();
    return std::move(text_);
  }

 private:
  void write_element(const GumboElement& element, int depth) {
    if (is_among(element.tag, kHidden) || depth == kDeepest) return;
    if (element.tag == GUMBO_TAG_IMG) add_text(std::string(attribute(element, "alt")));
    const bool is_cell = element.tag == GUMBO_TAG_TD || element.tag == GUMBO_TAG_TH;
    const bool is_block = !is_cell && !is_among(element.tag, kInline);
    if (is_block) end_line();
    if (element.tag >= GUMBO_TAG_H1 && element.tag <= GUMBO_TAG_H6)
      add_text(std::string(static_cast<size_t>(element.tag - GUMBO_TAG_H1) + 1, '#') + " ");
    if (element.tag == GUMBO_TAG_LI) add_text("- ");
    const bool was_preformatted = std::exchange(is_preformatted_, is_preformatted_ || element.tag == GUMBO_TAG_PRE);
    for (unsigned i = 0; i < element.children.length; ++i)
      write(*static_cast<const GumboNode*>(element.children.data[i]), depth + 1);
    is_preformatted_ = was_preformatted;
    if (is_cell) add_text(" ");
    if (const auto link = attribute(element, "href"); element.tag == GUMBO_TAG_A && !link.empty() && link[0] != '#')
      add_text(" (" + std::string(link) + ")");
    if (is_block) end_line();
  }

  // Spaces in a row are one, and none begins a line.
  void add_text(std::string_view bytes) {
    for (const char c : bytes) {
      if (is_preformatted_) {
        line_ += c;
      } else if (!is_space(c)) {
        line_ += c;
      } else if (!line_.empty() && line_.back() != ' ') {
        line_ += ' ';
      }
    }
  }

  void end_line() {
    while (!line_.empty() && is_space(line_.back())) line_.pop_back();
    if (!line_.empty()) text_ += line_ + "\n";
    line_.clear();
  }

  std::string text_;
  std::string line_;
  bool is_preformatted_ = false;
};

// The parser takes as long as the square of how deep a page is, and ends a page by recursion: what follows the first 30,000 tags,
// or the first MiB, is left out.
std::string_view what_is_read(std::string_view html) {
  constexpr size_t kMostBytes = size_t{1} << 20, kMostTags = 30'000;
  html = html.substr(0, kMostBytes);
  size_t tags = 0, at = html.find('<');
  while (at != std::string_view::npos && ++tags < kMostTags) at = html.find('<', at + 1);
  return html.substr(0, at);
}

}   // namespace

std::string text_of_html(const std::string& whole) {
  const std::string_view html = what_is_read(whole);
  GumboOptions options = kGumboDefaultOptions;
  options.max_errors = 0;   // each of them would hold a copy of the way to it
  const std::unique_ptr<GumboOutput, void (*)(GumboOutput*)> page(
      ::gumbo_parse_with_options(&options, html.data(), html.size()),
      [](GumboOutput* output) { ::gumbo_destroy_output(&kGumboDefaultOptions, output); });
  Writer writer;
  writer.write(*page->root, 0);
  return writer.take();
}

}   // namespace capid::agent
