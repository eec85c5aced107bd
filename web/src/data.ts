// SPDX-License-Identifier: Apache-2.0
// What a page fetches: the data, or the error with a way to try again, and the old data while the new is on its way.
import { useCallback, useLayoutEffect, useRef, useState } from "preact/hooks";
import { ApiError, get } from "./api";
import { useMended } from "./live";

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

const nothing = () => undefined;

/** GETs `path` below /admin/api, again when it changes and when a lost connection is back; null fetches nothing. */
export function useData<T>(path: string | null): Data<T> {
  const [state, setState] = useState<State<T>>({ path, value: null, error: null });
  const look = useRef<() => void>(nothing);
  // Before the paint and not after it: the answer is often there by then.
  useLayoutEffect(() => {
    if (path === null) return;
    const stop = new AbortController();
    // One at a time: on a slow line the answer that is on its way is not thrown away for the next one.
    let busy = false;
    let again = false;
    const fetchIt = async () => {
      if (busy) return void (again = true);
      busy = true;
      try {
        const value = await get<T>(path, stop.signal);
        setState({ path, value, error: null });
      } catch (error) {
        if (!stop.signal.aborted) setState((old) => ({ path, value: old.path === path ? old.value : null, error }));
      }
      busy = false;
      if (!again || stop.signal.aborted) return;
      again = false;
      void fetchIt();
    };
    look.current = () => void fetchIt();
    void fetchIt();
    return () => {
      look.current = nothing;
      stop.abort();
    };
  }, [path]);
  const reload = useCallback(() => look.current(), []);
  useMended(reload);
  const set = useCallback((value: T) => setState({ path, value, error: null }), [path]);
  const mine = state.path === path;
  return { value: mine ? state.value : null, error: mine ? state.error : null, reload, set };
}

export interface Action {
  busy: boolean;
  error: unknown;
  run: (change: () => Promise<unknown>) => Promise<boolean>;
}

/** Runs one change at a time: busy while it runs, the error if it failed. A change that answers false was not made. */
export function useAction(): Action {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const run = useCallback(async (change: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    try {
      return (await change()) !== false;
    } catch (failure) {
      setError(failure);
      return false;
    } finally {
      setBusy(false);
    }
  }, []);
  return { busy, error, run };
}

export interface FormAction<Name extends string> extends Action {
  /** What is said of one of the fields. */
  at: (field: Name) => string | null;
}

/** An action whose error stands at the field that it names; `error` is what belongs to none of them. */
export function useFormAction<Name extends string>(...fields: Name[]): FormAction<Name> {
  const { error, ...action } = useAction();
  const at = (field: Name) => (error instanceof ApiError ? error.at(field) : null);
  return { ...action, at, error: fields.some(at) ? null : error };
}
