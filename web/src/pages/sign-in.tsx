// SPDX-License-Identifier: Apache-2.0
// Signing in, and back to where one was.
import { useState } from "preact/hooks";
import { post } from "../api";
import { useAction } from "../data";
import { Door } from "../parts/door";
import { PasswordField, TextField } from "../parts/field";
import { useTitle } from "../parts/head";
import { Failure } from "../parts/notice";
import { go, localPath, query } from "../router";
import { session } from "../session";
import type { Session } from "../types";

export function SignInPage() {
  useTitle("Sign in");
  const [account, setAccount] = useState("admin");
  const [password, setPassword] = useState("");
  const { busy, error, run } = useAction();
  const submit = (event: Event) => {
    event.preventDefault();
    void run(async () => {
      session.value = await post<Session>("session", { account: account.trim(), password });
      go(localPath(query.value.get("to")), { replace: true });
    });
  };
  return (
    <Door title="Sign in">
      <form class="stack" onSubmit={submit}>
        <TextField label="Account" value={account} onValue={setAccount} autoComplete="username" required />
        <PasswordField label="Password" value={password} onValue={setPassword} autoComplete="current-password" first />
        <Failure error={error} />
        <button class="btn primary tall" disabled={busy || !account.trim() || !password}>
          Sign in
        </button>
      </form>
      <details class="quiet-details">
        <summary>I forgot my password</summary>
        <p>
          An admin can set a new one under Accounts. On the machine itself, <code>capid accounts passwd {account.trim() || "NAME"}</code> does it too.
        </p>
      </details>
    </Door>
  );
}
