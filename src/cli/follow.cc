// SPDX-License-Identifier: Apache-2.0
#include "cli/follow.h"

#include <iostream>
#include <thread>

#include "base/text.h"
#include "cli/terminal.h"
#include "net/event_stream.h"

namespace capid::cli {
namespace {

using namespace std::chrono_literals;

constexpr int kMostBreaks = 8;   // in a row, without an event in between: a good minute
constexpr int kLongestPauseS = 15;
constexpr auto kSound = 60s;   // a connection that held for as long has not broken at once
constexpr size_t kMostShown = 200;

std::string line(const std::string& text, Colour colour) { return painted(text, colour) + "\n"; }

std::string clipped(const std::string& text) {
  const std::string first = text.substr(0, std::min(text.find('\n'), kMostShown));
  const size_t all = text.find_last_not_of('\n') + 1;
  return harmless(first) + (first.size() < all ? "…" : "");
}

std::string artifact_text(const Json& data) {
  const std::string title = harmless(text_at(data, "title"));
  if (const std::string skipped = text_at(data, "skipped"); !skipped.empty())
    return line("- " + title + " was not kept: " + harmless(skipped), Colour::kYellow);
  return line("+ " + title + " (" + size_text(static_cast<int64_t>(number_at(data, "size"))) + ")", Colour::kCyan);
}

std::string log_text(const Json& data) {
  std::string text = harmless(text_at(data, "text"));
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  return data.contains("truncated") ? text + line("· (the log is cut off here)", Colour::kDim) : text;
}

std::string status_text(const Json& data) {
  const std::string status = harmless(text_at(data, "status"));
  if (is_over(status)) return "";   // told at the end, with what belongs to it
  const std::string message = harmless(text_at(data, "message"));
  return line("· " + status + (message.empty() ? "" : ": " + message), Colour::kDim);
}

// A step of the agent's: what it was asked, said, thought or did, and what came of it.
std::string step_text(const std::string& type, const Json& data) {
  if (type == "prompt") return line("> " + clipped(text_at(data, "text")), Colour::kCyan);
  if (type == "message") return line(harmless(text_at(data, "text")), Colour::kNone);
  if (type == "thinking") return line(harmless(text_at(data, "text")), Colour::kDim);
  if (type == "web_search") return line("· searches for " + clipped(text_at(data, "query")), Colour::kDim);
  if (type == "error") return line("· " + clipped(text_at(data, "message")), Colour::kRed);
  const Json said = part_of(data, type == "tool_call" ? "input" : "output");
  const std::string text = clipped(said.is_string() ? said.get<std::string>() : base::dump(said));
  if (type == "tool_call") return line("· " + harmless(text_at(data, "name")) + " " + text, Colour::kDim);
  if (type == "tool_result")
    return line("  " + text, part_of(data, "isError") == true ? Colour::kYellow : Colour::kDim);
  return line("· " + harmless(type) + " " + clipped(base::dump(data)), Colour::kDim);
}

// The stream ends with the run; it also ends with a server that stops, so the run itself is asked whether it is over.
Result<bool> stream_to_end(ApiClient& api, const std::string& run, const ApiClient::Stream& stream) {
  TRY(api.stream(stream));
  return is_over(text_at(TRY(api.get(run_path(run))).json, "status"));
}

void pause(int breaks, const std::string& problem) {
  const int seconds = std::min(1 << (breaks - 1), kLongestPauseS);
  std::cerr << painted("· trying again in " + std::to_string(seconds) + " s: " + problem, Colour::kYellow) << std::endl;
  std::this_thread::sleep_for(std::chrono::seconds(seconds));
}

// An event of a list as the stream has it.
std::string in_order(const Json& event) {
  OrderedJson ordered = OrderedJson::object();
  for (const char* name : {"sequence", "runId", "type", "createdAt", "data"}) ordered[name] = part_of(event, name);
  return base::dump(ordered);
}

}   // namespace

bool is_over(const std::string& status) { return status == "completed" || status == "failed" || status == "cancelled"; }

Result<void> follow(ApiClient& api, const std::string& run, const TakeEvent& take) {
  int64_t last = 0;
  for (int breaks = 0; breaks <= kMostBreaks;) {
    net::EventStream events([&](const net::ServerEvent& event) {
      const auto json = base::parse_json(event.data);
      const auto id = base::to_integer(event.id);
      if (!json || !json->is_object() || !id || *id <= last) return;
      breaks = 0;
      last = *id;
      take(*json, event.data);
    });
    ApiClient::Stream stream{.path = run_path(run, "/events"),
                             .headers = {{"Accept", "text/event-stream"}},
                             .on_bytes = [&](std::string_view bytes) { return events.feed(bytes); }};
    if (last > 0) stream.headers.emplace_back("Last-Event-ID", std::to_string(last));
    const auto began = std::chrono::steady_clock::now();
    const auto over = stream_to_end(api, run, stream);
    if (std::chrono::steady_clock::now() - began > kSound) breaks = 0;
    if (over && *over) return {};
    if (!over && over.error().code != Code::kStoreUnavailable) return over.error();
    if (++breaks <= kMostBreaks) pause(breaks, over ? "the server ended the stream" : over.error().message);
  }
  return Error{Code::kInternal, "the connection broke too often; see how the run goes on with  capid runs show " + run};
}

Result<void> read_events(ApiClient& api, const std::string& run, const TakeEvent& take) {
  for (std::string after = "0"; !after.empty();) {
    const Document page = TRY(api.get(run_path(run, "/events?limit=1000&after=" + net::encode(after))));
    for (const Json& event : part_of(page.json, "events")) take(event, in_order(event));
    after = text_at(page.json, "nextAfter");
  }
  return {};
}

std::string event_text(const Json& event) {
  const std::string type = text_at(event, "type");
  const Json data = part_of(event, "data");
  if (!data.is_object()) return "";
  if (type == "log") return log_text(data);
  if (type == "status") return status_text(data);
  if (type == "artifact") return artifact_text(data);
  return step_text(type, data);
}

}   // namespace capid::cli
