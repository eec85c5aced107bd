// SPDX-License-Identifier: Apache-2.0
// Event streams that survive: they reconnect with a back-off, rest while the tab is hidden, and take turns.
import { effect, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

/** False while a stream was lost and is being tried again. */
export const connected = signal(true);
/** Counts the times that a lost stream came back: what was fetched meanwhile is missing, or old. */
export const mended = signal(0);

interface Handlers {
  onMessage: (data: unknown) => void;
  /** The stream broke or ended; an answer false means that it is over and is not opened again. */
  onEnd?: () => Promise<boolean> | boolean;
  /** A query that makes the stream go on where it stopped, such as "?after=12". */
  resume?: () => string;
}

interface Stream extends Handlers {
  path: string;
  source: EventSource | null;
  timer: number;
  failures: number;
}

// Browsers allow six connections to a host, over all tabs. So one stream a tab: the newest is open, the others wait for it.
const streams: Stream[] = [];

/** Opens a stream below /admin/api; the answer closes it. */
export function stream(path: string, handlers: Handlers): () => void {
  const mine: Stream = { ...handlers, path, source: null, timer: 0, failures: 0 };
  const below = streams.at(-1);
  if (below) disconnect(below);
  streams.push(mine);
  connect(mine);
  return () => drop(mine);
}

function drop(mine: Stream): void {
  const at = streams.indexOf(mine);
  if (at < 0) return;
  streams.splice(at, 1);
  disconnect(mine);
  if (mine.failures) connected.value = true;
  const top = streams.at(-1);
  if (top && !top.source) connect(top);
}

function connect(mine: Stream): void {
  clearTimeout(mine.timer);
  if (document.hidden || mine.source || streams.at(-1) !== mine) return;
  const source = new EventSource("/admin/api/" + mine.path + (mine.resume?.() ?? ""));
  mine.source = source;
  source.onopen = () => {
    if (mine.failures) mended.value = mended.peek() + 1;
    mine.failures = 0;
    connected.value = true;
  };
  source.onmessage = (event: MessageEvent<string>) => deliver(mine, event.data);
  source.onerror = () => void onLost(mine, source);
}

function deliver(mine: Stream, text: string): void {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return;
  }
  mine.onMessage(data);
}

async function onLost(mine: Stream, source: EventSource): Promise<void> {
  if (mine.source !== source) return;
  disconnect(mine);
  if (mine.onEnd) {
    const goOn = await Promise.resolve(mine.onEnd()).catch(() => true);
    if (!goOn) return drop(mine);
  }
  if (!streams.includes(mine)) return;
  mine.failures += 1;
  // One break is common, a restart or a proxy's time-out, and not worth a word.
  if (mine.failures > 1) connected.value = false;
  const wait = Math.min(500 * 2 ** (mine.failures - 1), 15000);
  mine.timer = window.setTimeout(() => connect(mine), wait);
}

function disconnect(mine: Stream): void {
  clearTimeout(mine.timer);
  mine.source?.close();
  mine.source = null;
}

document.addEventListener("visibilitychange", () => {
  const top = streams.at(-1);
  if (!top) return;
  if (document.hidden) disconnect(top);
  else connect(top);
});

addEventListener("online", () => {
  const top = streams.at(-1);
  if (top) connect(top);
});

/** Calls `look` whenever the connection was lost and is back. */
export function useMended(look: () => void): void {
  const latest = useRef(look);
  latest.current = look;
  useEffect(() => {
    const first = mended.peek();
    return effect(() => {
      if (mended.value !== first) latest.current();
    });
  }, []);
}
