// SPDX-License-Identifier: Apache-2.0
// What one may choose for a single run beyond the app's inputs, folded.
import type { Errors, FormValues } from "../form-values";
import { count } from "../format";
import { session } from "../session";
import type { AppDetail } from "../types";
import { SelectField, TextField } from "./field";

type Options = FormValues["options"];

interface RunOptionsProps {
  app: AppDetail;
  options: Options;
  errors: Errors;
  onOptions: (options: Options) => void;
}

const names: (keyof Options)[] = ["chatModelId", "workspaceId", "timeoutSeconds", "maxCredits"];

export function RunOptions({ app, options, errors, onOptions }: RunOptionsProps) {
  const bound = (name: keyof Options) => ({
    value: options[name],
    onValue: (value: string) => onOptions({ ...options, [name]: value }),
    error: errors[name] ?? null,
  });
  const models = session.value?.models ?? [];
  const usual = app.model ?? session.value?.defaultModel;
  const open = app.workspace === "required" || names.some((name) => errors[name]);
  const most = app.limits?.timeoutSeconds;
  const timeHint = most ? `At most ${count(most)}, which also holds without one.` : undefined;
  const modelChoices = [{ value: "", text: usual ? `As the app says (${usual})` : "As the app says" }, ...models.map((each) => ({ value: each, text: each }))];
  return (
    <details class="more" open={open || undefined}>
      <summary>More</summary>
      <div class="grid-2">
        {models.length > 0 && <SelectField label="Model" {...bound("chatModelId")} choices={modelChoices} />}
        {app.workspace !== "none" && (
          <TextField label="Workspace" {...bound("workspaceId")} required={app.workspace === "required"} hint="A folder that outlives the run, by name." autoComplete="off" />
        )}
        <TextField label="Time limit in seconds" {...bound("timeoutSeconds")} hint={timeHint} inputMode="numeric" autoComplete="off" />
        <TextField label="Most credits" {...bound("maxCredits")} hint="The run ends when it has used these." inputMode="decimal" autoComplete="off" />
      </div>
    </details>
  );
}
