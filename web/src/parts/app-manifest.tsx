// SPDX-License-Identifier: Apache-2.0
// The manifest of an app, read-only: its problems, its text with line numbers, and what it comes to.
import { duration, list, memory } from "../format";
import type { AppDetail } from "../types";
import { CopyButton } from "./copy";
import { Facts } from "./kv";

export function AppManifest({ app }: { app: AppDetail }) {
  return (
    <div class="two">
      <div class="stack">
        {app.problem && <Problems problem={app.problem} />}
        <section class="panel">
          <div class="row between pad-head">
            <h2>app.yaml</h2>
            <CopyButton text={app.manifest} quiet />
          </div>
          <Source text={app.manifest} />
        </section>
        <p class="faint small">Read-only here. A change of the file counts as soon as it is saved; runs that were accepted before keep what they had.</p>
      </div>
      <section class="panel pad">
        <h2>What it comes to</h2>
        {app.agent ? <Summary app={app} /> : <p class="muted">Nothing yet: the manifest has to be mended first.</p>}
      </section>
    </div>
  );
}

export function Problems({ problem }: { problem: string }) {
  return (
    <div class="banner bad" role="status">
      <div>
        <strong>This app is disabled</strong>
        <ul class="plain-list mono">
          {problem.split("\n").map((line, at) => (
            <li key={at}>{line}</li>
          ))}
        </ul>
        <p>Mend the file and save it: the app is back at once. The command “capid apps check” says the same on the machine.</p>
      </div>
    </div>
  );
}

function Source({ text }: { text: string }) {
  const lines = text.replace(/\n$/, "").split("\n");
  return (
    <div class="source" tabIndex={0} role="group" aria-label="The text of app.yaml">
      <pre class="numbers" aria-hidden="true">
        {lines.map((_, at) => at + 1).join("\n")}
      </pre>
      <pre>{text}</pre>
    </div>
  );
}

function Summary({ app }: { app: AppDetail }) {
  const limits = app.limits;
  return (
    <Facts
      pairs={[
        ["Agent", app.agent === "prompt" ? "a prompt, with the built-in agent" : <code>{app.command.join(" ")}</code>],
        app.agent === "prompt" && ["Model", app.model ?? "the default model"],
        app.tools.length > 0 && ["Tools", app.tools.join(", ")],
        ["Network", app.network.length ? list(app.network, "and") : "none, models through the gateway"],
        ["Workspace", app.workspace === "none" || !app.workspace ? "none" : app.workspace],
        limits && ["Time", `${duration(limits.timeoutSeconds)} at most`],
        limits && ["Memory", memory(limits.memoryBytes)],
        limits && ["Processors", String(limits.cpus)],
        limits && ["Processes", `${limits.pids} at most`],
        limits && ["Disk", memory(limits.diskBytes)],
        app.version !== null && ["Version", <span class="mono">{app.version.slice(0, 16)}</span>],
      ]}
    />
  );
}
