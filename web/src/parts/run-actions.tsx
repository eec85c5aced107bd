// SPDX-License-Identifier: Apache-2.0
// What one can do with a run: replay it, cancel it.
import { useState } from "preact/hooks";
import { messageOf, path, post } from "../api";
import { useAction } from "../data";
import { go } from "../router";
import { isOver } from "../runs-store";
import type { RunStatus } from "../types";
import { Confirm } from "./dialog";

interface RunActionsProps {
  run: { id: string; status: RunStatus };
  onChange: () => void;
}

export function RunActions({ run, onChange }: RunActionsProps) {
  const [asking, setAsking] = useState(false);
  const replay = useAction();
  const onReplay = () =>
    void replay.run(async () => {
      const { id } = await post<{ id: string }>(path("runs", run.id, "replay"));
      go("/" + path("runs", id));
    });
  const cancel = async () => {
    await post(path("runs", run.id, "cancel"));
    onChange();
  };
  return (
    <>
      {replay.error ? (
        <p class="failure" role="alert">
          {messageOf(replay.error)}
        </p>
      ) : null}
      <button type="button" class="btn" disabled={replay.busy} onClick={onReplay}>
        Replay
      </button>
      {!isOver(run) && (
        <button type="button" class="btn bad" onClick={() => setAsking(true)}>
          Cancel run
        </button>
      )}
      {asking && (
        <Confirm title="Cancel this run?" action="Cancel run" bad onConfirm={cancel} onClose={() => setAsking(false)}>
          <p>The agent is stopped at once. What it did until now stays in the thread; there is no result.</p>
        </Confirm>
      )}
    </>
  );
}
