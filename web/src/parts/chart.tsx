// SPDX-License-Identifier: Apache-2.0
// A bar for each day, and the same as a table for those who do not see it.
import { useEffect, useRef, useState } from "preact/hooks";
import { serverNow } from "../clock";
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
  const [turn, setTurn] = useState(0);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let remove: (() => void) | null = null;
    let gone = false;
    const draw = ({ drawBars }: typeof import("../bars")) => {
      if (!place.current || gone) return;
      setFailed(false);
      remove = drawBars(place.current, of === "credits" ? "Credits" : "Runs", points(usage, days, of), form);
    };
    void import("../bars").then(draw, () => setFailed(true));
    return () => {
      gone = true;
      remove?.();
    };
  }, [usage, days, of, dark, turn]);
  return (
    <section class="panel pad">
      <h2>{title}</h2>
      {failed && (
        <div class="stack-tight not-drawn" role="alert">
          <p>The chart did not load. The table below says the same.</p>
          <div>
            <button type="button" class="btn" onClick={() => setTurn(turn + 1)}>
              Try again
            </button>
          </div>
        </div>
      )}
      <div class={failed ? "" : "chart"} ref={place} aria-hidden="true" />
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
  const today = Math.floor(serverNow() / 1000 / day) * day;
  const times = Array.from({ length: days }, (_, at) => today - (days - 1 - at) * day);
  return [times, times.map((time) => known.get(new Date(time * 1000).toISOString().slice(0, 10)) ?? 0)];
}
