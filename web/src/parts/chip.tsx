// SPDX-License-Identifier: Apache-2.0
// Small coloured words: states of runs and of other things.
import type { ComponentChildren } from "preact";
import type { RunStatus } from "../types";

export type Tone = "ok" | "bad" | "run" | "wait" | "warn";

export function Chip({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return <span class={`chip ${tone}`}>{children}</span>;
}

const tones: Record<RunStatus, Tone> = { pending: "wait", running: "run", completed: "ok", failed: "bad", cancelled: "wait" };

export function StatusChip({ status }: { status: RunStatus }) {
  return <Chip tone={tones[status] ?? "wait"}>{status}</Chip>;
}

/** Marks a run that a key started. */
export function ApiMark() {
  return <span class="api">[API]</span>;
}
