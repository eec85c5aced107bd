// SPDX-License-Identifier: Apache-2.0
#include "runs/keep_artifacts.h"

#include "base/text.h"
#include "files/types.h"
#include "sandbox/collect.h"

namespace capid::runs {
namespace {

// The title is the artifact's path; the file name, for whoever downloads it, is its last part made safe.
Result<store::NewArtifact> copy_artifact(files::Incoming& to, const std::string& path, const base::Fd& from) {
  TRY(to.write_from(from));
  store::NewArtifact artifact;
  artifact.title = base::to_utf8(path);
  artifact.filename = files::safe_name(path, {});
  artifact.type = files::type_of_artifact(path, to.head());
  artifact.size = to.size();
  artifact.sha256 = to.sha256();
  return artifact;
}

}   // namespace

Result<void> keep_artifacts(const base::Fd& out_folder, int64_t max_bytes, files::Blobs& blobs, EndedRun& left) {
  std::vector<files::Incoming> incoming;
  std::vector<store::NewArtifact> artifacts;
  auto collection = TRY(sandbox::collect(out_folder, {.max_bytes = max_bytes},
                                         [&](const std::string& path, const base::Fd& file, int64_t) -> Result<void> {
                                           incoming.push_back(TRY(blobs.begin()));
                                           artifacts.push_back(TRY(copy_artifact(incoming.back(), path, file)));
                                           return {};
                                         }));
  const auto names = TRY(blobs.keep(incoming));
  for (size_t i = 0; i < names.size(); ++i) artifacts[i].blob = names[i];
  left.artifacts = std::move(artifacts);
  left.skipped = std::move(collection.skipped);
  return {};
}

}   // namespace capid::runs
