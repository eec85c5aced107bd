// SPDX-License-Identifier: Apache-2.0
// Sends a test webhook and follows it: the same path and checks as a real one.
import { useEffect, useState } from "preact/hooks";
import { get, path, post } from "../api";
import { useFormAction } from "../data";
import type { Delivery } from "../types";
import { Attempts, DeliveryChip } from "./delivery";
import { TextField } from "./field";
import { Failure } from "./notice";
import { Time } from "./time";

export function WebhookTest() {
  const [url, setUrl] = useState("");
  const [id, setId] = useState<string | null>(null);
  const { busy, error, at, run } = useFormAction("url");
  const send = (event: Event) => {
    event.preventDefault();
    setId(null);
    void run(async () => setId((await post<{ id: string }>("webhooks/test", { url: url.trim() })).id));
  };
  return (
    <section class="panel pad stack">
      <h2 class="flush">Send a test</h2>
      <form class="stack-tight" onSubmit={send} noValidate>
        <TextField
          label="Address"
          type="url"
          inputMode="url"
          placeholder="https://example.org/hook"
          autoComplete="off"
          value={url}
          onValue={setUrl}
          error={at("url")}
          hint="It goes the same way as a real webhook, with the same checks."
        />
        <Failure error={error} />
        <div>
          <button class="btn" disabled={busy || !url.trim()}>
            Send test
          </button>
        </div>
      </form>
      {id && <Follow id={id} key={id} />}
    </section>
  );
}

function Follow({ id }: { id: string }) {
  const [delivery, setDelivery] = useState<Delivery | null>(null);
  const over = delivery?.status === "delivered" || delivery?.status === "failed";
  useEffect(() => {
    if (over) return;
    const look = () => void get<Delivery>(path("webhooks", "deliveries", id)).then(setDelivery, () => undefined);
    look();
    const timer = setInterval(look, 1000);
    return () => clearInterval(timer);
  }, [id, over]);
  return (
    <div class="stack-tight" aria-live="polite">
      <div class="row">
        <DeliveryChip status={delivery?.status ?? "pending"} />
        {delivery?.nextAttemptAt && !over && (
          <span class="muted small">
            tries again <Time at={delivery.nextAttemptAt} />
          </span>
        )}
      </div>
      {delivery && <Attempts attempts={delivery.attempts} />}
    </div>
  );
}
