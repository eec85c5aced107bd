// SPDX-License-Identifier: Apache-2.0
// Which page stands at which address. Pages beyond the first ones are loaded when they are opened.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Skeleton, Unavailable } from "./parts/notice";
import { AppPage } from "./pages/app";
import { AppsPage } from "./pages/apps";
import { RunsPage } from "./pages/runs";

type Params = Record<string, string>;
export type Page = ComponentType<{ params: Params }>;
type Load = () => Promise<{ default: Page }>;

interface Entry {
  pattern: RegExp;
  page: Page;
  admin?: boolean;
  load?: Load;
}

const id = "(?<id>[^/]+)";

function entry(pattern: string, page: Page, more: Partial<Entry> = {}): Entry {
  return { pattern: new RegExp(`^${pattern}$`), page, ...more };
}

function lazily(pattern: string, load: Load, more: Partial<Entry> = {}): Entry {
  return entry(pattern, (props) => <Later load={load} {...props} />, { load, ...more });
}

const pages: Entry[] = [
  entry("/|/apps", AppsPage),
  entry(`/apps/${id}(?:/(?<tab>api|runs|manifest))?`, AppPage),
  entry("/runs", RunsPage),
  lazily(`/runs/${id}`, () => import("./pages/run")),
  lazily(`/threads/${id}`, () => import("./pages/thread")),
  lazily("/keys", () => import("./pages/keys")),
  lazily("/webhooks", () => import("./pages/webhooks")),
  lazily("/usage", () => import("./pages/usage")),
  lazily("/account", () => import("./pages/account")),
  lazily("/accounts", () => import("./pages/accounts"), { admin: true }),
  lazily("/models", () => import("./pages/models"), { admin: true }),
  lazily("/audit", () => import("./pages/audit"), { admin: true }),
  lazily("/system", () => import("./pages/system"), { admin: true }),
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
      (module) => {
        loaded.set(load, module.default);
        setTurn((old) => old + 1);
      },
      () => setError(new Error("This page did not load. The server was perhaps updated: load the page again.")),
    );
  }, [load]);
  if (Ready) return <Ready params={params} />;
  return error ? <Unavailable error={error} retry={() => location.reload()} /> : <Skeleton rows={6} />;
}
