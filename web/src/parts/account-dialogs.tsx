// SPDX-License-Identifier: Apache-2.0
// What an admin changes about an account, each with its consequences in words.
import { useState } from "preact/hooks";
import { path, post } from "../api";
import { useFormAction } from "../data";
import { credits } from "../format";
import type { Account } from "../types";
import { Confirm, FormDialog } from "./dialog";
import { PasswordField, TextField, Username } from "./field";

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
  const form = useFormAction("password");
  const set = async () => {
    await post(path("accounts", account.id, "password"), { password });
    onDone();
  };
  return (
    <FormDialog title={`Set a password for “${account.name}”`} action="Set password" ready={Array.from(password).length >= 10} form={form} onSubmit={set} onClose={onClose}>
      <Username of={account.name} />
      <PasswordField label="New password" value={password} onValue={setPassword} autoComplete="new-password" hint="At least 10 characters." error={form.at("password")} first />
    </FormDialog>
  );
}

function AddCredit({ account, onDone, onClose }: ChangeProps) {
  const [amount, setAmount] = useState("");
  const form = useFormAction("amount");
  const isAmount = /^[+-]?\d+(\.\d+)?$/.test(amount.trim());
  const add = async () => {
    await post(path("accounts", account.id, "credit"), { amount: amount.trim() });
    onDone();
  };
  return (
    <FormDialog title={`Add credits to “${account.name}”`} action="Add credits" ready={isAmount} form={form} onSubmit={add} onClose={onClose}>
      <TextField
        label="Credits"
        value={amount}
        onValue={setAmount}
        inputMode="decimal"
        autoComplete="off"
        hint={`It has ${credits(account.balance)} now. A negative number takes some away.`}
        error={form.at("amount")}
        first
      />
    </FormDialog>
  );
}
