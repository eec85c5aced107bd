// SPDX-License-Identifier: Apache-2.0
#include "backup/hashed_stream.h"

#include <unistd.h>

#include <cerrno>

#include "base/fd.h"

namespace capid::backup {
namespace {

constexpr size_t kPiece = 256 << 10;

}   // namespace

Result<void> HashedOutput::write(std::string_view bytes) {
  if (hashing_) hash_.update(bytes);
  return base::write_all(fd_, bytes);
}

std::string HashedOutput::end_of_hash() {
  hashing_ = false;
  return hash_.hex();
}

Result<std::string_view> HashedInput::read() {
  piece_.resize(kPiece);
  ssize_t got = 0;
  do {
    got = ::read(fd_, piece_.data(), piece_.size());
  } while (got < 0 && errno == EINTR);
  if (got < 0) return base::system_error("the archive cannot be read", "read");
  piece_.resize(static_cast<size_t>(got));
  tail_ += piece_;
  if (tail_.size() > kTail) {
    const size_t done = tail_.size() - kTail;
    hash_.update(std::string_view(tail_).substr(0, done));
    hashed_ += done;
    tail_.erase(0, done);
  }
  return std::string_view(piece_);
}

std::string HashedInput::hash_before(uint64_t offset) {
  if (offset < hashed_ || offset > hashed_ + tail_.size()) return "";
  hash_.update(std::string_view(tail_).substr(0, offset - hashed_));
  return hash_.hex();
}

std::string_view HashedInput::rest_from(uint64_t offset) const {
  if (offset < hashed_ || offset > hashed_ + tail_.size()) return {};
  return std::string_view(tail_).substr(offset - hashed_);
}

}   // namespace capid::backup
