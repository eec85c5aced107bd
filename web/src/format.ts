// SPDX-License-Identifier: Apache-2.0
// Numbers and times as people read them.
const plain = new Intl.NumberFormat("en");
const sameYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const otherYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const exact = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "long" });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

export function count(value: number): string {
  return plain.format(value);
}

/** "1 run", "3 runs". */
export function counted(value: number, one: string, many = one + "s"): string {
  return `${plain.format(value)} ${value === 1 ? one : many}`;
}

export function ago(iso: string, at: number): string {
  const then = Date.parse(iso);
  if (Number.isNaN(then)) return iso;
  const seconds = Math.round((at - then) / 1000);
  return seconds < -5 ? ahead(-seconds, then, at) : before(seconds, then, at);
}

function before(seconds: number, then: number, at: number): string {
  if (seconds < 45) return "just now";
  if (seconds < 3570) return `${Math.max(1, Math.round(seconds / 60))} min ago`;
  const nights = Math.round((midnightBefore(at) - midnightBefore(then)) / 86400000);
  if (nights === 0 || seconds < 43200) return `${Math.round(seconds / 3600)} h ago`;
  if (nights === 1) return "yesterday";
  return nights < 7 ? `${nights} days ago` : day(then, at);
}

function midnightBefore(time: number): number {
  return new Date(time).setHours(0, 0, 0, 0);
}

function ahead(seconds: number, then: number, at: number): string {
  if (seconds < 90) return `in ${seconds} s`;
  if (seconds < 5400) return `in ${Math.round(seconds / 60)} min`;
  if (seconds < 129600) return `in ${Math.round(seconds / 3600)} h`;
  if (seconds < 30 * 86400) return `in ${Math.round(seconds / 86400)} days`;
  return day(then, at);
}

function day(then: number, at: number): string {
  const date = new Date(then);
  return date.getFullYear() === new Date(at).getFullYear() ? sameYear.format(date) : otherYear.format(date);
}

export function exactTime(iso: string): string {
  const then = Date.parse(iso);
  return Number.isNaN(then) ? iso : exact.format(then);
}

/** 13:02:11 */
export function clockTime(iso: string): string {
  const then = Date.parse(iso);
  return Number.isNaN(then) ? "" : clock.format(then);
}

/** The time of the day; with the day where that is not today, and the year where it is not this one. */
export function moment(iso: string, at: number): string {
  const then = Date.parse(iso);
  return midnightBefore(then) === midnightBefore(at) ? clockTime(iso) : `${day(then, at)}, ${clockTime(iso)}`;
}

/** 3 ms, 0:42, 1:49, 1:02:03 */
export function duration(seconds: number): string {
  if (seconds <= 0) return "0:00";
  if (seconds < 1) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  const whole = Math.floor(seconds);
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** 14 kB, 1.2 MB: thousands, as file managers count. */
export function size(bytes: number): string {
  if (bytes < 1000) return counted(bytes, "byte");
  return scaled(bytes, 1000, ["kB", "MB", "GB", "TB"]);
}

/** 512 MiB, 1 GiB: as limits are given. */
export function memory(bytes: number): string {
  return bytes < 1024 ? counted(bytes, "byte") : scaled(bytes, 1024, ["KiB", "MiB", "GiB", "TiB"]);
}

function scaled(bytes: number, step: number, units: string[]): string {
  let value = bytes / step;
  let unit = 0;
  while (value >= step * 0.9995 && unit < units.length - 1) {
    value /= step;
    unit += 1;
  }
  return `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)} ${units[unit]}`;
}

// Making such a form takes longer than using it: one for each number of decimals.
const creditForms = [0, 1, 2, 3, 4].map((most) => new Intl.NumberFormat("en", { maximumFractionDigits: most }));

/** 1,204 or 0.8 or 0.003: fewer decimals the more there is. */
export function credits(value: number): string {
  const most = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 0.01 || value === 0 ? 2 : 4;
  const text = creditForms[most]?.format(value) ?? String(value);
  return text === "-0" ? "0" : text.replace("-", "−");
}

const exactForm = new Intl.NumberFormat("en-US", { maximumFractionDigits: 6 });

/** A price as it is charged: to the millionth. */
export function price(value: number): string {
  return exactForm.format(value);
}

export function list(words: string[], joint = "or"): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${joint} ${words.at(-1)}`;
}
