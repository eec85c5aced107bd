// SPDX-License-Identifier: Apache-2.0
// The first visit: a one-time token from the terminal lets one choose the password of admin.
import { useEffect, useState } from "preact/hooks";
import { ApiError, post } from "../api";
import { useFormAction } from "../data";
import { Command } from "../parts/copy";
import { Door } from "../parts/door";
import { PasswordField, Username } from "../parts/field";
import { useTitle } from "../parts/head";
import { Failure } from "../parts/notice";
import { go } from "../router";
import { session } from "../session";
import type { Session } from "../types";

/** The token leaves the address at once, so that neither history nor a shared screen keeps it. */
function takeToken(): string {
  const token = location.hash.slice(1);
  if (token) history.replaceState(null, "", "/setup");
  return token;
}

export function SetupPage() {
  useTitle("Set-up");
  const [token, setToken] = useState(takeToken);
  useEffect(() => {
    const onLink = () => location.hash && setToken(takeToken());
    addEventListener("hashchange", onLink);
    return () => removeEventListener("hashchange", onLink);
  }, []);
  return <Door title="Welcome to capid">{token ? <Choose token={token} onExpired={() => setToken("")} /> : <NoToken />}</Door>;
}

function NoToken() {
  return (
    <div class="stack">
      <p>This page needs a link with a one-time token that still works. On the machine where capid runs, this prints a new one:</p>
      <Command text="capid setup" />
      <p class="muted">
        The link works for one hour. Is a password set already? Then <a href="/sign-in">sign in</a>.
      </p>
    </div>
  );
}

function Choose({ token, onExpired }: { token: string; onExpired: () => void }) {
  const [password, setPassword] = useState("");
  const [short, setShort] = useState("");
  const { busy, error, at, run } = useFormAction("password");
  const submit = (event: Event) => {
    event.preventDefault();
    if (Array.from(password).length < 10) return setShort("The password needs at least 10 characters.");
    setShort("");
    void run(async () => {
      session.value = await post<Session>("setup", { token, password });
      go("/apps", { replace: true });
    });
  };
  const badToken = error instanceof ApiError && [400, 401, 403, 404, 409, 410].includes(error.status);
  return (
    <form class="stack" onSubmit={submit}>
      <p class="muted">Choose a password for the account admin. It can do everything here.</p>
      <Username of="admin" />
      <PasswordField
        label="Password"
        value={password}
        onValue={setPassword}
        autoComplete="new-password"
        hint="At least 10 characters."
        error={short || at("password")}
        first
      />
      <Failure error={error} />
      {badToken && (
        <p>
          The link is perhaps used or too old. <button type="button" class="link" onClick={onExpired}>How to get a new one</button>
        </p>
      )}
      <button class="btn primary tall" disabled={busy || !password}>
        Set password and sign in
      </button>
    </form>
  );
}
