// SPDX-License-Identifier: Apache-2.0
// The frame of the pages before one is signed in.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

export function Door({ title, children }: { title: string; children: ComponentChildren }) {
  const frame = useRef<HTMLElement>(null);
  useEffect(() => frame.current?.querySelector<HTMLElement>("[data-first]")?.focus(), []);
  return (
    <main class="door" ref={frame}>
      <div class="brand">
        <span class="mark" aria-hidden="true">
          c
        </span>
        capid
      </div>
      <div class="panel door-panel">
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}
