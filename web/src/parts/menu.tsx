// SPDX-License-Identifier: Apache-2.0
// A button that opens a few actions: arrows, Home and End move, Escape closes and goes back to the button.
import { useEffect, useId, useRef, useState } from "preact/hooks";

interface Item {
  text: string;
  bad?: boolean;
  onChoose: () => void;
}

/** Where each key leads from the item `at`; an arrow on the button opens at the first item or at the last. */
const moves: Record<string, (at: number, last: number) => number> = {
  ArrowDown: (at, last) => (at < last ? at + 1 : 0),
  ArrowUp: (at, last) => (at > 0 ? at - 1 : last),
  Home: () => 0,
  End: (_, last) => last,
};

export function Menu({ name, items }: { name: string; items: (Item | false)[] }) {
  const [at, setAt] = useState<number | null>(null); // the item that has the focus; null: closed
  const place = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  const shown = items.filter((item): item is Item => item !== false);
  const open = at !== null;

  useEffect(() => {
    if (at !== null) place.current?.querySelectorAll<HTMLElement>("[role=menuitem]")[at]?.focus();
  }, [at]);
  useEffect(() => {
    if (!open) return;
    const onPointer = (event: Event) => place.current?.contains(event.target as Node) || setAt(null);
    document.addEventListener("pointerdown", onPointer);
    return () => document.removeEventListener("pointerdown", onPointer);
  }, [open]);

  const close = () => {
    setAt(null);
    button.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (open && event.key === "Escape") return close();
    if (open && event.key === "Tab") return setAt(null);
    const move = open || event.key.startsWith("Arrow") ? moves[event.key] : undefined;
    if (!move) return;
    event.preventDefault();
    setAt(move(at ?? -1, shown.length - 1));
  };
  return (
    <div class="menu" ref={place} onKeyDown={onKeyDown}>
      <button
        ref={button}
        type="button"
        class="btn quiet square"
        aria-label={name}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setAt(open ? null : 0)}
      >
        <span aria-hidden="true">⋯</span>
      </button>
      {open && (
        <div class="menu-list" role="menu" id={id} aria-label={name}>
          {shown.map((item) => (
            <button
              key={item.text}
              type="button"
              role="menuitem"
              tabIndex={-1}
              class={item.bad ? "bad" : ""}
              onClick={() => {
                close();
                item.onChoose();
              }}
            >
              {item.text}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
