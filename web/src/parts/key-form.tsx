// SPDX-License-Identifier: Apache-2.0
// Making an API key: its name, its app, how long and how often it may be used.
import { useState } from "preact/hooks";
import { post } from "../api";
import { useData, useFormAction } from "../data";
import type { App, NewKey } from "../types";
import { FormDialog } from "./dialog";
import { SelectField, TextField } from "./field";

const expiries = [
  { value: "", text: "Never" },
  { value: "30", text: "In 30 days" },
  { value: "90", text: "In 90 days" },
  { value: "365", text: "In a year" },
];

interface KeyFormProps {
  /** The one app it is for; without it, one may choose. */
  app?: App;
  onMade: (key: NewKey) => void;
  onClose: () => void;
}

export function KeyDialog({ app, onMade, onClose }: KeyFormProps) {
  const [name, setName] = useState("");
  const [appId, setAppId] = useState(app?.id ?? "");
  const [expiry, setExpiry] = useState("");
  const [rate, setRate] = useState("");
  const form = useFormAction("name", "appId", "expiresInDays", "requestsPerMinute");
  const wrongRate = rate.trim() && !/^[1-9]\d{0,6}$/.test(rate.trim()) ? "A whole number from 1 to 1,000,000." : null;
  const create = async () => {
    if (wrongRate) return false;
    const body = {
      name: name.trim(),
      ...(appId && { appId }),
      ...(expiry && { expiresInDays: Number(expiry) }),
      ...(rate.trim() && { requestsPerMinute: Number(rate) }),
    };
    return onMade(await post<NewKey>("keys", body));
  };
  return (
    <FormDialog title={app ? `New key for ${app.name}` : "New API key"} action="Create key" ready={name.trim() !== ""} form={form} onSubmit={create} onClose={onClose}>
      <TextField label="Name" value={name} onValue={setName} required first maxLength={100} autoComplete="off" error={form.at("name")} hint="Where it is used, such as Production." />
      {!app && <AppChoice value={appId} onValue={setAppId} error={form.at("appId")} />}
      <div class="grid-2">
        <SelectField label="Expires" value={expiry} choices={expiries} onValue={setExpiry} error={form.at("expiresInDays")} />
        <TextField label="Requests a minute" value={rate} onValue={setRate} inputMode="numeric" placeholder="as configured" autoComplete="off" error={wrongRate ?? form.at("requestsPerMinute")} />
      </div>
    </FormDialog>
  );
}

function AppChoice({ value, onValue, error }: { value: string; onValue: (value: string) => void; error: string | null }) {
  const { value: answer } = useData<{ apps: App[] }>("apps");
  const choices = [{ value: "", text: "Any app" }, ...(answer?.apps ?? []).map((app) => ({ value: app.id, text: app.name }))];
  return <SelectField label="App" value={value} choices={choices} onValue={onValue} error={error} hint="A key for one app reaches nothing else." />;
}
