// SPDX-License-Identifier: Apache-2.0
// What a page fetches: the data, or the error with a way to try again, and the old data while the new is on its way.
import { useCallback, useEffect, useState } from "preact/hooks";
import { get } from "./api";

export interface Data<T> {
  value: T | null;
  error: unknown;
  reload: () => void;
  set: (value: T) => void;
}

interface State<T> {
  path: string | null;
  value: T | null;
  error: unknown;
}

/** GETs `path` below /admin/api, again when it changes; null fetches nothing. */
export function useData<T>(path: string | null): Data<T> {
  const [state, setState] = useState<State<T>>({ path, value: null, error: null });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (path === null) return;
    const stop = new AbortController();
    get<T>(path, stop.signal).then(
      (value) => setState({ path, value, error: null }),
      (error) => {
        if (!stop.signal.aborted) setState((old) => ({ path, value: old.path === path ? old.value : null, error }));
      },
    );
    return () => stop.abort();
  }, [path, turn]);
  const reload = useCallback(() => setTurn((old) => old + 1), []);
  const set = useCallback((value: T) => setState({ path, value, error: null }), [path]);
  const mine = state.path === path;
  return { value: mine ? state.value : null, error: mine ? state.error : null, reload, set };
}

/** Runs one change at a time: busy while it runs, the error if it failed. */
export function useAction(): {
  busy: boolean;
  error: unknown;
  run: (change: () => Promise<unknown>) => Promise<boolean>;
  clear: () => void;
} {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const run = useCallback(async (change: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    try {
      await change();
      return true;
    } catch (failure) {
      setError(failure);
      return false;
    } finally {
      setBusy(false);
    }
  }, []);
  return { busy, error, run, clear: useCallback(() => setError(null), []) };
}
