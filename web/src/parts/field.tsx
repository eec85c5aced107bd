// SPDX-License-Identifier: Apache-2.0
// A labelled field of a form: label, control, hint and error, tied together for screen readers.
import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { Input } from "./input";

export interface ControlProps {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": boolean | undefined;
}

interface FieldProps {
  label: string;
  required?: boolean | undefined;
  hint?: ComponentChildren;
  error?: string | null | undefined;
  children: (props: ControlProps) => ComponentChildren;
}

export function Field({ label, required, hint, error, children }: FieldProps) {
  const id = useId();
  const described = [hint ? `${id}-hint` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={id}>
        {label}
        {required && <span class="faint"> required</span>}
      </label>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {children({ id, "aria-describedby": described || undefined, "aria-invalid": error ? true : undefined })}
      {error && (
        <p class="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}

interface TextFieldProps {
  label: string;
  value: string;
  onValue: (value: string) => void;
  hint?: ComponentChildren;
  error?: string | null | undefined;
  required?: boolean;
  type?: string;
  placeholder?: string;
  autoComplete?: string;
  inputMode?: "numeric" | "decimal" | "url";
  maxLength?: number;
  first?: boolean;
}

export function TextField(props: TextFieldProps) {
  const { label, value, onValue, hint, error, required, first, type = "text", ...rest } = props;
  return (
    <Field label={label} hint={hint} error={error} required={required}>
      {(control) => (
        <Input {...control} {...rest} type={type} class="input" value={value} required={required} data-first={first ? "" : undefined} onValue={onValue} />
      )}
    </Field>
  );
}

export interface Choice {
  value: string;
  text: string;
}

interface SelectProps {
  label: string;
  value: string;
  choices: Choice[];
  onValue: (value: string) => void;
  hint?: ComponentChildren;
  error?: string | null;
}

export function SelectField({ label, value, choices, onValue, hint, error }: SelectProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(control) => (
        <select {...control} class="input" value={value} onChange={(event) => onValue(event.currentTarget.value)}>
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value} selected={choice.value === value}>
              {choice.text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** Tells password managers whose password a form sets, where people need not be asked. */
export function Username({ of }: { of: string }) {
  return <input type="text" name="username" autoComplete="username" value={of} class="visually-hidden" tabIndex={-1} aria-hidden="true" readOnly />;
}

interface PasswordProps {
  label: string;
  value: string;
  onValue: (value: string) => void;
  autoComplete: "current-password" | "new-password";
  hint?: ComponentChildren;
  error?: string | null | undefined;
  first?: boolean;
}

export function PasswordField({ label, value, onValue, autoComplete, hint, error, first }: PasswordProps) {
  const [shown, setShown] = useState(false);
  return (
    <Field label={label} hint={hint} error={error}>
      {(control) => (
        <div class="with-button">
          <Input
            {...control}
            class="input"
            type={shown ? "text" : "password"}
            autoComplete={autoComplete}
            autoCapitalize="off"
            spellcheck={false}
            value={value}
            data-first={first ? "" : undefined}
            onValue={onValue}
          />
          <button type="button" class="btn quiet" aria-pressed={shown} onClick={() => setShown(!shown)}>
            {shown ? "Hide" : "Show"}
            <span class="visually-hidden"> {label.toLowerCase()}</span>
          </button>
        </div>
      )}
    </Field>
  );
}
