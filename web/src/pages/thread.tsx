// SPDX-License-Identifier: Apache-2.0
// A thread: what its runs did, step by step, live while one is unfinished.
import { useEffect, useMemo } from "preact/hooks";
import { isMissing, path } from "../api";
import { slowNow } from "../clock";
import { useData, type Data } from "../data";
import { exactTime, moment } from "../format";
import { Head } from "../parts/head";
import { Failure, Skeleton, Unavailable } from "../parts/notice";
import { Duration } from "../parts/time";
import { isOver } from "../runs-store";
import { beat, useBeat } from "../session";
import { ChunkView } from "../thread/chunk";
import { RunHead } from "../thread/run-head";
import { Outcome } from "../thread/run-parts";
import { Side } from "../thread/side";
import { useStickToEnd } from "../thread/stick";
import { ThreadStore } from "../thread/store";
import type { RunDetail, RunSummary } from "../types";
import { MissingPage } from "./missing";

export function ThreadPage({ params }: { params: Record<string, string> }) {
  const id = params.id ?? "";
  const store = useMemo(() => new ThreadStore(id), [id]);
  useEffect(() => {
    void store.sync();
    return () => store.close();
  }, [store]);
  useBeat(() => {
    // One that is over rarely goes on: it is looked at now and then.
    const last = store.latest();
    if (!last || !isOver(last) || beat.peek() % 10 === 0) void store.sync();
  });
  const thread = store.thread.value;
  const run = thread?.runs.at(-1);
  if (isMissing(store.error.value)) return <MissingPage />;
  if (!thread || !run) return store.error.value ? <Unavailable error={store.error.value} retry={() => void store.sync()} /> : <ThreadSkeleton />;
  return <ThreadView store={store} run={run} key={id} />;
}

function ThreadSkeleton() {
  return (
    <>
      <Head title="Run" crumbs={[{ text: "Runs", to: "/runs" }]} />
      <Skeleton rows={8} />
    </>
  );
}

function ThreadView({ store, run }: { store: ThreadStore; run: RunSummary }) {
  const chosen = store.shown() ?? run;
  const isLatest = chosen.id === run.id;
  const detail = useData<RunDetail>(path("runs", run.id));
  const other = useData<RunDetail>(isLatest ? null : path("runs", chosen.id));
  const open = !isOver(run);
  useEffect(detail.reload, [run.status]);
  useEffect(() => {
    if (!open) return;
    const timer = setInterval(() => document.hidden || (detail.reload(), void store.sync()), 5000);
    return () => clearInterval(timer);
  }, [open]);
  const shown = isLatest ? detail : other;
  const made = store.blocks.artifacts(chosen.id).flatMap((each) => (each.id ? [{ ...each, id: each.id }] : []));
  void store.steps.value;
  return (
    <>
      <ThreadHead run={run} onChange={() => (void store.sync(), detail.reload())} />
      <div class="two thread-columns">
        <Steps store={store} open={open} detail={detail} />
        {shown.value ? (
          <Side detail={shown.value} made={made} name={store.nameOf(chosen.id)} isLatest={isLatest} />
        ) : shown.error ? (
          <Unavailable error={shown.error} retry={shown.reload} />
        ) : (
          <Skeleton rows={5} />
        )}
      </div>
    </>
  );
}

function ThreadHead({ run, onChange }: { run: RunSummary; onChange: () => void }) {
  const started = run.startedAt ?? run.createdAt;
  return (
    <RunHead run={run} title={run.title} onChange={onChange}>
      <Duration from={run.startedAt} to={run.completedAt} seconds={run.wallSeconds} /> · started{" "}
      <time dateTime={started} title={exactTime(started)}>
        {moment(started, slowNow.value)}
      </time>{" "}
      {run.origin === "api" ? `by key ${run.apiKeyName ?? ""}` : `by ${run.account}`}
    </RunHead>
  );
}

function Steps({ store, open, detail }: { store: ThreadStore; open: boolean; detail: Data<RunDetail> }) {
  const stick = useStickToEnd(store, open);
  const chunks = store.blocks.chunks.value;
  const run = detail.value?.run;
  return (
    <section class="thread" aria-label="Steps">
      {chunks.map((chunk) => (
        <ChunkView key={chunk.id} chunk={chunk} store={store} />
      ))}
      {!store.loaded.value && !store.error.value && <Skeleton rows={3} />}
      <Failure error={store.error.value} />
      {open && store.loaded.value && <Working />}
      {!open && store.loaded.value && run && isOver(run) && <Outcome run={run} store={store} />}
      {stick.behind && (
        <button type="button" class="btn primary new-steps" onClick={stick.toEnd}>
          New steps
        </button>
      )}
    </section>
  );
}

function Working() {
  return (
    <div class="ev">
      <span class="dot" aria-hidden="true">
        ·
      </span>
      <div class="row muted" role="status">
        <span class="pulse" /> Working…
      </div>
      <span class="t">now</span>
    </div>
  );
}
