// SPDX-License-Identifier: Apache-2.0
// For admins: how the service stands, and what the host lacks.
import { useState } from "preact/hooks";
import { path } from "../api";
import { useData } from "../data";
import { count, size } from "../format";
import { Chip, type Tone } from "../parts/chip";
import { Code, CopyButton } from "../parts/copy";
import { Head } from "../parts/head";
import { Facts } from "../parts/kv";
import { Banner, Loaded } from "../parts/notice";
import { Time } from "../parts/time";
import { useBeat } from "../session";
import type { DoctorItem, System } from "../types";

export function SystemPage() {
  const data = useData<System>("system");
  useBeat(data.reload);
  return (
    <>
      <Head title="System" sub="How this service stands." />
      <Loaded data={data} rows={6}>
        {(system) => <Overview system={system} />}
      </Loaded>
      <Doctor />
    </>
  );
}

function Overview({ system }: { system: System }) {
  return (
    <div class="stack">
      {system.missingProtection.length > 0 && (
        <Banner tone="warn">
          <div>
            <strong>Agents run with less protection than they could</strong>
            <ul class="plain-list">
              {system.missingProtection.map((each) => (
                <li key={each}>{each}</li>
              ))}
            </ul>
          </div>
        </Banner>
      )}
      <div class="two even">
        <section class="panel pad">
          <h2>Service</h2>
          <Facts
            pairs={[
              ["Version", `capid ${system.version}`],
              ["Started", <Time at={system.startedAt} />],
              ["Listening", <span class="mono">{system.listening.join(", ")}</span>],
              ["Address", system.publicUrl || "not set; links use the address that one came by"],
            ]}
          />
        </section>
        <section class="panel pad">
          <h2>Runs and disk</h2>
          <Facts
            pairs={[
              ["Running", `${count(system.runs.running)} of at most ${count(system.runs.concurrency)}`],
              ["Waiting", `${count(system.runs.pending)} of at most ${count(system.runs.queueLimit)}`],
              ["Database", size(system.databaseBytes)],
              ["Free disk", size(system.freeBytes)],
              ["Data", <span class="mono">{system.data}</span>],
              ["Apps", <span class="mono">{system.apps}</span>],
            ]}
          />
        </section>
      </div>
      {system.disabledApps.length > 0 && <Disabled apps={system.disabledApps} />}
    </div>
  );
}

function Disabled({ apps }: { apps: System["disabledApps"] }) {
  return (
    <section class="panel">
      <h2 class="pad-head flush">Disabled apps</h2>
      <ul class="lines">
        {apps.map((app) => (
          <li key={app.id}>
            <a class="link" href={`/${path("apps", app.id)}/manifest`}>
              {app.id}
            </a>
            <div class="problem">{app.problem}</div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Doctor() {
  const [turn, setTurn] = useState(0);
  return (
    <section class="below" aria-label="Check of this host">
      <div class="row between filters">
        <div>
          <h2 class="flush">This host</h2>
          <p class="muted">Looks at the kernel, the disks and the settings, as “capid doctor” does.</p>
        </div>
        <button type="button" class="btn" onClick={() => setTurn(turn + 1)}>
          Check this host
        </button>
      </div>
      {turn > 0 && <Findings key={turn} />}
    </section>
  );
}

function Findings() {
  const data = useData<{ items: DoctorItem[] }>("system/doctor");
  return (
    <div aria-live="polite">
      <Loaded data={data} rows={6}>
        {({ items }) => (
          <ul class="panel lines">
            {[...items].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity)).map((item) => (
              <Finding key={item.id} item={item} />
            ))}
          </ul>
        )}
      </Loaded>
    </div>
  );
}

const order: DoctorItem["severity"][] = ["error", "warning", "info", "ok"];
const tones: Record<DoctorItem["severity"], Tone> = { ok: "ok", info: "run", warning: "warn", error: "bad" };

function Finding({ item }: { item: DoctorItem }) {
  return (
    <li class="finding">
      <Chip tone={tones[item.severity] ?? "wait"}>{item.severity}</Chip>
      <div class="grow shrink">
        <strong>{item.title}</strong>
        <p class="muted anywhere">{item.finding}</p>
        {item.fix && (
          <div class="fix">
            <Code name={`What to do about ${item.title}`} text={item.fix} />
            <CopyButton text={item.fix} quiet />
          </div>
        )}
      </div>
    </li>
  );
}
