// SPDX-License-Identifier: Apache-2.0
// Keeps the end of a live thread in view, but only for a reader who is there.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ThreadStore } from "./store";

const close = 120; // px from the end that still count as being there

function distance(): number {
  const page = document.documentElement;
  return page.scrollHeight - scrollY - innerHeight;
}

export function useStickToEnd(store: ThreadStore, open: boolean): { behind: boolean; toEnd: () => void } {
  const [behind, setBehind] = useState(false);
  const there = useRef(false);
  const end = useRef(0); // where the end was last seen
  const steps = store.steps.value;
  const loaded = store.loaded.value;

  const toEnd = () => {
    setBehind(false);
    there.current = true;
    settle();
  };

  useEffect(() => {
    const onScroll = () => {
      there.current = distance() < close;
      if (!there.current) return;
      end.current = scrollY;
      setBehind(false);
    };
    addEventListener("scroll", onScroll, { passive: true });
    return () => removeEventListener("scroll", onScroll);
  }, []);

  useEffect(() => {
    // A short thread that just fits is read from its top all the same.
    if (loaded && open) toEnd();
  }, [loaded]);

  useLayoutEffect(() => {
    if (!steps) return;
    // Whoever went up within this frame is not fetched back: the event of it comes later.
    if (there.current && scrollY >= end.current) settle();
    else if (open) setBehind(true);
  }, [steps]);

  return { behind: behind && open, toEnd };
}

/** Drawing the end changes its height, so the end is looked for again until it stays, or until the reader goes up. */
function settle(turns = 6): void {
  scrollTo(0, document.documentElement.scrollHeight);
  const here = scrollY;
  if (turns > 0) requestAnimationFrame(() => scrollY >= here && distance() > 1 && settle(turns - 1));
}
