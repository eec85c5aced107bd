// SPDX-License-Identifier: Apache-2.0
#include "runs/test_webhook.h"

#include "runs/render.h"
#include "webhooks/enqueue.h"

namespace capid::runs {

Result<std::string> enqueue_test_webhook(store::Transaction& transaction, const std::string& account,
                                         const std::string& url, const std::string& public_url) {
  const store::Run run{.id = transaction.new_id(),
                       .account = account,
                       .app = "webhook-test",
                       .app_name = "Webhook test",
                       .app_version = "0",
                       .origin = "ui",
                       .status = store::RunStatus::kCompleted,
                       .inputs = "{}",
                       .result_text = "This is a test of the webhook. There was no run.",
                       .created_at = transaction.now_ms(),
                       .started_at = transaction.now_ms(),
                       .completed_at = transaction.now_ms()};
  const std::string text = TRY(render_run_text(transaction.database(), run, public_url));
  return webhooks::enqueue(transaction, account, std::nullopt, url, text);
}

}   // namespace capid::runs
