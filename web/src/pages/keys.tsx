// SPDX-License-Identifier: Apache-2.0
// The API keys of the account: made, shown once, revoked.
import { useState } from "preact/hooks";
import { path, queryOf } from "../api";
import { useData } from "../data";
import { Chip } from "../parts/chip";
import { Head } from "../parts/head";
import { useKeptFocus } from "../parts/kept-focus";
import { KeyDialog } from "../parts/key-form";
import { isExpired, RevokeDialog } from "../parts/key-revoke";
import { Empty, Loaded } from "../parts/notice";
import { Reveal } from "../parts/reveal";
import { Time } from "../parts/time";
import { query, setQuery } from "../router";
import { isAdmin, useBeat } from "../session";
import type { Key, NewKey } from "../types";

export function KeysPage() {
  const data = useData<{ keys: Key[] }>("keys");
  const [creating, setCreating] = useState(false);
  const [made, setMade] = useState<NewKey | null>(null);
  const [revoking, setRevoking] = useState<Key | null>(null);
  const list = useKeptFocus<HTMLDivElement>("td .btn.bad, .empty .btn");
  useBeat(data.reload);
  const onMade = (key: NewKey) => {
    setMade(key);
    setCreating(false);
    data.reload();
  };
  return (
    <>
      <Head title="API keys" sub="A key lets a script run your apps. Treat it like a password.">
        <button type="button" class="btn primary" onClick={() => setCreating(true)}>
          Create key
        </button>
      </Head>
      <div class="stack" ref={list}>
        {made && <Made made={made} onDone={() => setMade(null)} />}
        <Loaded data={data}>{({ keys }) => <Keys keys={keys} onRevoke={setRevoking} onCreate={() => setCreating(true)} />}</Loaded>
      </div>
      {creating && <KeyDialog onMade={onMade} onClose={() => setCreating(false)} />}
      {revoking && <RevokeDialog apiKey={revoking} onDone={data.reload} onClose={() => setRevoking(null)} />}
    </>
  );
}

function Made({ made, onDone }: { made: NewKey; onDone: () => void }) {
  return (
    <section class="panel pad stack" role="status">
      <div class="row between">
        <h2 class="flush">Key “{made.name}” is ready</h2>
        <span class="faint small">Shown once. Copy it now.</span>
      </div>
      <Reveal text={made.key} what="key" />
      <div class="row between">
        <span class="muted">{made.appId ? <a class="link" href={`/${path("apps", made.appId)}/api`}>Samples for this app</a> : "It works for all apps; each app’s API trigger shows samples."}</span>
        <button type="button" class="btn quiet" onClick={onDone}>
          I have copied it
        </button>
      </div>
    </section>
  );
}

function Keys({ keys, onRevoke, onCreate }: { keys: Key[]; onRevoke: (key: Key) => void; onCreate: () => void }) {
  const withRevoked = query.value.get("revoked") === "1";
  const shown = keys.filter((key) => withRevoked || !key.revokedAt);
  const revoked = keys.filter((key) => key.revokedAt).length;
  if (!keys.length) {
    return (
      <Empty title="No key yet">
        <p class="muted">With a key, any script or CI job can run your apps with one call and get the result back.</p>
        <button type="button" class="btn primary" onClick={onCreate}>
          Create key
        </button>
      </Empty>
    );
  }
  return (
    <>
      {revoked > 0 && (
        <label class="check">
          <input type="checkbox" checked={withRevoked} onChange={() => setQuery({ revoked: withRevoked ? null : "1" })} /> Show revoked ({revoked})
        </label>
      )}
      {shown.length === 0 ? <AllRevoked onCreate={onCreate} /> : <KeyTable keys={shown} onRevoke={onRevoke} />}
    </>
  );
}

function AllRevoked({ onCreate }: { onCreate: () => void }) {
  return (
    <Empty title="All keys are revoked">
      <p class="muted">No script can call this service by a key of yours. A new key lets one in again.</p>
      <button type="button" class="btn primary" onClick={onCreate}>
        Create key
      </button>
    </Empty>
  );
}

function KeyTable({ keys, onRevoke }: { keys: Key[]; onRevoke: (key: Key) => void }) {
  return (
    <div class="panel clip-corners">
      <table class="two-lines">
        <thead>
          <tr>
            <th>Name</th>
            <th>App</th>
            <th class="wide">Created</th>
            <th>Last used</th>
            <th class="wide">Expires</th>
            <th>
              <span class="visually-hidden">Action</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <KeyRow key={key.id} apiKey={key} onRevoke={onRevoke} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function KeyRow({ apiKey: key, onRevoke }: { apiKey: Key; onRevoke: (key: Key) => void }) {
  return (
    <tr>
      <td class="cell-name">
        <span class="anywhere">{key.name}</span>
        <div class="faint small">
          <span class="mono">{key.prefix}…</span>
          {isAdmin.value && ` · ${key.account}`}
          {key.requestsPerMinute !== null && ` · ${key.requestsPerMinute} a minute`}
        </div>
      </td>
      <td>
        {key.appId ? (
          <a class="badge" href={`/${path("apps", key.appId)}/api`}>
            {key.appId}
          </a>
        ) : (
          <span class="muted">any app</span>
        )}
      </td>
      <td class="wide muted">
        <Time at={key.createdAt} />
      </td>
      <td class="muted">{key.lastUsedAt ? <Time at={key.lastUsedAt} /> : "never used"}</td>
      <td class="wide muted">{key.expiresAt ? <Time at={key.expiresAt} /> : "never"}</td>
      <td class="num">
        <span class="row tight end">
          {key.revokedAt ? <Chip tone="wait">revoked</Chip> : isExpired(key) && <Chip tone="warn">expired</Chip>}
          <a class="btn quiet" href={"/runs" + queryOf({ key: key.id })}>
            Runs<span class="visually-hidden"> by {key.name}</span>
          </a>
          {!key.revokedAt && (
            <button type="button" class="btn quiet bad" onClick={() => onRevoke(key)}>
              Revoke<span class="visually-hidden"> {key.name}</span>
            </button>
          )}
        </span>
      </td>
    </tr>
  );
}
