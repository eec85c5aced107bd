// SPDX-License-Identifier: Apache-2.0
// All apps: what each does, and what is wrong with those that are disabled.
import { path } from "../api";
import { useData } from "../data";
import { counted } from "../format";
import { Chip } from "../parts/chip";
import { Command } from "../parts/copy";
import { Head } from "../parts/head";
import { Empty, Loaded } from "../parts/notice";
import type { App } from "../types";
import { useBeat } from "../session";

export function AppsPage() {
  const data = useData<{ apps: App[] }>("apps");
  useBeat(data.reload);
  return (
    <>
      <Head title="Apps" sub="Each is an agent that runs by a form here, or by a call from your scripts." />
      <Loaded data={data}>{({ apps }) => (apps.length ? <AppList apps={apps} /> : <NoApps />)}</Loaded>
    </>
  );
}

function AppList({ apps }: { apps: App[] }) {
  return (
    <ul class="cards">
      {apps.map((app) => (
        <AppCard key={app.id} app={app} />
      ))}
    </ul>
  );
}

function AppCard({ app }: { app: App }) {
  const to = "/" + path("apps", app.id);
  const inputs = Object.keys(app.inputSchema?.properties ?? {}).length;
  return (
    <li class="card">
      <div class="card-words">
        <h2>
          <a href={app.status === "disabled" ? `${to}/manifest` : to} class="cover">
            {app.name}
          </a>
          {app.status === "disabled" && <Chip tone="bad">disabled</Chip>}
        </h2>
        {app.description && <p class="muted">{app.description}</p>}
        {app.problem && <p class="problem clamp-3">{app.problem}</p>}
      </div>
      <div class="card-side faint">
        <span class="mono">{app.id}</span>
        {app.status === "ready" && <span>{inputs ? counted(inputs, "input") : "no inputs"}</span>}
      </div>
    </li>
  );
}

function NoApps() {
  return (
    <Empty title="No app yet">
      <p class="muted">
        An app is a folder in the apps folder, with a file <code>app.yaml</code> that says what to run. This makes one to start from:
      </p>
      <Command text="capid apps new NAME" />
    </Empty>
  );
}
