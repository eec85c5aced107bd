// SPDX-License-Identifier: Apache-2.0
// A bar for each day, and the same as a table for those who do not see it.
import { useEffect, useRef } from "preact/hooks";
import { credits, count } from "../format";
import { isDark } from "../theme-choice";
import type { Usage } from "../types";

interface ChartProps {
  title: string;
  usage: Usage;
  days: number;
  of: "credits" | "runs";
}

export function Chart({ title, usage, days, of }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const dark = isDark();
  const form = of === "credits" ? credits : count;
  useEffect(() => {
    let remove: (() => void) | null = null;
    let gone = false;
    void import("../bars").then(({ drawBars }) => {
      if (place.current && !gone) remove = drawBars(place.current, of === "credits" ? "Credits" : "Runs", points(usage, days, of), form);
    }, () => undefined);
    return () => {
      gone = true;
      remove?.();
    };
  }, [usage, days, of, dark]);
  return (
    <section class="panel pad">
      <h2>{title}</h2>
      <div class="chart" ref={place} aria-hidden="true" />
      <details class="quiet-details">
        <summary>As a table</summary>
        <table class="compact">
          <thead>
            <tr>
              <th>Day</th>
              <th class="num">{of === "credits" ? "Credits" : "Runs"}</th>
            </tr>
          </thead>
          <tbody>
            {usage.byDay.map((day) => (
              <tr key={day.date}>
                <td>{day.date}</td>
                <td class="num">{form(day[of])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </section>
  );
}

/** A value for every day of the range, today last: days without runs are 0. */
function points(usage: Usage, days: number, of: "credits" | "runs"): [times: number[], values: number[]] {
  const known = new Map(usage.byDay.map((day) => [day.date, day[of]]));
  const day = 86400;
  const today = Math.floor(Date.now() / 1000 / day) * day;
  const times = Array.from({ length: days }, (_, at) => today - (days - 1 - at) * day);
  return [times, times.map((time) => known.get(new Date(time * 1000).toISOString().slice(0, 10)) ?? 0)];
}
