// SPDX-License-Identifier: Apache-2.0
// What an admin changes about an account, each with its consequences in words.
import { useState } from "preact/hooks";
import { ApiError, path, post } from "../api";
import { useAction } from "../data";
import { credits } from "../format";
import type { Account } from "../types";
import { Confirm, Dialog, DialogButtons } from "./dialog";
import { PasswordField, TextField, Username } from "./field";
import { Failure } from "./notice";

export type Change = "role" | "password" | "credit" | "disable" | "enable";

interface ChangeProps {
  account: Account;
  onDone: () => void;
  onClose: () => void;
}

export function AccountDialog({ change, ...props }: ChangeProps & { change: Change }) {
  if (change === "password") return <SetPassword {...props} />;
  if (change === "credit") return <AddCredit {...props} />;
  return <Ask change={change} {...props} />;
}

function Ask({ change, account, onDone, onClose }: ChangeProps & { change: "role" | "disable" | "enable" }) {
  const role = account.role === "admin" ? "member" : "admin";
  const words = {
    role: {
      title: role === "admin" ? `Make “${account.name}” an admin?` : `Make “${account.name}” a member?`,
      action: role === "admin" ? "Make admin" : "Make member",
      text: role === "admin" ? "It then sees every account’s runs, and may change accounts." : "It then sees its own runs and keys only. It stays signed in.",
    },
    disable: {
      title: `Disable “${account.name}”?`,
      action: "Disable account",
      text: "Its keys stop working at once, and it can no longer sign in. Its runs and files stay. It can be enabled again.",
    },
    enable: { title: `Enable “${account.name}”?`, action: "Enable account", text: "It can sign in again, and its keys that were not revoked work again." },
  }[change];
  const apply = async () => {
    await post(path("accounts", account.id, change), change === "role" ? { role } : {});
    onDone();
  };
  return (
    <Confirm title={words.title} action={words.action} bad={change === "disable"} onConfirm={apply} onClose={onClose}>
      <p>{words.text}</p>
    </Confirm>
  );
}

function SetPassword({ account, onDone, onClose }: ChangeProps) {
  const [password, setPassword] = useState("");
  const { busy, error, run } = useAction();
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!(await run(() => post(path("accounts", account.id, "password"), { password })))) return;
    onDone();
    onClose();
  };
  const ofField = error instanceof ApiError ? error.at("password") : null;
  return (
    <Dialog title={`Set a password for “${account.name}”`} onClose={onClose}>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <Username of={account.name} />
        <PasswordField label="New password" value={password} onValue={setPassword} autoComplete="new-password" hint="At least 10 characters." error={ofField} first />
        <Failure error={ofField ? null : error} />
        <DialogButtons>
          <button type="button" class="btn" onClick={onClose}>
            Cancel
          </button>
          <button class="btn primary" disabled={busy || Array.from(password).length < 10}>
            Set password
          </button>
        </DialogButtons>
      </form>
    </Dialog>
  );
}

function AddCredit({ account, onDone, onClose }: ChangeProps) {
  const [amount, setAmount] = useState("");
  const { busy, error, run } = useAction();
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!(await run(() => post(path("accounts", account.id, "credit"), { amount: amount.trim() })))) return;
    onDone();
    onClose();
  };
  const ofField = error instanceof ApiError ? error.at("amount") : null;
  return (
    <Dialog title={`Add credits to “${account.name}”`} onClose={onClose}>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <TextField
          label="Credits"
          value={amount}
          onValue={setAmount}
          inputMode="decimal"
          autoComplete="off"
          hint={`It has ${credits(account.balance)} now. A negative number takes some away.`}
          error={ofField}
          first
        />
        <Failure error={ofField ? null : error} />
        <DialogButtons>
          <button type="button" class="btn" onClick={onClose}>
            Cancel
          </button>
          <button class="btn primary" disabled={busy || !/^[+-]?\d+(\.\d+)?$/.test(amount.trim())}>
            Add credits
          </button>
        </DialogButtons>
      </form>
    </Dialog>
  );
}
