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
  const set = (name: keyof Options) => (value: string) => onOptions({ ...options, [name]: value });
  const models = session.value?.models ?? [];
  const usual = app.model ?? session.value?.defaultModel;
  const open = app.workspace === "required" || names.some((name) => errors[name]);
  const most = app.limits?.timeoutSeconds;
  return (
    <details class="more" open={open || undefined}>
      <summary>More</summary>
      <div class="grid-2">
        {models.length > 0 && (
          <SelectField
            label="Model"
            value={options.chatModelId}
            onValue={set("chatModelId")}
            error={errors.chatModelId ?? null}
            choices={[{ value: "", text: usual ? `As the app says (${usual})` : "As the app says" }, ...models.map((each) => ({ value: each, text: each }))]}
          />
        )}
        {app.workspace !== "none" && (
          <TextField
            label="Workspace"
            required={app.workspace === "required"}
            value={options.workspaceId}
            onValue={set("workspaceId")}
            error={errors.workspaceId}
            hint="A folder that outlives the run, by name."
            autoComplete="off"
          />
        )}
        <TextField
          label="Time limit in seconds"
          value={options.timeoutSeconds}
          onValue={set("timeoutSeconds")}
          error={errors.timeoutSeconds}
          hint={most ? `At most ${count(most)}, which also holds without one.` : undefined}
          inputMode="numeric"
          autoComplete="off"
        />
        <TextField
          label="Most credits"
          value={options.maxCredits}
          onValue={set("maxCredits")}
          error={errors.maxCredits}
          hint="The run ends when it has used these."
          inputMode="decimal"
          autoComplete="off"
        />
      </div>
    </details>
  );
}
