// SPDX-License-Identifier: Apache-2.0
#include "sandbox/sandbox.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <map>

#include "base/log.h"
#include "base/worker_pool.h"
#include "sandbox/protocol.h"
#include "sandbox/run_cgroup.h"
#include "sandbox/spawn.h"
#include "sandbox/steps.h"
#include "sandbox/tap.h"

namespace capid::sandbox {
namespace {

namespace asio = boost::asio;
using Stream = asio::posix::stream_descriptor;
using boost::system::error_code;
using SteadyClock = std::chrono::steady_clock;

// What the processes used, as the kernel tells their parent.
struct Used {
  int64_t setup_cpu_us = 0;   // of init, where init tells it
  int64_t cpu_ms = 0;
  int64_t peak_memory_bytes = 0;
};

struct Channel {
  Stream stream;
  Tap tap;
};

struct Run {
  uint64_t id;
  Limits limits;
  size_t listeners;
  Callbacks callbacks;
  Outcome outcome;
  SteadyClock::time_point started = SteadyClock::now();
  Stream report;
  Channel out;
  Channel err;
  Channel events;
  asio::steady_timer deadline;
  asio::steady_timer grace;
  std::vector<base::Fd> kept_free;   // the places of what init sends: a lack of them shows before the agent is started
  base::Fd mounts;                   // keeps the mount namespace, see State::undertaker
  uint64_t cgroup = 0;
  bool terminating = false;
  int open_ends = 5;                 // the report, the three pipes, and the word that every process is dead
  bool every_process_dead = false;   // that word was heard
  bool out_of_memory = false;        // the kernel killed something in it for that
  bool init_is_alone = false;        // by its own word
  bool report_is_over = false;
  Used used;

  // What is known of how it ended. The first cause wins: capid's own timer or terminate() over the signal they send, a
  // failed set-up or exec over the exit code that follows it.
  std::optional<End> cause;

  Run(asio::io_context& context, uint64_t its_id, Spec& spec, Callbacks its_callbacks)
      : id(its_id),
        limits(spec.limits),
        listeners(spec.listen_ports.size()),
        callbacks(std::move(its_callbacks)),
        report(context),
        out{Stream(context), {limits.stdout_bytes, outcome.stdout_truncated, on_stdout()}},
        err{Stream(context), {limits.stderr_bytes, outcome.stderr_truncated, callbacks.on_stderr}},
        events{Stream(context), {limits.events_bytes, outcome.events_truncated, callbacks.on_events}},
        deadline(context),
        grace(context) {}

  // Where nobody listens, it is kept for the outcome.
  Callbacks::OnBytes on_stdout() {
    if (callbacks.on_stdout) return callbacks.on_stdout;
    return [this](std::string_view bytes) { outcome.stdout_bytes += bytes; };
  }
};

}   // namespace

// Lives on the event loop's thread, but for launch(), terminate() and hear_out(), which post to it.
struct Sandbox::State {
  asio::io_context& context;
  Stream socket;
  std::atomic<uint64_t> last_id{0};
  std::map<uint64_t, std::shared_ptr<Run>> runs;
  const CgroupTree cgroups;

  // Taking a mount namespace apart waits for every processor of the host, for milliseconds, and a cgroup can be removed
  // only once the kernel has let go of its dead. Nobody waits for that here.
  base::WorkerPool undertaker{4};

  State(asio::io_context& its_context, base::Fd fork_server, CgroupTree its_cgroups)
      : context(its_context), socket(its_context, fork_server.release()), cgroups(std::move(its_cgroups)) {
    socket.non_blocking(true);
  }

  ~State() {
    socket.close();
    undertaker.finish();
    remove_cgroups(cgroups);
  }

  void listen() {
    socket.async_wait(Stream::wait_read, [this](const error_code& error) {
      if (error) return;
      take_replies();
      listen();
    });
  }

  void take_replies() {
    for (;;) {
      auto message = receive_message(socket.native_handle(), sizeof(Reply));
      if (message && !*message) return;
      const auto reply = message ? decode_reply((*message)->bytes) : std::nullopt;
      if (!reply) {
        base::log::error(
            "the fork server is gone, and every run with it: capid ends now and recovers when it is started again");
        std::abort();
      }
      if (const auto run = find(reply->id)) take_reply(*run, *reply);
      if (reply->kind == ReplyKind::kEnded) bury(reply->cgroup);   // what it used has been read
    }
  }

  // Shared: it may be over, and taken out, before whoever looked it up is done with it.
  std::shared_ptr<Run> find(uint64_t id) const {
    const auto found = runs.find(id);
    return found == runs.end() ? nullptr : found->second;
  }

  void take_reply(Run& run, const Reply& reply) {
    switch (reply.kind) {
      case ReplyKind::kStarted:
        run.cgroup = reply.cgroup;
        if (run.terminating) signal(run, SIGKILL);   // asked to end before it had begun
        return;
      case ReplyKind::kNotStarted:
        fail(run, step_name(reply.step), reply.error);
        return close_end(run);
      case ReplyKind::kEnded:
        take_reports(run);   // init's last word tells its own part apart
        run.used.cpu_ms = std::max(run.used.cpu_ms, reply.cpu_ms - run.used.setup_cpu_us / 1000);
        run.used.peak_memory_bytes = std::max(run.used.peak_memory_bytes, reply.peak_memory_bytes);
        if (reply.error != 0) fail(run, "orders", EPROTO);
        return note_death(run);
    }
  }

  // Once init is gone, and the server has read what it used.
  void bury(uint64_t cgroup) {
    if (!cgroups) return;
    undertaker.post([this, cgroup] {
      if (!remove_run_cgroup(cgroups, cgroup))
        base::log::error("a run's cgroup could not be removed", {{"cgroup", std::to_string(cgroup)}});
    });
  }

  // Init says so where it is alone; else the fork server, once init and everything with it is gone. They say what the
  // kernel told them of their children; a cgroup also knows of those that nobody waited for.
  void note_death(Run& run) {
    if (run.every_process_dead) return;
    run.every_process_dead = true;
    run.outcome.cpu_ms = run.used.cpu_ms;
    run.outcome.peak_memory_bytes = run.used.peak_memory_bytes;
    if (const auto usage = read_cgroup_usage(cgroups, run.cgroup)) {
      run.outcome.cpu_ms = std::max(run.used.cpu_ms, (usage->cpu_us - run.used.setup_cpu_us) / 1000);
      run.outcome.peak_memory_bytes = std::max(run.used.peak_memory_bytes, usage->peak_memory_bytes);
      run.out_of_memory = usage->ran_out_of_memory;
    }
    close_end(run);
  }

  void launch(uint64_t id, Spec spec, Callbacks callbacks) {
    auto run = std::make_shared<Run>(context, id, spec, std::move(callbacks));
    runs.emplace(id, run);
    auto sent = send_request(*run, std::move(spec));
    if (!sent) {
      base::log::error("a sandbox could not be asked for",
                       {{"problem", sent.error().message}, {"error", sent.error().detail}});
      fail(*run, "request", EIO);
      run->open_ends = 1;
      return close_end(*run);
    }
    read_report(run);
    for (const auto channel : {&Run::out, &Run::err, &Run::events}) read(run, channel);
    run->deadline.expires_after(std::chrono::milliseconds(run->limits.wall_ms));
    run->deadline.async_wait([this, run](const error_code& error) {
      if (!error) end(*run, End::kTimedOut);
    });
  }

  Result<void> send_request(Run& run, Spec spec) {
    SocketPair report = TRY(make_socket_pair());
    base::Pipe out = TRY(base::make_pipe());
    base::Pipe err = TRY(base::make_pipe());
    base::Pipe events = TRY(base::make_pipe());
    for (size_t i = 0; i < kReadyDescriptors + run.listeners; ++i)
      run.kept_free.push_back(TRY(base::open_file("/dev/null", O_PATH)));
    Request request{.id = run.id, .spec = std::move(spec)};
    std::string bytes = encode(request);
    for (auto& [name, value] : request.spec.env) wipe(value);
    if (bytes.size() > kMaxMessage) {
      wipe(bytes);
      return Error{Code::kSandboxSetupFailed, "the command and its environment are too large"};
    }
    const std::array<int, kGivenWithOrders> theirs{events.write_end.get(), report.theirs.get(), out.write_end.get(),
                                                   err.write_end.get()};
    const bool listens = listen_to(run.report, report.ours) && listen_to(run.out.stream, out.read_end) &&
                         listen_to(run.err.stream, err.read_end) && listen_to(run.events.stream, events.read_end);
    const auto sent = listens ? send_patiently(socket.native_handle(), bytes, theirs, [this] { take_replies(); })
                              : base::system_error("no more can be watched", "epoll_ctl");
    wipe(bytes);
    TRY(sent);
    return {};
  }

  // False where an agent has used up what this user may watch.
  static bool listen_to(Stream& stream, base::Fd& fd) {
    error_code failed;
    stream.assign(fd.get(), failed);
    if (!failed) (void)fd.release();
    if (!failed) stream.non_blocking(true, failed);
    return !failed;
  }

  void read_report(const std::shared_ptr<Run>& run) {
    run->report.async_wait(Stream::wait_read, [this, run](const error_code& error) {
      if (!error) take_reports(*run);
      if (!error && !run->report_is_over && !run->init_is_alone) return read_report(run);
      if (run->init_is_alone) {
        take_replies();   // the fork server told where it runs before it could say anything
        note_death(*run);
      }
      close_end(*run);
    });
  }

  // Those that there are now.
  void take_reports(Run& run) {
    run.kept_free.clear();
    while (!run.report_is_over) {
      auto message = receive_message(run.report.native_handle(), sizeof(Report));
      if (message && !*message) return;
      const auto report = message ? decode_report((*message)->bytes) : std::nullopt;
      run.report_is_over = !report;
      if (report) take_report(run, *report, std::move((*message)->descriptors));
    }
  }

  void take_report(Run& run, const Report& report, std::vector<base::Fd> descriptors) {
    if (report.kind == ReportKind::kReady) return take_descriptors(run, std::move(descriptors));
    if (report.kind == ReportKind::kExited || report.kind == ReportKind::kSignaled) {
      run.init_is_alone = report.init_is_alone != 0;
      run.used = {report.setup_cpu_us, report.cpu_ms, report.peak_memory_bytes};
    }
    if (run.cause) return;
    switch (report.kind) {
      case ReportKind::kReady:
        return;
      case ReportKind::kSetupFailed:
        return fail(run, step_name(report.step), report.value);
      case ReportKind::kExecFailed:
        run.cause = End::kCommandNotFound;
        run.outcome.error = report.value;
        return;
      case ReportKind::kExited:
        run.cause = End::kExited;
        run.outcome.exit_code = report.value;
        return;
      case ReportKind::kSignaled:
        run.cause = End::kSignaled;
        run.outcome.signal = report.value;
        return;
    }
  }

  // Without them nothing of what it leaves could be kept, and nobody would answer it.
  void take_descriptors(Run& run, std::vector<base::Fd> descriptors) {
    if (descriptors.size() != kReadyDescriptors + run.listeners) {
      fail(run, "descriptors", EMFILE);
      return signal(run, SIGKILL);
    }
    run.outcome.out_folder = std::move(descriptors[0]);
    run.mounts = std::move(descriptors[1]);
    descriptors.erase(descriptors.begin(), descriptors.begin() + kReadyDescriptors);
    if (run.listeners > 0 && run.callbacks.on_listening) run.callbacks.on_listening(std::move(descriptors));
  }

  static void fail(Run& run, const char* step, int error) {
    if (run.cause) return;
    run.cause = End::kSetupFailed;
    run.outcome.failed_step = step;
    run.outcome.error = error;
  }

  void read(const std::shared_ptr<Run>& run, Channel Run::*which) {
    Channel& channel = (*run).*which;
    channel.stream.async_wait(Stream::wait_read, [this, run, which, &channel](const error_code& error) {
      if (error || !channel.tap.read(channel.stream.native_handle())) return close_end(*run);
      read(run, which);
    });
  }

  void hear_out(uint64_t id) {
    const auto run = find(id);
    if (!run) return;
    for (const auto which : {&Run::out, &Run::err, &Run::events}) {
      Channel& channel = (*run).*which;
      if (channel.stream.is_open()) channel.tap.read_all(channel.stream.native_handle());
    }
  }

  void end(Run& run, End cause) {
    if (!run.cause) run.cause = cause;
    if (run.terminating) return;
    run.terminating = true;
    signal(run, SIGTERM);
    run.grace.expires_after(std::chrono::milliseconds(run.limits.terminate_grace_ms));
    run.grace.async_wait([this, id = run.id](const error_code& error) {
      if (const auto run = find(id); run && !error) signal(*run, SIGKILL);
    });
  }

  // By way of the fork server, which keeps what it takes for each of its children.
  void signal(const Run& run, int number) {
    const Signal signal{.id = run.id, .number = number};
    const std::string_view bytes(reinterpret_cast<const char*>(&signal), sizeof signal);
    const auto sent = send_patiently(socket.native_handle(), bytes, {}, [this] { take_replies(); });
    if (!sent) base::log::error("a sandbox could not be signalled", {{"error", sent.error().detail}});
  }

  void close_end(Run& run) {
    if (--run.open_ends > 0) return;
    const auto kept = runs.extract(run.id).mapped();
    kept->deadline.cancel();
    kept->grace.cancel();
    Outcome& outcome = kept->outcome;
    // An init that went without a word was killed from outside: by the kernel, for memory, or by an operator.
    outcome.end = kept->cause.value_or(End::kSignaled);
    if (!kept->cause) outcome.signal = SIGKILL;
    if (kept->out_of_memory && (outcome.end == End::kExited || outcome.end == End::kSignaled))
      outcome.end = End::kOutOfMemory;
    outcome.wall_ms = std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - kept->started).count();
    undertaker.post([mounts = std::make_shared<base::Fd>(std::move(kept->mounts))] { mounts->reset(); });
    kept->callbacks.on_end(std::move(outcome));
  }
};

Sandbox::Sandbox(std::unique_ptr<State> state) : state_(std::move(state)) {}
Sandbox::~Sandbox() = default;

Result<std::unique_ptr<Sandbox>> Sandbox::start(base::EventLoop& loop, const Options& options) {
  std::vector<std::string> arguments = options.arguments;
  for (std::string& word : options.cgroups.words()) arguments.push_back(std::move(word));
  base::Fd socket = TRY(spawn_fork_server(loop.context(), options.program, arguments));
  auto state = std::make_unique<State>(loop.context(), std::move(socket), options.cgroups);
  state->listen();
  return std::unique_ptr<Sandbox>(new Sandbox(std::move(state)));
}

uint64_t Sandbox::launch(Spec spec, Callbacks callbacks) {
  const uint64_t id = ++state_->last_id;
  asio::post(state_->context,
             [state = state_.get(), id, spec = std::move(spec), callbacks = std::move(callbacks)]() mutable {
               state->launch(id, std::move(spec), std::move(callbacks));
             });
  return id;
}

void Sandbox::hear_out(uint64_t handle, std::function<void()> done) {
  asio::post(state_->context, [state = state_.get(), handle, done = std::move(done)] {
    state->hear_out(handle);
    done();
  });
}

void Sandbox::terminate(uint64_t handle) {
  asio::post(state_->context, [state = state_.get(), handle] {
    if (const auto run = state->find(handle)) state->end(*run, End::kTerminated);
  });
}

}   // namespace capid::sandbox
