// SPDX-License-Identifier: Apache-2.0
// Which page stands at which address. Those for admins are loaded when the first of them is opened.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Skeleton, Unavailable } from "./parts/notice";
import { AccountPage } from "./pages/account";
import { AppPage } from "./pages/app";
import { AppsPage } from "./pages/apps";
import { KeysPage } from "./pages/keys";
import { RunPage } from "./pages/run";
import { RunsPage } from "./pages/runs";
import { ThreadPage } from "./pages/thread";
import { UsagePage } from "./pages/usage";
import { WebhooksPage } from "./pages/webhooks";

type Params = Record<string, string>;
export type Page = ComponentType<{ params: Params }>;
type Load = () => Promise<Page>;

interface Entry {
  pattern: RegExp;
  page: Page;
  admin?: boolean;
  load?: Load;
}

const id = "(?<id>[^/]+)";

function entry(pattern: string, page: Page, more: Partial<Entry> = {}): Entry {
  return { pattern: new RegExp(`^(?:${pattern})$`), page, ...more };
}

function forAdmins(pattern: string, load: Load): Entry {
  return entry(pattern, (props) => <Later load={load} {...props} />, { load, admin: true });
}

const pages: Entry[] = [
  entry("/|/apps", AppsPage),
  entry(`/apps/${id}(?:/(?<tab>api|runs|manifest))?`, AppPage),
  entry("/runs", RunsPage),
  entry(`/runs/${id}`, RunPage),
  entry(`/threads/${id}`, ThreadPage),
  entry("/keys", KeysPage),
  entry("/webhooks", WebhooksPage),
  entry("/usage", UsagePage),
  entry("/account", AccountPage),
  forAdmins("/accounts", async () => (await import("./pages/admin")).AccountsPage),
  forAdmins("/models", async () => (await import("./pages/admin")).ModelsPage),
  forAdmins("/audit", async () => (await import("./pages/admin")).AuditPage),
  forAdmins("/system", async () => (await import("./pages/admin")).SystemPage),
];

export interface Match {
  entry: Entry;
  params: Params;
}

export function match(path: string): Match | null {
  for (const each of pages) {
    const groups = each.pattern.exec(path);
    if (groups) return { entry: each, params: decoded(groups.groups ?? {}) };
  }
  return null;
}

function decoded(groups: Record<string, string | undefined>): Params {
  const params: Params = {};
  for (const [name, value] of Object.entries(groups)) if (value !== undefined) params[name] = decode(value);
  return params;
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

const loaded = new Map<Load, Page>();

function Later({ load, params }: { load: Load; params: Params }) {
  const [, setTurn] = useState(0);
  const [error, setError] = useState<unknown>(null);
  const Ready = loaded.get(load);
  useEffect(() => {
    if (loaded.has(load)) return;
    load().then(
      (page) => {
        loaded.set(load, page);
        setTurn((old) => old + 1);
      },
      () => setError(new Error("This page did not load. The server was perhaps updated: load the page again.")),
    );
  }, [load]);
  if (Ready) return <Ready params={params} />;
  return error ? <Unavailable error={error} retry={() => location.reload()} /> : <Skeleton rows={6} />;
}
