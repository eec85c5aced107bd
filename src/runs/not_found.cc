// SPDX-License-Identifier: Apache-2.0
#include "runs/not_found.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "apps/manifest_mounts.h"
#include "base/paths.h"

namespace capid::runs {
namespace {

namespace fs = std::filesystem;

enum class Seen { kProgram, kNothing, kHidden };   // hidden: capid's user may not look there

Seen look(const std::string& path) {
  std::error_code error;
  const bool file = fs::is_regular_file(path, error);
  if (error == std::errc::permission_denied) return Seen::kHidden;
  return file && ::access(path.c_str(), X_OK) == 0 ? Seen::kProgram : Seen::kNothing;
}

// Where the host has the program, or may have it, outside of what every sandbox sees; empty: nowhere.
std::string on_host(const std::string& program, const std::vector<std::string>& folders) {
  if (base::is_plain_path(program)) return !apps::is_taken(program) && look(program) != Seen::kNothing ? program : "";
  if (program.find('/') != std::string::npos) return "";
  const auto found = std::find_if(folders.begin(), folders.end(), [&](const std::string& folder) {
    return look(folder + "/" + program) == Seen::kProgram;
  });
  return found == folders.end() ? "" : *found + "/" + program;
}

// A whole home, or everything.
bool is_too_much(const fs::path& folder) {
  return folder == "/" || folder == "/root" || folder == "/home" || folder.parent_path() == "/home";
}

bool is_mounted(const std::string& program, const apps::Manifest& manifest) {
  return std::any_of(manifest.mounts.begin(), manifest.mounts.end(),
                     [&](const apps::HostMount& mount) { return base::is_within(program, mount.at); });
}

std::string lines_to_paste(const std::string& program, const std::string& found) {
  const std::string part = base::yaml_path(part_to_mount(found));
  return std::string(look(found) == Seen::kHidden
                         ? ": the user that capid runs as may not even look there. Let it, then add to app.yaml\n"
                         : ": the host has it, but the app does not see it. Add to app.yaml\n") +
         "mounts: [{host: " + part + "}]\n" +
         (found == program ? "" : "there begin the command with " + base::yaml_path(found) + "\n") +
         "and to capid's config, where its operator has not done so yet\nsandbox: {mount_allow: [" + part + "]}";
}

}   // namespace

// A program in a `bin` usually needs what lies beside that.
std::string part_to_mount(const std::string& program) {
  const fs::path folder = fs::path(program).parent_path();
  const fs::path above = folder.parent_path();
  if (folder.filename() == "bin" && above.parent_path() != "/" && !is_too_much(above)) return above.string();
  return is_too_much(folder) ? program : folder.string();
}

std::vector<std::string> usual_folders() {
  std::vector<std::string> folders{"/opt/bin"};
  std::error_code error;
  for (auto entry = fs::directory_iterator("/opt", error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    folders.push_back(entry->path().string() + "/bin");
  }
  std::sort(folders.begin(), folders.end());
  const char* home = std::getenv("HOME");
  if (home && base::is_plain_path(home)) folders.push_back(std::string(home) + "/.local/bin");
  return folders;
}

std::string not_found_message(const apps::Manifest& manifest, int error, const std::vector<std::string>& folders) {
  const std::string& program = manifest.command.front();
  const std::string begin =
      "the command \"" + program + "\" cannot be run inside the sandbox (" + std::strerror(error) + ")";
  if (is_mounted(program, manifest))
    return begin +
           ": it is looked for in a mount of the app; what it needs itself (the interpreter in its first line, a "
           "library) must be seen inside too";
  if (!manifest.rootfs.empty()) return begin + ": it is looked for in the app's rootfs";
  const std::string found = on_host(program, folders);
  if (!found.empty() && !is_mounted(found, manifest)) return begin + lines_to_paste(program, found);
  return begin +
         ": it sees the host's /usr, /bin and /lib and the app's folder as /app, and nothing of /home, /opt or /root";
}

}   // namespace capid::runs
