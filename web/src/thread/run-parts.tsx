// SPDX-License-Identifier: Apache-2.0
// Where a run of a thread begins and ends: the divider, and what came of it.
import { useEffect } from "preact/hooks";
import { path } from "../api";
import { useData } from "../data";
import { StatusChip, ApiMark } from "../parts/chip";
import { CopyButton } from "../parts/copy";
import { LongCode, LongText } from "../parts/long-text";
import { Skeleton } from "../parts/notice";
import { startedBy } from "../parts/run-row";
import { Time } from "../parts/time";
import { route } from "../router";
import type { Run, RunDetail } from "../types";
import type { ThreadStore } from "./store";
import { asJson, whatToDo } from "./words";

/** Heads the steps of a run where there are several; choosing it shows its details beside them. */
export function RunDivider({ runId, store }: { runId: string; store: ThreadStore }) {
  const name = store.nameOf(runId);
  const run = store.thread.value?.runs.find((each) => each.id === runId);
  if (!name || !run) return null;
  const shown = store.shown()?.id === runId;
  const to = store.latest()?.id === runId ? route.value : `?run=${encodeURIComponent(runId)}`;
  return (
    <div class={shown ? "divider shown" : "divider"}>
      <span class="row tight">
        <a class="cover anywhere" href={to} aria-current={shown ? "true" : undefined}>
          {run.origin === "api" && <ApiMark />}
          <strong>{name}</strong> {run.title}
        </a>
        <StatusChip status={run.status} />
        <span class="faint small">
          <Time at={run.createdAt} />, {startedBy(run)}
        </span>
      </span>
      <span class="faint small nowrap">{shown ? "Details shown" : <span class="underlined">Details</span>}</span>
    </div>
  );
}

/** What came of an earlier run; the last one's outcome stands at the end of the page. */
export function RunEnd({ runId, store }: { runId: string; store: ThreadStore }) {
  const { value } = useData<RunDetail>(path("runs", runId));
  return <div class="run-end">{value ? <Outcome run={value.run} store={store} /> : <Skeleton rows={2} />}</div>;
}

export function Outcome({ run, store }: { run: Run; store: ThreadStore | null }) {
  const text = run.result?.text ?? "";
  const loaded = store?.loaded.value;
  useEffect(() => {
    if (text) store?.blocks.hideLastMessage(run.id, text);
  }, [run.id, text, loaded]);
  if (run.status === "failed") return <Failed run={run} />;
  if (run.status === "cancelled") return <p class="outcome-line muted">The run was cancelled.</p>;
  if (run.status !== "completed") return null;
  if (!text) return <p class="outcome-line muted">The run ended well, without a text.{run.result?.artifacts.length ? " What it made stands under Artifacts." : ""}</p>;
  const json = asJson(text);
  return (
    <section class="panel result">
      <div class="row between pad-head">
        <h2 class="flush">Result</h2>
        <CopyButton text={text} what="result" quiet />
      </div>
      <div class="result-body">{json ? <LongCode text={json} name="Result as JSON" /> : <LongText text={text} />}</div>
    </section>
  );
}

function Failed({ run }: { run: Run }) {
  const code = run.errorCode ?? "UNKNOWN";
  return (
    <section class="banner bad" aria-label="Why it failed">
      <div class="grow shrink">
        <strong class="mono">{code}</strong>
        {run.errorMessage && <pre class="error-text" tabIndex={0} role="group" aria-label="Error message">{run.errorMessage}</pre>}
        <p>{whatToDo(code)}</p>
      </div>
    </section>
  );
}
