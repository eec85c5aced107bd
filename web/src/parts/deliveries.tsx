// SPDX-License-Identifier: Apache-2.0
// The log of deliveries, newest first.
import { useEffect } from "preact/hooks";
import { path, post } from "../api";
import { useAction } from "../data";
import { usePages } from "../pages-data";
import { counted } from "../format";
import { query, setQuery } from "../router";
import { isAdmin, useBeat } from "../session";
import type { Delivery } from "../types";
import { Attempts, DeliveryChip } from "./delivery";
import { Chosen, Filter } from "./filter";
import { useKeptFocus } from "./kept-focus";
import { Empty, Failure } from "./notice";
import { Paged } from "./paged";
import { Time } from "./time";

const statuses: [string, string][] = ["pending", "sending", "delivered", "failed"].map((each) => [each, each]);

export function Deliveries() {
  const status = query.value.get("status");
  const run = query.value.get("run");
  const pages = usePages<Delivery>("webhooks/deliveries", "deliveries", { status, run });
  const place = useKeptFocus<HTMLElement>("button, select, summary");
  useBeat(pages.reload);
  // Whoever comes from a run comes for these.
  useEffect(() => {
    if (run) place.current?.scrollIntoView();
  }, []);
  return (
    <section class="below" aria-label="Deliveries" ref={place}>
      <div class="row between filters">
        <h2 class="flush">Deliveries</h2>
        <div class="row">
          {run && <Chosen text="Of run" value={run} clear="Deliveries of all runs" onClear={() => setQuery({ run: null })} />}
          <Filter name="status" label="Status" all="Any status" choices={statuses} />
        </div>
      </div>
      <Paged pages={pages}>{(items) => <List items={items} status={status} run={run} reload={pages.reload} />}</Paged>
    </section>
  );
}

function List({ items, status, run, reload }: { items: Delivery[]; status: string | null; run: string | null; reload: () => void }) {
  if (!items.length) return status || run ? <NoMatch status={status} /> : <NoDelivery />;
  return (
    <ul class="panel lines">
      {items.map((delivery) => (
        <Line key={delivery.id} delivery={delivery} reload={reload} />
      ))}
    </ul>
  );
}

function NoMatch({ status }: { status: string | null }) {
  return (
    <Empty title="No delivery fits these filters">
      <p class="muted">{status ? "Deliveries change their status as they are tried." : "A run has one when it was started with a webhookUrl, and only once it has ended."}</p>
      <button type="button" class="btn" onClick={() => setQuery({ status: null, run: null })}>
        Show all deliveries
      </button>
    </Empty>
  );
}

function NoDelivery() {
  return (
    <Empty title="No delivery yet">
      <p class="muted">
        Give a run a <code>webhookUrl</code>, or send a test above.
      </p>
    </Empty>
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
