// SPDX-License-Identifier: Apache-2.0
// What the server, the fork server and a sandbox's init say to each other.
#include "sandbox/protocol.h"
#include "tests/fuzz/pieces.h"

using namespace capid;

namespace {

// As it comes out at the other end of a socket.
void pass(std::string_view bytes) {
  static const sandbox::SocketPair sockets = sandbox::make_socket_pair().value();
  if (bytes.empty() || bytes.size() > 4096) return;
  fuzz::promise(bool(sandbox::send_message(sockets.ours.get(), bytes)));
  const auto message = sandbox::receive_message(sockets.theirs.get(), 4096);
  fuzz::promise(message && *message && (*message)->bytes == bytes && (*message)->descriptors.empty());
}

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes = fuzz::text_of(data, size);
  (void)sandbox::decode_signal(bytes);
  if (const auto reply = sandbox::decode_reply(bytes)) fuzz::promise(reply->kind <= sandbox::ReplyKind::kEnded);
  if (const auto report = sandbox::decode_report(bytes)) fuzz::promise(report->kind <= sandbox::ReportKind::kSignaled);
  pass(bytes);
  const auto head = sandbox::decode_head(bytes);
  if (const auto request = sandbox::decode(bytes)) {
    fuzz::promise(head && head->id == request->id && !request->spec.argv.empty());
    fuzz::promise(sandbox::encode(*request) == bytes);
  }
  return 0;
}
