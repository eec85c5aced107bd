// SPDX-License-Identifier: Apache-2.0
// sandbox_bench [ROUNDS [SECONDS]]: "start /bin/true until its end is known", in capid's sandbox, in bubblewrap, in fresh
// namespaces and nothing else, and with plain fork+exec, in turn in one run: one at a time for ROUNDS, then four at once for
// SECONDS each. Prints Markdown tables of p50 and p99, and of how many a second. Started by root it prepares cgroups, as the
// server does, and measures as the user 65534.
#include <grp.h>
#include <linux/sched.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <iomanip>
#include <iostream>
#include <mutex>
#include <thread>
#include <vector>

#include "base/crypto.h"
#include "sandbox/fork_server.h"
#include "sandbox/sandbox.h"

using namespace capid;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int kAtOnce = 4;

// A plain child, vforked: the cheapest that an ordinary program can do.
void run_plain(const std::vector<const char*>& words) {
  std::vector<char*> argv;
  for (const char* word : words) argv.push_back(const_cast<char*>(word));
  argv.push_back(nullptr);
  pid_t pid = 0;
  int status = 0;
  if (::posix_spawnp(&pid, argv[0], nullptr, nullptr, argv.data(), environ) != 0 || ::waitpid(pid, &status, 0) != pid ||
      status != 0) {
    std::cerr << "could not run " << argv[0] << " (status " << status << ")\n";
    std::exit(1);
  }
}

// What no sandbox of this kind can do without: the kernel's work for six fresh namespaces, and nothing done in them.
void run_in_namespaces() {
  clone_args wanted{};
  wanted.flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET;
  wanted.exit_signal = SIGCHLD;
  const auto pid = static_cast<pid_t>(::syscall(SYS_clone3, &wanted, sizeof wanted));
  if (pid == 0) {
    ::execl("/bin/true", "true", nullptr);
    ::_exit(127);
  }
  int status = 0;
  CHECK(pid > 0 && ::waitpid(pid, &status, 0) == pid && status == 0);
}

class Boxed {
 public:
  explicit Boxed(const sandbox::CgroupTree& cgroups)
      : box_(sandbox::Sandbox::start(loop_, {.cgroups = cgroups}).value()) {
    loop_.start();
  }
  ~Boxed() { loop_.stop(); }

  // Callable by several threads at once.
  void run() {
    std::mutex mutex;
    std::condition_variable ended;
    bool done = false;
    sandbox::Spec spec;
    spec.argv = {"/bin/true"};
    spec.env = {{"PATH", sandbox::kPath}};
    box_->launch(std::move(spec), {.on_stderr = {}, .on_end = [&](sandbox::Outcome outcome) {
                                     std::lock_guard lock(mutex);
                                     CHECK(outcome.end == sandbox::End::kExited && outcome.exit_code == 0);
                                     done = true;
                                     ended.notify_one();
                                   }});
    std::unique_lock lock(mutex);
    ended.wait(lock, [&] { return done; });
  }

 private:
  base::EventLoop loop_;
  std::unique_ptr<sandbox::Sandbox> box_;
};

sandbox::CgroupTree become_ordinary() {
  constexpr uid_t kNobody = 65534;
  if (::geteuid() != 0) return sandbox::prepare_cgroups(::geteuid(), ::getegid());
  auto cgroups = sandbox::prepare_cgroups(kNobody, kNobody);
  CHECK(::setgroups(0, nullptr) == 0 && ::setresgid(kNobody, kNobody, kNobody) == 0 &&
        ::setresuid(kNobody, kNobody, kNobody) == 0);
  return cgroups;
}

struct Contender {
  const char* name;
  std::function<void()> run;
  std::vector<double> ms;

  double percentile(double p) {
    std::sort(ms.begin(), ms.end());
    return ms[static_cast<size_t>(p * static_cast<double>(ms.size() - 1))];
  }

  double rate(std::chrono::seconds seconds) const {
    std::atomic<int64_t> count{0};
    const auto end = Clock::now() + seconds;
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < kAtOnce; ++i) {
        threads.emplace_back([&] {
          for (; Clock::now() < end; ++count) run();
        });
      }
    }
    return static_cast<double>(count) / static_cast<double>(seconds.count());
  }
};

}   // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], sandbox::kForkServerArgument) == 0)
    sandbox::run_fork_server(sandbox::CgroupTree::from_words({argv + 2, argv + argc}));
  base::init_crypto();
  const int rounds = argc > 1 ? std::stoi(argv[1]) : 500;
  const std::chrono::seconds seconds(argc > 2 ? std::stoi(argv[2]) : 3);
  const auto cgroups = become_ordinary();
  Boxed boxed(cgroups);
  std::vector<Contender> contenders{
      {"fork+exec", [] { run_plain({"/bin/true"}); }, {}},
      {"namespaces alone", run_in_namespaces, {}},
      {"capid sandbox", [&] { boxed.run(); }, {}},
      {"bwrap --unshare-all",
       [] {
         run_plain({"bwrap",  "--unshare-all", "--ro-bind", "/usr", "/usr",      "--symlink", "usr/bin",
                    "/bin",   "--symlink",     "usr/lib",   "/lib", "--symlink", "usr/lib64", "/lib64",
                    "--proc", "/proc",         "--dev",     "/dev", "--tmpfs",   "/tmp",      "/bin/true"});
       },
       {}}};
  for (int round = 0; round < rounds; ++round) {
    for (Contender& contender : contenders) {
      const auto start = Clock::now();
      contender.run();
      contender.ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    }
  }
  const double bwrap = contenders.back().percentile(0.5);
  std::cout << "start `/bin/true` until its end is known, " << rounds << " rounds, "
            << (cgroups ? "in cgroups" : "without cgroups")
            << "\n\n| | p50 ms | p99 ms | p50 of bwrap's |\n|---|---|---|---|\n"
            << std::fixed;
  for (Contender& contender : contenders) {
    std::cout << "| " << contender.name << " | " << std::setprecision(2) << contender.percentile(0.5) << " | "
              << contender.percentile(0.99) << " | " << contender.percentile(0.5) / bwrap << " |\n";
  }
  std::cout << "\n| " << kAtOnce << " at once | a second |\n|---|---|\n" << std::setprecision(0);
  for (const Contender& contender : contenders)
    std::cout << "| " << contender.name << " | " << contender.rate(seconds) << " |\n";
  return 0;
}
