// SPDX-License-Identifier: Apache-2.0
#include "sandbox/protocol.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace capid::sandbox {
namespace {

// Leaves no copy of the environment, where secrets may stand, behind when it grows.
class Encoder {
 public:
  void number(int64_t value) { add({reinterpret_cast<const char*>(&value), sizeof value}); }
  void text(std::string_view text) {
    number(static_cast<int64_t>(text.size()));
    add(text);
  }
  std::string finish() { return std::move(bytes_); }

 private:
  void add(std::string_view more) {
    const size_t size = bytes_.size() + more.size();
    if (size > bytes_.capacity()) {
      std::string larger;
      larger.reserve(2 * size);
      larger.append(bytes_);
      wipe(bytes_);
      bytes_ = std::move(larger);
    }
    bytes_.append(more);
  }

  std::string bytes_;
};

// Once something is missing, every further value is empty and ok() is false.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : rest_(bytes) {}

  int64_t number() {
    int64_t value = 0;
    const std::string_view raw = take(sizeof value);
    if (!raw.empty()) std::memcpy(&value, raw.data(), sizeof value);
    return value;
  }
  std::string text() { return std::string(take(static_cast<size_t>(number()))); }
  bool flag() { return below(2) == 1; }
  uint16_t port() { return static_cast<uint16_t>(below(65536)); }
  // Of what follows: each begins with a number, so no more are believed than the rest, this number in it, has room for.
  size_t count() { return below(rest_.size() / sizeof(int64_t)); }
  bool ok() const { return ok_; }
  bool is_finished() const { return ok_ && rest_.empty(); }

 private:
  uint64_t below(uint64_t end) {
    const auto value = static_cast<uint64_t>(number());
    if (value >= end) ok_ = false;
    return ok_ ? value : 0;
  }
  std::string_view take(size_t size) {
    if (size > rest_.size()) ok_ = false;
    if (!ok_) return {};
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
  bool ok_ = true;
};

RequestHead read_head(Decoder& in) {
  RequestHead head{.id = static_cast<uint64_t>(in.number())};
  Limits& limits = head.limits;
  for (int64_t* limit : {&limits.memory_bytes, &limits.millicpus, &limits.pids, &limits.open_files, &limits.disk_bytes})
    *limit = in.number();
  return head;
}

template <typename Record>
std::optional<Record> from_bytes(std::string_view bytes) {
  Record record;
  if (bytes.size() != sizeof record) return std::nullopt;
  std::memcpy(&record, bytes.data(), sizeof record);
  return record;
}

union ControlBuffer {
  cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int) * kMaxDescriptors)];
};

std::vector<base::Fd> descriptors_of(msghdr& header) {
  std::vector<base::Fd> descriptors;
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
      descriptors.emplace_back(fd);
    }
  }
  return descriptors;
}

}   // namespace

std::string encode(const Request& request) {
  Encoder out;
  out.number(static_cast<int64_t>(request.id));
  const Spec& spec = request.spec;
  const Limits& limits = spec.limits;
  for (const int64_t limit : {limits.memory_bytes, limits.millicpus, limits.pids, limits.open_files, limits.disk_bytes})
    out.number(limit);
  out.number(static_cast<int64_t>(spec.argv.size()));
  for (const std::string& word : spec.argv) out.text(word);
  out.number(static_cast<int64_t>(spec.env.size()));
  for (const auto& [name, value] : spec.env) {
    out.text(name);
    out.text(value);
  }
  out.number(static_cast<int64_t>(spec.mounts.size()));
  for (const Mount& mount : spec.mounts) {
    out.text(mount.host);
    out.text(mount.at);
    out.number(mount.writable ? 1 : 0);
    out.number(mount.follow_links ? 1 : 0);
  }
  out.text(spec.rootfs);
  out.number(static_cast<int64_t>(spec.listen_ports.size()));
  for (const uint16_t port : spec.listen_ports) out.number(port);
  out.number(spec.looks_only ? 1 : 0);
  return out.finish();
}

std::optional<Signal> decode_signal(std::string_view bytes) { return from_bytes<Signal>(bytes); }

std::optional<Reply> decode_reply(std::string_view bytes) {
  const auto reply = from_bytes<Reply>(bytes);
  return reply && reply->kind <= ReplyKind::kEnded ? reply : std::nullopt;
}

std::optional<Report> decode_report(std::string_view bytes) {
  const auto report = from_bytes<Report>(bytes);
  return report && report->kind <= ReportKind::kSignaled ? report : std::nullopt;
}

std::optional<Request> decode(std::string_view bytes) {
  Decoder in(bytes);
  RequestHead head = read_head(in);
  Request request{.id = head.id};
  Spec& spec = request.spec;
  spec.limits = head.limits;
  for (size_t left = in.count(); left > 0; --left) spec.argv.push_back(in.text());
  for (size_t left = in.count(); left > 0; --left) {
    std::string name = in.text();
    spec.env.emplace_back(std::move(name), in.text());
  }
  for (size_t left = in.count(); left > 0; --left) {
    std::string host = in.text();
    std::string at = in.text();
    const bool writable = in.flag();
    spec.mounts.push_back(
        {.host = std::move(host), .at = std::move(at), .writable = writable, .follow_links = in.flag()});
  }
  spec.rootfs = in.text();
  for (size_t left = in.count(); left > 0; --left) spec.listen_ports.push_back(in.port());
  spec.looks_only = in.flag();
  if (!in.is_finished() || spec.argv.empty()) return std::nullopt;
  return request;
}

std::optional<RequestHead> decode_head(std::string_view bytes) {
  Decoder in(bytes);
  RequestHead head = read_head(in);
  if (!in.ok()) return std::nullopt;
  return head;
}

Result<void> send_patiently(int socket, std::string_view bytes, std::span<const int> descriptors,
                            const std::function<void()>& read) {
  for (;;) {
    auto sent = send_message(socket, bytes, descriptors);
    if (sent || errno != EAGAIN) return sent;
    pollfd ready{.fd = socket, .events = POLLIN | POLLOUT, .revents = 0};
    ::poll(&ready, 1, -1);
    if (ready.revents & POLLIN) read();
  }
}

void wipe(std::string& bytes) {
  ::explicit_bzero(bytes.data(), bytes.size());
  bytes.clear();
}

Result<SocketPair> make_socket_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return base::system_error("no more sockets to be had", "socketpair");
  return SocketPair{base::Fd(ends[0]), base::Fd(ends[1])};
}

Result<void> send_message(int socket, std::string_view bytes, std::span<const int> descriptors) {
  CHECK(descriptors.size() <= kMaxDescriptors);
  iovec content{const_cast<char*>(bytes.data()), bytes.size()};
  ControlBuffer control{};
  msghdr header{};
  header.msg_iov = &content;
  header.msg_iovlen = 1;
  if (!descriptors.empty()) {
    header.msg_control = control.bytes;
    header.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* part = CMSG_FIRSTHDR(&header);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(part), descriptors.data(), descriptors.size_bytes());
  }
  ssize_t sent = -1;
  do {
    sent = ::sendmsg(socket, &header, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return base::system_error("a message to or from a sandbox was not taken", "sendmsg");
  return {};
}

Result<std::optional<Message>> receive_message(int socket, size_t most) {
  const auto buffer = std::make_unique_for_overwrite<char[]>(most);
  ControlBuffer control_buffer{};
  const std::span<char> control(control_buffer.bytes);
  msghdr header{};
  const auto receive = [&](int flags) {
    iovec content{buffer.get(), most};
    header = {};
    header.msg_iov = &content;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    ssize_t got = -1;
    do {
      got = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC | flags);
    } while (got < 0 && errno == EINTR);
    return got;
  };
  ssize_t got = receive(0);
  // The kernel looks at the queue first and at the peer second: where the peer sent its last message and went in between,
  // it says that nobody is there. Asked again, it gives the message.
  if (got == 0) got = receive(MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return std::optional<Message>{};
  if (got < 0) return base::system_error("a message from a sandbox could not be read", "recvmsg");
  Message message{.bytes = std::string(buffer.get(), static_cast<size_t>(got)), .descriptors = descriptors_of(header)};
  ::explicit_bzero(buffer.get(), static_cast<size_t>(got));
  return std::optional(std::move(message));
}

}   // namespace capid::sandbox
