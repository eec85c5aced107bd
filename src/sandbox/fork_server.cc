// SPDX-License-Identifier: Apache-2.0
#include "sandbox/fork_server.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <deque>
#include <unordered_map>

#include "sandbox/init.h"
#include "sandbox/protocol.h"
#include "sandbox/steps.h"

namespace capid::sandbox {
namespace {

constexpr uint64_t kNamespaces =
    CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP;
constexpr int kFatal = 70;

// How many children are kept ready. Namespaces take most of a start's time; these have theirs before they are needed.
constexpr size_t kSpares = 3;
constexpr int kQuietMs = 2;

// Agents, and the making of their sandboxes, give way to the server, which answers whoever waits. Where the kernel weighs
// sessions against each other (autogroup), the session must give way too. Neither is worth a failure.
void give_way() {
  constexpr int kNice = 5;
  (void)::setpriority(PRIO_PROCESS, 0, kNice);
  const base::Fd autogroup(::open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC));
  if (autogroup) (void)!::write(autogroup.get(), "5", 1);
}

[[noreturn]] void fail(const char* what, const char* why) {
  std::fprintf(stderr, "capid fork server: %s: %s\n", what, why);
  ::_exit(kFatal);
}

struct Cloned {
  pid_t pid;   // 0 in the child, -1 with errno set
  int pidfd;
};

// clone3 where it is to be had; some filters around us (containers, old systemd) answer ENOSYS, and clone does as well.
Cloned clone_child() {
  int pidfd = -1;
  clone_args wanted{};
  wanted.flags = kNamespaces | CLONE_PIDFD | CLONE_CLEAR_SIGHAND;
  wanted.pidfd = reinterpret_cast<uint64_t>(&pidfd);
  wanted.exit_signal = SIGCHLD;
  auto pid = static_cast<pid_t>(syscall(SYS_clone3, &wanted, sizeof wanted));
  if (pid < 0 && errno == ENOSYS) {
    pid =
        static_cast<pid_t>(syscall(SYS_clone, kNamespaces | CLONE_PIDFD | SIGCHLD, nullptr, &pidfd, nullptr, nullptr));
  }
  return {pid, pidfd};
}

// Puts the child's two descriptors where it expects them, and closes everything else. They are moved up first, so that
// neither is overwritten before it was moved.
void arrange_descriptors(int parent, int orders) {
  constexpr int kAside = 512;
  const int parent_aside = ::fcntl(parent, F_DUPFD_CLOEXEC, kAside);
  const int orders_aside = ::fcntl(orders, F_DUPFD_CLOEXEC, kAside);
  if (::dup3(parent_aside, kParent, O_CLOEXEC) < 0) ::_exit(kFatal);
  // The places of what comes with the orders are held until then, so that nothing else is put there.
  for (const int place : {kReport, kStdout, kStderr, kOrders}) {
    if (::dup3(orders_aside, place, O_CLOEXEC) < 0) ::_exit(kFatal);
  }
  if (::close_range(kFirstFree, ~0U, 0) != 0) ::_exit(kFatal);
}

// A child that has taken the common steps, or is about to, and waits for its one run.
struct Spare {
  base::Fd pidfd;
  base::Fd orders;
};

class ForkServer {
 public:
  explicit ForkServer(uint64_t omitted_steps) : omitted_steps_(omitted_steps) {}

  void prepare() {
    if (::geteuid() == 0) fail("refused", "a sandbox must not be made by root");
    if (::close_range(kForkServerSocket + 1, ~0U, 0) != 0) fail("close_range", std::strerror(errno));
    if (::setsid() < 0) fail("setsid", std::strerror(errno));
    give_way();
    ::signal(SIGINT, SIG_IGN);   // a Ctrl-C or a drain is the server's to answer; agents end in good order
    ::signal(SIGTERM, SIG_IGN);
    ::signal(SIGHUP, SIG_IGN);
    ::prctl(PR_SET_NAME, "capid-sandboxes");
    if (::prctl(PR_SET_DUMPABLE, 0) != 0) fail("prctl", std::strerror(errno));
    ::fcntl(kForkServerSocket, F_SETFD, FD_CLOEXEC);
    self_ = base::Fd(static_cast<int>(syscall(SYS_pidfd_open, ::getpid(), 0)));
    poll_ = base::Fd(::epoll_create1(EPOLL_CLOEXEC));
    if (!self_ || !poll_) fail("descriptors", std::strerror(errno));
    watch(kForkServerSocket, 0);
    auto system = SystemView::look();
    if (!system) fail(system.error().message.c_str(), system.error().detail.c_str());
    system_ = std::move(*system);
  }

  // Requests first; once it has been quiet for a moment, children are made ready for the next ones. Making one at once
  // would get in the way of the run that has just been started.
  [[noreturn]] void serve() {
    for (;;) {
      std::array<epoll_event, 64> events{};
      const bool refill = spares_.size() < kSpares && !out_of_spares_;
      const int count =
          ::epoll_wait(poll_.get(), events.data(), static_cast<int>(events.size()), refill ? kQuietMs : -1);
      for (int i = 0; i < count; ++i) {
        if (events[static_cast<size_t>(i)].data.u64 == 0) {
          take_request();
        } else {
          reap(events[static_cast<size_t>(i)].data.u64);
        }
      }
      if (count == 0 && refill) out_of_spares_ = !make_spare();
    }
  }

 private:
  void watch(int fd, uint64_t id) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = id;
    if (::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl", std::strerror(errno));
  }

  void take_request() {
    auto message = receive_message(kForkServerSocket, kMaxMessage);
    if (!message || !*message || (*message)->bytes.size() < sizeof(uint64_t)) {
      ::_exit(0);   // the server is gone, and every run goes with us
    }
    uint64_t id = 0;
    std::memcpy(&id, (*message)->bytes.data(), sizeof id);
    out_of_spares_ = false;
    if (const int error = start(id, **message)) answer({.id = id, .kind = ReplyKind::kNotStarted, .error = error});
  }

  // A spare that something killed meanwhile does not take its orders; the next one will.
  int start(uint64_t id, const Message& request) {
    std::vector<int> descriptors;
    for (const base::Fd& fd : request.descriptors) descriptors.push_back(fd.get());
    for (;;) {
      if (spares_.empty() && !make_spare()) return errno;
      Spare spare = std::move(spares_.front());
      spares_.pop_front();
      if (!send_message(spare.orders.get(), request.bytes, descriptors)) {
        bury(spare);
        continue;
      }
      answer({.id = id, .kind = ReplyKind::kStarted}, spare.pidfd.get());
      watch(spare.pidfd.get(), id);
      running_.emplace(id, std::move(spare.pidfd));
      return 0;
    }
  }

  // False, with errno set, where no further child is to be had.
  bool make_spare() {
    auto orders = make_socket_pair();
    if (!orders) return false;
    const auto [pid, pidfd] = clone_child();
    if (pid < 0) return false;
    if (pid == 0) {
      arrange_descriptors(self_.get(), orders->theirs.get());
      run_child(system_, omitted_steps_);
    }
    spares_.push_back({.pidfd = base::Fd(pidfd), .orders = std::move(orders->ours)});
    return true;
  }

  static void bury(const Spare& spare) {
    siginfo_t info{};
    (void)syscall(SYS_pidfd_send_signal, spare.pidfd.get(), SIGKILL, nullptr, 0);
    (void)syscall(SYS_waitid, P_PIDFD, spare.pidfd.get(), &info, WEXITED, nullptr);
  }

  void reap(uint64_t id) {
    const auto found = running_.find(id);
    if (found == running_.end()) return;
    siginfo_t info{};
    rusage usage{};
    if (syscall(SYS_waitid, P_PIDFD, found->second.get(), &info, WEXITED | WNOHANG, &usage) != 0 || info.si_pid == 0)
      return;
    running_.erase(found);   // closing the descriptor takes it out of the epoll set
    const auto ms = [](const timeval& time) { return time.tv_sec * 1000 + time.tv_usec / 1000; };
    answer({.id = id,
            .kind = ReplyKind::kEnded,
            .cpu_ms = ms(usage.ru_utime) + ms(usage.ru_stime),
            .peak_memory_bytes = usage.ru_maxrss * 1024});
  }

  void answer(const Reply& reply, int descriptor = -1) {
    const std::string_view bytes(reinterpret_cast<const char*>(&reply), sizeof reply);
    const std::span<const int> descriptors(&descriptor, descriptor >= 0 ? 1 : 0);
    if (!send_message(kForkServerSocket, bytes, descriptors)) ::_exit(0);
  }

  uint64_t omitted_steps_;
  base::Fd self_;
  base::Fd poll_;
  SystemView system_;
  std::deque<Spare> spares_;
  bool out_of_spares_ = false;   // none could be made: not tried again before the next request
  std::unordered_map<uint64_t, base::Fd> running_;
};

}   // namespace

void run_fork_server(uint64_t omitted_steps) {
  ForkServer server(omitted_steps);
  server.prepare();
  server.serve();
}

}   // namespace capid::sandbox
