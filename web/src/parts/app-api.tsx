// SPDX-License-Identifier: Apache-2.0
// The API trigger of an app: its keys, samples to copy, and the first call as it comes in.
import { useEffect, useRef, useState } from "preact/hooks";
import { path, queryOf } from "../api";
import { useData, type Data } from "../data";
import { fields, isFile, isRequired, extensions } from "../form-values";
import { list } from "../format";
import { session, useBeat } from "../session";
import type { AppDetail, InputSchema, Key, NewKey, RunSummary } from "../types";
import { Chip } from "./chip";
import { FirstCall } from "./first-call";
import { useKeptFocus } from "./kept-focus";
import { KeyDialog } from "./key-form";
import { isExpired, RevokeDialog } from "./key-revoke";
import { Facts } from "./kv";
import { Loaded } from "./notice";
import { Reveal } from "./reveal";
import { ShortRuns } from "./run-row";
import { Samples } from "./samples";
import { Time } from "./time";

export function AppApi({ app }: { app: AppDetail }) {
  const [made, setMade] = useState<NewKey | null>(null);
  const [creating, setCreating] = useState(false);
  const keys = useData<{ keys: Key[] }>("keys" + queryOf({ app: app.id }));
  const onMade = (key: NewKey) => {
    setMade(key);
    setCreating(false);
    keys.reload();
  };
  return (
    <div class="two">
      <div class="stack">
        <section class="panel pad stack">
          {made ? <MadeKey made={made} /> : <BeforeKey onCreate={() => setCreating(true)} />}
          <Samples host={session.value?.publicUrl || location.origin} app={app} secret={made?.key ?? "capi_YOUR_KEY"} />
          {made && <FirstCall key={made.id} keyId={made.id} />}
        </section>
        <LatestRuns app={app} />
      </div>
      <div class="stack">
        <AppKeys app={app.id} keys={keys} onCreate={() => setCreating(true)} />
        <Inputs app={app} />
      </div>
      {creating && <KeyDialog app={app} onMade={onMade} onClose={() => setCreating(false)} />}
    </div>
  );
}

function BeforeKey({ onCreate }: { onCreate: () => void }) {
  return (
    <div class="row between">
      <div>
        <h2 class="flush">Call this app from your scripts</h2>
        <p class="muted">Create a key, and the samples below show it, ready to be copied.</p>
      </div>
      <button type="button" class="btn primary" onClick={onCreate}>
        Create key
      </button>
    </div>
  );
}

/** Takes the place of the button that one came from, and so its focus. */
function MadeKey({ made }: { made: NewKey }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [made.id]);
  return (
    <div class="stack-tight">
      <div class="row between">
        <h2 class="flush" ref={heading} tabIndex={-1}>Key “{made.name}” is ready</h2>
        <span class="faint small">Shown once. Copy it now.</span>
      </div>
      <Reveal text={made.key} what="key" />
    </div>
  );
}

function AppKeys({ app, keys, onCreate }: { app: string; keys: Data<{ keys: Key[] }>; onCreate: () => void }) {
  const [revoking, setRevoking] = useState<Key | null>(null);
  const list = useKeptFocus<HTMLElement>("li .btn.bad");
  useBeat(keys.reload);
  return (
    <section class="panel" ref={list}>
      <div class="row between pad-head">
        <h2 class="flush">Keys for this app</h2>
        <button type="button" class="btn" onClick={onCreate}>
          Create key
        </button>
      </div>
      <Loaded data={keys} rows={2}>
        {(answer) => (
          <ul class="lines">
            {answer.keys.length === 0 && <li class="muted">None yet.</li>}
            {answer.keys.map((key) => (
              <KeyLine key={key.id} apiKey={key} runs={`/${path("apps", app)}/runs${queryOf({ key: key.id })}`} onRevoke={() => setRevoking(key)} />
            ))}
          </ul>
        )}
      </Loaded>
      {revoking && <RevokeDialog apiKey={revoking} onDone={keys.reload} onClose={() => setRevoking(null)} />}
    </section>
  );
}

function KeyLine({ apiKey, runs, onRevoke }: { apiKey: Key; runs: string; onRevoke: () => void }) {
  return (
    <li class="row between nowrap-row">
      <div class="shrink">
        <div class="clip">{apiKey.name}</div>
        <div class="faint mono">{apiKey.prefix}…</div>
      </div>
      {apiKey.revokedAt ? (
        <Chip tone="wait">revoked</Chip>
      ) : isExpired(apiKey) ? (
        <Chip tone="warn">expired</Chip>
      ) : (
        <div class="row tight">
          {apiKey.lastUsedAt ? (
            <a class="link nowrap" href={runs} title="Its runs">
              <span class="muted">
                used <Time at={apiKey.lastUsedAt} />
              </span>
            </a>
          ) : (
            <span class="muted small nowrap">never used</span>
          )}
          <button type="button" class="btn quiet bad" onClick={onRevoke}>
            Revoke<span class="visually-hidden"> {apiKey.name}</span>
          </button>
        </div>
      )}
    </li>
  );
}

function Inputs({ app }: { app: AppDetail }) {
  const all = fields(app);
  return (
    <section class="panel pad">
      <h2>Inputs</h2>
      {all.length ? (
        <Facts pairs={all.map(([name, schema]) => [name, inWords(schema, isRequired(app, name))])} />
      ) : (
        <p class="muted">None. Files can be attached all the same.</p>
      )}
    </section>
  );
}

function inWords(schema: InputSchema, required: boolean): string {
  const kinds = { integer: "whole number", number: "number", boolean: "true or false", string: "text" };
  const formats: Record<string, string> = { date: "date, such as 2026-01-31", uri: "web address", binary: "file" };
  let words = formats[schema.format ?? ""] ?? kinds[schema.type];
  if (schema.enum) words = list(schema.enum);
  if (isFile(schema) && extensions(schema).length) words += `, ${list(extensions(schema))}`;
  return required ? `${words}, required` : words;
}

function LatestRuns({ app }: { app: AppDetail }) {
  const data = useData<{ runs: RunSummary[] }>("runs" + queryOf({ app: app.id, limit: 6 }));
  useBeat(data.reload);
  return (
    <section class="panel clip-corners">
      <div class="row between pad-head">
        <h2 class="flush">Latest runs</h2>
        <a class="muted" href={`/${path("apps", app.id)}/runs`}>
          All runs
        </a>
      </div>
      <Loaded data={data} rows={3}>
        {({ runs }) => (runs.length ? <ShortRuns runs={runs} name="Latest runs" /> : <p class="muted pad">No run yet. The first call appears here.</p>)}
      </Loaded>
    </section>
  );
}
