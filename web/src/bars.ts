// SPDX-License-Identifier: Apache-2.0
// Draws bars with uPlot, in the colours of the theme. Loaded only where there is a chart.
import uPlot from "uplot";

type Points = [times: number[], values: number[]];

/** Draws into `place`; the answer removes it. */
export function drawBars(place: HTMLElement, label: string, points: Points, form: (value: number) => string): () => void {
  // Where no bar is pointed at, the legend tells of today.
  const showToday = (shown: uPlot) => shown.setLegend({ idx: points[0].length - 1 });
  const plot = new uPlot({ ...options(place, label, form), hooks: { ready: [showToday] } }, points as uPlot.AlignedData, place);
  plot.over.addEventListener("mouseleave", () => showToday(plot));
  const resize = new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: height }));
  resize.observe(place);
  return () => {
    resize.disconnect();
    plot.destroy();
  };
}

const height = 200;
const wholeSteps = [1, 10, 100, 1000, 1e4, 1e5, 1e6].flatMap((each) => [each, 2 * each, 5 * each]);
const halfDay = 43200; // so that the first and the last bar are whole

function colour(place: HTMLElement, name: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  place.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

function options(place: HTMLElement, label: string, form: (value: number) => string): uPlot.Options {
  const [line, faint, accent] = ["--line", "--faint", "--accent"].map((name) => colour(place, name)) as [string, string, string];
  const axis = { stroke: faint, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: "11px system-ui, sans-serif" };
  return {
    width: place.clientWidth,
    height,
    tzDate: (time) => uPlot.tzDate(new Date(time * 1000), "Etc/UTC"),
    legend: { show: true, live: true },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: { x: { time: true, range: (_, first, last) => [first - halfDay, last + halfDay] }, y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] } },
    axes: [
      { ...axis, grid: { show: false }, values: (_, times) => times.map((time) => (time % 86400 === 0 ? dayOf(time) : "")), space: 60, size: 30 },
      { ...axis, size: 46, values: (_, values) => values.map(form), ...(label === "Runs" && { incrs: wholeSteps }) },
    ],
    series: [
      { value: (_, time) => (time === null ? "–" : dayOf(time)), label: "Day" },
      {
        label,
        stroke: accent,
        fill: accent,
        width: 0,
        points: { show: false },
        paths: uPlot.paths.bars?.({ size: [0.7, 28], radius: 0.15 }) as uPlot.Series.PathBuilder,
        value: (_, value) => (value === null ? "–" : form(value)),
      },
    ],
  };
}

const dayForm = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

function dayOf(time: number): string {
  return dayForm.format(time * 1000);
}
