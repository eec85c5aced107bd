// SPDX-License-Identifier: Apache-2.0
#include "runs/record.h"

#include <utility>

#include "base/text.h"

namespace capid::runs {
namespace {

constexpr size_t kMostTitles = 1'000;

threads::Connection connection_of(const egress::Visit& visit) {
  using Outcome = egress::Visit::Outcome;
  threads::Connection connection{.host = {},
                                 .port = 0,
                                 .outcome = visit.outcome == Outcome::kAllowed   ? "allowed"
                                            : visit.outcome == Outcome::kRefused ? "refused"
                                                                                 : "failed",
                                 .reason = visit.reason,
                                 .bytes_up = visit.bytes_up,
                                 .bytes_down = visit.bytes_down};
  if (visit.place) {
    connection.host = visit.place->host;
    connection.port = visit.place->port;
  }
  return connection;
}

}   // namespace

void Record::add_stderr(std::string_view bytes) {
  std::lock_guard lock(mutex_);
  log_.add(bytes);
}

void Record::add_connection(const egress::Visit& visit) {
  std::lock_guard lock(mutex_);
  if (connections_ == kMostConnections) {
    ++connections_left_out_;
    return;
  }
  ++connections_;
  end_lines();
  waiting_.push_back(threads::news_of(connection_of(visit)));
}

void Record::add_step(const transcripts::Step& step) {
  threads::News news{.type = step.type, .data = base::dump(step.data)};
  std::lock_guard lock(mutex_);
  step_bytes_ += news.data.size();
  if (steps_ == kMostSteps || step_bytes_ > kMostStepBytes) {
    ++steps_left_out_;
    return;
  }
  ++steps_;
  end_lines();
  waiting_.push_back(std::move(news));
}

void Record::add_error(const Error& error) {
  add_step({.type = "error",
            .data = {{"code", std::string(base::to_string(error.code))}, {"message", base::to_utf8(error.message)}}});
}

void Record::add_title(const transcripts::FileTitle& title) {
  std::lock_guard lock(mutex_);
  if (titles_.size() < kMostTitles && !title.title.empty()) titles_[title.path] = title.title;
}

void Record::hand_over(const std::function<void(std::vector<threads::News>)>& submit) {
  std::lock_guard lock(mutex_);
  end_lines();
  submit(std::exchange(waiting_, {}));
}

std::vector<threads::News> Record::take_rest(bool stderr_truncated) {
  std::lock_guard lock(mutex_);
  const std::string rest = log_.take_rest();
  if (!rest.empty() || stderr_truncated) waiting_.push_back(threads::news_of_log(rest, stderr_truncated));
  if (connections_left_out_ > 0)
    waiting_.push_back(threads::news_of_more("network", "connections", connections_left_out_));
  if (steps_left_out_ > 0) waiting_.push_back(threads::news_of_more("transcript", "steps", steps_left_out_));
  return std::exchange(waiting_, {});
}

std::optional<std::string> Record::title_of(const std::string& path) const {
  std::lock_guard lock(mutex_);
  const auto found = titles_.find(path);
  return found == titles_.end() ? std::nullopt : std::optional(found->second);
}

// Lines of stderr that are whole stand before what comes after them.
void Record::end_lines() {
  const std::string lines = log_.take_lines();
  if (!lines.empty()) waiting_.push_back(threads::news_of_log(lines, false));
}

}   // namespace capid::runs
