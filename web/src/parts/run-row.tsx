// SPDX-License-Identifier: Apache-2.0
// One run in a list: the row is a link to its thread, or to the run while it waits.
import { memo } from "./memo";
import { path } from "../api";
import { credits } from "../format";
import type { RunSummary } from "../types";
import { ApiMark, StatusChip } from "./chip";
import { Duration, Time } from "./time";

export function runLink(run: { id: string; threadId: string | null }): string {
  return "/" + (run.threadId ? path("threads", run.threadId) : path("runs", run.id));
}

/** Who started it: a key by its name, or an account in the page. */
export function startedBy(run: { origin: string; apiKeyName: string | null; account: string }): string {
  return run.origin === "api" ? (run.apiKeyName ?? "a key") : `page, by ${run.account}`;
}

interface RunRowProps {
  run: RunSummary;
  withApp: boolean;
  index: number;
  top: number | null;
}

export const RunRow = memo(function RunRow({ run, withApp, index, top }: RunRowProps) {
  return (
    <div role="row" class="run-row" aria-rowindex={index + 2} style={top === null ? {} : { top: `${top}px` }}>
      <div role="cell" class="c-run">
        {run.origin === "api" && <ApiMark />}
        <a class="cover clip" href={runLink(run)}>
          {run.title || <span class="muted">no inputs</span>}
        </a>
      </div>
      <div role="cell" class="c-status">
        <StatusChip status={run.status} />
        {run.errorCode && <span class="faint mono code-word clip" title={run.errorCode}>{run.errorCode}</span>}
      </div>
      {withApp && (
        <div role="cell" class="c-app clip muted">
          {run.appName}
        </div>
      )}
      <div role="cell" class="c-by clip muted">
        {startedBy(run)}
      </div>
      <div role="cell" class="c-duration num muted">
        <Duration from={run.startedAt} to={run.completedAt} seconds={run.wallSeconds} />
      </div>
      <div role="cell" class="c-credits num muted">
        {credits(run.credits)}
      </div>
      <div role="cell" class="c-started num muted">
        <Time at={run.createdAt} />
      </div>
    </div>
  );
});

export function RunHeader({ withApp }: { withApp: boolean }) {
  return (
    <div role="rowgroup">
      <div role="row" class="run-row run-header" aria-rowindex={1}>
        <div role="columnheader" class="c-run">Run</div>
        <div role="columnheader" class="c-status">Status</div>
        {withApp && <div role="columnheader" class="c-app">App</div>}
        <div role="columnheader" class="c-by">Started by</div>
        <div role="columnheader" class="c-duration num">Duration</div>
        <div role="columnheader" class="c-credits num">Credits</div>
        <div role="columnheader" class="c-started num">Started</div>
      </div>
    </div>
  );
}

/** A few runs, without filters or scrolling. */
export function ShortRuns({ runs, name }: { runs: RunSummary[]; name: string }) {
  return (
    <div role="table" aria-label={name} class="runs short">
      <RunHeader withApp={false} />
      <div role="rowgroup">
        {runs.map((run, at) => (
          <RunRow key={run.id} run={run} withApp={false} index={at} top={null} />
        ))}
      </div>
    </div>
  );
}
