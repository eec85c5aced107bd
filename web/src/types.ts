// SPDX-License-Identifier: Apache-2.0
// What /admin/api says, as the page reads it. Times are ISO 8601 in UTC, to the second; amounts are credits.

export type Role = "admin" | "member";
export type RunStatus = "pending" | "running" | "completed" | "failed" | "cancelled";

/** Every answer that is no success. `field` names what is at fault, such as "inputs.year"; several stand in `details`. */
export interface Problem {
  code: string;
  message: string;
  field?: string;
  details?: { code: string; message: string; field: string }[];
}

/** GET session, null where nobody is signed in; also what POST session and POST setup answer. */
export interface Session {
  account: { id: string; name: string; role: Role };
  balance: number;
  creditsEnforced: boolean;
  version: string;
  publicUrl: string; // "": the address that this page came from
  models: string[];
  defaultModel: string | null;
  files: { most: number; mostBytes: number; extensions: string[] };
}

/** GET pulse, an event stream: sent at once, and whenever something changed for who watches. */
export interface Pulse {
  account: string; // whose it is, by id
  active: number; // runs that are not over
  balance: number;
}

/** JSON Schema of one input, as far as manifests can say. */
export interface InputSchema {
  type: "string" | "integer" | "number" | "boolean";
  title?: string;
  description?: string;
  format?: "date" | "uri" | "binary"; // binary: a file
  enum?: string[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  "x-accept"?: string[];
  "x-multiline"?: boolean;
}

/** GET apps: {apps: App[]} */
export interface App {
  id: string;
  name: string;
  description: string;
  status: "ready" | "disabled";
  problem: string | null; // a line for each thing that is wrong in the manifest
  version: string | null;
  inputSchema: { properties: Record<string, InputSchema>; required: string[] } | null;
  workspace: "optional" | "required" | "none" | null;
}

/** GET apps/:appId */
export interface AppDetail extends App {
  manifest: string; // app.yaml as it is now
  agent: "command" | "prompt" | null; // null: disabled
  command: string[];
  model: string | null;
  tools: string[];
  network: string[]; // host:port; empty: none
  limits: { timeoutSeconds: number; memoryBytes: number; cpus: number; pids: number; diskBytes: number } | null;
}

/** GET runs?app&status&account&key&before&limit: {runs: RunSummary[], nextBefore: string | null}, newest first. */
export interface RunSummary {
  id: string;
  status: RunStatus;
  threadId: string | null;
  appId: string;
  appName: string;
  origin: "api" | "ui";
  apiKeyName: string | null;
  account: string;
  title: string; // its inputs in a few words; "" where it has none
  errorCode: string | null;
  credits: number;
  wallSeconds: number;
  createdAt: string;
  startedAt: string | null;
  completedAt: string | null;
}

export interface Artifact {
  id: string;
  type: string;
  title: string;
  filename: string;
  size: number;
  sha256: string;
}

export interface Run {
  id: string;
  status: RunStatus;
  threadId: string | null;
  result: { text: string; artifacts: Artifact[] } | null;
  errorCode: string | null;
  errorMessage: string | null;
  startedAt: string | null;
  completedAt: string | null;
  createdAt: string;
  appId: string;
  appName: string;
  appVersion: string;
  origin: "api" | "ui";
  apiKeyId: string | null;
  chatModelId: string | null;
  workspaceId: string | null;
  inputs: Record<string, unknown>;
  files: { name: string; type: string; size: number; sha256: string; input: string | null }[];
  tags: string[];
  metadata: Record<string, string>;
  degraded: boolean;
  usage: {
    credits: number;
    inputTokens: number;
    outputTokens: number;
    cpuSeconds: number;
    peakMemoryBytes: number;
    wallSeconds: number;
  };
}

/** GET runs/:runId */
export interface RunDetail {
  run: Run;
  title: string;
  apiKeyName: string | null;
  account: string;
  maxCredits: number | null;
  network: string[];
}

/** GET threads/:threadId */
export interface Thread {
  id: string;
  appId: string;
  appName: string;
  account: string;
  createdAt: string;
  runs: RunSummary[]; // oldest first; at most 100, the newest of them
}

/**
 * GET threads/:threadId/events?after&limit (at most 1000): {events: ThreadEvent[], nextAfter: number | null}
 * GET runs/:runId/events?after: the same events as they come, as Server-Sent Events whose id is the sequence; ends with the run.
 */
export interface ThreadEvent {
  sequence: number;
  runId: string;
  type: string; // see EventData; another one is shown as JSON
  createdAt: string;
  data: Record<string, unknown>;
}

/** By ThreadEvent.type. Any member may be missing or of another type: agents write some of these. */
export interface EventData {
  prompt: { text: string };
  message: { text: string };
  thinking: { text: string };
  tool_call: { id: string; name: string; input: unknown };
  tool_result: { id: string; output: unknown; isError: boolean };
  web_search: { query: string; results?: number };
  artifact: { artifactId?: string; title: string; type?: string; size?: number; skipped?: string };
  log: { stream: string; text: string; truncated?: boolean };
  usage: { model: string; inputTokens: number; cachedTokens: number; outputTokens: number; credits: number; estimated?: boolean };
  status: { status: string; message: string };
  error: { message: string };
}

/** GET keys?app: {keys: Key[]}. POST keys {name, appId?, expiresInDays?, requestsPerMinute?}: 201 NewKey. DELETE keys/:keyId. */
export interface Key {
  id: string;
  name: string;
  account: string;
  appId: string | null;
  prefix: string;
  createdAt: string;
  lastUsedAt: string | null;
  expiresAt: string | null;
  revokedAt: string | null;
  requestsPerMinute: number | null;
}
export interface NewKey extends Key {
  key: string; // shown once
}

/** POST webhooks/secret: what signs now, made where there was none. POST webhooks/secret/rotate {now: boolean}: the same, renewed. */
export interface WebhookSecret {
  secret: string;
  createdAt: string;
  previous: { createdAt: string; retiresAt: string }[];
}

/**
 * GET webhooks/deliveries?status&run&before&limit: {deliveries: Delivery[], nextBefore}. GET webhooks/deliveries/:deliveryId.
 * POST webhooks/deliveries/:deliveryId/redeliver. POST webhooks/test {url}: 202 {id}.
 */
export interface Delivery {
  id: string;
  account: string;
  runId: string | null;
  kind: "run" | "test";
  url: string;
  status: "pending" | "sending" | "delivered" | "failed";
  createdAt: string;
  nextAttemptAt: string | null;
  endedAt: string | null;
  attempts: {
    number: number;
    startedAt: string;
    endedAt: string | null;
    address: string | null;
    status: number | null;
    error: string | null;
  }[];
}

/** GET workspaces: {workspaces: Workspace[]}. DELETE workspaces/:workspaceId, and of somebody else's ?account. */
export interface Workspace {
  id: string;
  account?: string; // for admins, who see everybody's
  sizeBytes: number;
  createdAt: string;
  lastUsedAt: string;
}

/** GET usage?days (at most 366) */
export interface Usage {
  balance: number;
  enforced: boolean;
  since: string; // 2026-04-27
  byDay: UsageSum<"date">[]; // days without runs are left out
  byApp: UsageSum<"appId">[];
  byModel: UsageSum<"chatModelId">[];
}
export type UsageSum<K extends string> = { [P in K]: string | null } & {
  runs: number;
  credits: number;
  inputTokens: number;
  outputTokens: number;
};

/**
 * Admins alone: GET accounts: {accounts: Account[]}. POST accounts {name, role, password?}: 201. POST accounts/:accountId/… role {role},
 * password {password}, credit {amount: "2.5"}, disable, enable.
 */
export interface Account {
  id: string;
  name: string;
  role: Role;
  balance: number;
  createdAt: string;
  disabled: boolean;
  hasPassword: boolean;
  activeKeys: number;
}

/** Admins alone: GET models */
export interface Models {
  models: {
    id: string;
    provider: string;
    upstream: string;
    isDefault: boolean;
    price: { input: number; output: number; cached: number }; // credits per 1,000 tokens
    accepts: string[];
  }[];
  providers: { name: string; baseUrl: string; protocol: string; credential: "none" | "present" | "missing" }[];
}

/** Admins alone: GET audit?before&limit: {entries: AuditEntry[], nextBefore} */
export interface AuditEntry {
  id: string;
  createdAt: string;
  account: string; // who
  action: string; // what, such as "key.create"
  target: string; // what it was done to, in words
  from: string; // an address, or "command line"
}

/** Admins alone: GET system */
export interface System {
  version: string;
  startedAt: string;
  listening: string[];
  publicUrl: string;
  data: string;
  apps: string;
  databaseBytes: number;
  freeBytes: number;
  runs: { running: number; pending: number; concurrency: number; queueLimit: number };
  missingProtection: string[];
  disabledApps: { id: string; problem: string }[];
}

/** Admins alone: GET system/doctor: {items: DoctorItem[]}; takes a second or two. */
export interface DoctorItem {
  id: string;
  title: string;
  severity: "ok" | "info" | "warning" | "error";
  finding: string;
  fix: string | null;
}
