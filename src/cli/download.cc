// SPDX-License-Identifier: Apache-2.0
#include "cli/download.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <set>
#include <thread>

#include "base/text.h"
#include "cli/terminal.h"

namespace capid::cli {
namespace {

using namespace std::chrono_literals;

constexpr size_t kMostTitle = 4096, kMostName = 255;
constexpr int kTries = 4;
constexpr size_t kTemporaryBytes = 8;

struct Artifact {
  std::string id;
  std::string title;
  std::string sha256;
  int64_t size = 0;
};

Error refused(std::string why) { return {Code::kInternal, std::move(why)}; }

Error failed(const std::string& what) { return refused(what + ": " + std::strerror(errno)); }

// Made where it is missing, and entered only where it is a folder and no link.
Result<base::Fd> enter_folder(int at, const std::string& name) {
  if (::mkdirat(at, name.c_str(), 0777) != 0 && errno != EEXIST) return failed("cannot make the folder " + name);
  base::Fd folder(::openat(at, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder) return failed(name + " is in the way, and is no folder");
  return folder;
}

// A file under a name of its own until it is whole.
class Unfinished {
 public:
  static Result<Unfinished> make(ApiClient& api, int folder) {
    const std::string name = ".capid-" + base::random_hex(kTemporaryBytes);
    base::Fd file(::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
    if (!file) return failed("cannot make a file");
    return Unfinished(api, folder, name, std::move(file));
  }
  Unfinished(Unfinished&&) = default;
  ~Unfinished() {
    if (file_) ::unlinkat(folder_, name_.c_str(), 0);
  }

  [[nodiscard]] int fd() const { return file_.get(); }

  Result<void> rename_to(const std::string& name) {
    if (::renameat(folder_, name_.c_str(), folder_, name.c_str()) != 0) return failed("cannot write " + name);
    file_.reset();
    return {};
  }

 private:
  Unfinished(ApiClient& api, int folder, std::string name, base::Fd file)
      : folder_(folder), name_(std::move(name)), file_(std::move(file)) {
    on_interrupt_ = api.interrupt().guard([folder, gone = name_] { ::unlinkat(folder, gone.c_str(), 0); });
  }

  int folder_;
  std::string name_;
  base::Fd file_;
  std::shared_ptr<void> on_interrupt_;
};

// Its bytes, whole and right, or an error.
Result<void> receive(ApiClient& api, const std::string& run, const Artifact& artifact, int file) {
  base::Sha256 hash;
  int64_t size = 0;
  Result<void> written;
  const auto streamed = api.stream(
      {.path = run_path(run, "/artifacts/" + net::encode(artifact.id)), .headers = {}, .on_bytes = [&](auto bytes) {
         size += static_cast<int64_t>(bytes.size());
         if (size > artifact.size) return false;
         hash.update(bytes);
         written = base::write_all(file, bytes);
         return static_cast<bool>(written);
       }});
  TRY(written);
  if (size > artifact.size) return refused("more bytes came than its size says");
  TRY(streamed);
  if (size < artifact.size) return refused("fewer bytes came than its size says");
  if (hash.hex() != artifact.sha256) return refused("its bytes are not those that the run left: the SHA-256 differs");
  return {};
}

Result<void> fetch(ApiClient& api, const std::string& run, const Artifact& artifact, int folder,
                   const std::string& name) {
  for (int tries = 1;; ++tries) {
    Unfinished file = TRY(Unfinished::make(api, folder));
    const auto received = receive(api, run, artifact, file.fd());
    if (received) return file.rename_to(name);
    if (received.error().code != Code::kStoreUnavailable || tries == kTries) return received.error();
    std::this_thread::sleep_for(std::chrono::seconds(tries));
  }
}

Result<void> keep(ApiClient& api, const std::string& run, const Artifact& artifact, int root) {
  const auto parts = TRY(path_parts(artifact.title));
  base::Fd folder(::fcntl(root, F_DUPFD_CLOEXEC, 0));
  for (size_t i = 0; i + 1 < parts.size(); ++i) folder = TRY(enter_folder(folder.get(), parts[i]));
  return fetch(api, run, artifact, folder.get(), parts.back());
}

Result<base::Fd> open_root(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  base::Fd root(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root) return Error{Code::kInvalidParameter, "cannot use the folder " + path + ": " + std::strerror(errno)};
  return root;
}

Result<std::vector<Artifact>> list_artifacts(ApiClient& api, const std::string& run) {
  const Document list = TRY(api.get(run_path(run, "/artifacts")));
  std::vector<Artifact> artifacts;
  for (const Json& artifact : part_of(list.json, "artifacts")) {
    artifacts.push_back({.id = text_at(artifact, "id"),
                         .title = text_at(artifact, "title"),
                         .sha256 = text_at(artifact, "sha256"),
                         .size = static_cast<int64_t>(number_at(artifact, "size"))});
  }
  return artifacts;
}

}   // namespace

Result<std::vector<std::string>> path_parts(const std::string& title) {
  const auto wrong = [](const char* why) { return Error{Code::kInvalidParameter, why}; };
  if (title.starts_with('/')) return wrong("its path is absolute");
  if (title.size() > kMostTitle || title.find('\0') != std::string::npos) return wrong("its path is none");
  auto parts = base::split(title, '/');
  for (const std::string& part : parts) {
    if (part == ".." || part == ".") return wrong("its path leads out of the folder");
    if (part.empty() || part.size() > kMostName) return wrong("its path is none");
  }
  if (parts.empty()) return wrong("it has no path");
  return parts;
}

Result<void> download_artifacts(ApiClient& api, const std::string& run, const std::string& folder) {
  const base::Fd root = TRY(open_root(folder));
  int missing = 0;
  std::set<std::string> seen;
  for (const Artifact& artifact : TRY(list_artifacts(api, run))) {
    const std::string shown = harmless(artifact.title);
    const auto kept = seen.insert(artifact.title).second ? keep(api, run, artifact, root.get())
                                                         : refused("another artifact has the same path");
    if (!kept) ++missing;
    std::cerr << (kept ? painted("saved " + folder + "/" + shown + " (" + size_text(artifact.size) + ")", Colour::kCyan)
                       : painted("not saved: " + shown + ": " + kept.error().message, Colour::kRed))
              << std::endl;
  }
  if (seen.empty()) std::cerr << painted("· the run left no artifacts", Colour::kDim) << std::endl;
  if (missing == 0) return {};
  return refused(counted(missing, "artifact") + " could not be saved (see above)");
}

}   // namespace capid::cli
