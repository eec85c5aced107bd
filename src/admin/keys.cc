// SPDX-License-Identifier: Apache-2.0
#include "admin/keys.h"

#include "admin/fields.h"
#include "http/params.h"
#include "keys/keys.h"

namespace capid::admin {
namespace {

constexpr int64_t kDayMs = 86'400'000;
constexpr int64_t kMostDays = 3'650;

OrderedJson render(const store::Key& key) {
  return base::object({{"id", key.id},
                       {"name", key.name},
                       {"account", key.account_name},
                       {"appId", base::or_null(key.app)},
                       {"prefix", key.prefix},
                       {"createdAt", base::to_iso8601(key.created_at)},
                       {"lastUsedAt", base::time_or_null(key.last_used_at)},
                       {"expiresAt", base::time_or_null(key.expires_at)},
                       {"revokedAt", base::time_or_null(key.revoked_at)},
                       {"requestsPerMinute", base::or_null(key.requests_per_minute)}});
}

}   // namespace

Result<http::Response> Keys::list(const http::Request& request, const Visitor& visitor) {
  TRY(http::check_params(request, {"app"}));
  const auto app = http::text_param(request, "app");
  OrderedJson listed = OrderedJson::array();
  const store::Session& session = visitor.session;
  for (const store::Key& key : TRY(session.is_admin ? store::list_keys(*readers_.lend())
                                                    : store::list_keys_of(*readers_.lend(), session.account))) {
    if (keys::is_left_by_a_call(key, clock_.now_ms())) continue;
    if (!app || key.app == app) listed.push_back(render(key));
  }
  return http::json_response(200, {{"keys", std::move(listed)}});
}

Result<http::Response> Keys::create(const http::Request& request, const Visitor& visitor) {
  const Fields fields = TRY(Fields::read(request, {"name", "appId", "expiresInDays", "requestsPerMinute"}));
  keys::NewKey wanted{.account = visitor.session.account,
                      .name = TRY(fields.text("name")),
                      .app = TRY(fields.maybe_text("appId")),
                      .requests_per_minute = TRY(fields.maybe_number("requestsPerMinute"))};
  const auto days = TRY(fields.maybe_number("expiresInDays"));
  if (days && (*days < 1 || *days > kMostDays))
    return Error{Code::kInvalidParameter, "a key expires after 1 to 3650 days, or never", "expiresInDays"};
  if (wanted.app) TRY(apps_.state(*wanted.app));
  std::optional<store::Key> key;
  std::string secret;
  TRY(writer_.commit([&](store::Transaction& transaction) -> Result<void> {
    if (days) wanted.expires_at = transaction.now_ms() + *days * kDayMs;
    const keys::IssuedKey issued = TRY(keys::issue(transaction, instance_secret_, wanted));
    key = TRY(store::find_key(transaction.database(), issued.id));
    secret = issued.key;
    return record(transaction, visitor, "key.create", keys::words_for(*key));
  }));
  OrderedJson body = render(*key);
  body["key"] = secret;
  return http::json_response(201, body);
}

Result<http::Response> Keys::revoke(const http::Request& request, const Visitor& visitor) {
  TRY(writer_.commit([&](store::Transaction& transaction) -> Result<void> {
    const auto key = TRY(store::find_key(transaction.database(), request.param("keyId")));
    if (!key || (key->account != visitor.session.account && !visitor.session.is_admin))
      return Error{Code::kKeyNotFound, "there is no such key in this account"};
    if (!TRY(store::revoke_key(transaction, key->id))) return {};   // it was before
    return record(transaction, visitor, "key.revoke", keys::words_for(*key));
  }));
  return http::json_response(200, {{"success", true}});
}

}   // namespace capid::admin
