// SPDX-License-Identifier: Apache-2.0
#include "egress/connection.h"

#include <utility>

#include "net/url.h"

namespace capid::egress {
namespace {

using Clock = std::chrono::steady_clock;
using Outcome = Visit::Outcome;
using End = Channel::End;

constexpr size_t kMostHead = size_t{8} << 10;
constexpr size_t kMostAnswerHead = size_t{64} << 10;
constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr const char* kEstablished = "HTTP/1.1 200 Connection established\r\n\r\n";

// Many programs show of a proxy's refusal nothing but this.
const char* phrase_of(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden by capid";
    case 408:
      return "Request Timeout";
    case 431:
      return "Request Header Fields Too Large";
    case 504:
      return "Gateway Timeout";
    default:
      return "Bad Gateway";
  }
}

std::string answer_text(int status, const std::string& reason) {
  const std::string body = reason + "\n";
  return "HTTP/1.1 " + std::to_string(status) + " " + phrase_of(status) +
         "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\n\r\n" + body;
}

int status_of(Dialled::Kind kind) {
  if (kind == Dialled::Kind::kRefused) return 403;
  return kind == Dialled::Kind::kTimedOut ? 504 : 502;
}

std::string not_allowed(const net::HostAndPort& place) {
  const std::string text = net::to_text(place);
  return text + " is not among the hosts that this app may reach: add \"" + text +
         "\" to network.allow in its app.yaml";
}

}   // namespace

Connection::Connection(const Surroundings& around, std::shared_ptr<const Site> site, base::Fd client,
                       std::function<void(Visit visit)> tell, std::function<void()> left)
    : around_(around),
      site_(std::move(site)),
      client_(plain_channel(around.loop, std::move(client))),
      tell_(std::move(tell)),
      left_(std::move(left)) {}

void Connection::start() {
  deadline_ = Clock::now() + around_.limits.head;
  read_head();
}

void Connection::check(TimePoint now) {
  if (now < deadline_) return;
  switch (stage_) {
    case Stage::kHead:
      return head_.empty() ? finish() : answer(408, Outcome::kRefused, "the request's head did not come in time");
    case Stage::kDialling:
      return answer(504, Outcome::kFailed, "\"" + visit_.place->host + "\" did not answer in time");
    case Stage::kRelaying:
      return close("nothing was sent for too long");
    case Stage::kGoodbye:
      return finish();
    case Stage::kOver:
      return;
  }
}

void Connection::close(const std::string& why) {
  if (is_over()) return;
  if (stage_ != Stage::kHead || !head_.empty()) tell(host_ ? Outcome::kAllowed : Outcome::kFailed, why);
  finish();
}

void Connection::read_head() {
  client_->read_some(up_.data(), up_.size(), [self = shared_from_this()](End end, size_t got) {
    if (self->stage_ != Stage::kHead) return;
    if (end != End::kNone) return self->close("the request broke off");
    self->take_head(got);
  });
}

void Connection::take_head(size_t got) {
  head_.append(up_.data(), got);
  const size_t end = head_.find(kHeadEnd);
  const size_t size = end == std::string::npos ? head_.size() : end + kHeadEnd.size();
  if (size > kMostHead) return answer(431, Outcome::kRefused, "the request's head is larger than 8 KiB");
  if (end != std::string::npos) return judge(head_.substr(0, size));
  if (head_.find("\n\n") != std::string::npos)
    return answer(400, Outcome::kRefused, "the lines of a head end with CR and LF");
  read_head();
}

// From here on `head_` is what the host is sent first: the head as it is passed on, and what came behind it.
void Connection::judge(const std::string& text) {
  head_.erase(0, text.size());
  const auto head = parse_request_head(text);
  if (!head) return answer(400, Outcome::kRefused, head.error().message);
  if (const auto* proxy = std::get_if<Proxy>(&*site_)) return judge_for_proxy(*head, *proxy);
  judge_for_injection(*head, std::get<Injection>(*site_));
}

void Connection::judge_for_proxy(const RequestHead& head, const Proxy& proxy) {
  const auto wanted = wanted_of_proxy(head);
  if (!wanted) return answer(400, Outcome::kRefused, wanted.error().message);
  visit_.place = wanted->place;
  if (!net::allows(proxy.allow, wanted->place)) return answer(403, Outcome::kRefused, not_allowed(wanted->place));
  is_tunnel_ = wanted->is_tunnel;
  if (!is_tunnel_) {
    const std::string host = net::host_header(net::Url::Scheme::kHttp, wanted->place.host, wanted->place.port);
    head_.insert(0, forwarded_request(head, wanted->path, host, {}));
  }
  call(false);
}

void Connection::judge_for_injection(const RequestHead& head, const Injection& injection) {
  visit_.place = injection.place;
  const auto path = wanted_of_server(head);
  if (!path) return answer(400, Outcome::kRefused, path.error().message);
  if (!is_header_value(injection.value.view()))
    return answer(502, Outcome::kFailed, "the secret holds a character that no header may have");
  const std::string host = net::host_header(net::Url::Scheme::kHttps, injection.place.host, injection.place.port);
  head_.insert(0, forwarded_request(head, *path, host, Header{injection.header, std::string(injection.value.view())}));
  call(true);
}

void Connection::call(bool is_secure) {
  stage_ = Stage::kDialling;
  deadline_ = Clock::now() + around_.limits.dial;
  give_up_ = dial(around_.loop, around_.guard, *visit_.place, around_.limits.dial,
                  [self = shared_from_this(), is_secure](Dialled dialled) {
                    if (self->stage_ == Stage::kDialling) self->take_dialled(std::move(dialled), is_secure);
                  });
}

void Connection::take_dialled(Dialled dialled, bool is_secure) {
  if (dialled.kind != Dialled::Kind::kConnected) {
    const auto outcome = dialled.kind == Dialled::Kind::kRefused ? Outcome::kRefused : Outcome::kFailed;
    return answer(status_of(dialled.kind), outcome, dialled.problem);
  }
  if (is_secure) return secure(std::move(dialled.socket));
  relay(plain_channel(around_.loop, std::move(dialled.socket)));
}

void Connection::secure(base::Fd socket) {
  give_up_ = secure_channel(
      around_.loop, around_.trust, std::move(socket), visit_.place->host,
      [self = shared_from_this()](const std::shared_ptr<Channel>& channel, const std::string& problem) {
        if (self->stage_ != Stage::kDialling) return;
        if (channel) return self->relay(channel);
        self->answer(502, Outcome::kFailed, "\"" + self->visit_.place->host + "\" was not trusted: " + problem);
      });
}

void Connection::relay(std::shared_ptr<Channel> host) {
  host_ = std::move(host);
  give_up_ = nullptr;
  stage_ = Stage::kRelaying;
  touch();
  if (head_.empty()) {
    pump_up();
  } else {
    send_up(head_);
  }
  awaits_answer_ = !is_tunnel_;
  if (awaits_answer_) return pump_down();
  send_down(kEstablished);
}

void Connection::pump_up() {
  client_->read_some(up_.data(), up_.size(), [self = shared_from_this()](End end, size_t got) {
    if (self->stage_ != Stage::kRelaying) return;
    if (end == End::kBroken) return self->close("the run broke it off");
    if (end == End::kEnded) return self->end_up();
    self->send_up({self->up_.data(), got});
  });
}

// A host may answer and close without reading everything: its answer is still to come.
void Connection::send_up(std::string_view bytes) {
  host_->write_all(bytes, [self = shared_from_this(), size = bytes.size()](bool whole) {
    if (self->stage_ != Stage::kRelaying) return;
    if (!whole) return self->end_up();
    self->visit_.bytes_up += static_cast<int64_t>(size);
    self->touch();
    self->pump_up();
  });
}

void Connection::end_up() {
  up_ended_ = true;
  host_->end_sending();
  touch();
  if (down_ended_) close("");
}

void Connection::pump_down() {
  host_->read_some(down_.data(), down_.size(), [self = shared_from_this()](End end, size_t got) {
    if (self->stage_ != Stage::kRelaying) return;
    if (end == End::kNone) return self->take_down(got);
    if (self->awaits_answer_) return self->answer(502, Outcome::kFailed, "the host ended without an answer");
    if (end == End::kBroken) return self->close("the host broke it off");
    self->end_down();
  });
}

void Connection::take_down(size_t got) {
  visit_.bytes_down += static_cast<int64_t>(got);
  touch();
  if (awaits_answer_) return take_answer(got);
  send_down({down_.data(), got});
}

// Heads of answers, of which there may be several, until the one that is not for the time being.
void Connection::take_answer(size_t got) {
  answer_head_.append(down_.data(), got);
  out_.clear();
  while (awaits_answer_) {
    const size_t end = answer_head_.find(kHeadEnd);
    const size_t size = end == std::string::npos ? answer_head_.size() : end + kHeadEnd.size();
    if (size > kMostAnswerHead) return answer(502, Outcome::kFailed, "the head of the host's answer is too large");
    if (end == std::string::npos) break;
    const auto passed_on = forwarded_answer(std::string_view(answer_head_).substr(0, size));
    if (!passed_on) return answer(502, Outcome::kFailed, "the host's answer is not HTTP");
    out_ += passed_on->text;
    answer_head_.erase(0, size);
    awaits_answer_ = !passed_on->is_final;
  }
  if (!awaits_answer_) out_ += std::exchange(answer_head_, {});
  out_.empty() ? pump_down() : send_down(out_);
}

void Connection::send_down(std::string_view bytes) {
  client_->write_all(bytes, [self = shared_from_this()](bool whole) {
    if (self->stage_ != Stage::kRelaying) return;
    if (!whole) return self->close("the run broke it off");
    self->touch();
    self->pump_down();
  });
}

void Connection::end_down() {
  down_ended_ = true;
  client_->end_sending();
  touch();
  if (up_ended_) close("");
}

void Connection::touch() {
  deadline_ = Clock::now() + (up_ended_ || down_ended_ ? around_.limits.half : around_.limits.idle);
}

void Connection::answer(int status, Outcome outcome, std::string reason) {
  stage_ = Stage::kGoodbye;
  deadline_ = Clock::now() + around_.limits.goodbye;
  give_up();
  if (host_) host_->close();
  out_ = answer_text(status, reason);
  tell(outcome, std::move(reason));
  client_->write_all(out_, [self = shared_from_this()](bool whole) {
    if (self->is_over()) return;
    if (!whole) return self->finish();
    self->client_->end_sending();
    self->say_goodbye();
  });
}

// What still comes is read, since a socket that is closed over unread bytes takes back what it sent.
void Connection::say_goodbye() {
  client_->read_some(up_.data(), up_.size(), [self = shared_from_this()](End end, size_t) {
    if (self->is_over()) return;
    if (end != End::kNone) return self->finish();
    self->say_goodbye();
  });
}

void Connection::tell(Outcome outcome, std::string reason) {
  if (!tell_) return;
  visit_.outcome = outcome;
  visit_.reason = std::move(reason);
  std::exchange(tell_, nullptr)(visit_);
}

// The dial, or the handshake, where one goes on.
void Connection::give_up() {
  if (give_up_) std::exchange(give_up_, nullptr)();
}

void Connection::finish() {
  stage_ = Stage::kOver;
  give_up();
  client_->close();
  if (host_) host_->close();
  std::exchange(left_, nullptr)();
}

}   // namespace capid::egress
