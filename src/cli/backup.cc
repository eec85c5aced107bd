// SPDX-License-Identifier: Apache-2.0
// capid backup, capid restore
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "backup/make.h"
#include "backup/restore.h"
#include "base/crypto.h"
#include "cli/cli.h"
#include "cli/terminal.h"
#include "cli/value_names.h"
#include "files/disk_space.h"
#include "server/privileges.h"
#include "store/moments.h"

namespace capid::cli {
namespace {

constexpr const char* kAboutBackup =
    "Save everything in one archive, while the server runs\n\n"
    "  capid backup /backups/capid-$(date +%F).tar\n"
    "  capid backup - | zstd > capid.tar.zst             in a pipe\n\n"
    "The archive holds the database, the instance secret, every file, apps and workspaces: keep it as you would keep "
    "the server's\n"
    "keys. `capid restore --verify FILE` says whether it is sound.\n";

constexpr const char* kAboutRestore =
    "Put a backup into an empty data folder, or only check it\n\n"
    "  capid restore --verify capid-2026-11-26.tar       is it sound? nothing is changed\n"
    "  systemctl stop capid && mv /var/lib/capid /var/lib/capid.before\n"
    "  capid restore capid-2026-11-26.tar                then start the server again\n"
    "  zstd -dc capid.tar.zst | capid restore -          from a pipe\n";

struct Options {
  Place place;
  std::string file;
  bool verify = false;
};

// Names that agents chose: a terminal must not obey them.
std::string named(const std::string& what, const std::vector<std::string>& names, int64_t count) {
  constexpr size_t kShown = 20;
  std::string text;
  for (size_t i = 0; i < std::min(names.size(), kShown); ++i) text += "\n  " + what + ": " + harmless(names[i]);
  if (count > static_cast<int64_t>(kShown))
    text += "\n  and " + std::to_string(count - static_cast<int64_t>(kShown)) + " more";
  return text;
}

std::string counted(const std::vector<std::string>& damaged, int64_t runs, int64_t files) {
  return std::to_string(runs) + " runs, " + std::to_string(files) + " files" +
         named("damaged or missing", damaged, static_cast<int64_t>(damaged.size()));
}

// The copy of the database must not fill the disk under a running server.
Result<void> check_room_for_copy(const Workplace& at) {
  std::error_code none;
  int64_t needed = at.config.runs.min_free_disk;
  for (const char* part : {"", "-wal"}) {
    const auto size = std::filesystem::file_size(at.folder.database() + part, none);
    if (!none) needed += static_cast<int64_t>(size);
  }
  if (files::free_bytes(at.folder.path()) >= needed) return {};
  return Error{Code::kStoreUnavailable, "there is no room for a copy of the database in " + at.folder.path() +
                                            ", which a backup begins with: " + std::to_string(needed >> 20) +
                                            " MiB must be free"};
}

// One at a time: a second one's end would let go of the files that the first still reads.
Result<base::Fd> lock_backups(const server::DataFolder& folder) {
  auto lock = TRY(base::open_file(folder.path() + "/backup.lock", O_RDWR | O_CREAT, 0600));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
  return Error{Code::kInvalidParameter, "another backup of " + folder.path() + " is being made"};
}

Result<backup::Made> make_backup(const Place& place, int out) {
  const Workplace at = TRY(enter(place));
  TRY(at.folder.open_database(store::Database::Mode::kReadOnly));   // says what to do where there is none
  const base::Fd lock = TRY(lock_backups(at.folder));
  TRY(check_room_for_copy(at));
  if (!at.config.apps.empty() && at.config.apps != at.folder.apps())
    std::cerr << "Of the apps in " << at.config.apps << " the archive has what runs refer to: save that folder as well."
              << std::endl;
  const std::string scratch = at.folder.path() + "/backup.scratch";
  ::unlink(scratch.c_str());   // of one that was killed
  return backup::make({.root = at.folder.path(), .folders = {"versions", "apps", "workspaces"}, .scratch = scratch},
                      out, [&](base::TimeMs until) {
                        return server::write_once(at.folder, [&](store::Transaction& transaction) {
                          return until > 0 ? store::note_moment(transaction, store::kFilesHeldUntil, until)
                                           : store::forget_moment(transaction, store::kFilesHeldUntil);
                        });
                      });
}

// In a process of its own, which as root becomes the data folder's owner: the archive is its caller's.
int make_in_child(const Place& place, int out) {
  const pid_t child = ::fork();
  if (child < 0) return complain(base::system_error("the backup could not be started", "fork"));
  if (child > 0) {
    ::signal(SIGINT, SIG_IGN);   // the child's end is waited for, so that nothing half-made is left
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    std::cerr << "capid: the backup was ended by signal " << WTERMSIG(status) << std::endl;
    return kInterrupted;
  }
  const auto made = make_backup(place, out);
  if (!made) ::_exit(complain(made.error()));
  std::cerr << "Saved: " << counted(made->damaged, made->runs, made->files)
            << named("left out", made->left_out, made->left_out_count) << std::endl;
  ::_exit(kDone);
}

// Not over a file that came meanwhile; network file systems cannot promise that.
Result<void> rename_new(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
  if (errno == EINVAL && ::access(to.c_str(), F_OK) != 0 && ::rename(from.c_str(), to.c_str()) == 0) return {};
  return base::system_error("cannot write " + to, "rename");
}

// Under another name until it is whole: whatever has the name that was asked for can be relied on.
int backup_to_file(const Options& options) {
  const std::string unfinished = options.file + "." + base::random_hex(4) + ".partial";
  if (::access(options.file.c_str(), F_OK) == 0)
    return complain({Code::kInvalidParameter, options.file + " is there already: name another file"});
  auto file = base::open_file(unfinished, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  if (!file)
    return complain({Code::kInvalidParameter, "cannot write " + options.file + " (" + file.error().detail + ")"});
  int code = make_in_child(options.place, file->get());
  if (code == kDone) {
    auto durable = base::sync(file->get());
    if (durable) durable = rename_new(unfinished, options.file);
    if (!durable) code = complain(durable.error());
  }
  if (code != kDone) ::unlink(unfinished.c_str());
  return code;
}

int make(const Options& options) {
  if (options.file != "-") return backup_to_file(options);
  if (::isatty(STDOUT_FILENO))
    return complain({Code::kInvalidParameter, "an archive is nothing for a terminal: name a file, or pipe it on"});
  return make_in_child(options.place, STDOUT_FILENO);
}

Result<base::Fd> open_archive(const std::string& file) {
  if (file == "-") return base::Fd(::dup(STDIN_FILENO));
  auto archive = base::open_file(file, O_RDONLY);
  if (!archive) return Error{Code::kInvalidParameter, "cannot read " + file + " (" + archive.error().detail + ")"};
  return archive;
}

Result<backup::Restored> restore_into(const config::Config& config, const base::Fd& archive) {
  TRY(server::become_data_user(config.user, config.data));
  const server::DataFolder folder(config.data);
  const base::Fd lock = TRY(folder.lock());
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(config.data, error)) {
    if (entry.path() != folder.lock_file())
      return Error{Code::kInvalidParameter,
                   config.data + " is not empty: move it aside, or choose another with --data"};
  }
  return backup::restore(archive.get(), config.data);
}

int restore(const Options& options) {
  const auto config = load_config(options.place);
  if (!config) return complain(config.error());
  const auto archive = open_archive(options.file);
  if (!archive) return complain(archive.error());
  ::umask(kOwnerOnly);
  const char* scratch = std::getenv("TMPDIR");
  const auto found = options.verify ? backup::verify(archive->get(), scratch && *scratch ? scratch : "/var/tmp")
                                    : restore_into(*config, *archive);
  if (!found) return complain(found.error());
  std::cerr << (options.verify ? "Sound: " : "Restored into " + config->data + ": ")
            << counted(found->damaged, found->runs, found->files) << ", of " << found->created_at << "\n"
            << (options.verify
                    ? ""
                    : "Start the server now: runs that were not over are ended or tried again, as their apps say.\n");
  return kDone;
}

}   // namespace

void add_backup(CLI::App& root, Action& action) {
  CLI::App* command = root.add_subcommand("backup", kAboutBackup);
  auto options = std::make_shared<Options>();
  command->add_option("file", options->file, "the archive to write, or - for stdout")->required()->type_name(kFileWord);
  add_place_options(*command, options->place);
  command->callback([&action, options] { action = [options] { return make(*options); }; });
}

void add_restore(CLI::App& root, Action& action) {
  CLI::App* command = root.add_subcommand("restore", kAboutRestore);
  auto options = std::make_shared<Options>();
  command->add_option("file", options->file, "the archive, or - for stdin")->required()->type_name(kFileWord);
  command->add_flag("--verify", options->verify, "check the whole archive, and change nothing");
  add_place_options(*command, options->place);
  command->callback([&action, options] { action = [options] { return restore(*options); }; });
}

}   // namespace capid::cli
