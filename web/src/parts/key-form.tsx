// SPDX-License-Identifier: Apache-2.0
// Making an API key: its name, its app, how long and how often it may be used.
import { useState } from "preact/hooks";
import { ApiError, post } from "../api";
import { useAction, useData } from "../data";
import type { App, NewKey } from "../types";
import { Dialog, DialogButtons } from "./dialog";
import { SelectField, TextField } from "./field";
import { Failure } from "./notice";

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
  const { busy, error, run } = useAction();
  const wrongRate = rate.trim() && !/^[1-9]\d{0,6}$/.test(rate.trim()) ? "A whole number from 1 to 1,000,000." : null;
  const submit = (event: Event) => {
    event.preventDefault();
    if (wrongRate) return;
    const body = {
      name: name.trim(),
      ...(appId && { appId }),
      ...(expiry && { expiresInDays: Number(expiry) }),
      ...(rate.trim() && { requestsPerMinute: Number(rate) }),
    };
    void run(async () => onMade(await post<NewKey>("keys", body)));
  };
  const at = (field: string) => (error instanceof ApiError ? error.at(field) : null);
  const placed = ["name", "appId", "expiresInDays", "requestsPerMinute"].some(at);
  return (
    <Dialog title={app ? `New key for ${app.name}` : "New API key"} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        <TextField label="Name" value={name} onValue={setName} required first maxLength={100} autoComplete="off" error={at("name")} hint="Where it is used, such as Production." />
        {!app && <AppChoice value={appId} onValue={setAppId} error={at("appId")} />}
        <div class="grid-2">
          <SelectField label="Expires" value={expiry} choices={expiries} onValue={setExpiry} error={at("expiresInDays")} />
          <TextField label="Requests a minute" value={rate} onValue={setRate} inputMode="numeric" placeholder="as configured" autoComplete="off" error={wrongRate ?? at("requestsPerMinute")} />
        </div>
        <Failure error={placed ? null : error} />
        <DialogButtons>
          <button type="button" class="btn" onClick={onClose}>
            Cancel
          </button>
          <button class="btn primary" disabled={busy || !name.trim()}>
            Create key
          </button>
        </DialogButtons>
      </form>
    </Dialog>
  );
}

function AppChoice({ value, onValue, error }: { value: string; onValue: (value: string) => void; error: string | null }) {
  const { value: answer } = useData<{ apps: App[] }>("apps");
  const choices = [{ value: "", text: "Any app" }, ...(answer?.apps ?? []).map((app) => ({ value: app.id, text: app.name }))];
  return <SelectField label="App" value={value} choices={choices} onValue={onValue} error={error} hint="A key for one app reaches nothing else." />;
}
