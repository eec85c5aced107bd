// SPDX-License-Identifier: Apache-2.0
#include "sandbox/spawn.h"

#define BOOST_PROCESS_V2_SEPARATE_COMPILATION
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/process/v2/process.hpp>
#include <boost/process/v2/src.hpp>
#include <cerrno>

#include "sandbox/fork_server.h"
#include "sandbox/protocol.h"

namespace capid::sandbox {
namespace {

namespace process = boost::process::v2;

// Boost's launcher closes what is not on its list, but passes the whole environment and leaves gaps between listed
// descriptors open: so the list is given before it forks, and the places after.
struct Bare {
  int socket;
  int binary;

  template <typename Launcher>
  process::error_code on_setup(Launcher& launcher, const process::filesystem::path&, const char* const*&) const {
    static const char* const kNothing[] = {nullptr};
    launcher.env = kNothing;
    launcher.fd_whitelist.push_back(kForkServerSocket);
    launcher.fd_whitelist.push_back(socket);
    launcher.fd_whitelist.push_back(binary);
    return {};
  }

  template <typename Launcher>
  process::error_code on_exec_setup(Launcher&, const process::filesystem::path&, const char* const*&) const {
    const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    const bool moved = ::dup2(socket, kForkServerSocket) >= 0 && ::dup2(nothing, STDIN_FILENO) >= 0 &&
                       ::dup2(nothing, STDOUT_FILENO) >= 0;
    return moved ? process::error_code{} : process::error_code(errno, process::system_category());
  }
};

Error cannot_start(const char* call) { return base::system_error("the fork server cannot be started", call); }

Result<base::Fd> sealed_copy(const base::Fd& program) {
  base::Fd copy(::memfd_create("capid", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!copy) return cannot_start("memfd_create");
  struct stat status {};
  if (::fstat(program.get(), &status) != 0) return cannot_start("fstat");
  for (off_t at = 0; at < status.st_size;) {
    if (::sendfile(copy.get(), program.get(), &at, static_cast<size_t>(status.st_size - at)) <= 0)
      return cannot_start("sendfile");
  }
  constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (::fcntl(copy.get(), F_ADD_SEALS, kSeals) != 0) return cannot_start("fcntl");
  return copy;
}

// Above the places that are filled in the child.
Result<base::Fd> out_of_the_way(const base::Fd& fd) {
  constexpr int kAside = 64;
  base::Fd moved(::fcntl(fd.get(), F_DUPFD_CLOEXEC, kAside));
  if (!moved) return cannot_start("fcntl");
  return moved;
}

bool is_writable_by_us(const base::Fd& program) {
  struct stat status {};
  if (::fstat(program.get(), &status) != 0) return true;
  return status.st_uid == ::geteuid() || ::faccessat(program.get(), "", W_OK, AT_EMPTY_PATH | AT_EACCESS) == 0;
}

}   // namespace

Result<base::Fd> spawn_fork_server(boost::asio::io_context& context, const std::string& program,
                                   const std::vector<std::string>& arguments) {
  base::Fd binary = TRY(base::open_file(program.empty() ? "/proc/self/exe" : program, O_RDONLY));
  if (is_writable_by_us(binary)) binary = TRY(sealed_copy(binary));
  binary = TRY(out_of_the_way(binary));
  SocketPair sockets = TRY(make_socket_pair());
  const base::Fd theirs = TRY(out_of_the_way(sockets.theirs));

  process::error_code error;
  process::posix::default_launcher launcher;
  auto child = launcher(context.get_executor(), error, "/proc/self/fd/" + std::to_string(binary.get()), arguments,
                        Bare{theirs.get(), binary.get()});
  if (error) return Error{Code::kSandboxSetupFailed, "the fork server cannot be started", {}, error.message()};
  child.detach();   // it ends when the socket closes
  return std::move(sockets.ours);
}

}   // namespace capid::sandbox
