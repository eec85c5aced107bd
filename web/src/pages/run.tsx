// SPDX-License-Identifier: Apache-2.0
// A run that has no thread yet: it waits in the queue. Once it has one, the thread's page takes over.
import { useEffect } from "preact/hooks";
import { isMissing, path } from "../api";
import { serverNow } from "../clock";
import { useData } from "../data";
import { Loaded } from "../parts/notice";
import { startedBy } from "../parts/run-row";
import { Time } from "../parts/time";
import { go } from "../router";
import { isOver } from "../runs-store";
import { useBeat } from "../session";
import { RunHead } from "../thread/run-head";
import { Outcome } from "../thread/run-parts";
import { Side } from "../thread/side";
import type { RunDetail } from "../types";
import { MissingPage } from "./missing";

export function RunPage({ params }: { params: Record<string, string> }) {
  const data = useData<RunDetail>(path("runs", params.id ?? ""));
  const run = data.value?.run;
  useBeat(data.reload);
  useEffect(() => {
    if (run?.threadId) go("/" + path("threads", run.threadId), { replace: true });
  }, [run?.threadId]);
  useEffect(() => {
    if (!run || run.threadId || isOver(run)) return;
    // Most runs start within milliseconds: look soon at first, then calmly.
    const age = serverNow() - Date.parse(run.createdAt);
    const timer = setTimeout(data.reload, age < 3000 ? 150 : 1500);
    return () => clearTimeout(timer);
  }, [data.value]);
  if (!data.value && isMissing(data.error)) return <MissingPage />;
  return (
    <Loaded data={data} rows={6}>
      {(detail) => <Waiting detail={detail} onChange={data.reload} />}
    </Loaded>
  );
}

function Waiting({ detail, onChange }: { detail: RunDetail; onChange: () => void }) {
  const { run, title } = detail;
  return (
    <>
      <RunHead run={run} title={title} onChange={onChange}>
        accepted <Time at={run.createdAt} />, {startedBy({ ...detail, origin: run.origin })}
      </RunHead>
      <div class="two thread-columns">
        {isOver(run) ? (
          <Outcome run={run} store={null} />
        ) : (
          <div class="waiting">
            <span class="pulse" />
            <span>Waiting in the queue. The steps appear here as soon as it starts.</span>
          </div>
        )}
        <Side detail={detail} made={[]} />
      </div>
    </>
  );
}
