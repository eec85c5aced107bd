// SPDX-License-Identifier: Apache-2.0
#include "sandbox/sandbox.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>

#include "base/log.h"
#include "base/worker_pool.h"
#include "sandbox/protocol.h"
#include "sandbox/spawn.h"
#include "sandbox/steps.h"

namespace capid::sandbox {
namespace {

namespace asio = boost::asio;
using Stream = asio::posix::stream_descriptor;
using SteadyClock = std::chrono::steady_clock;

constexpr size_t kPipeChunk = 16 << 10;

struct Run {
  uint64_t id;
  Limits limits;
  size_t listeners;
  Callbacks callbacks;
  Outcome outcome;
  SteadyClock::time_point started = SteadyClock::now();
  Stream report;
  Stream out;
  Stream err;
  std::array<char, kPipeChunk> out_buffer{};
  std::array<char, kPipeChunk> err_buffer{};
  int64_t err_bytes = 0;
  asio::steady_timer deadline;
  asio::steady_timer grace;
  base::Fd pidfd;
  base::Fd mounts;   // keeps the mount namespace, see State::undertaker
  bool terminating = false;
  int open_ends = 4;                 // the report, the two pipes, and the word that every process is dead
  bool every_process_dead = false;   // that word was heard

  // What is known of how it ended. The first cause wins: capid's own timer or terminate() over the signal they send, a
  // failed set-up or exec over the exit code that follows it.
  std::optional<End> cause;

  Run(asio::io_context& context, uint64_t its_id, Spec& spec, Callbacks its_callbacks)
      : id(its_id),
        limits(spec.limits),
        listeners(spec.listen_ports.size()),
        callbacks(std::move(its_callbacks)),
        report(context),
        out(context),
        err(context),
        deadline(context),
        grace(context) {}
};

}   // namespace

// Lives on the event loop's thread, but for launch() and terminate(), which post to it.
struct Sandbox::State {
  asio::io_context& context;
  Stream socket;
  std::atomic<uint64_t> last_id{0};
  std::map<uint64_t, std::shared_ptr<Run>> runs;

  // Taking a mount namespace apart waits for every processor of the host, for milliseconds. Nobody waits for it here.
  base::WorkerPool undertaker{4};

  State(asio::io_context& its_context, base::Fd fork_server)
      : context(its_context), socket(its_context, fork_server.release()) {
    socket.non_blocking(true);
  }

  void listen() {
    socket.async_wait(Stream::wait_read, [this](const boost::system::error_code& error) {
      if (error) return;
      take_replies();
      listen();
    });
  }

  void take_replies() {
    for (;;) {
      auto message = receive_message(socket.native_handle(), sizeof(Reply));
      if (message && !*message) return;
      if (!message || (*message)->bytes.size() != sizeof(Reply)) {
        base::log::error(
            "the fork server is gone, and every run with it: capid ends now and recovers when it is started again");
        std::abort();
      }
      Reply reply;
      std::memcpy(&reply, (*message)->bytes.data(), sizeof reply);
      const auto found = runs.find(reply.id);
      if (found != runs.end()) take_reply(*found->second, reply, std::move((*message)->descriptors));
    }
  }

  void take_reply(Run& run, const Reply& reply, std::vector<base::Fd> descriptors) {
    switch (reply.kind) {
      case ReplyKind::kStarted:
        if (!descriptors.empty()) run.pidfd = std::move(descriptors.front());
        if (run.terminating) signal(run, SIGKILL);   // asked to end before it had begun
        return;
      case ReplyKind::kNotStarted:
        fail(run, "clone", reply.error);
        return close_end(run);
      case ReplyKind::kEnded:
        return note_death(run, reply.cpu_ms, reply.peak_memory_bytes);
    }
  }

  // Init says so where it is alone; else the fork server does, once init is gone and took everything with it.
  void note_death(Run& run, int64_t cpu_ms, int64_t peak_memory_bytes) {
    if (run.every_process_dead) return;
    run.every_process_dead = true;
    run.outcome.cpu_ms = cpu_ms;
    run.outcome.peak_memory_bytes = peak_memory_bytes;
    close_end(run);
  }

  void launch(uint64_t id, Spec spec, Callbacks callbacks) {
    auto run = std::make_shared<Run>(context, id, spec, std::move(callbacks));
    runs.emplace(id, run);
    auto sent = send_request(*run, std::move(spec));
    if (!sent) {
      base::log::error("a sandbox could not be asked for", {{"error", sent.error().detail}});
      fail(*run, "request", EIO);
      run->open_ends = 1;
      return close_end(*run);
    }
    read_report(run);
    read_stdout(run);
    read_stderr(run);
    run->deadline.expires_after(std::chrono::milliseconds(run->limits.wall_ms));
    run->deadline.async_wait([this, run](const boost::system::error_code& error) {
      if (!error) end(*run, End::kTimedOut);
    });
  }

  Result<void> send_request(Run& run, Spec spec) {
    SocketPair report = TRY(make_socket_pair());
    base::Pipe out = TRY(base::make_pipe());
    base::Pipe err = TRY(base::make_pipe());
    const std::string bytes = encode({.id = run.id, .spec = std::move(spec)});
    if (bytes.size() > kMaxMessage)
      return Error{Code::kSandboxSetupFailed, "the command and its environment are too large"};
    const std::array<int, 3> theirs{report.theirs.get(), out.write_end.get(), err.write_end.get()};
    TRY(send_blocking(bytes, theirs));
    run.report.assign(report.ours.release());
    run.report.non_blocking(true);
    run.out.assign(out.read_end.release());
    run.err.assign(err.read_end.release());
    return {};
  }

  // The socket is non-blocking for reading; a full one means that the fork server is busy for a moment, so this waits.
  Result<void> send_blocking(std::string_view bytes, std::span<const int> descriptors) {
    for (;;) {
      auto sent = send_message(socket.native_handle(), bytes, descriptors);
      if (sent || errno != EAGAIN) return sent;
      socket.wait(Stream::wait_write);
    }
  }

  void read_report(const std::shared_ptr<Run>& run) {
    run->report.async_wait(Stream::wait_read, [this, run](const boost::system::error_code& error) {
      if (error) return close_end(*run);
      auto message = receive_message(run->report.native_handle(), sizeof(Report));
      if (message && !*message) return read_report(run);   // woken for nothing
      if (!message || !*message || (*message)->bytes.size() != sizeof(Report)) return close_end(*run);
      Report report;
      std::memcpy(&report, (*message)->bytes.data(), sizeof report);
      take_report(*run, report, std::move((*message)->descriptors));
      if (!report.init_is_alone) return read_report(run);
      note_death(*run, report.cpu_ms, report.peak_memory_bytes);
      close_end(*run);   // there is nothing more to report
    });
  }

  static void take_report(Run& run, const Report& report, std::vector<base::Fd> descriptors) {
    if (report.kind == ReportKind::kReady) {
      return take_descriptors(run, std::move(descriptors));
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

  static void take_descriptors(Run& run, std::vector<base::Fd> descriptors) {
    if (descriptors.size() != kReadyDescriptors + run.listeners) return;
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

  void read_stdout(const std::shared_ptr<Run>& run) {
    run->out.async_read_some(asio::buffer(run->out_buffer),
                             [this, run](const boost::system::error_code& error, size_t got) {
                               if (error) return close_end(*run);
                               std::string& kept = run->outcome.stdout_bytes;
                               const size_t room = static_cast<size_t>(run->limits.stdout_bytes) - kept.size();
                               kept.append(run->out_buffer.data(), std::min(got, room));
                               if (got > room) run->outcome.stdout_truncated = true;
                               read_stdout(run);
                             });
  }

  void read_stderr(const std::shared_ptr<Run>& run) {
    run->err.async_read_some(asio::buffer(run->err_buffer),
                             [this, run](const boost::system::error_code& error, size_t got) {
                               if (error) return close_end(*run);
                               const auto room = static_cast<size_t>(run->limits.stderr_bytes - run->err_bytes);
                               const size_t taken = std::min(got, room);
                               if (got > room) run->outcome.stderr_truncated = true;
                               run->err_bytes += static_cast<int64_t>(taken);
                               if (taken > 0 && run->callbacks.on_stderr)
                                 run->callbacks.on_stderr({run->err_buffer.data(), taken});
                               read_stderr(run);
                             });
  }

  void end(Run& run, End cause) {
    if (!run.cause) run.cause = cause;
    if (run.terminating) return;
    run.terminating = true;
    signal(run, SIGTERM);
    run.grace.expires_after(std::chrono::milliseconds(run.limits.terminate_grace_ms));
    run.grace.async_wait([this, id = run.id](const boost::system::error_code& error) {
      const auto found = runs.find(id);
      if (!error && found != runs.end()) signal(*found->second, SIGKILL);
    });
  }

  static void signal(Run& run, int number) {
    if (run.pidfd) (void)syscall(SYS_pidfd_send_signal, run.pidfd.get(), number, nullptr, 0);
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
    outcome.wall_ms = std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - kept->started).count();
    undertaker.post([mounts = std::make_shared<base::Fd>(std::move(kept->mounts))] { mounts->reset(); });
    kept->callbacks.on_end(std::move(outcome));
  }
};

Sandbox::Sandbox(std::unique_ptr<State> state) : state_(std::move(state)) {}
Sandbox::~Sandbox() = default;

Result<std::unique_ptr<Sandbox>> Sandbox::start(base::EventLoop& loop, const Options& options) {
  base::Fd socket = TRY(spawn_fork_server(loop.context(), options.program, options.arguments));
  auto state = std::make_unique<State>(loop.context(), std::move(socket));
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

void Sandbox::terminate(uint64_t handle) {
  asio::post(state_->context, [state = state_.get(), handle] {
    const auto found = state->runs.find(handle);
    if (found != state->runs.end()) state->end(*found->second, End::kTerminated);
  });
}

}   // namespace capid::sandbox
