// SPDX-License-Identifier: Apache-2.0
// A list of any length: only the rows near the window exist, all of one height.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { RunsStore } from "../runs-store";
import { phone } from "../screen";
import { RunHeader, RunRow } from "./run-row";

const spare = 8;

export function RunTable({ store, withApp, name }: { store: RunsStore; withApp: boolean; name: string }) {
  const rows = store.rows.value ?? [];
  const height = phone.value ? 64 : 42; // as --row in style.css
  const body = useRef<HTMLDivElement>(null);
  const [range, setRange] = useState<[number, number]>([0, 40]);

  useLayoutEffect(() => {
    let frame = 0;
    const look = () => {
      frame = 0;
      const top = body.current?.getBoundingClientRect().top ?? 0;
      const first = Math.max(0, Math.floor(-top / height) - spare);
      const last = Math.ceil((innerHeight - top) / height) + spare;
      setRange((old) => (Math.abs(old[0] - first) < 4 && Math.abs(old[1] - last) < 4 ? old : [first, last]));
      if (store.more.peek() && last > (store.rows.peek()?.length ?? 0) - 50) void store.next();
    };
    const onScroll = () => (frame ||= requestAnimationFrame(look));
    look();
    addEventListener("scroll", onScroll, { passive: true });
    addEventListener("resize", onScroll);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener("scroll", onScroll);
      removeEventListener("resize", onScroll);
    };
  }, [store, height, rows.length]);

  // What came above is not to move what somebody reads.
  const added = store.added.value;
  const before = useRef(added);
  useLayoutEffect(() => {
    const more = added - before.current;
    before.current = added;
    if (more > 0 && (body.current?.getBoundingClientRect().top ?? 0) < 0) scrollBy(0, more * height);
  }, [added]);

  const [first, last] = range;
  return (
    <div role="table" aria-label={name} aria-rowcount={store.more.value ? -1 : rows.length + 1} class={withApp ? "runs with-app" : "runs"}>
      <RunHeader withApp={withApp} />
      <div role="rowgroup" ref={body} class="run-rows" style={{ height: `${rows.length * height}px` }}>
        {rows.slice(first, last).map((run, at) => (
          <RunRow key={run.id} run={run} withApp={withApp} index={first + at} top={(first + at) * height} />
        ))}
      </div>
    </div>
  );
}
