// SPDX-License-Identifier: Apache-2.0
// Lists that come in pages, with a button for the next.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { get, queryOf } from "./api";
import { useMended } from "./live";

interface State<T> {
  key: string;
  items: T[] | null;
  before: string | null;
  error: unknown;
}

export interface Pages<T> {
  items: T[] | null;
  more: boolean;
  busy: boolean; // the next page is on its way
  error: unknown;
  next: () => void;
  reload: () => void;
}

/** GETs `path`, whose answer holds the items under `name`. A reload fetches the first page anew and keeps the older ones. */
export function usePages<T extends { id: string }>(path: string, name: string, filter: Record<string, string | null>): Pages<T> {
  const key = path + queryOf(filter);
  const [state, setState] = useState<State<T>>({ key, items: null, before: null, error: null });
  const [busy, setBusy] = useState(false);
  const current = useRef(key);
  current.current = key;

  const fetchPage = useCallback(
    async (before: string | null) => {
      try {
        const answer = await get<Record<string, unknown>>(path + queryOf({ ...filter, before, limit: 50 }));
        if (current.current !== key) return;
        const items = answer[name] as T[];
        const nextBefore = answer.nextBefore as string | null;
        setState((old) => merge(old, key, items, nextBefore, before !== null));
      } catch (error) {
        if (current.current === key) setState((old) => ({ ...old, key, items: old.key === key ? old.items : null, error }));
      }
    },
    [key],
  );
  useEffect(() => void fetchPage(null), [key]);
  const reload = () => void fetchPage(null);
  useMended(reload);
  const next = () => {
    setBusy(true);
    void fetchPage(state.before).finally(() => setBusy(false));
  };
  const mine = state.key === key;
  return {
    items: mine ? state.items : null,
    more: mine && state.before !== null,
    error: mine ? state.error : null,
    busy,
    next,
    reload,
  };
}

function merge<T extends { id: string }>(old: State<T>, key: string, items: T[], before: string | null, further: boolean): State<T> {
  const kept = old.key === key ? (old.items ?? []) : [];
  const fresh = new Set(items.map((item) => item.id));
  if (further) return { key, items: [...kept.filter((item) => !fresh.has(item.id)), ...items], before, error: null };
  const last = kept.findIndex((item) => item.id === items.at(-1)?.id);
  const older = last >= 0 ? kept.slice(last + 1) : [];
  return { key, items: [...items, ...older.filter((item) => !fresh.has(item.id))], before: older.length ? old.before : before, error: null };
}
