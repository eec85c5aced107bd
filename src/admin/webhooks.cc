// SPDX-License-Identifier: Apache-2.0
#include "admin/webhooks.h"

#include "admin/fields.h"
#include "http/params.h"
#include "runs/test_webhook.h"
#include "webhooks/render.h"

namespace capid::admin {
namespace {

constexpr int64_t kPage = 50, kLargestPage = 100;

OrderedJson render(const std::vector<webhooks::Secret>& secrets) {
  OrderedJson previous = OrderedJson::array();
  for (size_t i = 1; i < secrets.size(); ++i)
    previous.push_back({{"createdAt", base::to_iso8601(secrets[i].created_at)},
                        {"retiresAt", base::time_or_null(secrets[i].retires_at)}});
  return {{"secret", secrets.front().text},
          {"createdAt", base::to_iso8601(secrets.front().created_at)},
          {"previous", std::move(previous)}};
}

Result<store::Delivery> find(store::Database& database, const http::Request& request, const Visitor& visitor) {
  auto delivery = TRY(store::find_delivery(database, request.param("deliveryId")));
  if (!delivery || (delivery->account != visitor.session.account && !visitor.session.is_admin))
    return Error{Code::kDeliveryNotFound, "there is no such delivery in this account"};
  return std::move(*delivery);
}

Result<store::DeliveryFilter> filter_of(const http::Request& request, const Visitor& visitor) {
  TRY(http::check_params(request, {"status", "run", "before", "limit"}));
  store::DeliveryFilter filter{.account = visitor.session.account, .run = http::text_param(request, "run")};
  if (filter.run && visitor.session.is_admin)
    filter.account.reset();   // an admin sees everybody's runs, and where they went
  if (const auto status = http::text_param(request, "status")) {
    filter.status = store::to_delivery_status(*status);
    if (!filter.status)
      return Error{Code::kInvalidParameter, "status must be one of pending, sending, delivered, failed", "status"};
  }
  filter.before = http::text_param(request, "before");
  filter.limit =
      TRY(http::number_param(request, "limit", {.otherwise = kPage, .least = 1, .most = kLargestPage, .clamp = true}));
  return filter;
}

}   // namespace

Result<http::Response> Webhooks::secret(const http::Request& request, const Visitor& visitor) {
  TRY(Fields::read(request, {}));
  std::vector<webhooks::Secret> secrets;
  TRY(parts_.writer.commit([&](store::Transaction& transaction) -> Result<void> {
    secrets = TRY(parts_.secrets.open(transaction, visitor.session.account));
    return record(transaction, visitor, "webhook_secret.show", visitor.session.account_name);
  }));
  return http::json_response(200, render(secrets));
}

Result<http::Response> Webhooks::rotate(const http::Request& request, const Visitor& visitor) {
  const bool now = TRY(TRY(Fields::read(request, {"now"})).flag("now"));
  std::vector<webhooks::Secret> secrets;
  TRY(parts_.writer.commit([&](store::Transaction& transaction) -> Result<void> {
    const std::string& account = visitor.session.account;
    secrets = TRY(now ? parts_.secrets.replace(transaction, account) : parts_.secrets.rotate(transaction, account));
    return record(transaction, visitor, now ? "webhook_secret.replace" : "webhook_secret.rotate",
                  visitor.session.account_name);
  }));
  return http::json_response(200, render(secrets));
}

Result<http::Response> Webhooks::list(const http::Request& request, const Visitor& visitor) {
  const store::DeliveryFilter filter = TRY(filter_of(request, visitor));
  auto database = parts_.readers.lend();
  const store::ReadTransaction view(*database);
  const auto deliveries = TRY(store::list_deliveries(*database, filter));
  OrderedJson listed = OrderedJson::array();
  for (const store::Delivery& delivery : deliveries)
    listed.push_back(webhooks::render_delivery(delivery, TRY(store::attempts_of_delivery(*database, delivery.id))));
  const bool full = static_cast<int64_t>(deliveries.size()) == filter.limit;
  return http::json_response(200, {{"deliveries", std::move(listed)},
                                   {"nextBefore", full ? OrderedJson(deliveries.back().id) : OrderedJson(nullptr)}});
}

Result<http::Response> Webhooks::get(const http::Request& request, const Visitor& visitor) {
  auto database = parts_.readers.lend();
  const store::ReadTransaction view(*database);
  const store::Delivery delivery = TRY(find(*database, request, visitor));
  return http::json_response(
      200, webhooks::render_delivery(delivery, TRY(store::attempts_of_delivery(*database, delivery.id))));
}

Result<http::Response> Webhooks::redeliver(const http::Request& request, const Visitor& visitor) {
  TRY(Fields::read(request, {}));
  TRY(parts_.writer.commit([&](store::Transaction& transaction) -> Result<void> {
    const store::Delivery delivery = TRY(find(transaction.database(), request, visitor));
    if (!TRY(store::send_again(transaction, delivery.id)))
      return Error{Code::kInvalidParameter, "the delivery is still on its way: wait for its end"};
    return record(transaction, visitor, "delivery.redeliver", delivery.id);
  }));
  parts_.wake();
  return http::json_response(200, {{"success", true}});
}

Result<http::Response> Webhooks::test(const http::Request& request, const Visitor& visitor) {
  const std::string url = TRY(TRY(Fields::read(request, {"url"})).text("url"));
  if (auto allowed = parts_.targets.check(url); !allowed) {
    Error error = std::move(allowed).error();
    error.field = "url";
    return error;
  }
  const std::string id = TRY(parts_.writer.commit([&](store::Transaction& transaction) -> Result<std::string> {
    TRY(record(transaction, visitor, "webhook.test", visitor.session.account_name));
    return runs::enqueue_test_webhook(transaction, visitor.session.account, url, public_url_);
  }));
  parts_.wake();
  return http::json_response(202, {{"id", id}});
}

}   // namespace capid::admin
