// SPDX-License-Identifier: Apache-2.0
#include "threads/threads.h"

#include "base/json.h"
#include "base/text.h"

namespace capid::threads {
namespace {

Result<void> append(store::Transaction& transaction, const Place& place, const char* type, const OrderedJson& data) {
  TRY(store::append_event(transaction, place.thread, place.run, type, base::dump(data)));
  return {};
}

}   // namespace

Result<void> append_status(store::Transaction& transaction, const Place& place, const std::string& status,
                           const std::string& message) {
  return append(transaction, place, "status", {{"status", status}, {"message", message}});
}

Result<void> append_log(store::Transaction& transaction, const Place& place, std::string_view bytes, bool truncated) {
  OrderedJson data{{"stream", "stderr"}, {"text", base::to_utf8(bytes)}};
  if (truncated) data["truncated"] = true;
  return append(transaction, place, "log", data);
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

}   // namespace capid::threads
