// SPDX-License-Identifier: Apache-2.0
// One's own account: who one is, the password, the theme, the workspaces.
import { useState } from "preact/hooks";
import { path, post, queryOf, remove } from "../api";
import { useData, useFormAction } from "../data";
import { credits, size } from "../format";
import { Confirm } from "../parts/dialog";
import { PasswordField, Username } from "../parts/field";
import { Head } from "../parts/head";
import { useKeptFocus } from "../parts/kept-focus";
import { Facts } from "../parts/kv";
import { Failure, Loaded } from "../parts/notice";
import { Segments } from "../parts/segments";
import { Time } from "../parts/time";
import { leave, session, standing } from "../session";
import { chooseTheme, theme, type Theme } from "../theme-choice";
import type { Workspace } from "../types";

const themes = [
  { value: "system", text: "System" },
  { value: "light", text: "Light" },
  { value: "dark", text: "Dark" },
];

export function AccountPage() {
  const account = session.value?.account;
  if (!account) return null;
  return (
    <>
      <Head title={account.name} sub={account.role === "admin" ? "An admin: sees every account’s runs, and the pages under Admin." : "A member: sees the runs and keys of this account."} />
      <div class="two even">
        <div class="stack">
          <section class="panel pad">
            <h2>This account</h2>
            <Facts
              pairs={[
                ["Name", account.name],
                ["Role", account.role],
                [standing.value.used ? "Used" : "Balance", `${credits(standing.value.credits)} credits${session.value?.creditsEnforced ? "" : ", not limited"}`],
                ["Version", `capid ${session.value?.version ?? ""}`],
              ]}
            />
          </section>
          <section class="panel pad stack-tight">
            <h2 class="flush">Theme</h2>
            <p class="muted">Kept in this browser.</p>
            <div>
              <Segments name="Theme" choices={themes} value={theme.value} onValue={(value) => chooseTheme(value as Theme)} />
            </div>
          </section>
          <Workspaces />
        </div>
        <div class="stack">
          <ChangePassword name={account.name} />
          <SignOutEverywhere />
        </div>
      </div>
    </>
  );
}

function ChangePassword({ name }: { name: string }) {
  const [current, setCurrent] = useState("");
  const [fresh, setFresh] = useState("");
  const [done, setDone] = useState(false);
  const { busy, error, at, run } = useFormAction("current", "new");
  const submit = async (event: Event) => {
    event.preventDefault();
    setDone(false);
    if (!(await run(() => post("password", { current, new: fresh })))) return;
    setCurrent("");
    setFresh("");
    setDone(true);
  };
  const short = fresh.length > 0 && Array.from(fresh).length < 10;
  return (
    <section class="panel pad stack">
      <h2 class="flush">Change password</h2>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <Username of={name} />
        <PasswordField label="Current password" value={current} onValue={setCurrent} autoComplete="current-password" error={at("current")} />
        <PasswordField label="New password" value={fresh} onValue={setFresh} autoComplete="new-password" hint="At least 10 characters." error={at("new")} />
        <Failure error={error} />
        <div class="row">
          <button class="btn" disabled={busy || !current || !fresh || short}>
            Change password
          </button>
          <span role="status" class="muted">
            {done && "The new password holds from now on."}
          </span>
        </div>
      </form>
    </section>
  );
}

function SignOutEverywhere() {
  const [asking, setAsking] = useState(false);
  const end = async () => {
    await remove("sessions");
    leave();
  };
  return (
    <section class="panel pad stack-tight">
      <h2 class="flush">Sign out everywhere</h2>
      <p class="muted">Ends the sessions in all browsers, this one too. API keys go on working.</p>
      <div>
        <button type="button" class="btn bad" onClick={() => setAsking(true)}>
          Sign out everywhere
        </button>
      </div>
      {asking && (
        <Confirm title="Sign out everywhere?" action="Sign out everywhere" bad onConfirm={end} onClose={() => setAsking(false)}>
          <p>Every browser that is signed in to this account has to sign in again.</p>
        </Confirm>
      )}
    </section>
  );
}

function Workspaces() {
  const data = useData<{ workspaces: Workspace[] }>("workspaces");
  const [removing, setRemoving] = useState<Workspace | null>(null);
  const list = useKeptFocus<HTMLElement>("li .btn");
  return (
    <section class="panel" ref={list}>
      <div class="pad-head">
        <h2 class="flush">Workspaces</h2>
        <p class="muted">Folders that outlive the runs that use them.</p>
      </div>
      <Loaded data={data} rows={2}>
        {({ workspaces }) => (
          <ul class="lines">
            {workspaces.length === 0 && <li class="muted">None yet. A run that names one makes it.</li>}
            {workspaces.map((each) => (
              <li key={`${each.account}/${each.id}`} class="row between">
                <div class="shrink">
                  <div class="mono anywhere">{each.id}</div>
                  <div class="faint small">
                    {each.account && `${each.account}, `}
                    {size(each.sizeBytes)}, used <Time at={each.lastUsedAt} />
                  </div>
                </div>
                <button type="button" class="btn quiet bad" onClick={() => setRemoving(each)}>
                  Delete<span class="visually-hidden"> {each.id}</span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      {removing && (
        <Confirm
          title={`Delete “${removing.id}”?`}
          action="Delete workspace"
          bad
          onConfirm={async () => {
            await remove(path("workspaces", removing.id) + queryOf({ account: removing.account }));
            data.reload();
          }}
          onClose={() => setRemoving(null)}
        >
          <p>Its {size(removing.sizeBytes)} of files are gone for good. The next run that names it begins with an empty one.</p>
        </Confirm>
      )}
    </section>
  );
}
