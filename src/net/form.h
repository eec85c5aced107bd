// SPDX-License-Identifier: Apache-2.0
// A multipart/form-data body whose files are read while it is sent, never held.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace capid::net {

class Form {
 public:
  /// False: nobody takes any more.
  using Write = std::function<bool(std::string_view bytes)>;

  Form();

  void add_text(const std::string& name, const std::string& value);

  /// A file that has `size` bytes now. `filename` is what the receiver is told.
  void add_file(const std::string& name, const std::string& filename, std::string path, int64_t size);

  [[nodiscard]] std::string content_type() const;
  [[nodiscard]] int64_t size() const;

  /// Writes all of it; can be called again. Errors: kInvalidParameter where a file cannot be read, or has another size
  /// than it had. Nothing where `write` did not take it all.
  [[nodiscard]] Result<void> write(const Write& write) const;

 private:
  struct Part {
    std::string head;
    std::string path;   ///< the file behind the head; empty: none
    int64_t size = 0;
  };

  std::string boundary_;
  std::vector<Part> parts_;
};

}   // namespace capid::net
