// SPDX-License-Identifier: Apache-2.0
// Copying: a button beside a text, and a block of code with one.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

/** Over plain HTTP browsers have no navigator.clipboard, so a hidden field is selected and copied the old way. */
async function copyText(text: string): Promise<boolean> {
  try {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      return true;
    }
  } catch {
    // Refused: the old way may still work.
  }
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "visually-hidden";
  field.setAttribute("aria-hidden", "true");
  const before = document.activeElement as HTMLElement | null;
  (before?.closest("dialog") ?? document.body).append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  before?.focus();
  return done;
}

interface CopyProps {
  text: string;
  /** What is copied, as in "Copy key". */
  what?: string;
  quiet?: boolean;
  /** Is selected where copying fails. */
  source?: () => Element | null;
}

export function CopyButton({ text, what = "", quiet, source }: CopyProps) {
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => setSaid(""), 4000);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = async () => {
    if (await copyText(text)) return setSaid("Copied");
    const shown = source?.();
    if (shown) getSelection()?.selectAllChildren(shown);
    setSaid("Press Ctrl+C");
  };
  return (
    <button type="button" class={quiet ? "btn quiet" : "btn"} onClick={() => void copy()}>
      <span aria-live="polite">{said || `Copy ${what}`.trim()}</span>
    </button>
  );
}

interface CodeProps {
  /** What it is, for a screen reader. */
  name: string;
  text: string;
  children?: ComponentChildren;
}

/** A block of code that scrolls by itself, also by keyboard. */
export function Code({ name, text, children }: CodeProps) {
  return (
    <pre class="code" tabIndex={0} role="group" aria-label={name}>
      {children ?? text}
    </pre>
  );
}

/** One command, and a button that copies it. */
export function Command({ text, what = "command" }: { text: string; what?: string }) {
  const code = useRef<HTMLElement>(null);
  return (
    <div class="command">
      <code ref={code}>{text}</code>
      <CopyButton text={text} what={what} quiet source={() => code.current} />
    </div>
  );
}
