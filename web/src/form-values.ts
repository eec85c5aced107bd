// SPDX-License-Identifier: Apache-2.0
// What stands in a run form: where it starts, whether it is right, and how it is sent. No component, only data.
import { list, memory } from "./format";
import type { App, InputSchema, Session } from "./types";

export interface FormValues {
  text: Record<string, string>; // everything but files, as typed; booleans are "true" and "false"
  files: Record<string, File | null>; // by input
  attachments: File[];
  options: { chatModelId: string; workspaceId: string; timeoutSeconds: string; maxCredits: string };
}
export type Errors = Record<string, string>;
type FileLimits = Session["files"];

export function fields(app: App): [string, InputSchema][] {
  return Object.entries(app.inputSchema?.properties ?? {});
}

export function isRequired(app: App, name: string): boolean {
  return app.inputSchema?.required.includes(name) ?? false;
}

export function isFile(schema: InputSchema): boolean {
  return schema.format === "binary";
}

// What was typed but not sent, for as long as this tab lives: a session may end while a form is filled, and files cannot be typed again.
const drafts = new Map<string, FormValues>();

export function draftOf(account: string, app: App): FormValues | undefined {
  return drafts.get(`${account}/${app.id}/${app.version}`);
}

export function keepDraft(account: string, app: App, values: FormValues | null): void {
  const key = `${account}/${app.id}/${app.version}`;
  if (values) drafts.set(key, values);
  else drafts.delete(key);
}

export function startValues(app: App): FormValues {
  const values: FormValues = {
    text: {},
    files: {},
    attachments: [],
    options: { chatModelId: "", workspaceId: "", timeoutSeconds: "", maxCredits: "" },
  };
  for (const [name, schema] of fields(app)) {
    if (isFile(schema)) values.files[name] = null;
    else values.text[name] = startText(schema);
  }
  return values;
}

function startText(schema: InputSchema): string {
  if (schema.default !== undefined && schema.default !== null) return String(schema.default);
  return schema.type === "boolean" ? "false" : "";
}

/** Everything that is wrong, by "inputs.NAME", "files" or the name of an option. */
export function check(app: App, values: FormValues, limits: FileLimits): Errors {
  const errors: Errors = {};
  const say = (field: string, problem: string | null) => problem && (errors[field] = problem);
  for (const [name, schema] of fields(app)) {
    const required = isRequired(app, name);
    if (isFile(schema)) say(`inputs.${name}`, checkFile(values.files[name] ?? null, schema, required, limits));
    else say(`inputs.${name}`, checkText(values.text[name] ?? "", schema, required));
  }
  say("files", checkAttachments(values, limits));
  say("timeoutSeconds", checkNumber(values.options.timeoutSeconds, { type: "integer", minimum: 1 }));
  say("maxCredits", checkNumber(values.options.maxCredits, { type: "number", minimum: 0 }));
  if (app.workspace === "required" && !values.options.workspaceId.trim()) say("workspaceId", "This app needs a workspace. Type a name; a new one is made.");
  else say("workspaceId", checkWorkspace(values.options.workspaceId.trim()));
  return errors;
}

function checkText(value: string, schema: InputSchema, required: boolean): string | null {
  if (value.trim() === "") return required ? "A value is needed here." : null;
  if (schema.type === "integer" || schema.type === "number") return checkNumber(value, schema);
  if (schema.maxLength !== undefined && value.length > schema.maxLength) return `At most ${schema.maxLength} characters; these are ${value.length}.`;
  if (schema.format === "uri" && !isWebAddress(value)) return "A whole address is needed, such as https://example.org/page.";
  return null;
}

function checkNumber(value: string, schema: Pick<InputSchema, "type" | "minimum" | "maximum">): string | null {
  const text = value.trim();
  if (text === "") return null;
  if (schema.type === "integer" && !/^[+-]?\d+$/.test(text)) return "A whole number is needed, such as 12.";
  if (schema.type === "integer" && !Number.isSafeInteger(Number(text))) return "This number is too large to be sent exactly.";
  if (!Number.isFinite(Number(text))) return "A number is needed, such as 12 or 0.5.";
  if (schema.minimum !== undefined && Number(text) < schema.minimum) return `The least is ${schema.minimum}.`;
  if (schema.maximum !== undefined && Number(text) > schema.maximum) return `The most is ${schema.maximum}.`;
  return null;
}

function isWebAddress(value: string): boolean {
  try {
    return /^https?:$/.test(new URL(value.trim()).protocol);
  } catch {
    return false;
  }
}

function checkWorkspace(name: string): string | null {
  if (!name || /^[a-z0-9][a-z0-9_-]{0,63}$/.test(name)) return null;
  return "Small letters, digits, - and _ only, at most 64, with a letter or digit first.";
}

export function extensions(schema: InputSchema): string[] {
  return (schema["x-accept"] ?? []).map((each) => each.replace(/^\./, "").toLowerCase());
}

function extensionOf(file: File): string {
  return /\.([^.]+)$/.exec(file.name)?.[1]?.toLowerCase() ?? "";
}

function checkFile(file: File | null, schema: InputSchema, required: boolean, limits: FileLimits): string | null {
  if (!file) return required ? "A file is needed here." : null;
  const accepted = extensions(schema);
  if (accepted.length && !accepted.includes(extensionOf(file))) return `“${file.name}” does not fit: a file ${list(accepted.map((each) => "." + each))} is needed.`;
  return checkAnyFile(file, limits);
}

function checkAnyFile(file: File, limits: FileLimits): string | null {
  if (file.size === 0) return `“${file.name}” is empty. Choose a file with something in it.`;
  if (file.size > limits.mostBytes) return `“${file.name}” is larger than ${memory(limits.mostBytes)}.`;
  if (limits.extensions.length && !limits.extensions.includes(extensionOf(file))) return `“${file.name}” is of a kind that is not accepted.`;
  return null;
}

function checkAttachments(values: FormValues, limits: FileLimits): string | null {
  const bound = Object.values(values.files).filter(Boolean).length;
  const all = bound + values.attachments.length;
  if (all > limits.most) return `These are ${all} files; the most is ${limits.most}. Take some out.`;
  for (const file of values.attachments) {
    const problem = checkAnyFile(file, limits);
    if (problem) return problem;
  }
  return null;
}

export function limitsInWords(limits: FileLimits): string {
  return `Up to ${limits.most} files, ${memory(limits.mostBytes)} each.`;
}

/** The values as JSON: numbers and booleans by their types, empty ones left out. */
export function inputsOf(app: App, text: Record<string, string>): Record<string, unknown> {
  const inputs: Record<string, unknown> = {};
  for (const [name, schema] of fields(app)) {
    const value = text[name] ?? "";
    if (isFile(schema) || value.trim() === "") continue;
    inputs[name] = typed(value, schema);
  }
  return inputs;
}

function typed(value: string, schema: InputSchema): unknown {
  if (schema.type === "boolean") return value === "true";
  return schema.type === "integer" || schema.type === "number" ? Number(value) : value;
}

export function toForm(app: App, values: FormValues): FormData {
  const form = new FormData();
  form.append("inputs", JSON.stringify(inputsOf(app, values.text)));
  for (const [name, value] of Object.entries(values.options)) if (value.trim()) form.append(name, value.trim());
  for (const [name, schema] of fields(app)) {
    const file = values.files[name];
    if (file && isFile(schema)) form.append(name, file, file.name);
  }
  for (const file of values.attachments) form.append("files", file, file.name);
  return form;
}
