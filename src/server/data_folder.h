// SPDX-License-Identifier: Apache-2.0
// The data folder: what lies where, who holds it, and how local commands write into it.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/crypto.h"
#include "base/fd.h"
#include "store/transaction.h"

namespace capid::server {

class DataFolder {
 public:
  explicit DataFolder(std::string path) : path_(std::move(path)) {}

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string database() const { return path_ + "/capid.db"; }
  [[nodiscard]] std::string instance_secret() const { return path_ + "/instance.secret"; }
  [[nodiscard]] std::string files() const { return path_ + "/files"; }
  [[nodiscard]] std::string runs() const { return path_ + "/runs"; }
  [[nodiscard]] std::string versions() const { return path_ + "/versions"; }
  [[nodiscard]] std::string workspaces() const { return path_ + "/workspaces"; }
  [[nodiscard]] std::string apps() const { return path_ + "/apps"; }
  [[nodiscard]] std::string lock_file() const { return path_ + "/capid.lock"; }
  [[nodiscard]] std::string local_socket() const { return path_ + "/local.sock"; }
  [[nodiscard]] std::string server_url() const { return path_ + "/server.url"; }

  /// Held by the one server of this folder while the descriptor is open. Errors: kInvalidParameter where another has
  /// it.
  [[nodiscard]] Result<base::Fd> lock() const;

  /// Reads the instance secret; makes one where neither it nor the database exists. Errors: kInvalidParameter where
  /// only the database is there: without its secret no key in it can be checked.
  [[nodiscard]] Result<base::SecretKey> open_secret() const;

  /// Notes where the server of this folder listens, for clients on this machine; removes the note again.
  [[nodiscard]] Result<void> write_server_url(const std::string& url) const;
  void remove_server_url() const;

  /// What is noted, or nothing where no server runs, or none that this user may reach.
  [[nodiscard]] std::optional<std::string> read_server_url() const;

  /// For local commands: opens the database of a folder that a server has set up, of exactly this schema.
  [[nodiscard]] Result<store::Database> open_database(store::Database::Mode mode) const;

 private:
  std::string path_;
};

/// One short transaction of a local command, server up or down. `job`'s error undoes it.
[[nodiscard]] Result<void> write_once(const DataFolder& folder,
                                      const std::function<Result<void>(store::Transaction&)>& job);

}   // namespace capid::server
