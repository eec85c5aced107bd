// SPDX-License-Identifier: Apache-2.0
// The tools for the web: fetch goes through the run's egress proxy, search through its gateway.
#include <chrono>
#include <cstdlib>

#include "agent/html_text.h"
#include "agent/toolbox.h"
#include "base/text.h"
#include "net/http_client.h"

namespace capid::agent {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kMostRedirects = 5;
constexpr size_t kMostPage = size_t{8} << 20;
constexpr size_t kMostResults = 10;
constexpr std::chrono::seconds kPatience{60};   // without a byte
constexpr std::chrono::seconds kMostTime{120};

// The URL cut into what is dialled and what is asked for there.
struct Page {
  net::Url server;
  std::string target;
};

Result<Page> page_at(const std::string& url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string::npos || !url.starts_with("http"))
    return Error{Code::kInvalidInput, "url must begin with https:// or http://"};
  const std::string whole = url.substr(0, url.find('#'));
  const size_t path = whole.find_first_of("/?", scheme + 3);
  Page page{.server = TRY(net::parse_url(whole.substr(0, path))), .target = "/"};
  if (path != std::string::npos) page.target = (whole[path] == '?' ? "/" : "") + whole.substr(path);
  std::string target;
  for (const char c : page.target) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte == 0x7f)
      return Error{Code::kInvalidInput, "url holds a space or a control character: encode it"};
    target += byte < 0x80 ? std::string(1, c) : net::encode(std::string_view(&c, 1));
  }
  page.target = std::move(target);
  return page;
}

// Where a redirect leads, from the page that it stands on.
std::string resolved(const Page& from, const std::string& location) {
  const std::string server = net::to_text(from.server), page = from.target.substr(0, from.target.find('?'));
  if (location.starts_with("http://") || location.starts_with("https://")) return location;
  if (location.starts_with("//")) return server.substr(0, server.find(':') + 1) + location;
  if (location.starts_with("/")) return server + location;
  if (location.starts_with("?")) return server + page + location;
  return server + page.substr(0, page.rfind('/') + 1) + location;
}

Result<net::Url> proxy() {
  const char* named = std::getenv("HTTPS_PROXY");
  if (!named || !*named)
    return Error{Code::kInvalidInput, "this app reaches no host: its manifest's network.allow names none"};
  return net::parse_url(named);
}

ToolOutput shown(const net::Answer& answer, const std::string& body) {
  const std::string type = base::to_lower(answer.header("content-type"));
  if (type.starts_with("text/html") || type.starts_with("application/xhtml")) return {.text = text_of_html(body)};
  if (is_text(body)) return {.text = body};
  return failed("this is no text but " + std::to_string(body.size()) + " bytes of " +
                (type.empty() ? "no known type" : type));
}

ToolOutput fetch(const Json& arguments) {
  auto url = text_argument(arguments, "url");
  if (!url) return failed(url.error());
  const auto through = proxy();
  if (!through) return failed(through.error());
  for (int redirects = 0; redirects <= kMostRedirects; ++redirects) {
    const auto page = page_at(*url);
    if (!page) return failed(page.error());
    std::string body;
    const auto end = Clock::now() + kMostTime;
    const net::Answer answer = net::HttpClient(page->server, *through)
                                   .send({.target = page->target,
                                          .headers = {{"Accept", "text/html, text/plain, application/json, */*;q=0.1"},
                                                      {"User-Agent", "capid"}},
                                          .on_bytes =
                                              [&](std::string_view bytes) {
                                                body += bytes;
                                                return body.size() <= kMostPage && Clock::now() < end;
                                              },
                                          .most_body = kMostPage,
                                          .patience = kPatience});
    if (answer.failure == net::Failure::kStopped)
      return failed("the page is larger than 8 MiB, or takes longer than two minutes");
    if (answer.failure != net::Failure::kNone) return failed(page->server.host + ": " + answer.problem);
    const std::string location = answer.header("location");
    if (answer.is_good()) return shown(answer, body);
    if (answer.status < 300 || answer.status >= 400 || location.empty())
      return failed("the server answered " + std::to_string(answer.status) + "\n" + text_of_html(answer.body));
    url = resolved(*page, location);
  }
  return failed("the page leads on and on: more than 5 redirects");
}

ToolOutput results_of(const Json& answer) {
  std::string text;
  size_t count = 0;
  for (const Json& result : base::member(answer, "results")) {
    if (count++ == kMostResults) break;
    text += std::to_string(count) + ". " + std::string(base::text_of(base::member(result, "title"))) + "\n   " +
            std::string(base::text_of(base::member(result, "url"))) + "\n   " +
            std::string(base::text_of(base::member(result, "content"))) + "\n";
  }
  return {.text = text.empty() ? "(nothing was found)" : text};
}

ToolOutput search(const net::Url& gateway, const Json& arguments) {
  const auto query = text_argument(arguments, "query");
  if (!query) return failed(query.error());
  const net::Answer answer =
      net::HttpClient(gateway).send({.target = "/search?q=" + net::encode(*query), .patience = kPatience});
  if (answer.failure != net::Failure::kNone) return failed("the search failed: " + answer.problem);
  const Json body = Json::parse(answer.body, nullptr, false);
  if (answer.is_good()) return body.is_object() ? results_of(body) : failed("the search engine's answer is no JSON");
  return failed(std::string(base::text_of(base::member(base::member(body, "error"), "message"))));
}

}   // namespace

Tool web_fetch_tool() {
  return {
      .description = {.name = "web_fetch",
                      .description = "Fetches a page and returns its text; of a long one the beginning and the end. "
                                     "Only hosts that this app may reach answer.",
                      .parameters = parameters_of({{"url", {{"type", "string"}}}}, {"url"})},
      .use = fetch};
}

Tool web_search_tool(const net::Url& gateway) {
  return {.description = {.name = "web_search",
                          .description = "Searches the web and returns titles, addresses and excerpts.",
                          .parameters = parameters_of({{"query", {{"type", "string"}}}}, {"query"})},
          .use = [gateway](const Json& arguments) { return search(gateway, arguments); }};
}

}   // namespace capid::agent
