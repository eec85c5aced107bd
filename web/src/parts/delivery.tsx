// SPDX-License-Identifier: Apache-2.0
// The state of a delivery and its attempts, in words.
import type { Delivery } from "../types";
import { Chip, type Tone } from "./chip";
import { Time } from "./time";

const tones: Record<Delivery["status"], Tone> = { pending: "wait", sending: "run", delivered: "ok", failed: "bad" };

export function DeliveryChip({ status }: { status: Delivery["status"] }) {
  return <Chip tone={tones[status] ?? "wait"}>{status}</Chip>;
}

export function Attempts({ attempts }: { attempts: Delivery["attempts"] }) {
  if (!attempts.length) return <p class="muted small">Not tried yet.</p>;
  return (
    <ol class="attempts">
      {attempts.map((attempt) => (
        <li key={attempt.number}>
          <span class="faint">{attempt.number}.</span> <Time at={attempt.startedAt} />
          {attempt.address && <span class="mono faint"> {attempt.address}</span>}
          <span class={attempt.error || (attempt.status ?? 0) >= 300 ? "bad-text anywhere" : "anywhere"}> {outcome(attempt)}</span>
        </li>
      ))}
    </ol>
  );
}

function outcome(attempt: Delivery["attempts"][number]): string {
  if (attempt.error) return attempt.status ? `answered ${attempt.status}: ${attempt.error}` : attempt.error;
  if (attempt.status) return `answered ${attempt.status}`;
  return attempt.endedAt ? "ended without an answer" : "on its way";
}
