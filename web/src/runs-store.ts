// SPDX-License-Identifier: Apache-2.0
// The runs of a list: pages by the cursor, the head looked at again at every pulse, rows updated in place.
import { signal } from "@preact/signals";
import { get, path, queryOf } from "./api";
import type { RunDetail, RunSummary } from "./types";

export interface Filter {
  app?: string | undefined;
  status?: string | undefined;
  account?: string | undefined;
  key?: string | undefined;
}
interface Answer {
  runs: RunSummary[];
  nextBefore: string | null;
}

const pageSize = 100;

export function isOver(run: { status: string }): boolean {
  return run.status !== "pending" && run.status !== "running";
}

export class RunsStore {
  readonly rows = signal<RunSummary[] | null>(null);
  readonly error = signal<unknown>(null);
  readonly more = signal(false);
  private before: string | null = null;
  private busy = false;
  private closed = false;

  constructor(private readonly filter: Filter) {}

  close(): void {
    this.closed = true;
  }

  private fetch(before: string | null): Promise<Answer> {
    return get<Answer>("runs" + queryOf({ ...this.filter, before, limit: pageSize }));
  }

  /** The next page; nothing while one is on its way or none is left. */
  async next(): Promise<void> {
    if (this.busy || (this.rows.peek() && !this.before)) return;
    this.busy = true;
    try {
      const answer = await this.fetch(this.before);
      if (this.closed) return;
      this.error.value = null;
      this.before = answer.nextBefore;
      this.more.value = answer.nextBefore !== null;
      this.rows.value = [...(this.rows.peek() ?? []), ...answer.runs];
    } catch (error) {
      this.error.value = error;
    } finally {
      this.busy = false;
    }
  }

  /** Looks at the newest again, and at what was not over when last seen. */
  async refresh(): Promise<void> {
    const old = this.rows.peek();
    if (!old || this.busy) return;
    const head = await this.fetch(null).catch(() => null);
    const rows = this.rows.peek();
    if (!head || this.closed || !rows) return;
    const fresh = new Map(head.runs.map((run) => [run.id, run]));
    const overlaps = rows.length === 0 || head.runs.length < pageSize || rows.some((run) => fresh.has(run.id));
    if (!overlaps || rows.length <= pageSize) {
      this.before = head.nextBefore;
      this.more.value = head.nextBefore !== null;
      this.rows.value = head.runs;
      return;
    }
    const known = new Set(rows.map((run) => run.id));
    const added = head.runs.filter((run) => !known.has(run.id));
    const oldest = head.runs.at(-1)?.id ?? "";
    const kept = rows.filter((run) => fresh.has(run.id) || run.id < oldest);
    this.rows.value = [...added, ...kept.map((run) => fresh.get(run.id) ?? run)];
    await this.followOlder(new Set(fresh.keys()));
  }

  private async followOlder(seen: Set<string>): Promise<void> {
    const open = (this.rows.peek() ?? []).filter((run) => !isOver(run) && !seen.has(run.id)).slice(0, 20);
    for (const run of open) {
      const detail = await get<RunDetail>(path("runs", run.id)).catch(() => null);
      if (detail && !this.closed) this.patch(summaryOf(run, detail));
    }
  }

  private patch(changed: RunSummary): void {
    this.rows.value = (this.rows.peek() ?? []).map((run) => (run.id === changed.id ? changed : run));
  }
}

function summaryOf(old: RunSummary, { run }: RunDetail): RunSummary {
  const { status, threadId, errorCode, startedAt, completedAt, usage } = run;
  return { ...old, status, threadId, errorCode, startedAt, completedAt, credits: usage.credits, wallSeconds: usage.wallSeconds };
}
