// SPDX-License-Identifier: Apache-2.0
// What the server, the fork server and a sandbox's init say to each other: one message a datagram, on SEQPACKET sockets.
//
//   server → fork server   a Request with the descriptors of ChildDescriptor: the run's report socket, and the write ends of
//                          its pipes; or a Signal for a run
//   fork server → init     the Request, passed on as it came
//   fork server → server   Started, or the step and errno that kept it from that; later Ended
//   init → server          Reports, over the run's own report socket, so that nobody else's can be mistaken for it
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "sandbox/spec.h"

namespace capid::sandbox {

inline constexpr size_t kMaxMessage = 160 << 10;
inline constexpr size_t kReadyDescriptors = 2;   ///< of a kReady report: /out and the mounts; then the listeners
inline constexpr size_t kMaxDescriptors = kReadyDescriptors + kMaxListeners;

struct Request {
  uint64_t id = 0;
  Spec spec;
};

/// For a run's init, as it is or will be by then. Sent as its bytes, which are fewer than any request's. A run that is over is
/// beyond it.
struct Signal {
  uint64_t id = 0;
  int64_t number = 0;
};

/// kStarted comes before the child has its orders; again, where that child turned out to be dead and another took its place.
enum class ReplyKind : uint32_t { kStarted, kNotStarted, kEnded };

/// Sent as its bytes: both ends are the same binary on the same machine.
struct Reply {
  uint64_t id = 0;
  ReplyKind kind = ReplyKind::kStarted;
  uint32_t step = 0;     ///< kNotStarted: an index, see step_name()
  int32_t error = 0;     ///< kNotStarted: an errno; kEnded: init's own exit code, which is 0 where it did all it had to
  uint64_t cgroup = 0;   ///< kStarted, kEnded: the number of the run's cgroup, which is the server's to remove
  int64_t cpu_ms = 0;    ///< kEnded, as the rest
  int64_t peak_memory_bytes = 0;
};

enum class ReportKind : uint32_t { kReady, kSetupFailed, kExecFailed, kExited, kSignaled };

struct Report {
  ReportKind kind = ReportKind::kReady;
  uint32_t step = 0;   ///< kSetupFailed: an index, see step_name()
  int32_t value = 0;   ///< an errno, an exit code or a signal

  // kExited and kSignaled: nothing is left inside but init itself, which is about to go; and what they all used.
  uint32_t init_is_alone = 0;
  int64_t setup_cpu_us = 0;   ///< of init itself
  int64_t cpu_ms = 0;         ///< of all others
  int64_t peak_memory_bytes = 0;
};

/// What came from the other end, or nothing where it is no such message.
[[nodiscard]] std::optional<Signal> decode_signal(std::string_view bytes);
[[nodiscard]] std::optional<Reply> decode_reply(std::string_view bytes);
[[nodiscard]] std::optional<Report> decode_report(std::string_view bytes);

[[nodiscard]] std::string encode(const Request& request);

/// What the fork server needs of a request; it passes the bytes on as they are.
struct RequestHead {
  uint64_t id = 0;
  Limits limits;   ///< but for what the server alone watches
};
[[nodiscard]] std::optional<RequestHead> decode_head(std::string_view bytes);

/// Nothing where the bytes are not a whole request.
[[nodiscard]] std::optional<Request> decode(std::string_view bytes);

/// At this process's limit of descriptors, fewer come than were sent.
struct Message {
  std::string bytes;   ///< empty: the other end is gone
  std::vector<base::Fd> descriptors;
};

struct SocketPair {
  base::Fd ours;
  base::Fd theirs;
};

[[nodiscard]] Result<SocketPair> make_socket_pair();

/// Errors carry errno's text in `detail`.
[[nodiscard]] Result<void> send_message(int socket, std::string_view bytes, std::span<const int> descriptors = {});

/// The same at a socket that does not block, waiting where it is full: the other side is busy for a moment. It may be waiting for us
/// to read, so `read` is called whenever something has come meanwhile.
[[nodiscard]] Result<void> send_patiently(int socket, std::string_view bytes, std::span<const int> descriptors,
                                          const std::function<void()>& read);

/// Overwrites what may hold an app's secrets.
void wipe(std::string& bytes);

/// Waits for one message of at most `most` bytes; nothing where the socket is non-blocking and none is there.
[[nodiscard]] Result<std::optional<Message>> receive_message(int socket, size_t most);

}   // namespace capid::sandbox
