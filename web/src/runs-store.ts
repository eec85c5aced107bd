// SPDX-License-Identifier: Apache-2.0
// The runs of a list: pages by the cursor, the head looked at again at every pulse, rows updated in place.
import { signal } from "@preact/signals";
import { get, path, queryOf } from "./api";
import { hearPast } from "./clock";
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

const lists = new Map<string, RunsStore>();
const mostKept = 4;

/** The list of these filters, as it was when it was left: whoever comes back finds their place. */
export function runsOf(filter: Filter): RunsStore {
  const key = JSON.stringify(filter);
  const store = lists.get(key) ?? new RunsStore(filter);
  lists.delete(key);
  lists.set(key, store);
  for (const oldest of [...lists.keys()].slice(0, -mostKept)) lists.delete(oldest);
  return store;
}

/** Somebody else may look next. */
export function forgetRuns(): void {
  lists.clear();
}

export class RunsStore {
  readonly rows = signal<RunSummary[] | null>(null);
  readonly error = signal<unknown>(null);
  readonly more = signal(false);
  /** How many came at the head since it was first seen: rows below them are so much further down. */
  readonly added = signal(0);
  private before: string | null = null;
  private turn: Promise<void> = Promise.resolve();
  private waiting = 0;
  private closed = true;

  constructor(private readonly filter: Filter) {}

  open(): void {
    this.closed = false;
    if (this.rows.peek()) void this.refresh();
    else void this.next();
  }

  close(): void {
    this.closed = true;
  }

  /** One look at the server after the other: the end of the list and its head are put together from what was seen last. */
  private inTurn(look: () => Promise<void>): Promise<void> {
    if (this.waiting > 1) return this.turn;
    this.waiting += 1;
    this.turn = this.turn.then(look).finally(() => (this.waiting -= 1));
    return this.turn;
  }

  private async fetch(before: string | null): Promise<Answer> {
    const answer = await get<Answer>("runs" + queryOf({ ...this.filter, before, limit: pageSize }));
    for (const run of answer.runs.slice(0, 1)) hearPast(run.createdAt);
    return answer;
  }

  /** The next page; nothing where none is left. */
  next(): Promise<void> {
    return this.inTurn(() => this.fetchNext());
  }

  private async fetchNext(): Promise<void> {
    if (this.closed || (this.rows.peek() && !this.before)) return;
    try {
      const answer = await this.fetch(this.before);
      if (this.closed) return;
      this.error.value = null;
      this.before = answer.nextBefore;
      this.more.value = answer.nextBefore !== null;
      this.rows.value = [...(this.rows.peek() ?? []), ...answer.runs];
    } catch (error) {
      this.error.value = error;
    }
  }

  /** Looks at the newest again, and at what was not over when last seen; begins anew where the first look failed. */
  refresh(): Promise<void> {
    return this.inTurn(() => (this.rows.peek() ? this.fetchHead() : this.fetchNext()));
  }

  private async fetchHead(): Promise<void> {
    const rows = this.rows.peek();
    if (!rows || this.closed) return;
    const head = await this.fetch(null).catch(() => null);
    if (!head || this.closed) return;
    const fresh = new Map(head.runs.map((run) => [run.id, run]));
    const overlaps = rows.length === 0 || head.runs.length < pageSize || rows.some((run) => fresh.has(run.id));
    if (!overlaps || rows.length <= pageSize || head.nextBefore === null) {
      this.before = head.nextBefore;
      this.more.value = head.nextBefore !== null;
      this.rows.value = head.runs;
      return;
    }
    const known = new Set(rows.map((run) => run.id));
    const added = head.runs.filter((run) => !known.has(run.id));
    const oldest = head.runs.at(-1)?.id ?? "";
    const kept = rows.filter((run) => fresh.has(run.id) || run.id < oldest);
    this.added.value += added.length;
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

  private fits(run: RunSummary): boolean {
    return !this.filter.status || run.status === this.filter.status;
  }

  private patch(changed: RunSummary): void {
    const rows = (this.rows.peek() ?? []).map((run) => (run.id === changed.id ? changed : run));
    this.rows.value = rows.filter((run) => run.id !== changed.id || this.fits(run));
  }
}

function summaryOf(old: RunSummary, { run }: RunDetail): RunSummary {
  const { status, threadId, errorCode, startedAt, completedAt, usage } = run;
  return { ...old, status, threadId, errorCode, startedAt, completedAt, credits: usage.credits, wallSeconds: usage.wallSeconds };
}
