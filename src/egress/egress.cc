// SPDX-License-Identifier: Apache-2.0
#include "egress/egress.h"

#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <future>
#include <map>
#include <set>

#include "base/event_loop.h"
#include "base/log.h"
#include "base/worker_pool.h"
#include "egress/connection.h"

namespace capid::egress {
namespace {

using Listener = boost::asio::posix::stream_descriptor;
using Clock = std::chrono::steady_clock;

constexpr int kSweepMs = 250;   // how late a time-out may be
constexpr const char* kRunEnded = "the run ended";

struct Visitors;

struct OpenDoor {
  Listener listener;
  std::shared_ptr<const Site> site;
  bool waits = false;   // for a connection; else there is no room for one
};

// One run's doors and connections. Its handlers own it.
struct Visitors : std::enable_shared_from_this<Visitors> {
  Visitors(const Surroundings& its_around, std::function<void(Visit)> its_on_visit)
      : around(its_around), on_visit(std::move(its_on_visit)) {}

  void open(Door door) {
    auto opened = std::make_shared<OpenDoor>(OpenDoor{.listener = Listener(around.loop.context()),
                                                      .site = std::make_shared<const Site>(std::move(door.site))});
    boost::system::error_code failed;
    opened->listener.assign(door.listener.get(), failed);
    if (!failed) (void)door.listener.release();
    if (!failed) opened->listener.non_blocking(true, failed);
    if (failed)   // an agent may have used up what this user may watch
      return base::log::error("a run has no way out", {{"error", failed.message()}});
    doors.push_back(opened);
  }

  // Waits at every door, as long as there is room.
  void wait() {
    for (const auto& door : doors) {
      if (!door->waits && connections.size() < around.limits.connections) wait_at(door);
    }
  }

  void wait_at(const std::shared_ptr<OpenDoor>& door) {
    door->waits = true;
    door->listener.async_wait(Listener::wait_read,
                              [self = shared_from_this(), door](const boost::system::error_code& error) {
                                door->waits = false;
                                if (!error && !self->is_closed) self->let_in(door);
                              });
  }

  // Where no descriptor is to be had, whoever connects waits for the next sweep.
  void let_in(const std::shared_ptr<OpenDoor>& door) {
    while (connections.size() < around.limits.connections) {
      base::Fd client(::accept4(door->listener.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (!client && errno != EAGAIN && errno != ECONNABORTED && errno != EINTR)
        return base::log::warn("a run's connection could not be accepted; it waits",
                               {{"error", base::system_error("", "accept4").detail}});
      if (!client) break;
      welcome(door->site, std::move(client));
    }
    wait();
  }

  void welcome(const std::shared_ptr<const Site>& site, base::Fd client) {
    auto connection = std::make_shared<Connection>(
        around, site, std::move(client), [self = weak_from_this()](Visit visit) { tell(self, std::move(visit)); },
        [self = weak_from_this(), number = ++last_number] { leave(self, number); });
    connections.emplace(last_number, connection);
    connection->start();
  }

  static void tell(const std::weak_ptr<Visitors>& whom, Visit visit) {
    if (const auto self = whom.lock()) self->on_visit(std::move(visit));
  }

  static void leave(const std::weak_ptr<Visitors>& whom, uint64_t number) {
    const auto self = whom.lock();
    if (!self) return;
    self->connections.erase(number);
    if (!self->is_closed) self->wait();
  }

  void check(Connection::TimePoint now) {
    for (const auto& [number, connection] : std::map(connections)) connection->check(now);
    wait();
  }

  void close() {
    is_closed = true;
    for (const auto& door : doors) {
      boost::system::error_code ignored;
      door->listener.close(ignored);
    }
    for (const auto& [number, connection] : std::map(connections)) connection->close(kRunEnded);
  }

  const Surroundings& around;
  std::function<void(Visit)> on_visit;
  std::vector<std::shared_ptr<OpenDoor>> doors;
  std::map<uint64_t, std::shared_ptr<Connection>> connections;   // in the order in which they came
  uint64_t last_number = 0;
  bool is_closed = false;
};

}   // namespace

// Lives on the loop's thread, but for open() and close(), which post to it.
struct Egress::State {
  State(const net::AddressGuard& its_guard, Limits its_limits) : limits(its_limits), guard(its_guard) {}

  void open(uint64_t handle, std::vector<Door>& doors, std::function<void(Visit)> on_visit) {
    const auto visitors = std::make_shared<Visitors>(around, std::move(on_visit));
    for (Door& door : doors) visitors->open(std::move(door));
    runs.emplace(handle, visitors);
    visitors->wait();
  }

  void close(uint64_t handle) {
    const auto found = runs.find(handle);
    if (found == runs.end()) return;
    found->second->close();
    runs.erase(found);
  }

  void sweep() {
    for (const auto& [handle, visitors] : runs) visitors->check(Clock::now());
  }

  const Limits limits;
  const net::AddressGuard& guard;
  base::EventLoop loop;
  base::WorkerPool certificate_readers{1};
  net::TlsTrust trust{certificate_readers};
  const Surroundings around{.loop = loop, .guard = guard, .trust = trust, .limits = limits};
  std::map<uint64_t, std::shared_ptr<Visitors>> runs;
  std::atomic<uint64_t> last_handle{0};
  std::atomic<bool> is_running{false};
};

Egress::Egress(const net::AddressGuard& guard, Limits limits) : state_(std::make_unique<State>(guard, limits)) {}

Egress::~Egress() { stop(); }

void Egress::start() {
  state_->loop.every(kSweepMs, [state = state_.get()] { state->sweep(); });
  state_->loop.start();
  state_->is_running = true;
}

uint64_t Egress::open(std::vector<Door> doors, std::function<void(Visit visit)> on_visit) {
  const uint64_t handle = ++state_->last_handle;
  state_->loop.post([state = state_.get(), handle, doors = std::make_shared<std::vector<Door>>(std::move(doors)),
                     on_visit = std::move(on_visit)] { state->open(handle, *doors, on_visit); });
  return handle;
}

void Egress::close(uint64_t handle) {
  if (!state_->is_running) return;
  std::promise<void> closed;
  state_->loop.post([&] {
    state_->close(handle);
    closed.set_value();
  });
  closed.get_future().wait();
}

void Egress::stop() {
  state_->is_running = false;
  state_->loop.stop();
  state_->runs.clear();
}

}   // namespace capid::egress
