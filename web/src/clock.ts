// SPDX-License-Identifier: Apache-2.0
// The time by the server's clock, since a browser's may be wrong: how long something takes, and how long ago it was.
import { signal } from "@preact/signals";

const tolerated = 2000; // ms that an answer may take, and that a time to the second may lack

let skew = 0;

export function serverNow(): number {
  return Date.now() + skew;
}

/** The time now, in ms: read it in a component, and the component follows it. */
export const now = signal(serverNow());
/** The same, a step every 20 s. */
export const slowNow = signal(serverNow());
setInterval(() => document.hidden || tick(), 1000);

function tick(): void {
  now.value = serverNow();
  if (Math.abs(now.value - slowNow.value) > 20000) slowNow.value = now.value;
}

function learn(heard: number): void {
  if (!(Math.abs(heard - skew) > tolerated)) return;
  skew = heard;
  tick();
}

/** An answer says that it was made at `date`; many servers and proxies do. */
export function hearDate(date: string | null): void {
  if (date) learn(Date.parse(date) - Date.now());
}

/** Something happened at `iso`, so it is later than that by now. */
export function hearPast(iso: string): void {
  if (Date.parse(iso) - serverNow() > tolerated) learn(Date.parse(iso) - Date.now());
}

let before = { heard: 0, at: -Infinity };

/** Something happens at `iso`, just now. Believed when it was heard twice: after a sleep, old news come all at once. */
export function hearNow(iso: string): void {
  const at = Date.now();
  if (at - before.at < tolerated) return;
  const heard = Date.parse(iso) - at;
  if (Math.abs(heard - before.heard) < tolerated) learn(heard);
  before = { heard, at };
}
