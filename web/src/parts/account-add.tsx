// SPDX-License-Identifier: Apache-2.0
// The dialog that adds an account.
import { useState } from "preact/hooks";
import { post } from "../api";
import { useFormAction } from "../data";
import { FormDialog } from "./dialog";
import { PasswordField, SelectField, TextField } from "./field";

const roles = [
  { value: "member", text: "Member: own runs and keys" },
  { value: "admin", text: "Admin: everything" },
];

export function AddAccount({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState("member");
  const [password, setPassword] = useState("");
  const form = useFormAction("name", "role", "password");
  const add = async () => {
    await post("accounts", { name: name.trim(), role, ...(password && { password }) });
    onDone();
  };
  return (
    <FormDialog title="Add an account" action="Add account" ready={name.trim() !== ""} form={form} onSubmit={add} onClose={onClose}>
      <TextField label="Name" value={name} onValue={setName} required first autoComplete="username" error={form.at("name")} hint="What one signs in with." />
      <SelectField label="Role" value={role} choices={roles} onValue={setRole} error={form.at("role")} />
      <PasswordField
        label="Password"
        value={password}
        onValue={setPassword}
        autoComplete="new-password"
        error={form.at("password")}
        hint="At least 10 characters. Without one it cannot sign in, which is right for an account that is used by keys only."
      />
    </FormDialog>
  );
}
