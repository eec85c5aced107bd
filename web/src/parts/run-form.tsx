// SPDX-License-Identifier: Apache-2.0
// The form that runs an app: its inputs, attachments and options, sent as one request.
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, messageOf, path, upload, type Upload } from "../api";
import { check, draftOf, fields, isRequired, keepDraft, limitsInWords, startValues, toForm, type Errors, type FormValues } from "../form-values";
import { duration } from "../format";
import { go } from "../router";
import { session } from "../session";
import type { AppDetail } from "../types";
import { Problems } from "./app-manifest";
import { Field } from "./field";
import { FileDrop } from "./file-drop";
import { InputField } from "./input-field";
import { RunOptions } from "./run-options";

const anyFile = { most: 10, mostBytes: 10 * 2 ** 20, extensions: [] as string[] };

export function RunForm({ app }: { app: AppDetail }) {
  if (app.status === "disabled") return <Problems problem={app.problem ?? "Its manifest could not be read."} />;
  return <Form app={app} />;
}

function Form({ app }: { app: AppDetail }) {
  const account = session.value?.account.id ?? "";
  const [values, setValues] = useState<FormValues>(() => draftOf(account, app) ?? startValues(app));
  const [errors, setErrors] = useState<Errors>({});
  const [general, setGeneral] = useState("");
  const [progress, setProgress] = useState<number | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const sending = useRef<Upload<{ id: string }> | null>(null);
  const limits = session.value?.files ?? anyFile;
  const change = (part: Partial<FormValues>) => setValues((old) => ({ ...old, ...part }));
  useEffect(() => {
    if (account) keepDraft(account, app, values);
  }, [values]);
  // Whoever goes elsewhere meanwhile is not fetched back; what was accepted by then stands in the list of runs.
  useEffect(() => () => sending.current?.stop(), []);

  const show = (found: Errors, message: string) => {
    setErrors(found);
    setGeneral(message);
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus());
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    const found = check(app, values, limits);
    if (Object.keys(found).length) return show(found, "Some of the values above need a change.");
    show({}, "");
    setProgress(0);
    const mine = upload<{ id: string }>(path("apps", app.id, "runs"), toForm(app, values), setProgress);
    sending.current = mine;
    try {
      const { id } = await mine.answer;
      if (mine.stopped) return;
      keepDraft(account, app, null);
      go("/" + path("runs", id));
    } catch (error) {
      setProgress(null);
      if (!mine.stopped) show(serverErrors(error), messageOf(error));
    }
  };

  return (
    <form class="run-form panel" ref={form} noValidate onSubmit={(event) => void submit(event)}>
      <div class="pad stack-wide">
        {fields(app).map(([name, schema]) => (
          <InputField
            key={name}
            name={name}
            schema={schema}
            required={isRequired(app, name)}
            value={values.text[name] ?? ""}
            file={values.files[name] ?? null}
            error={errors[`inputs.${name}`] ?? errors[name]}
            onValue={(value) => change({ text: { ...values.text, [name]: value } })}
            onFile={(file) => change({ files: { ...values.files, [name]: file } })}
          />
        ))}
        {fields(app).length === 0 && <p class="muted">This app has no inputs of its own. Files are optional.</p>}
        <Field label="Attachments" hint={`Any other files for the agent. ${limitsInWords(limits)}`} error={errors.files}>
          {(control) => <FileDrop control={control} many files={values.attachments} accept={limits.extensions} onFiles={(attachments) => change({ attachments })} />}
        </Field>
        <RunOptions app={app} options={values.options} errors={errors} onOptions={(options) => change({ options })} />
      </div>
      <div class="form-foot">
        <div role="alert" class="grow">
          {general && <p class="failure">{general}</p>}
        </div>
        {progress !== null && <Progress share={progress} />}
        {progress !== null && progress < 1 && (
          <button type="button" class="btn" onClick={() => sending.current?.stop()}>
            Stop
          </button>
        )}
        <button class="btn primary tall" disabled={progress !== null}>
          Run
        </button>
        {!general && progress === null && app.limits && <span class="faint small">At most {duration(app.limits.timeoutSeconds)} long</span>}
      </div>
    </form>
  );
}

function Progress({ share }: { share: number }) {
  const sent = share >= 1;
  return (
    <div class="progress-place">
      <progress max={1} value={share} aria-label="Upload" />
      <span class="faint small">{sent ? "Waiting for the answer" : `${Math.round(share * 100)} % sent`}</span>
    </div>
  );
}

function serverErrors(error: unknown): Errors {
  if (!(error instanceof ApiError)) return {};
  const errors: Errors = {};
  for (const detail of error.problem.details ?? []) errors[detail.field] = detail.message;
  if (error.problem.field) errors[error.problem.field] ??= error.problem.message;
  return errors;
}
