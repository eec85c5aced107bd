// SPDX-License-Identifier: Apache-2.0
// Blocks of a thread that are drawn only near the window; elsewhere their height stands for them.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { memo } from "../parts/memo";
import { BlockView } from "./block";
import type { Chunk } from "./blocks";
import type { ThreadStore } from "./store";

const watched = new WeakMap<Element, (near: boolean, height: number) => void>();
const observer = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) watched.get(entry.target)?.(entry.isIntersecting, entry.boundingClientRect.height);
  },
  { rootMargin: "1000px 0px" },
);

export const ChunkView = memo(function ChunkView({ chunk, store }: { chunk: Chunk; store: ThreadStore }) {
  const place = useRef<HTMLDivElement>(null);
  const [near, setNear] = useState(false);
  const shown = useRef(false);
  shown.current = near;
  useLayoutEffect(() => {
    const element = place.current;
    if (!element) return;
    watched.set(element, (nowNear, height) => {
      if (!nowNear && shown.current && height > 0) chunk.height = height;
      setNear(nowNear);
    });
    observer.observe(element);
    return () => {
      observer.unobserve(element);
      watched.delete(element);
    };
  }, [chunk]);
  void chunk.turn.value; // drawn again when a block changes
  return (
    <div ref={place} class="chunk" style={{ height: near ? "" : `${chunk.height}px` }}>
      {near && chunk.blocks.map((block) => <BlockView key={block.key} block={block} store={store} />)}
    </div>
  );
});
