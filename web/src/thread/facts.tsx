// SPDX-License-Identifier: Apache-2.0
// Facts of a run, in panels: what it used, what its caller noted, what it was given.
import { path, queryOf } from "../api";
import { useData } from "../data";
import { count, credits, duration, list, memory, size } from "../format";
import { Chip } from "../parts/chip";
import { CopyButton } from "../parts/copy";
import { Facts, type Pair } from "../parts/kv";
import { isOver } from "../runs-store";
import type { Delivery, Run, RunDetail } from "../types";
import { pretty } from "./words";

export function ThisRun({ detail }: { detail: RunDetail }) {
  const { run, maxCredits, network } = detail;
  const { usage } = run;
  const spent = credits(usage.credits);
  const hasWebhook = useHasWebhook(run);
  return (
    <section class="panel pad">
      <h2>This run</h2>
      {run.degraded && (
        <p class="degraded">
          <Chip tone="warn">ran with less protection</Chip>
        </p>
      )}
      <Facts
        pairs={[
          run.chatModelId !== null && ["Model", run.chatModelId],
          usage.inputTokens + usage.outputTokens > 0 && ["Tokens", `${count(usage.inputTokens)} in, ${count(usage.outputTokens)} out`],
          ["Credits", maxCredits === null ? spent : `${spent} of at most ${credits(maxCredits)}`],
          usage.cpuSeconds > 0 && ["CPU", usage.cpuSeconds < 1 ? duration(usage.cpuSeconds) : `${Number(usage.cpuSeconds.toFixed(1))} s`],
          usage.peakMemoryBytes > 0 && ["Memory", `${memory(usage.peakMemoryBytes)} at most`],
          ["Network", network.length ? list(network, "and") : "none, models through the gateway"],
          run.workspaceId !== null && ["Workspace", run.workspaceId],
          hasWebhook && ["Webhook", <a class="link" href={"/webhooks" + queryOf({ run: run.id })}>Its deliveries</a>],
          ["App version", <span class="mono">{run.appVersion.slice(0, 12)}</span>],
          ["Run id", <RunId id={run.id} />],
        ]}
      />
    </section>
  );
}

/** A run does not tell of its webhook, but one that has ended has a delivery then. */
function useHasWebhook(run: Run): boolean {
  const { value } = useData<{ deliveries: Delivery[] }>(isOver(run) ? path("webhooks", "deliveries") + queryOf({ run: run.id, limit: 1 }) : null);
  return Boolean(value?.deliveries.length);
}

function RunId({ id }: { id: string }) {
  return (
    <span class="run-id">
      <span class="mono">{id}</span> <CopyButton text={id} quiet what="id" />
    </span>
  );
}

/** Tags and metadata are the caller's own words, and mean nothing here. */
export function FromCaller({ run }: { run: Run }) {
  const { tags, metadata } = run;
  const pairs = Object.entries(metadata).map(([name, value]): Pair => [name, value]);
  if (!tags.length && !pairs.length) return null;
  return (
    <section class="panel pad stack-tight">
      <h2 class="flush">From the caller</h2>
      {tags.length > 0 && (
        <ul class="row tight" aria-label="Tags">
          {tags.map((tag) => (
            <li class="badge" key={tag}>
              {tag}
            </li>
          ))}
        </ul>
      )}
      {pairs.length > 0 && <Facts pairs={pairs} />}
    </section>
  );
}

export function Inputs({ run }: { run: Run }) {
  const { inputs, files } = run;
  const given = Object.entries(inputs).filter(([name]) => !files.some((file) => file.input === name));
  if (!given.length && !files.length) return null;
  return (
    <section class="panel pad">
      <h2>Inputs</h2>
      <Facts
        pairs={[
          ...given.map(([name, value]): Pair => [name, <span class="clamp-6">{pretty(value)}</span>]),
          ...files.map((file, at): Pair => [file.input ?? (at ? `file ${at + 1}` : "file"), <>{file.name} <span class="faint nowrap">{size(file.size)}</span></>]),
        ]}
      />
    </section>
  );
}
