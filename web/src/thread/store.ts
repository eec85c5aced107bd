// SPDX-License-Identifier: Apache-2.0
// One thread: its runs, its events in pages of 1000, and its unfinished run as it goes on.
import { signal } from "@preact/signals";
import { get, path, queryOf } from "../api";
import { hearNow, hearPast } from "../clock";
import { stream } from "../live";
import { query } from "../router";
import { isOver } from "../runs-store";
import type { RunSummary, Thread, ThreadEvent } from "../types";
import { Blocks } from "./blocks";

const mostRuns = 100; // that the server tells of; the oldest are left out

interface Page {
  events: ThreadEvent[];
  nextAfter: number | null;
}

export class ThreadStore {
  readonly thread = signal<Thread | null>(null);
  readonly error = signal<unknown>(null);
  readonly loaded = signal(false); // all events that are there are here
  readonly steps = signal(0); // counts batches of new events, once loaded
  readonly blocks = new Blocks();
  /** Which folded blocks the reader opened; blocks come and go as one scrolls. */
  readonly opened = new Map<number, boolean>();
  private closeStream: (() => void) | null = null;
  private streaming = "";
  private queue: ThreadEvent[] = [];
  private timer = 0;
  private closed = false;
  private running: Promise<void> | null = null;

  constructor(readonly id: string) {}

  /** Fetches what is new. Calls while one is under way share it. */
  sync(): Promise<void> {
    this.running ??= this.fetchAll().finally(() => (this.running = null));
    return this.running;
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.closeStream?.();
  }

  latest(): RunSummary | null {
    return this.thread.value?.runs.at(-1) ?? null;
  }

  /** The run that the address chooses, else the latest. */
  shown(): RunSummary | null {
    const chosen = query.value.get("run");
    return this.thread.value?.runs.find((run) => run.id === chosen) ?? this.latest();
  }

  /** "Run 2 of 3", or null where there is but one. */
  nameOf(runId: string): string | null {
    const runs = this.thread.value?.runs ?? [];
    const at = runs.findIndex((run) => run.id === runId);
    if (runs.length < 2 || at < 0) return null;
    return runs.length < mostRuns ? `Run ${at + 1} of ${runs.length}` : `Run ${at + 1} of the last ${runs.length}`;
  }

  private async fetchAll(): Promise<void> {
    try {
      const [thread, first] = await Promise.all([get<Thread>(path("threads", this.id)), this.fetchPage()]);
      this.thread.value = thread;
      for (const run of thread.runs) hearPast(run.startedAt ?? run.createdAt);
      await this.fetchEvents(first);
      if (this.closed) return;
      this.error.value = null;
      this.loaded.value = true;
      this.follow();
    } catch (error) {
      this.error.value = error;
    }
  }

  private fetchPage(): Promise<Page> {
    return get<Page>(path("threads", this.id, "events") + queryOf({ after: this.blocks.last, limit: 1000 }));
  }

  private async fetchEvents(first: Page): Promise<void> {
    let page = first;
    for (;;) {
      this.take(page.events);
      if (page.nextAfter === null || this.closed) return;
      page = await this.fetchPage();
      if (!page.events.length) return;
    }
  }

  private take(events: ThreadEvent[]): void {
    if (!events.length) return;
    this.blocks.add(events);
    if (this.loaded.peek()) this.steps.value += 1;
  }

  private follow(): void {
    const run = this.latest();
    if (!run || isOver(run) || this.streaming === run.id) return;
    this.closeStream?.();
    this.streaming = run.id;
    const opened = Date.now();
    this.closeStream = stream(path("runs", run.id, "events"), {
      resume: () => queryOf({ after: this.blocks.last }),
      onMessage: (data) => {
        // The first ones were there before.
        if (Date.now() - opened > 2000) hearNow((data as ThreadEvent).createdAt);
        this.enqueue(data as ThreadEvent);
      },
      onEnd: () => this.onStreamEnd(run.id),
    });
  }

  /** Many events may come at once: they are taken together, a few times a second. */
  private enqueue(event: ThreadEvent): void {
    this.queue.push(event);
    this.timer ||= window.setTimeout(() => {
      this.timer = 0;
      this.take(this.queue.splice(0));
    }, 100);
  }

  private async onStreamEnd(runId: string): Promise<boolean> {
    this.take(this.queue.splice(0));
    await this.sync();
    const run = this.thread.peek()?.runs.find((each) => each.id === runId);
    const open = run !== undefined && !isOver(run);
    if (!open) this.streaming = "";
    return open;
  }
}
