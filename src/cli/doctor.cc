// SPDX-License-Identifier: Apache-2.0
// capid doctor
#include "doctor/doctor.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "base/text.h"
#include "cli/cli.h"
#include "cli/terminal.h"

namespace capid::cli {
namespace {

using doctor::Item;
using doctor::Severity;

constexpr const char* kAbout =
    "Look whether this host gives what capid needs\n\n"
    "Each item says what was found and, where there is one, the command or the config's line that mends it.\n"
    "Nothing on the host is changed. As root it looks as the user that capid would drop to; as another user,\n"
    "as that one. Exit code: 0 where all is well, 5 where there are warnings, 6 where there are errors.\n\n"
    "  capid doctor\n"
    "  capid doctor --config /etc/capid/config.yaml --json\n";

constexpr size_t kSeverityWidth = 9, kMargin = 2;
constexpr size_t kUsualWidth = 80, kNarrowest = 60, kWidest = 120;

int exit_code(Severity worst) {
  if (worst == Severity::kError) return kHostUnfit;
  return worst == Severity::kWarning ? kHostWarned : kDone;
}

Colour colour_of(Severity severity) {
  switch (severity) {
    case Severity::kOk:
      return Colour::kGreen;
    case Severity::kInfo:
      return Colour::kCyan;
    case Severity::kWarning:
      return Colour::kYellow;
    case Severity::kError:
      return Colour::kRed;
  }
  return Colour::kNone;
}

size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsualWidth;
  return std::clamp<size_t>(size.ws_col, kNarrowest, kWidest);
}

std::string padded(std::string_view text, size_t width) {
  return std::string(text) + std::string(text.size() < width ? width - text.size() : 0, ' ');
}

// Lines of at most `width`, broken at spaces; a longer word has a line of its own.
std::vector<std::string> wrapped(const std::string& text, size_t width) {
  std::vector<std::string> lines{""};
  for (const std::string& word : base::split(text, ' ')) {
    if (!lines.back().empty() && lines.back().size() + 1 + word.size() > width) lines.emplace_back();
    lines.back() += (lines.back().empty() ? "" : " ") + word;
  }
  return lines;
}

// A fix has its own line and is never broken: it is there to be copied.
std::string item_text(const Item& item, size_t title_width, size_t width) {
  const size_t column = kMargin + kSeverityWidth + title_width;
  const std::string indent(column, ' ');
  const std::string severity = padded(doctor::to_string(item.answer.severity), kSeverityWidth);
  const auto lines = wrapped(harmless(item.answer.finding), width - column);
  std::string text = std::string(kMargin, ' ') + painted(severity, colour_of(item.answer.severity), STDOUT_FILENO) +
                     padded(item.title, title_width) + base::join(lines, "\n" + indent) + "\n";
  if (!item.answer.fix.empty())
    text += std::string(kMargin + kSeverityWidth, ' ') + painted("fix: ", Colour::kDim, STDOUT_FILENO) +
            harmless(item.answer.fix) + "\n";
  return text;
}

std::string summary(const std::vector<Item>& items) {
  const auto count = [&](Severity severity) {
    return std::count_if(items.begin(), items.end(),
                         [&](const Item& item) { return item.answer.severity == severity; });
  };
  const Severity worst = doctor::worst(items);
  const std::string text =
      counted(count(Severity::kError), "error") + ", " + counted(count(Severity::kWarning), "warning") + ", " +
      counted(count(Severity::kInfo), "note") + ", " + std::to_string(count(Severity::kOk)) + " in order";
  return painted(text, colour_of(worst), STDOUT_FILENO);
}

// The worst stands last, where the eye is when it is over.
void print_report(const config::Config& config, doctor::Report report) {
  auto& items = report.items;
  std::stable_sort(items.begin(), items.end(),
                   [](const Item& a, const Item& b) { return a.answer.severity < b.answer.severity; });
  size_t title_width = 0;
  for (const Item& item : items) title_width = std::max(title_width, item.title.size() + kMargin);
  std::cout << "As the user " << report.user.name << ", with its data in " << harmless(config.data) << "\n\n";
  for (const Item& item : items) std::cout << item_text(item, title_width, terminal_width());
  std::cout << "\n" << summary(items) << std::endl;
}

void print_report_as_json(const doctor::Report& report) {
  const Severity worst = std::max(doctor::worst(report.items), Severity::kOk);
  OrderedJson items = OrderedJson::array();
  for (const Item& item : report.items) items.push_back(to_json(item));
  std::cout << base::object({{"status", doctor::to_string(worst == Severity::kInfo ? Severity::kOk : worst)},
                             {"user", report.user.name},
                             {"items", items}})
                   .dump(2)
            << std::endl;
}

std::optional<sandbox::CgroupTree> tree_from(const std::vector<std::string>& words) {
  if (words.empty()) return std::nullopt;
  std::vector<const char*> pointers;
  for (const std::string& word : words) pointers.push_back(word.c_str());
  return sandbox::CgroupTree::from_words(pointers);
}

int examine(const Place& place, bool as_json, const std::vector<std::string>& server_cgroups) {
  auto config = load_config(place);
  const std::string problem = config ? "" : config.error().message;
  if (!config) config = load_config({.config_file = "", .data = place.data});
  if (!config) return complain(config.error());
  auto report = doctor::examine(*config, problem, tree_from(server_cgroups));
  if (!report) return complain(report.error());
  const int code = exit_code(doctor::worst(report->items));
  if (as_json) {
    print_report_as_json(*report);
  } else {
    print_report(*config, std::move(*report));
  }
  return code;
}

}   // namespace

void add_doctor(CLI::App& root, Action& action) {
  CLI::App* command = root.add_subcommand("doctor", kAbout);
  auto place = std::make_shared<Place>();
  auto as_json = std::make_shared<bool>(false);
  add_place_options(*command, *place);
  command->add_flag("--json", *as_json, "as JSON");
  auto server_cgroups = std::make_shared<std::vector<std::string>>();
  command->add_option("--server-cgroups", *server_cgroups, "given by a running server: its own")->group("");
  command->callback([&action, place, as_json, server_cgroups] {
    action = [=] { return examine(*place, *as_json, *server_cgroups); };
  });
}

}   // namespace capid::cli
