// SPDX-License-Identifier: Apache-2.0
// Runs with their filters, which live in the address.
import { useEffect, useMemo } from "preact/hooks";
import { path } from "../api";
import { useData } from "../data";
import { query, setQuery } from "../router";
import { runsOf, type RunsStore } from "../runs-store";
import { isAdmin, useBeat } from "../session";
import type { Account, App, Key } from "../types";
import { Filter } from "./filter";
import { useKeptFocus } from "./kept-focus";
import { Empty, Failure, Skeleton, Unavailable } from "./notice";
import { RunTable } from "./run-table";

const statuses = ["pending", "running", "completed", "failed", "cancelled"];

/** All runs, or those of one app. */
export function RunList({ app }: { app?: string }) {
  const filter = {
    app: app ?? query.value.get("app") ?? undefined,
    status: query.value.get("status") ?? undefined,
    account: query.value.get("account") ?? undefined,
    key: query.value.get("key") ?? undefined,
  };
  const filtered = Boolean(filter.status || filter.account || filter.key || (!app && filter.app));
  const name = JSON.stringify(filter);
  const store = useMemo(() => runsOf(filter), [name]);
  useEffect(() => {
    store.open();
    return () => store.close();
  }, [store]);
  useBeat(() => void store.refresh());
  const place = useKeptFocus<HTMLDivElement>("select");
  return (
    <div class="stack" ref={place}>
      <Filters app={app} />
      <Rows store={store} app={app} filtered={filtered} />
    </div>
  );
}

function Rows({ store, app, filtered }: { store: RunsStore; app: string | undefined; filtered: boolean }) {
  const rows = store.rows.value;
  if (!rows) return store.error.value ? <Unavailable error={store.error.value} retry={() => void store.next()} /> : <Skeleton rows={8} />;
  if (!rows.length) return filtered ? <NoMatch /> : <NoRuns app={app} />;
  return (
    <>
      <div class="panel clip-corners">
        <RunTable store={store} withApp={!app} name="Runs" />
      </div>
      <Failure error={store.error.value} />
      {store.more.value && <p class="faint small center">More come as you scroll.</p>}
    </>
  );
}

function NoMatch() {
  return (
    <Empty title="No run fits these filters">
      <button type="button" class="btn" onClick={() => setQuery({ app: null, status: null, account: null, key: null })}>
        Show all runs
      </button>
    </Empty>
  );
}

function NoRuns({ app }: { app: string | undefined }) {
  const to = app ? "/" + path("apps", app) : "/apps";
  return (
    <Empty title="No run yet">
      <p class="muted">A run is made by the form of an app, or by a call with an API key.</p>
      <div class="row">
        <a class="btn primary" href={to}>
          {app ? "Run this app" : "Choose an app"}
        </a>
        <a class="btn" href={app ? `${to}/api` : "/keys"}>
          {app ? "API trigger" : "API keys"}
        </a>
      </div>
    </Empty>
  );
}

function Filters({ app }: { app: string | undefined }) {
  const apps = useData<{ apps: App[] }>(app ? null : "apps");
  const accounts = useData<{ accounts: Account[] }>(isAdmin.value ? "accounts" : null);
  const keys = (useData<{ keys: Key[] }>("keys").value?.keys ?? []).filter((key) => !app || !key.appId || key.appId === app);
  return (
    <div class="row filters" role="group" aria-label="Filters">
      {!app && <Filter name="app" label="App" all="All apps" choices={(apps.value?.apps ?? []).map((each) => [each.id, each.name])} />}
      <Filter name="status" label="Status" all="Any status" choices={statuses.map((each) => [each, each])} />
      {(keys.length > 0 || query.value.has("key")) && (
        <Filter name="key" label="Key" all="Any key" choices={keys.map((key) => [key.id, key.revokedAt ? `${key.name} (revoked)` : key.name])} />
      )}
      {isAdmin.value && <Filter name="account" label="Account" all="All accounts" choices={(accounts.value?.accounts ?? []).map((each) => [each.name, each.name])} />}
    </div>
  );
}
