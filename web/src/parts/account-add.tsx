// SPDX-License-Identifier: Apache-2.0
// The dialog that adds an account.
import { useState } from "preact/hooks";
import { ApiError, post } from "../api";
import { useAction } from "../data";
import { Dialog, DialogButtons } from "./dialog";
import { PasswordField, SelectField, TextField } from "./field";
import { Failure } from "./notice";

export const roles = [
  { value: "member", text: "Member: own runs and keys" },
  { value: "admin", text: "Admin: everything" },
];

export function AddAccount({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState("member");
  const [password, setPassword] = useState("");
  const { busy, error, run } = useAction();
  const submit = async (event: Event) => {
    event.preventDefault();
    const added = await run(() => post("accounts", { name: name.trim(), role, ...(password && { password }) }));
    if (!added) return;
    onDone();
    onClose();
  };
  const at = (field: string) => (error instanceof ApiError ? error.at(field) : null);
  const placed = ["name", "role", "password"].some(at);
  return (
    <Dialog title="Add an account" onClose={onClose}>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <TextField label="Name" value={name} onValue={setName} required first autoComplete="username" error={at("name")} hint="What one signs in with." />
        <SelectField label="Role" value={role} choices={roles} onValue={setRole} error={at("role")} />
        <PasswordField
          label="Password"
          value={password}
          onValue={setPassword}
          autoComplete="new-password"
          error={at("password")}
          hint="At least 10 characters. Without one it cannot sign in, which is right for an account that is used by keys only."
        />
        <Failure error={placed ? null : error} />
        <DialogButtons>
          <button type="button" class="btn" onClick={onClose}>
            Cancel
          </button>
          <button class="btn primary" disabled={busy || !name.trim()}>
            Add account
          </button>
        </DialogButtons>
      </form>
    </Dialog>
  );
}
