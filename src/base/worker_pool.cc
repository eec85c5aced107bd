// SPDX-License-Identifier: Apache-2.0
#include "base/worker_pool.h"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

namespace capid::base {

struct WorkerPool::State {
  explicit State(size_t threads) : pool(threads) {}
  boost::asio::thread_pool pool;
};

WorkerPool::WorkerPool(size_t threads) : state_(std::make_unique<State>(threads)) {}
WorkerPool::~WorkerPool() { finish(); }

void WorkerPool::post(std::function<void()> task) { boost::asio::post(state_->pool, std::move(task)); }
void WorkerPool::finish() { state_->pool.join(); }

}   // namespace capid::base
