// SPDX-License-Identifier: Apache-2.0
// Calls to copy: curl, Python and JavaScript that run an app with example values.
import { extensions, fields, isFile, isRequired } from "./form-values";
import type { App, InputSchema } from "./types";

export type Language = "curl" | "python" | "javascript";

export interface Call {
  host: string; // https://capid.example.org
  app: App;
  secret: string; // the key
}

export function sample(language: Language, call: Call): string {
  const inputs = exampleInputs(call.app);
  const files = exampleFiles(call.app);
  const url = `${call.host.replace(/\/+$/, "")}/api/v1/apps/${encodeURIComponent(call.app.id)}/runs`;
  return { curl, python, javascript }[language]({ url, key: call.secret, inputs, files });
}

interface Parts {
  url: string;
  key: string;
  inputs: Record<string, unknown>;
  files: [input: string, file: string][];
}

/** The required inputs and those with a usual value; all of them where there is neither. */
function exampleInputs(app: App): Record<string, unknown> {
  const all = fields(app).filter(([, schema]) => !isFile(schema));
  const telling = all.filter(([name, schema]) => isRequired(app, name) || schema.default !== undefined || schema.enum);
  return Object.fromEntries((telling.length ? telling : all).map(([name, schema]) => [name, example(name, schema)]));
}

function example(name: string, schema: InputSchema): unknown {
  if (schema.default !== undefined && schema.default !== null) return schema.default;
  if (schema.enum?.length) return schema.enum[0];
  if (schema.type === "boolean") return true;
  if (schema.type === "integer" || schema.type === "number") return exampleNumber(name, schema);
  if (schema.format === "date") return "2026-01-31";
  if (schema.format === "uri") return "https://example.org/page";
  return `your ${(schema.title ?? name).toLowerCase()}`.slice(0, schema.maxLength ?? 200);
}

function exampleNumber(name: string, { minimum, maximum }: InputSchema): number {
  const wish = /year/i.test(name) ? new Date().getFullYear() : 10;
  return Math.min(Math.max(wish, minimum ?? wish), maximum ?? Math.max(wish, minimum ?? wish));
}

function exampleFiles(app: App): [string, string][] {
  const wanted = fields(app).filter(([name, schema]) => isFile(schema) && isRequired(app, name));
  return wanted.map(([name, schema]) => [name, `${name}.${extensions(schema)[0] ?? "pdf"}`]);
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 1)
    .replace(/\n\s*/g, " ")
    .replace(/([[{]) /g, "$1")
    .replace(/ ([\]}])/g, "$1");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function curl({ url, key, inputs, files }: Parts): string {
  const head = [`curl ${url}`, `-H "Authorization: Bearer ${key}"`, `-H "Prefer: wait=60"`];
  const body = files.length
    ? [`--form-string ${quote(`inputs=${json(inputs)}`)}`, ...files.map(([input, file]) => `-F "${input}=@${file}"`)]
    : [`-H "Content-Type: application/json"`, `-d ${quote(json({ inputs }))}`];
  return [...head, ...body].join(" \\\n  ");
}

function literal(value: unknown): string {
  if (value === true) return "True";
  if (value === false) return "False";
  if (value === null) return "None";
  if (typeof value !== "object") return JSON.stringify(value);
  return `{${Object.entries(value as object).map(([name, each]) => `${JSON.stringify(name)}: ${literal(each)}`).join(", ")}}`;
}

function python({ url, key, inputs, files }: Parts): string {
  const body = files.length
    ? [
        `    data={"inputs": json.dumps(${literal(inputs)})},`,
        "    files=[",
        ...files.map(([input, file]) => `        (${JSON.stringify(input)}, (${JSON.stringify(file)}, open(${JSON.stringify(file)}, "rb"))),`),
        "    ],",
      ]
    : [`    json={"inputs": ${literal(inputs)}},`];
  return [
    ...(files.length ? ["import json"] : []),
    "import requests",
    "",
    "response = requests.post(",
    `    "${url}",`,
    `    headers={"Authorization": "Bearer ${key}", "Prefer": "wait=60"},`,
    ...body,
    ")",
    "response.raise_for_status()",
    "run = response.json()",
    `print(run["status"], run.get("result"))`,
  ].join("\n");
}

function javascript({ url, key, inputs, files }: Parts): string {
  const form = [
    `import { openAsBlob } from "node:fs";`,
    "",
    "const form = new FormData();",
    `form.append("inputs", JSON.stringify(${json(inputs)}));`,
    ...files.map(([input, file]) => `form.append(${JSON.stringify(input)}, await openAsBlob(${JSON.stringify(file)}), ${JSON.stringify(file)});`),
    "",
  ];
  const type = files.length ? "" : `, "Content-Type": "application/json"`;
  return [
    ...(files.length ? form : []),
    `const response = await fetch("${url}", {`,
    `  method: "POST",`,
    `  headers: { Authorization: "Bearer ${key}", Prefer: "wait=60"${type} },`,
    files.length ? "  body: form," : `  body: JSON.stringify(${json({ inputs })}),`,
    "});",
    "const run = await response.json();",
    "console.log(run.status, run.result ?? run);",
  ].join("\n");
}
