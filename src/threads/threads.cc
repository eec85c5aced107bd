// SPDX-License-Identifier: Apache-2.0
#include "threads/threads.h"

#include "base/text.h"
#include "store/runs.h"

namespace capid::threads {
namespace {

Result<void> append(store::Transaction& transaction, const Place& place, const char* type, const OrderedJson& data) {
  TRY(store::append_event(transaction, place.thread, place.run, type, base::dump(data)));
  return {};
}

// For people: what a log shows.
std::string text_of(const Connection& connection) {
  const std::string place =
      connection.host.empty() ? "a request" : connection.host + ":" + std::to_string(connection.port);
  std::string text = "network: " + place + " " + connection.outcome;
  if (connection.outcome == "allowed")
    text +=
        ", " + std::to_string(connection.bytes_up) + " bytes up, " + std::to_string(connection.bytes_down) + " down";
  return text + (connection.reason.empty() ? "" : ": " + connection.reason) + "\n";
}

}   // namespace

Result<void> append_status(store::Transaction& transaction, const Place& place, const std::string& status,
                           const std::string& message) {
  return append(transaction, place, "status", {{"status", status}, {"message", message}});
}

Result<void> append(store::Transaction& transaction, const Place& place, const std::vector<News>& news) {
  for (const News& one : news) TRY(store::append_event(transaction, place.thread, place.run, one.type, one.data));
  return {};
}

News news_of_log(std::string_view bytes, bool truncated) {
  OrderedJson data{{"stream", "stderr"}, {"text", base::to_utf8(bytes)}};
  if (truncated) data["truncated"] = true;
  return {.type = "log", .data = base::dump(data)};
}

News news_of(const Connection& connection) {
  OrderedJson data{{"stream", "network"}, {"text", text_of(connection)}, {"outcome", connection.outcome}};
  if (!connection.host.empty()) {
    data["host"] = connection.host;
    data["port"] = connection.port;
  }
  if (!connection.reason.empty()) data["reason"] = connection.reason;
  data["bytesUp"] = connection.bytes_up;
  data["bytesDown"] = connection.bytes_down;
  return {.type = "log", .data = base::dump(data)};
}

News news_of_more(const std::string& stream, const std::string& kind, int64_t count) {
  const std::string text = stream + ": " + std::to_string(count) + " further " + kind + " are not listed\n";
  return {.type = "log", .data = base::dump(OrderedJson{{"stream", stream}, {"text", text}, {"leftOut", count}})};
}

Result<void> append_usage(store::Transaction& transaction, const Place& place, const ModelUsage& usage) {
  OrderedJson data{{"model", usage.model},
                   {"inputTokens", usage.input_tokens},
                   {"cachedTokens", usage.cached_tokens},
                   {"outputTokens", usage.output_tokens},
                   {"credits", base::micro_to_number(usage.credits)}};
  if (usage.is_guess) data["estimated"] = true;
  return append(transaction, place, "usage", data);
}

Result<void> append_artifact(store::Transaction& transaction, const Place& place, const std::string& artifact_id,
                             const store::NewArtifact& artifact) {
  return append(
      transaction, place, "artifact",
      {{"artifactId", artifact_id}, {"title", artifact.title}, {"type", artifact.type}, {"size", artifact.size}});
}

Result<void> append_skipped_file(store::Transaction& transaction, const Place& place, const std::string& path,
                                 const std::string& reason) {
  return append(transaction, place, "artifact", {{"title", base::to_utf8(path)}, {"skipped", reason}});
}

Result<void> check_continuable(store::Transaction& transaction, const std::string& account, const std::string& app,
                               const std::string& thread, bool scoped) {
  const auto found = TRY(store::find_thread(transaction.database(), thread));
  if (!found || found->account != account) {
    return Error{Code::kThreadNotFound, "there is no such thread in this account", "threadId"};
  }
  if (found->app != app && scoped) {
    return Error{Code::kAppScopeRestricted, "this thread belongs to another app than the one this key works for"};
  }
  if (found->app != app) {
    return Error{Code::kThreadNotFound,
                 "this thread belongs to the app \"" + found->app + "\", which alone continues it", "threadId"};
  }
  if (TRY(store::thread_is_busy(transaction.database(), thread))) {
    return Error{Code::kThreadBusy, "a run on this thread is not finished: wait for its end, or cancel it", "threadId"};
  }
  return {};
}

// The data was written by the functions above: that it parses is an invariant of the store.
OrderedJson render_event(const store::Event& event) {
  return {{"sequence", event.sequence},
          {"runId", event.run},
          {"type", event.type},
          {"createdAt", base::to_iso8601(event.created_at)},
          {"data", OrderedJson::parse(event.data)}};
}

}   // namespace capid::threads
