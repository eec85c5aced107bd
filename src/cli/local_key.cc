// SPDX-License-Identifier: Apache-2.0
#include "cli/local_key.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <iostream>
#include <optional>

#include "accounts/accounts.h"
#include "keys/keys.h"
#include "server/privileges.h"

namespace capid::cli {
namespace {

using namespace std::chrono_literals;

constexpr base::TimeMs kLifetimeMs = 5 * 60'000;
constexpr auto kRenewAfter = 4min;
constexpr int64_t kRequestsPerMinute = 6000;
constexpr size_t kMostMessage = 8192;

// The first character of each message of the keeper's.
constexpr char kKey = 'K', kWrong = 'W', kFailed = 'F';

// The keeper's side.
class Keeper {
 public:
  Keeper(base::Fd socket, Place place, std::string account)
      : socket_(std::move(socket)), place_(std::move(place)), account_(std::move(account)) {}

  // A message asks for a key; the end of messages is the end of the call. Returns whether nothing is left behind.
  bool serve() {
    char question = 0;
    while (::recv(socket_.get(), &question, 1, 0) == 1) answer(replace());
    return static_cast<bool>(revoke());
  }

 private:
  void answer(const Result<std::string>& key) {
    std::string message =
        key ? kKey + *key : (key.error().code == Code::kInvalidParameter ? kWrong : kFailed) + key.error().message;
    message.resize(std::min(message.size(), kMostMessage));
    (void)!::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL);
  }

  Result<std::string> replace() {
    if (!workplace_) workplace_ = TRY(enter(place_));
    server::forbid_dumps();   // dropping root's rights allows them again
    auto database = TRY(open_database());
    const store::Account account = TRY(accounts::find(database, account_));
    const base::SecretKey secret = TRY(base::load_instance_secret(workplace_->folder.instance_secret()));
    keys::IssuedKey issued;
    TRY(server::write_once(workplace_->folder, [&](store::Transaction& transaction) -> Result<void> {
      issued = TRY(keys::issue(transaction, secret,
                               {.account = account.id,
                                .name = keys::kLocalKeyName,
                                .expires_at = transaction.now_ms() + kLifetimeMs,
                                .requests_per_minute = kRequestsPerMinute}));
      return {};
    }));
    const auto revoked = revoke();
    id_ = issued.id;
    TRY(revoked);
    return issued.key;
  }

  Result<store::Database> open_database() const {
    auto database = workplace_->folder.open_database(store::Database::Mode::kReadOnly);
    if (database) return database;
    Error error = std::move(database).error();
    error.message += "; for a server elsewhere set CAPI_URL and CAPI_KEY";
    return error;
  }

  Result<void> revoke() {
    if (id_.empty()) return {};
    return server::write_once(workplace_->folder, [&](store::Transaction& transaction) -> Result<void> {
      TRY(store::revoke_key(transaction, id_));
      return {};
    });
  }

  base::Fd socket_;
  Place place_;
  std::string account_;
  std::optional<Workplace> workplace_;
  std::string id_;
};

// Ctrl-C reaches the whole group of processes; the keeper ends when the call does.
[[noreturn]] void keep(base::Fd socket, const Place& place, const std::string& account) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) ::signal(signal, SIG_IGN);
  ::_exit(Keeper(std::move(socket), place, account).serve() ? 0 : 1);
}

}   // namespace

Result<std::unique_ptr<LocalKey>> LocalKey::start(const Place& place, const std::string& account) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return base::system_error("cannot make a key for this call", "socketpair");
  base::Fd ours(ends[0]), keepers(ends[1]);
  const pid_t keeper = ::fork();
  if (keeper < 0) return base::system_error("cannot make a key for this call", "fork");
  if (keeper == 0) {
    ours.reset();
    keep(std::move(keepers), place, account);
  }
  return std::unique_ptr<LocalKey>(new LocalKey(keeper, std::move(ours)));
}

Result<std::string> LocalKey::get(Clock::time_point now) {
  if (!key_.empty() && now - issued_ < kRenewAfter) return key_;
  std::array<char, kMostMessage> message;
  const bool sent = ::send(socket_.get(), "?", 1, MSG_NOSIGNAL) == 1;
  const ssize_t got = sent ? ::recv(socket_.get(), message.data(), message.size(), 0) : -1;
  if (got < 1) return Error{Code::kInternal, "cannot make a key for this call"};
  std::string text(message.data() + 1, static_cast<size_t>(got) - 1);
  if (message[0] != kKey) return Error{message[0] == kWrong ? Code::kInvalidParameter : Code::kInternal, text};
  issued_ = now;
  return key_ = std::move(text);
}

void LocalKey::finish() {
  const pid_t keeper = keeper_.exchange(0);
  if (keeper == 0) return;
  ::shutdown(socket_.get(), SHUT_RDWR);
  int status = 0;
  while (::waitpid(keeper, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    std::cerr << "capid: this call's key could not be revoked; it stops working by itself within five minutes\n";
}

}   // namespace capid::cli
