// SPDX-License-Identifier: Apache-2.0
// Result: a value or an Error, and TRY to hand an error on.
#pragma once

#include <utility>
#include <variant>

#include "base/check.h"
#include "base/error.h"

namespace capid::base {

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] explicit operator bool() const { return state_.index() == 0; }

  [[nodiscard]] T& value() & {
    CHECK(*this);
    return std::get<0>(state_);
  }
  [[nodiscard]] const T& value() const& {
    CHECK(*this);
    return std::get<0>(state_);
  }
  [[nodiscard]] T value() && {
    CHECK(*this);
    return std::get<0>(std::move(state_));
  }
  [[nodiscard]] T* operator->() { return &value(); }
  [[nodiscard]] const T* operator->() const { return &value(); }
  [[nodiscard]] T& operator*() & { return value(); }
  [[nodiscard]] const T& operator*() const& { return value(); }

  [[nodiscard]] const Error& error() const& {
    CHECK(!*this);
    return std::get<1>(state_);
  }
  [[nodiscard]] Error error() && {
    CHECK(!*this);
    return std::get<1>(std::move(state_));
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] explicit operator bool() const { return error_.index() == 0; }
  void value() const { CHECK(*this); }

  [[nodiscard]] const Error& error() const& {
    CHECK(!*this);
    return std::get<1>(error_);
  }
  [[nodiscard]] Error error() && {
    CHECK(!*this);
    return std::get<1>(std::move(error_));
  }

 private:
  std::variant<std::monostate, Error> error_;
};

}   // namespace capid::base

namespace capid {
using base::Code;
using base::Error;
using base::Result;
}   // namespace capid

/// The value of a Result; where it holds an error, the calling function returns that error.
#define TRY(expression)                                    \
  __extension__({                                          \
    auto try_result = (expression);                        \
    if (!try_result) return std::move(try_result).error(); \
    std::move(try_result).value();                         \
  })
