// SPDX-License-Identifier: Apache-2.0
#include "net/form.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/crypto.h"
#include "base/fd.h"

namespace capid::net {
namespace {

constexpr size_t kBoundaryBytes = 16;   // random: it cannot be in a file
constexpr size_t kPiece = 64 << 10;

// As browsers do: what would end the quotes or the line.
std::string quoted(const std::string& text) {
  std::string safe = "\"";
  for (const char c : text) {
    if (c == '"') {
      safe += "%22";
    } else if (c == '\r') {
      safe += "%0D";
    } else if (c == '\n') {
      safe += "%0A";
    } else {
      safe += c;
    }
  }
  return safe + "\"";
}

Error changed(const std::string& path) {
  return {Code::kInvalidParameter, path + " changed while it was sent: send it again"};
}

// Exactly `size` bytes, for their number was announced. True: all were taken.
Result<bool> write_file(const std::string& path, int64_t size, const Form::Write& write) {
  auto file = base::open_file(path, O_RDONLY);
  if (!file) return Error{Code::kInvalidParameter, "cannot read " + path, {}, file.error().detail};
  std::array<char, kPiece> piece;
  for (int64_t left = size; left > 0;) {
    const ssize_t got = ::read(file->get(), piece.data(), std::min<size_t>(piece.size(), static_cast<size_t>(left)));
    if (got <= 0) return changed(path);
    if (!write({piece.data(), static_cast<size_t>(got)})) return false;
    left -= got;
  }
  if (::read(file->get(), piece.data(), 1) != 0) return changed(path);
  return true;
}

}   // namespace

Form::Form() : boundary_("capid-" + base::random_hex(kBoundaryBytes)) {}

void Form::add_text(const std::string& name, const std::string& value) {
  parts_.push_back(
      {.head = "--" + boundary_ + "\r\nContent-Disposition: form-data; name=" + quoted(name) + "\r\n\r\n" + value});
}

void Form::add_file(const std::string& name, const std::string& filename, std::string path, int64_t size) {
  parts_.push_back({.head = "--" + boundary_ + "\r\nContent-Disposition: form-data; name=" + quoted(name) +
                            "; filename=" + quoted(filename) + "\r\nContent-Type: application/octet-stream\r\n\r\n",
                    .path = std::move(path),
                    .size = size});
}

std::string Form::content_type() const { return "multipart/form-data; boundary=" + boundary_; }

int64_t Form::size() const {
  auto size = static_cast<int64_t>(boundary_.size()) + 6;   // "--" before and behind the last one, and its \r\n
  for (const Part& part : parts_) size += static_cast<int64_t>(part.head.size()) + part.size + 2;
  return size;
}

Result<void> Form::write(const Write& write) const {
  for (const Part& part : parts_) {
    if (!write(part.head)) return {};
    if (!part.path.empty() && !TRY(write_file(part.path, part.size, write))) return {};
    if (!write("\r\n")) return {};
  }
  (void)write("--" + boundary_ + "--\r\n");
  return {};
}

}   // namespace capid::net
