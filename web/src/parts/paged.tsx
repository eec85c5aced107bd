// SPDX-License-Identifier: Apache-2.0
// A list that comes in pages: what is there, what went wrong, and a button for the next page.
import type { ComponentChildren } from "preact";
import type { Pages } from "../pages-data";
import { Failure, Loaded } from "./notice";

export function Paged<T>({ pages, rows, children }: { pages: Pages<T>; rows?: number; children: (items: T[]) => ComponentChildren }) {
  const { items, more, busy, next, error, reload } = pages;
  return (
    <>
      <Loaded data={{ value: items, error: items ? null : error, reload }} {...(rows ? { rows } : {})}>
        {children}
      </Loaded>
      {items && <Failure error={error} />}
      {more && (
        <div class="center">
          <button type="button" class="btn" aria-disabled={busy} onClick={() => busy || next()}>
            {busy ? "Loading…" : "Load more"}
          </button>
        </div>
      )}
    </>
  );
}
