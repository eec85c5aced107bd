// SPDX-License-Identifier: Apache-2.0
// The address as a signal: links are plain <a>, filters live in the query, the History API does the rest.
import { computed, signal } from "@preact/signals";

const address = signal(read());

/** The path without a slash at its end. */
export const route = computed(() => address.value.path);
export const query = computed(() => new URLSearchParams(address.value.search));

function read(): { path: string; search: string } {
  const path = location.pathname.replace(/\/+$/, "") || "/";
  return { path, search: location.search };
}

function update(): void {
  address.value = read();
}

/** Where the reader is, as one would type it. */
export function here(): string {
  return location.pathname + location.search;
}

export function go(to: string, options: { replace?: boolean } = {}): void {
  const before = route.value;
  history.replaceState({ y: scrollY }, "");
  history[options.replace ? "replaceState" : "pushState"](null, "", to);
  update();
  if (route.value !== before) arrive();
}

/** Puts one filter into the address, or takes it out, without a step in the history. */
export function setQuery(changes: Record<string, string | null>): void {
  const next = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  const search = next.toString();
  history.replaceState(null, "", location.pathname + (search && "?" + search));
  update();
}

/** A page was opened: begin at its top, and let the keyboard and screen readers begin there too. */
function arrive(): void {
  scrollTo(0, 0);
  requestAnimationFrame(() => document.getElementById("main")?.focus({ preventScroll: true }));
}

function onClick(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element).closest?.("a");
  if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
  if (link.pathname.startsWith("/admin/") || link.pathname.startsWith("/api/") || link.hash) return;
  event.preventDefault();
  go(link.pathname + link.search);
}

/** Back to where one was on that page, as soon as it is long enough again. */
function restore(y: number, frames = 20): void {
  scrollTo(0, y);
  if (frames > 0 && Math.abs(scrollY - y) > 1) requestAnimationFrame(() => restore(y, frames - 1));
}

function onPop(event: PopStateEvent): void {
  update();
  const y = (event.state as { y?: number } | null)?.y ?? 0;
  requestAnimationFrame(() => restore(y));
}

export function startRouter(): void {
  history.scrollRestoration = "manual";
  addEventListener("popstate", onPop);
  document.addEventListener("click", onClick);
}

/** A path of this page, or "/": never another host's. */
export function localPath(to: string | null): string {
  if (!to || !to.startsWith("/")) return "/";
  try {
    const url = new URL(to, location.origin);
    const own = url.origin === location.origin && !url.pathname.startsWith("//");
    return own ? url.pathname + url.search : "/";
  } catch {
    return "/";
  }
}
