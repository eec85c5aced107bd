// SPDX-License-Identifier: Apache-2.0
// Webhooks: what signs them, a way to try one, and every delivery with its attempts.
import { Head } from "../parts/head";
import { Deliveries } from "../parts/deliveries";
import { WebhookSecretPanel } from "../parts/webhook-secret";
import { WebhookTest } from "../parts/webhook-test";

export function WebhooksPage() {
  return (
    <>
      <Head
        title="Webhooks"
        sub={
          <>
            A run that was started with a <code>webhookUrl</code> is posted there when it ends.
          </>
        }
      />
      <div class="two even">
        <div class="stack">
          <WebhookSecretPanel />
        </div>
        <WebhookTest />
      </div>
      <Deliveries />
    </>
  );
}
