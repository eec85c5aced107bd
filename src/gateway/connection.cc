// SPDX-License-Identifier: Apache-2.0
#include "gateway/connection.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/text.h"
#include "gateway/awaited.h"
#include "gateway/call_body.h"
#include "gateway/client.h"
#include "gateway/credential.h"
#include "gateway/event_splitter.h"
#include "gateway/forwarding.h"
#include "gateway/problem.h"
#include "gateway/protocol.h"
#include "gateway/search.h"
#include "gateway/upstream.h"

namespace capid::gateway {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int kForTheOperator = 403;   // agents' clients do not try that again
constexpr size_t kMostErrorBody = size_t{1} << 20;
constexpr size_t kLargeBody = size_t{64} << 10;   // read through elsewhere, so that nobody's answer waits for it
constexpr auto kFirstRetry = 500ms;

std::string_view find_header(const std::vector<Header>& headers, std::string_view lower_name) {
  for (const Header& header : headers) {
    if (base::to_lower(header.name) == lower_name) return header.value;
  }
  return {};
}

// Where the address does not tell in which shape an error is understood.
Protocol protocol_of(const Request& request) {
  return find_header(request.headers, "anthropic-version").empty() ? Protocol::kChatCompletions : Protocol::kMessages;
}

std::vector<Header> json_headers() { return {{"Content-Type", "application/json"}}; }

}   // namespace

// One call on its way.
struct Call {
  const Endpoint& endpoint;
  const Model& model;
  Backend& backend;
  std::vector<Header> headers;
  CallBody body;
  Answer answer;

  [[nodiscard]] bool is_paid() const { return endpoint.kind == Endpoint::Kind::kCall; }
};

struct Connection::State {
  const Surroundings& around;
  const std::shared_ptr<Session> session;
  Client client;
  Pause pause;
  Upstream* upstream = nullptr;   // of the call that is on its way
  bool is_connected = false;      // that one
  bool is_asked = false;          // likewise: what was sent may be counted
  TimePoint upstream_deadline;    // until it is
  TimePoint last_word;            // once the run is over
  std::chrono::milliseconds timeout{0};

  State(const Surroundings& its_around, std::shared_ptr<Session> its_session, base::Fd socket)
      : around(its_around),
        session(std::move(its_session)),
        client(around.loop, std::move(socket),
               {.idle = around.limits.idle,
                .body_bytes = around.limits.question_bytes,
                .all_body_bytes = &session->question_bytes,
                .most_body_bytes = around.limits.all_question_bytes}),
        pause(around.loop) {}

  base::Task<void> serve() {
    while (!session->is_over && client.is_usable()) {
      auto request = co_await client.read();
      if (!request) break;
      if (!*request) {
        const auto endpoint = find_endpoint("POST", client.target());
        co_await refuse(endpoint ? endpoint->protocol : Protocol::kChatCompletions, request->error());
        break;
      }
      co_await answer(std::move(**request));
    }
    if (!session->is_over) co_await client.say_goodbye();
    client.close();
  }

  base::Task<void> answer(Request request) {
    const auto endpoint = find_endpoint(request.method, request.target);
    if (!endpoint) co_return co_await refuse(protocol_of(request), endpoint.error());
    if (endpoint->kind == Endpoint::Kind::kModels) {
      const std::string body = models_body(protocol_of(request), session->guest.model);
      co_await client.answer(200, json_headers(), body);
      co_return;
    }
    if (endpoint->kind == Endpoint::Kind::kSearch) co_return co_await search(endpoint->path);
    co_await pass_on(*endpoint, std::move(request));
  }

  base::Task<void> search(const std::string& path) {
    const auto words = words_of(path);
    if (!words) co_return co_await refuse(Protocol::kChatCompletions, words.error());
    if (!around.search || !session->guest.may_search)
      co_return co_await refuse(Protocol::kChatCompletions, no_search());
    session->guest.on_search(*words);
    if (session->is_over) co_return;
    const auto slot = co_await around.search->slots.take(pause, session->guest.run);
    if (!slot || session->is_over) co_return;
    timeout = around.search->provider.timeout;
    Question question{.method = "GET", .path = searxng_path(*words)};
    auto asked = around.search->upstreams.take();
    upstream = asked.get();
    const auto found = co_await look_up(*asked, std::move(question));
    upstream = nullptr;
    around.search->upstreams.give_back(std::move(asked));
    if (!found) co_return co_await refuse(Protocol::kChatCompletions, found.error());
    co_await client.answer(200, json_headers(), *found);
  }

  base::Task<Result<std::string>> look_up(Upstream& asked, Question question) {
    const auto head = co_await ask_once(asked, around.search->provider, std::move(question));
    if (!head) co_return head.error();
    if (head->status >= 300) co_return refused_search(head->status);
    co_return co_await read_whole(asked, kMostErrorBody);
  }

  base::Task<void> refuse(Protocol protocol, Error error) {
    const int status = status_of(error.code);
    const std::string body = error_body(protocol, status, error);
    co_await client.answer(status, json_headers(), body);
  }

  base::Task<void> pass_on(const Endpoint& endpoint, Request request) {
    const auto model = around.models.find(session->guest.model);
    if (model == around.models.end()) co_return co_await refuse(endpoint.protocol, no_model());
    if (!find_header(request.headers, "content-encoding").empty())
      co_return co_await refuse(endpoint.protocol, compressed());
    auto body = co_await prepare(endpoint.protocol, std::move(request.body), model->second.upstream);
    if (!body) co_return co_await refuse(endpoint.protocol, body.error());
    const size_t question_bytes = body->text.size();
    Call call{.endpoint = endpoint,
              .model = model->second,
              .backend = *around.backends.at(model->second.provider),
              .headers = forwarded_to_provider(request.headers),
              .body = std::move(*body),
              .answer = Answer(endpoint.protocol, question_bytes)};
    if (session->is_over) co_return;   // nobody would end the wait for a slot any more
    const auto slot = co_await call.backend.slots.take(pause, session->guest.run);
    if (!slot || session->is_over) co_return;
    if (call.is_paid()) {
      const auto admitted = around.meter.admit(session->guest, call.model);
      if (!admitted) co_return co_await turn_away(endpoint.protocol, admitted.error());
    }
    co_await ask(call);
  }

  base::Task<Result<CallBody>> prepare(Protocol protocol, std::string text, const std::string& model) {
    if (text.size() < kLargeBody) co_return prepare_call(protocol, text, model);
    const std::function<Result<CallBody>()> work = [protocol, model,
                                                    shared = std::make_shared<std::string>(std::move(text))] {
      return prepare_call(protocol, *shared, model);
    };
    co_return co_await computed(around.loop, around.workers, work);
  }

  base::Task<void> turn_away(Protocol protocol, Error error) {
    if (error.code != Code::kStoreUnavailable) session->guest.on_refused(error);
    co_await refuse(protocol, std::move(error));
  }

  // Asks until there is an answer that another try would not mend.
  base::Task<void> ask(Call& call) {
    timeout = call.backend.provider.timeout;
    for (int tries = 0;; ++tries) {
      is_connected = is_asked = false;
      auto asked = call.backend.upstreams.take();
      upstream = asked.get();
      const auto head = co_await ask_model(*asked, call);
      const auto wait = wait_before_retry(head, tries);
      if (!wait) co_await take_answer(*asked, call, head);
      upstream = nullptr;
      call.backend.upstreams.give_back(std::move(asked));
      if (!wait) co_return;
      co_await pause.sleep(*wait);
      if (session->is_over) co_return;
    }
  }

  base::Task<Result<AnswerHead>> ask_model(Upstream& asked, const Call& call) {
    auto credential = credential_line(call.backend.provider, call.endpoint.protocol);
    if (!credential) co_return credential.error();
    Question question{.method = "POST",
                      .path = call.endpoint.path,
                      .headers = call.headers,
                      .secret_lines = std::move(*credential),
                      .body = call.body.text};
    co_return co_await ask_once(asked, call.backend.provider, std::move(question));
  }

  base::Task<Result<AnswerHead>> ask_once(Upstream& asked, const Provider& provider, Question question) {
    const net::Url& server = provider.base_url;
    is_connected = is_asked = false;
    upstream_deadline = Clock::now() + around.limits.connect;
    const auto connected = co_await asked.connect(server, upstream_deadline);
    if (!connected) co_return connected.error();
    is_connected = true;
    is_asked = true;
    co_return co_await asked.ask(server, std::move(question));
  }

  // Nothing: this is the answer. What was sent and not answered is not sent again: it may have been paid for.
  std::optional<std::chrono::milliseconds> wait_before_retry(const Result<AnswerHead>& head, int tries) const {
    const bool is_busy = head && (head->status == 429 || head->status == 529);
    if (session->is_over || tries == around.limits.retries || (head ? !is_busy : is_connected)) return std::nullopt;
    const auto own = kFirstRetry * (1 << tries);
    const auto wait = head ? asked_wait(*head).value_or(own) : own;
    return wait <= around.limits.longest_retry_wait ? std::optional(wait) : std::nullopt;
  }

  base::Task<void> take_answer(Upstream& asked, Call& call, const Result<AnswerHead>& head) {
    if (!head) co_return co_await fail_unanswered(call, head.error());
    if (head->status >= 300) co_return co_await pass_refusal(asked, call, *head);
    const std::string_view coding = head->find("content-encoding");
    if (!coding.empty() && coding != "identity")
      co_return co_await fail_lost(call, 0,
                                   model_error("the model's server compresses its answer, though it was asked not to"));
    const bool is_stream = base::to_lower(head->find("content-type")).starts_with("text/event-stream");
    if (is_stream && call.is_paid()) co_return co_await stream(asked, call, *head);
    co_await pass_whole(asked, call, *head);
  }

  // Of the answer, up to `most` bytes. Errors: where it breaks off, or is larger.
  static base::Task<Result<std::string>> read_whole(Upstream& asked, size_t most, size_t* came = nullptr) {
    std::string whole;
    for (;;) {
      if (came) *came = whole.size();
      const auto some = co_await asked.read_some();
      if (!some) co_return some.error();
      if (!*some) co_return whole;
      if (whole.size() + (*some)->size() > most)
        co_return model_error("the model's server answers with more than " + std::to_string(most >> 20) + " MiB");
      whole += **some;
    }
  }

  base::Task<void> pass_whole(Upstream& asked, Call& call, const AnswerHead& head) {
    size_t came = 0;
    const auto read = co_await read_whole(asked, around.limits.answer_bytes, &came);
    if (!read) co_return co_await fail_lost(call, came, read.error());
    const auto body = std::make_shared<const std::string>(*read);
    if (call.is_paid()) {
      if (const auto taken = co_await take_body(call, body); !taken)
        co_return co_await fail_lost(call, body->size(), taken.error());
      co_await charge(call);
      note(call.answer.failure());
    }
    co_await client.answer(head.status, forwarded_to_agent(head.headers), *body);
  }

  base::Task<Result<void>> take_body(Call& call, std::shared_ptr<const std::string> body) {
    if (body->size() < kLargeBody) co_return call.answer.take_body(*body);
    const std::function<Result<void>()> work = [&answer = call.answer, body] { return answer.take_body(*body); };
    co_return co_await computed(around.loop, around.workers, work);
  }

  base::Task<void> pass_refusal(Upstream& asked, const Call& call, const AnswerHead& head) {
    const auto body = co_await read_whole(asked, kMostErrorBody);
    if (is_about_credential(head.status))
      co_return co_await fail(call, refused_credential(head.status), kForTheOperator);
    if (!body || head.status < 400) co_return co_await fail(call, refusal_of(head.status, ""));
    if (call.is_paid()) note(refusal_of(head.status, *body));
    co_await client.answer(head.status, forwarded_to_agent(head.headers), *body);
  }

  // A call that the run's end cut off before anything was told of it: its provider may have begun to count.
  base::Task<void> fail_unanswered(Call& call, Error problem) {
    if (session->is_over && is_asked && call.is_paid()) co_await charge(call);
    co_await fail(call, std::move(problem));
  }

  // An answer whose head was there, and which the agent does not get: its provider has counted it.
  base::Task<void> fail_lost(Call& call, size_t came, Error problem) {
    call.answer.take_lost(came);
    if (call.is_paid()) co_await charge(call);
    co_await fail(call, std::move(problem));
  }

  base::Task<void> charge(const Call& call) {
    constexpr int kMostTold = 10'000;   // events of a run; the ledger and the run's own sums have all of them
    co_await around.meter.charge(session->guest, call.model, call.answer, ++session->charged <= kMostTold);
  }

  base::Task<void> fail(const Call& call, Error problem, int status = status_of(Code::kModelError)) {
    if (call.is_paid()) note(problem);
    const std::string body = error_body(call.endpoint.protocol, status, problem);
    co_await client.answer(status, json_headers(), body);
  }

  void note(const std::optional<Error>& problem) {
    if (!problem || !session->is_over) session->guest.on_call(problem);
  }

  // Event by event, as they come. The one that says that the answer is whole is passed on once that is paid for. Where the
  // agent is gone, the rest is read nevertheless: it is what the provider counts.
  base::Task<void> stream(Upstream& asked, Call& call, const AnswerHead& head) {
    EventSplitter events;
    bool is_there = co_await client.begin(head.status, forwarded_to_agent(head.headers));
    bool is_paid = false, has_begun = false;
    std::optional<Error> problem;
    std::string passed_on;
    const auto flush = [&]() -> base::Task<void> {
      if (is_there && !passed_on.empty()) is_there = co_await client.write(passed_on);
      passed_on.clear();
    };
    while (!problem) {
      const auto some = co_await asked.read_some();
      if (!some) problem = some.error();
      if (!some || !*some) break;
      events.feed(**some);
      if (events.is_too_large()) {
        problem = model_error("the model's server sends an event that is too large");
        has_begun = true;
      }
      while (auto event = problem ? std::nullopt : events.next()) {
        if (const auto taken = call.answer.take_event(event->data); !taken) {
          problem = taken.error();
          break;
        }
        has_begun = has_begun || !event->data.empty();
        if (call.answer.is_whole() && !std::exchange(is_paid, true)) {
          co_await flush();
          co_await charge(call);
        }
        if (!call.body.usage_was_added || !call.answer.was_usage_alone()) passed_on += event->text;
      }
      co_await flush();
    }
    if (!problem && events.has_rest()) problem = model_error("the model's server ended within an event");
    if (!problem && !has_begun) problem = model_error("the model's server ended without an answer");
    if (!problem && !is_paid) problem = model_error("the model's server ended before its answer was whole");
    if ((has_begun || session->is_over) && !is_paid) co_await charge(call);
    co_await end_stream(call, problem, is_there);
  }

  base::Task<void> end_stream(const Call& call, const std::optional<Error>& problem, bool is_there) {
    note(problem ? problem : call.answer.failure());
    if (is_there && problem) is_there = co_await client.write(error_event(call.endpoint.protocol, *problem));
    if (is_there) is_there = co_await client.end();
    if (!is_there) client.close();
  }

  void check(TimePoint now) {
    client.check(now);
    if (!upstream) return;
    if (session->is_over && now >= last_word) return upstream->close("was cut off, since the run had ended");
    if (!is_connected && now >= upstream_deadline) return upstream->close("could not be reached in time");
    const auto since = upstream->waits_since();
    if (is_connected && since && now - *since >= timeout) upstream->close("did not answer in time");
  }

  void abandon() {
    last_word = Clock::now() + around.limits.last_words;
    client.close();
    pause.end();
    if (upstream && !is_connected) upstream->close("was not called, since the run had ended");
  }
};

Connection::Connection(const Surroundings& around, std::shared_ptr<Session> session, base::Fd socket)
    : state_(new State(around, std::move(session), std::move(socket))) {}
Connection::~Connection() = default;

base::Task<void> Connection::serve() { return state_->serve(); }

void Connection::check(TimePoint now) { state_->check(now); }

void Connection::abandon() { state_->abandon(); }

}   // namespace capid::gateway
