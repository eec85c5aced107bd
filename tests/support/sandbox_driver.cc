// SPDX-License-Identifier: Apache-2.0
// sandbox_driver [--without STEP]... [--mount HOST:AT]... [--listen PORT]... [--pids N] [--disk BYTES] [--wall MS] [--env NAME=VALUE]... -- PROGRAM ARGUMENT...
//
// Runs a program in the sandbox library and prints the outcome as JSON. With --without, a step of the set-up is left out:
// that is how a test shows what the step is worth. What is so weakened could reach the machine, so it is refused in
// the machine's own pid namespace, and where CAPID_THROWAWAY is not set. Must not be run by root.
#include <sys/stat.h>

#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <mutex>

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "sandbox/collect.h"
#include "sandbox/fork_server.h"
#include "sandbox/sandbox.h"
#include "sandbox/steps.h"

using namespace capid;

namespace {

const char* end_name(sandbox::End end) {
  switch (end) {
    case sandbox::End::kExited:
      return "exited";
    case sandbox::End::kSignaled:
      return "signaled";
    case sandbox::End::kTimedOut:
      return "timed_out";
    case sandbox::End::kTerminated:
      return "terminated";
    case sandbox::End::kCommandNotFound:
      return "command_not_found";
    case sandbox::End::kSetupFailed:
      return "setup_failed";
  }
  return "?";
}

// The kernel's number for the machine's own pid namespace. (NSpid in /proc/self/status would not do: a /proc that was mounted
// inside a pid namespace tells nothing of those around it.)
constexpr ino_t kMachinesPidNamespace = 0xEFFFFFFC;

bool is_in_its_own_pid_namespace() {
  struct stat status {};
  return ::stat("/proc/self/ns/pid", &status) == 0 && status.st_ino != kMachinesPidNamespace;
}

void refuse_on_the_bare_host(uint64_t omitted, bool is_promised) {
  if (omitted == 0 || (is_promised && is_in_its_own_pid_namespace())) return;
  std::cerr
      << "refused: --without is for throwaway namespaces (unshare, with CAPID_THROWAWAY=1), never for the bare host\n";
  std::exit(2);
}

struct Call {
  sandbox::Spec spec;
  std::string omitted = "0";
};

Call parse(int argc, char** argv) {
  Call call;
  call.spec.env = {{"PATH", sandbox::kPath}};
  uint64_t omitted = 0;
  int i = 1;
  for (; i + 1 < argc && std::strcmp(argv[i], "--") != 0; i += 2) {
    const std::string option = argv[i], value = argv[i + 1];
    const size_t middle = value.find(option == "--env" ? '=' : ':');
    if (option == "--without") {
      const uint64_t bit = sandbox::step_bit(value.c_str());
      if (bit == 0) std::cerr << "no such step: " << value << "\n", std::exit(2);
      omitted |= bit;
    } else if (option == "--mount") {
      call.spec.mounts.push_back({.host = value.substr(0, middle), .at = value.substr(middle + 1)});
    } else if (option == "--env") {
      call.spec.env.emplace_back(value.substr(0, middle), value.substr(middle + 1));
    } else if (option == "--listen") {
      call.spec.listen_ports.push_back(static_cast<uint16_t>(std::stoul(value)));
    } else if (option == "--pids") {
      call.spec.limits.pids = std::stoll(value);
    } else if (option == "--disk") {
      call.spec.limits.disk_bytes = std::stoll(value);
    } else if (option == "--wall") {
      call.spec.limits.wall_ms = std::stoll(value);
    } else {
      std::cerr << "not understood: " << option << "\n", std::exit(2);
    }
  }
  for (++i; i < argc; ++i) call.spec.argv.emplace_back(argv[i]);
  call.omitted = std::to_string(omitted);
  return call;
}

Json to_json(sandbox::Outcome& outcome, const std::string& err) {
  Json files = Json::array(), skipped = Json::array();
  if (outcome.out_folder) {
    auto left = sandbox::collect(outcome.out_folder, {},
                                 [&](const std::string& path, const base::Fd&, int64_t size) -> Result<void> {
                                   files.push_back({base::to_utf8(path), size});
                                   return {};
                                 });
    for (const auto& one : left.value().skipped) skipped.push_back({base::to_utf8(one.path), one.reason});
  }
  return {{"end", end_name(outcome.end)}, {"exit_code", outcome.exit_code},
          {"signal", outcome.signal},     {"failed_step", outcome.failed_step},
          {"error", outcome.error},       {"stdout", base::to_utf8(outcome.stdout_bytes)},
          {"stderr", base::to_utf8(err)}, {"files", files},
          {"skipped", skipped},           {"wall_ms", outcome.wall_ms}};
}

}   // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], sandbox::kForkServerArgument) == 0) {
    const uint64_t omitted = std::stoull(argv[2]);
    refuse_on_the_bare_host(omitted, true);   // its environment is empty; who started it has asked
    sandbox::run_fork_server(omitted);
  }
  base::init_crypto();
  Call call = parse(argc, argv);
  refuse_on_the_bare_host(std::stoull(call.omitted), std::getenv("CAPID_THROWAWAY") != nullptr);
  base::EventLoop loop;
  auto box = sandbox::Sandbox::start(loop, {.arguments = {sandbox::kForkServerArgument, call.omitted}});
  if (!box) {
    std::cerr << box.error().message << " " << box.error().detail << "\n";
    return 1;
  }
  std::mutex mutex;
  std::condition_variable ended;
  bool done = false;
  std::string err;
  sandbox::Outcome outcome;
  loop.start();
  (*box)->launch(std::move(call.spec), {.on_stderr = [&](std::string_view bytes) { err += bytes; },
                                        .on_end =
                                            [&](sandbox::Outcome ended_as) {
                                              std::lock_guard lock(mutex);
                                              outcome = std::move(ended_as);
                                              done = true;
                                              ended.notify_one();
                                            }});
  std::unique_lock lock(mutex);
  ended.wait(lock, [&] { return done; });
  std::cout << base::dump(to_json(outcome, err)) << std::endl;
  loop.stop();
  return 0;
}
