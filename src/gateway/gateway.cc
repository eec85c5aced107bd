// SPDX-License-Identifier: Apache-2.0
#include "gateway/gateway.h"

#include <sys/socket.h>

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <set>

#include "base/event_loop.h"
#include "base/log.h"
#include "base/worker_pool.h"
#include "gateway/connection.h"

namespace capid::gateway {
namespace {

namespace asio = boost::asio;
using Listener = asio::posix::stream_descriptor;
using Clock = std::chrono::steady_clock;

constexpr int kSweepMs = 250;   // how late a time-out may be
constexpr std::chrono::hours kUntilSomebodyLeaves{24};
constexpr std::chrono::milliseconds kUntilDescriptorsAreFree{250};

// What a coroutine of ours throws is a bug, and ends the program.
void end_with_bugs(const std::exception_ptr& bug) {
  if (bug) std::rethrow_exception(bug);
}

Provider search_engine(const net::Url& searxng) {
  constexpr int64_t kSearches = 16;
  return {.name = "web_search", .base_url = searxng, .concurrency = kSearches, .timeout = std::chrono::seconds(30)};
}

// One run's gateway. Its coroutines own it.
struct Room : std::enable_shared_from_this<Room> {
  const Surroundings& around;
  const std::shared_ptr<Session> session = std::make_shared<Session>();
  Listener listener;
  Pause pause;   // of the one who lets in
  std::set<Connection*> connections;
  std::function<void()> closed;

  Room(const Surroundings& its_around, base::Fd fd, Guest guest)
      : around(its_around), listener(its_around.loop.context()), pause(its_around.loop) {
    session->guest = std::move(guest);
    boost::system::error_code failed;
    listener.assign(fd.get(), failed);
    if (!failed) (void)fd.release();
    if (!failed) listener.non_blocking(true, failed);
    if (failed)   // an agent may have used up what this user may watch
      base::log::error("a run has no gateway", {{"run", session->guest.run}, {"error", failed.message()}});
  }

  // Lets in whoever knocks, as long as there is room.
  static base::Task<void> let_in(std::shared_ptr<Room> room) {
    while (!room->session->is_over && room->listener.is_open()) {
      if (room->connections.size() >= room->around.limits.connections) {
        co_await room->pause.sleep(kUntilSomebodyLeaves);
        continue;
      }
      base::Fd client(::accept4(room->listener.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (client) {
        asio::co_spawn(room->around.loop.context(), serve(room, std::move(client)), end_with_bugs);
      } else if (errno == EAGAIN) {
        co_await room->listener.async_wait(Listener::wait_read, asio::as_tuple(asio::use_awaitable));
      } else if (errno != ECONNABORTED && errno != EINTR) {
        base::log::warn("a run's connection to its gateway could not be accepted; it waits",
                        {{"error", base::system_error("", "accept4").detail}});
        co_await room->pause.sleep(kUntilDescriptorsAreFree);
      }
    }
  }

  static base::Task<void> serve(std::shared_ptr<Room> room, base::Fd client) {
    Connection connection(room->around, room->session, std::move(client));
    room->connections.insert(&connection);
    co_await connection.serve();
    room->connections.erase(&connection);
    room->pause.end();
    room->close_if_empty();
  }

  void check(Connection::TimePoint now) {
    for (Connection* connection : connections) connection->check(now);
  }

  void close(std::function<void()> done) {
    session->is_over = true;
    closed = std::move(done);
    boost::system::error_code ignored;
    listener.close(ignored);
    pause.end();
    for (Connection* connection : connections) connection->abandon();
    close_if_empty();
  }

  void close_if_empty() {
    if (closed && connections.empty()) std::exchange(closed, nullptr)();
  }
};

}   // namespace

// What waits on the loop refers to all that stands above it.
struct Gateway::State {
  const Limits limits;
  store::Writer& writer;
  std::map<std::string, Model> models;
  std::map<std::string, std::unique_ptr<Backend>> backends;   // by the providers' names
  std::unique_ptr<Backend> search;
  base::WorkerPool workers{1};
  net::TlsTrust trust{workers};
  std::atomic<uint64_t> last_handle{0};
  std::atomic<bool> is_running{false};
  std::map<uint64_t, std::shared_ptr<Room>> rooms;
  base::EventLoop loop;
  Meter meter;
  const Surroundings around;

  State(Options options, store::Writer& its_writer, store::Readers& readers, threads::Feed& feed)
      : limits(options.limits),
        writer(its_writer),
        search(options.searxng ? backend_for(search_engine(*options.searxng)) : nullptr),
        meter(options.prices, loop, writer, readers, feed),
        around{.loop = loop,
               .meter = meter,
               .workers = workers,
               .limits = limits,
               .models = models,
               .backends = backends,
               .search = search.get()} {
    for (Provider& provider : options.providers) {
      const std::string name = provider.name;
      backends.emplace(name, backend_for(std::move(provider)));
    }
    for (Model& model : options.models) models.emplace(model.id, std::move(model));
  }

  std::unique_ptr<Backend> backend_for(Provider provider) {
    const int64_t concurrency = provider.concurrency;
    return std::unique_ptr<Backend>(new Backend{
        .provider = std::move(provider), .slots = Slots(concurrency), .upstreams = UpstreamPool(loop, trust)});
  }

  void for_each_backend(const std::function<void(Backend&)>& use) {
    for (const auto& [name, backend] : backends) use(*backend);
    if (search) use(*search);
  }

  void sweep() {
    const auto now = Clock::now();
    for (const auto& [handle, room] : rooms) room->check(now);
    for_each_backend([now](Backend& backend) { backend.upstreams.check(now); });
  }

  void open(uint64_t handle, base::Fd listener, Guest guest) {
    auto room = std::make_shared<Room>(around, std::move(listener), std::move(guest));
    rooms.emplace(handle, room);
    asio::co_spawn(loop.context(), Room::let_in(room), end_with_bugs);
  }

  void close(uint64_t handle, std::function<void()> done) {
    const auto found = rooms.find(handle);
    if (found == rooms.end()) return done();
    found->second->close([this, handle, done = std::move(done)] {
      loop.post([this, handle] { rooms.erase(handle); });
      done();
    });
  }
};

Gateway::Gateway(Options options, store::Writer& writer, store::Readers& readers, threads::Feed& feed)
    : state_(std::make_unique<State>(std::move(options), writer, readers, feed)) {}

Gateway::~Gateway() { stop(); }

void Gateway::start() {
  state_->loop.every(kSweepMs, [state = state_.get()] { state->sweep(); });
  state_->loop.start();
  state_->is_running = true;
}

uint64_t Gateway::open(base::Fd listener, Guest guest) {
  const uint64_t handle = ++state_->last_handle;
  state_->loop.post([state = state_.get(), handle, listener = std::make_shared<base::Fd>(std::move(listener)),
                     guest = std::move(guest)] { state->open(handle, std::move(*listener), guest); });
  return handle;
}

void Gateway::close(uint64_t handle, std::function<void()> done) {
  state_->loop.post([state = state_.get(), handle, done = std::move(done)] { state->close(handle, done); });
}

void Gateway::write_metrics(base::MetricsText& text) const {
  const Meter::Metrics& metrics = state_->meter.metrics();
  text.family("capid_model_calls_total", "counter", "Agents' calls of models, by what became of them.");
  text.sample({{"outcome", "answered"}}, static_cast<double>(metrics.calls.value()));
  text.sample({{"outcome", "no_credits"}}, static_cast<double>(metrics.refused.value()));
  text.family("capid_model_tokens_total", "counter", "Tokens of those calls.");
  text.sample({{"kind", "input"}}, static_cast<double>(metrics.input_tokens.value()));
  text.sample({{"kind", "output"}}, static_cast<double>(metrics.output_tokens.value()));
}

void Gateway::give_up() { state_->meter.give_up(); }

// What was given to the writer comes back to the loop: nothing may still be on its way when that goes.
void Gateway::stop() {
  if (!state_->is_running.exchange(false)) return;
  state_->loop.stop();
  state_->workers.finish();
  state_->rooms.clear();
  state_->for_each_backend([](Backend& backend) { backend.upstreams.clear(); });
  (void)state_->writer.commit([](store::Transaction&) -> Result<void> { return {}; });
}

}   // namespace capid::gateway
