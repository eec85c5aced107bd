// SPDX-License-Identifier: Apache-2.0
// What stands where data would: an error with a way on, an empty place with the next step, a skeleton.
import type { ComponentChildren } from "preact";
import { messageOf } from "../api";
import type { Data } from "../data";

/** An error beside what caused it; nothing without one. */
export function Failure({ error }: { error: unknown }) {
  return (
    <div role="alert" class="failure-place">
      {error ? <p class="failure">{messageOf(error)}</p> : null}
    </div>
  );
}

/** A page or panel that could not be fetched. */
export function Unavailable({ error, retry }: { error: unknown; retry?: () => void }) {
  return (
    <div class="panel pad stack" role="alert">
      <p>{messageOf(error)}</p>
      {retry && (
        <div>
          <button type="button" class="btn" onClick={retry}>
            Try again
          </button>
        </div>
      )}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

export function Skeleton({ rows = 4 }: { rows?: number }) {
  return (
    <div class="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, at) => (
        <span key={at} class="bone" />
      ))}
    </div>
  );
}

/** The data once there, an error or a skeleton until then. */
export function Loaded<T>({ data, rows, children }: { data: Pick<Data<T>, "value" | "error" | "reload">; rows?: number; children: (value: T) => ComponentChildren }) {
  if (data.value !== null) {
    return (
      <>
        {data.error ? <Failure error={data.error} /> : null}
        {children(data.value)}
      </>
    );
  }
  return data.error ? <Unavailable error={data.error} retry={data.reload} /> : <Skeleton {...(rows ? { rows } : {})} />;
}

export function Banner({ tone, children }: { tone: "bad" | "warn" | "run"; children: ComponentChildren }) {
  return <div class={`banner ${tone}`}>{children}</div>;
}
