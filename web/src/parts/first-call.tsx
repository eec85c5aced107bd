// SPDX-License-Identifier: Apache-2.0
// Waits for the first call with a new key, then follows the run that it made.
import { useEffect, useState } from "preact/hooks";
import { get, path, queryOf } from "../api";
import { stream } from "../live";
import { isOver } from "../runs-store";
import { useBeat } from "../session";
import { stepInWords } from "../thread/words";
import type { RunDetail, RunSummary, ThreadEvent } from "../types";
import { ApiMark, StatusChip } from "./chip";
import { runLink } from "./run-row";
import { Duration } from "./time";

export function FirstCall({ keyId }: { keyId: string }) {
  const [run, setRun] = useState<RunSummary | null>(null);
  const look = async () => {
    if (run || document.hidden) return;
    const answer = await get<{ runs: RunSummary[] }>("runs" + queryOf({ key: keyId, limit: 1 })).catch(() => null);
    if (answer?.runs[0]) setRun(answer.runs[0]);
  };
  useBeat(() => void look());
  useEffect(() => {
    if (run) return;
    const timer = setInterval(() => void look(), 2000);
    return () => clearInterval(timer);
  }, [run, keyId]);
  return run ? <LiveRun first={run} /> : <Waiting />;
}

function Waiting() {
  return (
    <div class="waiting" role="status">
      <span class="pulse" />
      <span>Waiting for the first call with this key…</span>
    </div>
  );
}

function LiveRun({ first }: { first: RunSummary }) {
  const { run, step } = useLive(first);
  return (
    <div class="waiting live">
      <span role="status">
        <StatusChip status={run.status} />
      </span>
      <div class="grow shrink">
        <a href={runLink(run)}>
          <ApiMark />
          <span class="underlined">{run.title || run.appName}</span>
        </a>
        <div class="muted clip">{run.errorCode ? <span class="mono">{run.errorCode}</span> : step || "Waiting in the queue"}</div>
      </div>
      <span class="muted nowrap">
        <Duration from={run.startedAt} to={run.completedAt} seconds={run.wallSeconds} />
      </span>
      <a class="btn" href={runLink(run)}>
        Open
      </a>
    </div>
  );
}

/** The run as it goes on: its state, and its last step in words. */
function useLive(first: RunSummary): { run: RunSummary; step: string } {
  const [run, setRun] = useState(first);
  const [step, setStep] = useState("");
  useEffect(() => {
    let last = 0;
    const check = async () => {
      const { run: now } = await get<RunDetail>(path("runs", first.id));
      setRun((old) => ({ ...old, ...now, credits: now.usage.credits, wallSeconds: now.usage.wallSeconds }));
      return !isOver(now);
    };
    const timer = setInterval(() => void check().then((open) => open || clearInterval(timer), () => undefined), 2000);
    void check().catch(() => undefined);
    const close = stream(path("runs", first.id, "events"), {
      resume: () => queryOf({ after: last }),
      onEnd: check,
      onMessage: (data) => {
        const event = data as ThreadEvent;
        last = event.sequence;
        const words = stepInWords(event);
        if (words) setStep(words);
      },
    });
    return () => {
      clearInterval(timer);
      close();
    };
  }, [first.id]);
  return { run, step };
}
