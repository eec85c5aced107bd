// SPDX-License-Identifier: Apache-2.0
// sandbox_bench [ROUNDS]: "start /bin/true until its end is known", in capid's sandbox, in bubblewrap, and with plain
// fork+exec, in turn in one run. Prints p50 and p99 as a Markdown table. Started by root it prepares cgroups, as the server
// does, and measures as the user 65534.
#include <grp.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <iomanip>
#include <iostream>
#include <mutex>
#include <vector>

#include "base/crypto.h"
#include "sandbox/fork_server.h"
#include "sandbox/sandbox.h"

using namespace capid;
using Clock = std::chrono::steady_clock;

namespace {

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

class Boxed {
 public:
  explicit Boxed(const sandbox::CgroupTree& cgroups)
      : box_(sandbox::Sandbox::start(loop_, {.cgroups = cgroups}).value()) {
    loop_.start();
  }
  ~Boxed() { loop_.stop(); }

  void run() {
    done_ = false;
    sandbox::Spec spec;
    spec.argv = {"/bin/true"};
    spec.env = {{"PATH", sandbox::kPath}};
    box_->launch(std::move(spec), {.on_stderr = {}, .on_end = [this](sandbox::Outcome outcome) {
                                     std::lock_guard lock(mutex_);
                                     CHECK(outcome.end == sandbox::End::kExited && outcome.exit_code == 0);
                                     done_ = true;
                                     ended_.notify_one();
                                   }});
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [&] { return done_; });
  }

 private:
  base::EventLoop loop_;
  std::unique_ptr<sandbox::Sandbox> box_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool done_ = false;
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
};

}   // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], sandbox::kForkServerArgument) == 0)
    sandbox::run_fork_server(sandbox::CgroupTree::from_words({argv + 2, argv + argc}));
  base::init_crypto();
  const int rounds = argc > 1 ? std::stoi(argv[1]) : 500;
  const auto cgroups = become_ordinary();
  Boxed boxed(cgroups);
  std::vector<Contender> contenders{
      {"fork+exec", [] { run_plain({"/bin/true"}); }, {}},
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
  return 0;
}
