// SPDX-License-Identifier: Apache-2.0
// capid backup, capid restore
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <filesystem>
#include <iostream>

#include "backup/make.h"
#include "backup/restore.h"
#include "cli/cli.h"
#include "cli/value_names.h"
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

std::string counted(const std::vector<std::string>& damaged, int64_t runs, int64_t files) {
  std::string text = std::to_string(runs) + " runs, " + std::to_string(files) + " files";
  for (const std::string& name : damaged) text += "\n  damaged or missing: " + name;
  return text;
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
    return WIFEXITED(status) ? WEXITSTATUS(status) : kInterrupted;
  }
  const auto made = make_backup(place, out);
  if (!made) ::_exit(complain(made.error()));
  std::cerr << "Saved: " << counted(made->damaged, made->runs, made->files) << std::endl;
  ::_exit(kDone);
}

// Under another name until it is whole: whatever has the name that was asked for can be relied on.
int backup_to_file(const Options& options) {
  const std::string unfinished = options.file + ".partial";
  if (::access(options.file.c_str(), F_OK) == 0)
    return complain({Code::kInvalidParameter, options.file + " is there already: name another file"});
  auto file = base::open_file(unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
  if (!file)
    return complain({Code::kInvalidParameter, "cannot write " + options.file + " (" + file.error().detail + ")"});
  int code = make_in_child(options.place, file->get());
  if (code == kDone) {
    auto durable = base::sync(file->get());
    if (durable && ::renameat2(AT_FDCWD, unfinished.c_str(), AT_FDCWD, options.file.c_str(), RENAME_NOREPLACE) != 0)
      durable = base::system_error("cannot write " + options.file, "rename");
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
  std::error_code none;
  const std::string scratch = std::filesystem::temp_directory_path(none).string();
  const auto found = options.verify ? backup::verify(archive->get(), scratch.empty() ? "/tmp" : scratch)
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
