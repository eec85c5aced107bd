// SPDX-License-Identifier: Apache-2.0
#include "server/privileges.h"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>

namespace capid::server {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// Read straight from /etc/passwd: a static program has no name service switch.
template <typename Matches>
std::optional<User> find_user(Matches matches) {
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen("/etc/passwd", "re"));
  if (!file) return std::nullopt;
  while (const passwd* entry = ::fgetpwent(file.get())) {
    if (matches(*entry)) return User{entry->pw_name, entry->pw_uid, entry->pw_gid};
  }
  return std::nullopt;
}

std::optional<User> user_named(const std::string& name) {
  return find_user([&](const passwd& entry) { return name == entry.pw_name; });
}

User user_numbered(uid_t uid, gid_t gid) {
  const auto known = find_user([&](const passwd& entry) { return entry.pw_uid == uid; });
  return known.value_or(User{std::to_string(uid), uid, gid});
}

Error refuse(std::string message) { return {Code::kInvalidParameter, std::move(message)}; }
Error failed(const char* call) {
  return {Code::kInvalidParameter, std::string("cannot drop root's rights: ") + call + ": " + std::strerror(errno)};
}

Result<void> make_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error)
    return refuse("cannot make the data folder " + path + ": " + error.message() + "; choose another with --data");
  return {};
}

Result<struct stat> status_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0)
    return refuse("cannot look at the data folder " + path + ": " + std::strerror(errno));
  return status;
}

Result<User> choose_user(const std::string& configured, uid_t folder_owner, gid_t folder_group) {
  if (!configured.empty()) {
    const auto user = user_named(configured);
    if (!user) return refuse("there is no user \"" + configured + "\": create it, or change user in the config");
    if (user->uid == 0) return refuse("user must not be root: agents run under this user's id");
    return *user;
  }
  if (const auto user = user_named("capid")) return *user;
  if (folder_owner != 0) return user_numbered(folder_owner, folder_group);
  if (const auto user = user_named("nobody")) return *user;
  return refuse("there is no ordinary user to run as: create one and name it as user in the config");
}

// As root: makes the folder, and gives it to the user whom it is for.
Result<User> give_data_folder(const std::string& configured, const std::string& data_folder) {
  TRY(make_folder(data_folder));
  const struct stat folder = TRY(status_of(data_folder));
  const User user = TRY(choose_user(configured, folder.st_uid, folder.st_gid));
  if (folder.st_uid == 0) {
    if (::chown(data_folder.c_str(), user.uid, user.gid) != 0 || ::chmod(data_folder.c_str(), 0700) != 0)
      return refuse("cannot give " + data_folder + " to the user " + user.name + ": " + std::strerror(errno));
  } else if (folder.st_uid != user.uid) {
    return refuse("the data folder " + data_folder + " belongs to another user than " + user.name +
                  ", as whom capid is to run: give it to " + user.name +
                  " with chown -R, or choose another with --data");
  }
  return user;
}

Result<void> become_user_of(const User& user, const std::string& data_folder) {
  TRY(become(user));
  if (::access(data_folder.c_str(), R_OK | W_OK | X_OK) == 0) return {};
  return refuse("the user " + user.name + " cannot reach " + data_folder +
                ": choose a data folder outside of private folders with --data");
}

}   // namespace

User this_user() { return user_numbered(::getuid(), ::getgid()); }

Result<User> service_user(const std::string& configured, const std::string& data_folder) {
  if (::geteuid() != 0) return user_numbered(::geteuid(), ::getegid());
  struct stat folder {};   // root's, where it is not there yet
  if (::stat(data_folder.c_str(), &folder) != 0) folder = {};
  return choose_user(configured, folder.st_uid, folder.st_gid);
}

Result<void> become(const User& user) {
  if (::setgroups(0, nullptr) != 0) return failed("setgroups");   // they would survive into a sandbox's user namespace
  if (::setresgid(user.gid, user.gid, user.gid) != 0) return failed("setresgid");
  if (::setresuid(user.uid, user.uid, user.uid) != 0) return failed("setresuid");
  if (::setuid(0) == 0) return refuse("root's rights could not be given up");
  return {};
}

Result<sandbox::CgroupTree> become_service_user(const std::string& configured, const std::string& data_folder) {
  if (::geteuid() != 0) {
    TRY(make_folder(data_folder));
    return sandbox::prepare_cgroups(::geteuid(), ::getegid());
  }
  const User user = TRY(give_data_folder(configured, data_folder));
  auto cgroups = sandbox::prepare_cgroups(user.uid, user.gid);
  TRY(become_user_of(user, data_folder));
  return cgroups;
}

Result<void> become_data_user(const std::string& configured, const std::string& data_folder) {
  if (::geteuid() != 0) return make_folder(data_folder);
  return become_user_of(TRY(give_data_folder(configured, data_folder)), data_folder);
}

Result<void> become_folder_owner(const std::string& data_folder) {
  if (::geteuid() != 0) return {};
  struct stat folder {};
  if (::stat(data_folder.c_str(), &folder) != 0 || folder.st_uid == 0) return {};
  return become(user_numbered(folder.st_uid, folder.st_gid));
}

void forbid_dumps() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0);
}

}   // namespace capid::server
