// SPDX-License-Identifier: Apache-2.0
// One input of an app as a field of a form, by its schema.
import { useId } from "preact/hooks";
import { extensions, isFile } from "../form-values";
import { list, memory } from "../format";
import { session } from "../session";
import type { InputSchema } from "../types";
import { Field, type ControlProps } from "./field";
import { FileDrop } from "./file-drop";
import { Input } from "./input";

interface InputFieldProps {
  name: string;
  schema: InputSchema;
  required: boolean;
  value: string;
  file: File | null;
  error: string | undefined;
  onValue: (value: string) => void;
  onFile: (file: File | null) => void;
}

export function InputField(props: InputFieldProps) {
  const { name, schema, required, error } = props;
  if (schema.type === "boolean") return <Switch {...props} />;
  return (
    <Field label={schema.title || name} required={required} hint={hintOf(schema)} error={error}>
      {(control) => <Control {...props} control={control} />}
    </Field>
  );
}

function hintOf(schema: InputSchema): string {
  const parts = [schema.description ?? ""];
  const accepted = isFile(schema) ? extensions(schema) : [];
  if (isFile(schema) && session.value) parts.push(`At most ${memory(session.value.files.mostBytes)}.`);
  if (accepted.length) parts.push(`A file ${list(accepted.map((each) => "." + each))}.`);
  const { minimum, maximum } = schema;
  if (minimum !== undefined && maximum !== undefined) parts.push(`From ${minimum} to ${maximum}.`);
  else if (minimum !== undefined) parts.push(`${minimum} or more.`);
  else if (maximum !== undefined) parts.push(`At most ${maximum}.`);
  if (hasDefault(schema) && !schema.enum) parts.push(`Left empty, it is ${String(schema.default)}.`);
  return parts.filter(Boolean).join(" ");
}

function hasDefault(schema: InputSchema): boolean {
  return schema.default !== undefined && schema.default !== null;
}

function Control({ schema, required, value, file, onValue, onFile, control }: InputFieldProps & { control: ControlProps }) {
  const onInput = (event: { currentTarget: { value: string } }) => onValue(event.currentTarget.value);
  if (isFile(schema)) {
    return <FileDrop control={control} files={file ? [file] : []} accept={extensions(schema)} onFiles={(files) => onFile(files[0] ?? null)} />;
  }
  if (schema.enum) {
    return (
      <select {...control} class="input" value={value} onChange={onInput}>
        {(required ? !value : !hasDefault(schema)) && <option value="">{required ? "Choose one" : "None"}</option>}
        {schema.enum.map((each) => (
          <option key={each} value={each} selected={each === value}>
            {each}
          </option>
        ))}
      </select>
    );
  }
  if (schema["x-multiline"]) return <textarea {...control} class="input" rows={5} value={value} required={required} onInput={onInput} />;
  const number = schema.type === "integer" || schema.type === "number";
  const type = schema.format === "date" ? "date" : schema.format === "uri" ? "url" : "text";
  return (
    <Input
      {...control}
      class={number || type === "date" ? "input short" : "input"}
      type={type}
      inputMode={schema.type === "integer" ? "numeric" : number ? "decimal" : undefined}
      placeholder={type === "url" ? "https://" : undefined}
      autoComplete="off"
      value={value}
      required={required}
      onValue={onValue}
    />
  );
}

function Switch({ name, schema, value, error, onValue }: InputFieldProps) {
  const on = value === "true";
  const id = useId();
  return (
    <div class="field">
      <label class="switch">
        <input
          type="checkbox"
          role="switch"
          checked={on}
          aria-invalid={error ? true : undefined}
          aria-describedby={error ? id : undefined}
          onChange={() => onValue(on ? "false" : "true")}
        />
        <span class="switch-track" aria-hidden="true" />
        <span>
          {schema.title || name}
          {schema.description && <span class="hint"> {schema.description}</span>}
        </span>
      </label>
      {error && (
        <p class="field-error" id={id}>
          {error}
        </p>
      )}
    </div>
  );
}
