// SPDX-License-Identifier: Apache-2.0
// The log of deliveries, newest first.
import { path, post } from "../api";
import { useAction } from "../data";
import { usePages } from "../pages-data";
import { counted } from "../format";
import { query, setQuery } from "../router";
import { isAdmin, useBeat } from "../session";
import type { Delivery } from "../types";
import { Attempts, DeliveryChip } from "./delivery";
import { Empty, Failure, Skeleton, Unavailable } from "./notice";
import { Filter } from "./run-list";
import { Time } from "./time";

const statuses: [string, string][] = ["pending", "sending", "delivered", "failed"].map((each) => [each, each]);

export function Deliveries() {
  const status = query.value.get("status");
  const run = query.value.get("run");
  const data = usePages<Delivery>("webhooks/deliveries", "deliveries", { status, run });
  useBeat(data.reload);
  return (
    <section class="below" aria-label="Deliveries">
      <div class="row between filters">
        <h2 class="flush">Deliveries</h2>
        <div class="row">
          {run && (
            <button type="button" class="btn quiet" onClick={() => setQuery({ run: null })}>
              Of all runs
            </button>
          )}
          <Filter name="status" label="Status" all="Any status" choices={statuses} />
        </div>
      </div>
      {data.items === null ? data.error ? <Unavailable error={data.error} retry={data.reload} /> : <Skeleton /> : <List items={data.items} filtered={Boolean(status || run)} reload={data.reload} />}
      {data.items !== null && <Failure error={data.error} />}
      {data.more && (
        <div class="center">
          <button type="button" class="btn" onClick={data.next}>
            Load more
          </button>
        </div>
      )}
    </section>
  );
}

function List({ items, filtered, reload }: { items: Delivery[]; filtered: boolean; reload: () => void }) {
  if (!items.length) {
    return (
      <Empty title={filtered ? "No delivery fits" : "No delivery yet"}>
        {!filtered && (
          <p class="muted">
            Give a run a <code>webhookUrl</code>, or send a test above.
          </p>
        )}
      </Empty>
    );
  }
  return (
    <ul class="panel lines">
      {items.map((delivery) => (
        <Line key={delivery.id} delivery={delivery} reload={reload} />
      ))}
    </ul>
  );
}

function Line({ delivery, reload }: { delivery: Delivery; reload: () => void }) {
  const { busy, error, run } = useAction();
  const again = () =>
    void run(async () => {
      await post(path("webhooks", "deliveries", delivery.id, "redeliver"));
      reload();
    });
  const waiting = delivery.status === "pending" && delivery.nextAttemptAt;
  return (
    <li class="delivery">
      <div class="row between">
        <div class="row shrink">
          <DeliveryChip status={delivery.status} />
          <span class="mono anywhere">{delivery.url}</span>
        </div>
        <div class="row tight">
          {delivery.runId ? (
            <a class="link" href={"/" + path("runs", delivery.runId)}>
              Run
            </a>
          ) : (
            <span class="badge">test</span>
          )}
          {(delivery.status === "failed" || delivery.status === "delivered") && (
            <button type="button" class="btn quiet" disabled={busy} onClick={again}>
              Send again
            </button>
          )}
        </div>
      </div>
      <details class="quiet-details">
        <summary>
          {delivery.attempts.length ? counted(delivery.attempts.length, "attempt") : "No attempt yet"}, <Time at={delivery.createdAt} />
          {isAdmin.value && `, ${delivery.account}`}
          {waiting && (
            <>
              , next <Time at={waiting} />
            </>
          )}
        </summary>
        <Attempts attempts={delivery.attempts} />
      </details>
      <Failure error={error} />
    </li>
  );
}
