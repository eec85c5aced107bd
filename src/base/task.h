// SPDX-License-Identifier: Apache-2.0
// Coroutines of an event loop: what waits reads like what does not.
#pragma once

namespace boost::asio {
class any_io_executor;
template <typename T, typename Executor>
class awaitable;
}   // namespace boost::asio

namespace capid::base {

/// What a coroutine returns that is awaited on an event loop's thread. Whoever awaits or spawns one includes Asio's
/// awaitable.hpp; what is passed to it by reference must outlive it. GCC 12 copies the bits of an aggregate that is made within
/// a co_await's own expression, `co_await f({...})`, and ends it twice: make such arguments before.
template <typename T>
using Task = boost::asio::awaitable<T, boost::asio::any_io_executor>;

}   // namespace capid::base
