// SPDX-License-Identifier: Apache-2.0
// The head of a run's page: its app, its title, how it stands, what one can do with it.
import type { ComponentChildren } from "preact";
import { path } from "../api";
import { ApiMark, StatusChip } from "../parts/chip";
import { Head } from "../parts/head";
import { RunActions } from "../parts/run-actions";
import type { RunSummary } from "../types";

interface RunHeadProps {
  run: Pick<RunSummary, "id" | "status" | "appId" | "appName" | "origin" | "errorCode">;
  title: string;
  onChange: () => void;
  /** When it was started, and by whom. */
  children: ComponentChildren;
}

export function RunHead({ run, title, onChange, children }: RunHeadProps) {
  const app = "/" + path("apps", run.appId);
  return (
    <Head
      title={title || run.appName}
      crumbs={[
        { text: run.appName, to: app },
        { text: "Runs", to: `${app}/runs` },
      ]}
      mark={run.origin === "api" && <ApiMark />}
      sub={
        <div class="row">
          <span role="status">
            <StatusChip status={run.status} />
          </span>
          {run.errorCode && <span class="mono muted">{run.errorCode}</span>}
          <span class="muted">{children}</span>
        </div>
      }
    >
      <RunActions run={run} onChange={onChange} />
    </Head>
  );
}
