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
#include "sandbox/run_cgroup.h"
#include "sandbox/steps.h"

namespace capid::sandbox {
namespace {

constexpr uint64_t kNamespaces =
    CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET;
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
  bool in_cgroup;
};

// clone3 where it is to be had; some filters around us (containers, old systemd) answer ENOSYS, and clone does as well.
// `cgroup` is where the child is to begin, or -1.
Cloned clone_child(int cgroup) {
  int pidfd = -1;
  clone_args wanted{};
  wanted.flags = kNamespaces | CLONE_PIDFD | CLONE_CLEAR_SIGHAND;
  wanted.pidfd = reinterpret_cast<uint64_t>(&pidfd);
  wanted.exit_signal = SIGCHLD;
  const bool into_cgroup = cgroup >= 0;
  if (into_cgroup) {
    wanted.flags |= CLONE_INTO_CGROUP;
    wanted.cgroup = static_cast<uint64_t>(cgroup);
  }
  auto pid = static_cast<pid_t>(syscall(SYS_clone3, &wanted, sizeof wanted));
  if (pid >= 0 || errno != ENOSYS) return {pid, pidfd, into_cgroup};
  pid = static_cast<pid_t>(syscall(SYS_clone, kNamespaces | CLONE_PIDFD | SIGCHLD, nullptr, &pidfd, nullptr, nullptr));
  return {pid, pidfd, false};
}

// Puts the child's two descriptors where it expects them, and closes everything else. They are moved up first, so that
// neither is overwritten before it was moved.
void arrange_descriptors(int parent, int orders) {
  constexpr int kAside = 512;
  const int parent_aside = ::fcntl(parent, F_DUPFD_CLOEXEC, kAside);
  const int orders_aside = ::fcntl(orders, F_DUPFD_CLOEXEC, kAside);
  if (::dup3(parent_aside, kParent, O_CLOEXEC) < 0) ::_exit(kFatal);
  // The places of what comes with the orders are held until then, so that nothing else is put there.
  for (const int place : {kEvents, kReport, kStdout, kStderr, kOrders}) {
    if (::dup3(orders_aside, place, O_CLOEXEC) < 0) ::_exit(kFatal);
  }
  if (::close_range(kFirstFree, ~0U, 0) != 0) ::_exit(kFatal);
}

// A child that has taken the common steps, or is about to, and waits for its one run. It dies with this object, and its
// cgroup is removed, unless it was given its orders.
struct Spare {
  RunCgroup cgroup;
  base::Fd pidfd;
  base::Fd orders;

  Spare() = default;
  Spare(Spare&&) = default;
  Spare& operator=(Spare&&) = delete;
  ~Spare() {
    if (!pidfd) return;
    siginfo_t info{};
    (void)syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0);
    (void)syscall(SYS_waitid, P_PIDFD, pidfd.get(), &info, WEXITED, nullptr);
  }
};

struct Running {
  base::Fd pidfd;
  uint64_t cgroup;
};

class ForkServer {
 public:
  ForkServer(const CgroupTree& cgroups, const StepFaults& faults) : cgroups_(cgroups), faults_(faults) {}

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
    if (!watch(kForkServerSocket, 0)) fail("epoll_ctl", std::strerror(errno));
    auto system = SystemView::look();
    if (!system) fail(system.error().message.c_str(), system.error().detail.c_str());
    system_ = std::move(*system);
    system_.limits_each_process = !cgroups_;
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
          take_message();
        } else {
          reap(events[static_cast<size_t>(i)].data.u64);
        }
      }
      if (count == 0 && refill) out_of_spares_ = !make_spare() || !limit_newest_spare();
    }
  }

 private:
  // Fails where an agent has used up what this user may watch.
  [[nodiscard]] bool watch(int fd, uint64_t id) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = id;
    return ::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
  }

  // Before it is closed: a child that is being made may hold the same descriptor, and then a close here ends no watch.
  void unwatch(int fd) { (void)::epoll_ctl(poll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

  void take_message() {
    auto message = receive_message(kForkServerSocket, kMaxMessage);
    const auto signal = message && *message ? decode_signal((*message)->bytes) : std::nullopt;
    if (signal) return pass_on(*signal);
    const auto head = message && *message ? decode_head((*message)->bytes) : std::nullopt;
    if (!head) ::_exit(0);   // the server is gone, and every run goes with us
    out_of_spares_ = false;
    usual_limits_ = CgroupLimits::of(head->limits);
    if (!start(head->id, **message))
      answer({.id = head->id, .kind = ReplyKind::kNotStarted, .step = failure_.step, .error = failure_.error});
    wipe((*message)->bytes);   // or every child made from now on would carry a copy
  }

  void pass_on(const Signal& signal) {
    const auto found = running_.find(signal.id);
    if (found == running_.end()) return;
    (void)syscall(SYS_pidfd_send_signal, found->second.pidfd.get(), static_cast<int>(signal.number), nullptr, 0);
  }

  // A spare that something killed meanwhile does not take its orders; the next one will.
  bool start(uint64_t id, const Message& request) {
    const bool is_whole = request.descriptors.size() == kGivenWithOrders;
    if (!take(ParentStep::kTakeOrders, is_whole ? 0 : EMFILE)) return false;
    std::vector<int> descriptors;
    for (const base::Fd& fd : request.descriptors) descriptors.push_back(fd.get());
    for (;;) {
      if (spares_.empty() && !make_spare()) return false;
      Spare spare = std::move(spares_.front());
      spares_.pop_front();
      if (!take(ParentStep::kLimitCgroup, spare.cgroup.limit(usual_limits_))) return false;
      if (!watch(spare.pidfd.get(), id)) return take(ParentStep::kClone, errno);
      const uint64_t cgroup = spare.cgroup.number();
      answer({.id = id, .kind = ReplyKind::kStarted, .cgroup = cgroup});
      if (!send_message(spare.orders.get(), request.bytes, descriptors)) {
        const int error = errno;
        unwatch(spare.pidfd.get());
        if (error == EPIPE || error == ECONNRESET) continue;
        return take(ParentStep::kTakeOrders, error);
      }
      spare.cgroup.release();
      running_.emplace(id, Running{std::move(spare.pidfd), cgroup});
      return true;
    }
  }

  // One of our own steps was taken, with this errno. False where that is a failure, which is then kept.
  bool take(ParentStep step, int error) {
    if (error == 0 && faults_.fails_after == step_number(step)) error = EIO;
    failure_ = {step_number(step), error};
    return error == 0;
  }

  bool make_spare() {
    Spare spare;
    spare.cgroup = RunCgroup(cgroups_, ++last_cgroup_);
    if (!take(ParentStep::kMakeCgroup, spare.cgroup.make())) return false;
    auto orders = make_socket_pair();
    if (!orders) return take(ParentStep::kClone, errno);
    const Cloned child = clone_child(spare.cgroup.descriptor());
    if (child.pid == 0) {
      arrange_descriptors(self_.get(), orders->theirs.get());
      run_child(system_, child.in_cgroup ? nullptr : &spare.cgroup, faults_);
    }
    spare.orders = std::move(orders->ours);
    spare.pidfd = base::Fd(child.pidfd);
    if (!take(ParentStep::kClone, child.pid < 0 ? errno : 0)) return false;
    spares_.push_back(std::move(spare));
    return true;
  }

  // Most runs have the limits of the one before.
  bool limit_newest_spare() {
    return usual_limits_ == CgroupLimits{} ||
           take(ParentStep::kLimitCgroup, spares_.back().cgroup.limit(usual_limits_));
  }

  void reap(uint64_t id) {
    const auto found = running_.find(id);
    if (found == running_.end()) return;
    siginfo_t info{};
    rusage usage{};
    if (syscall(SYS_waitid, P_PIDFD, found->second.pidfd.get(), &info, WEXITED | WNOHANG, &usage) != 0 ||
        info.si_pid == 0)
      return;
    const uint64_t cgroup = found->second.cgroup;
    unwatch(found->second.pidfd.get());
    running_.erase(found);
    const auto ms = [](const timeval& time) { return time.tv_sec * 1000 + time.tv_usec / 1000; };
    answer({.id = id,
            .kind = ReplyKind::kEnded,
            .error = info.si_code == CLD_EXITED ? info.si_status : 0,
            .cgroup = cgroup,
            .cpu_ms = ms(usage.ru_utime) + ms(usage.ru_stime),
            .peak_memory_bytes = usage.ru_maxrss * 1024});
  }

  void answer(const Reply& reply) {
    const std::string_view bytes(reinterpret_cast<const char*>(&reply), sizeof reply);
    if (!send_message(kForkServerSocket, bytes)) ::_exit(0);
  }

  const CgroupTree& cgroups_;
  const StepFaults faults_;
  base::Fd self_;
  base::Fd poll_;
  SystemView system_;
  std::deque<Spare> spares_;
  bool out_of_spares_ = false;   // none could be made: not tried again before the next request
  std::unordered_map<uint64_t, Running> running_;
  uint64_t last_cgroup_ = 0;
  CgroupLimits usual_limits_;   // of the newest request
  struct {
    uint32_t step = 0;
    int error = 0;
  } failure_;   // of the newest step of ours
};

}   // namespace

void run_fork_server(const CgroupTree& cgroups, const StepFaults& faults) {
  ForkServer server(cgroups, faults);
  server.prepare();
  server.serve();
}

}   // namespace capid::sandbox
