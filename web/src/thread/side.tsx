// SPDX-License-Identifier: Apache-2.0
// Beside the thread: what one run made, what it used, what it was given.
import { count, credits, list, memory, size } from "../format";
import { Chip } from "../parts/chip";
import { CopyButton } from "../parts/copy";
import { Facts, type Pair } from "../parts/kv";
import { phone } from "../screen";
import type { RunDetail } from "../types";
import { ArtifactCard, type Made } from "./artifact";
import { pretty } from "./words";

export function Side({ detail, made }: { detail: RunDetail; made: Made[] }) {
  const artifacts: Made[] = detail.run.result?.artifacts ?? made;
  if (phone.value) {
    return (
      <details class="side-fold">
        <summary>{artifacts.length ? `Artifacts (${artifacts.length}) and details` : "Details"}</summary>
        <Panels detail={detail} artifacts={artifacts} />
      </details>
    );
  }
  return (
    <aside class="sticky" aria-label="About this run" tabIndex={0}>
      <Panels detail={detail} artifacts={artifacts} />
    </aside>
  );
}

function Panels({ detail, artifacts }: { detail: RunDetail; artifacts: Made[] }) {
  return (
    <div class="stack">
      {artifacts.length > 0 && (
        <section class="panel pad">
          <h2>Artifacts</h2>
          <ul class="plain-list">
            {artifacts.map((artifact) => (
              <ArtifactCard key={artifact.id} runId={detail.run.id} artifact={artifact} />
            ))}
          </ul>
        </section>
      )}
      <ThisRun detail={detail} />
      <Inputs detail={detail} />
    </div>
  );
}

function ThisRun({ detail }: { detail: RunDetail }) {
  const { run, maxCredits, network } = detail;
  const { usage } = run;
  const spent = credits(usage.credits);
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
          usage.cpuSeconds > 0 && ["CPU", `${Number(usage.cpuSeconds.toFixed(1))} s`],
          usage.peakMemoryBytes > 0 && ["Memory", `${memory(usage.peakMemoryBytes)} at most`],
          ["Network", network.length ? list(network, "and") : "none, models through the gateway"],
          run.workspaceId !== null && ["Workspace", run.workspaceId],
          run.tags.length > 0 && ["Tags", <Tags tags={run.tags} />],
          ...Object.entries(run.metadata).map(([name, value]): Pair => [name, value]),
          ["App version", <span class="mono">{run.appVersion.slice(0, 12)}</span>],
          ["Run id", <RunId id={run.id} />],
        ]}
      />
    </section>
  );
}

function Tags({ tags }: { tags: string[] }) {
  return (
    <span class="row tight">
      {tags.map((tag) => (
        <span class="badge" key={tag}>
          {tag}
        </span>
      ))}
    </span>
  );
}

function RunId({ id }: { id: string }) {
  return (
    <span class="run-id">
      <span class="mono">{id}</span> <CopyButton text={id} quiet what="id" />
    </span>
  );
}

function Inputs({ detail }: { detail: RunDetail }) {
  const { inputs, files } = detail.run;
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
