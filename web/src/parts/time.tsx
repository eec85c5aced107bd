// SPDX-License-Identifier: Apache-2.0
// Times and durations that keep up with the clock.
import { now, slowNow } from "../clock";
import { ago, duration, exactTime } from "../format";

/** "4 min ago", with the exact time on hover. */
export function Time({ at }: { at: string }) {
  return (
    <time dateTime={at} title={exactTime(at)}>
      {ago(at, slowNow.value)}
    </time>
  );
}

/** How long something took, or takes. */
export function Duration({ from, to, seconds }: { from: string | null; to: string | null; seconds?: number }) {
  if (!from) return <>–</>;
  if (!to) return <>{duration(Math.max(0, (now.value - Date.parse(from)) / 1000))}</>;
  const whole = (Date.parse(to) - Date.parse(from)) / 1000;
  return <>{duration(seconds && seconds > 0 ? seconds : whole)}</>;
}
