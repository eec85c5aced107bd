// SPDX-License-Identifier: Apache-2.0
// Keeps the focus in a list whose items go away: when the focused one is gone, the next one has it.
import { useLayoutEffect, useRef } from "preact/hooks";
import type { RefObject } from "preact";

/** For the element around the list. `which` selects what takes over, such as each row's button; then comes the heading. */
export function useKeptFocus<T extends HTMLElement>(which: string): RefObject<T | null> {
  const place = useRef<T>(null);
  const last = useRef<{ element: Element; at: number } | null>(null);
  useLayoutEffect(() => {
    const onFocus = (event: FocusEvent) => {
      const element = event.target as Element;
      last.current = { element, at: Math.max(0, candidates(place.current, which).indexOf(element as HTMLElement)) };
    };
    const around = place.current;
    around?.addEventListener("focusin", onFocus);
    return () => around?.removeEventListener("focusin", onFocus);
  }, []);
  useLayoutEffect(() => {
    const lost = last.current && !last.current.element.isConnected && document.activeElement === document.body;
    if (!lost || !last.current) return;
    const left = candidates(place.current, which);
    const next = left[Math.min(last.current.at, left.length - 1)];
    if (next) next.focus();
    else heading(place.current)?.focus({ preventScroll: true });
  });
  return place;
}

function candidates(place: HTMLElement | null, which: string): HTMLElement[] {
  return Array.from(place?.querySelectorAll<HTMLElement>(which) ?? []);
}

function heading(place: HTMLElement | null): HTMLElement | null {
  const found = place?.querySelector<HTMLElement>("h2") ?? document.querySelector<HTMLElement>("h1");
  if (found) found.tabIndex = -1;
  return found;
}
