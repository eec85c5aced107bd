// SPDX-License-Identifier: Apache-2.0
// A button that opens a few actions: arrows move, Escape closes.
import { useEffect, useId, useRef, useState } from "preact/hooks";

interface Item {
  text: string;
  bad?: boolean;
  onChoose: () => void;
}

export function Menu({ name, items }: { name: string; items: (Item | false)[] }) {
  const [open, setOpen] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  const shown = items.filter((item): item is Item => item !== false);

  useEffect(() => {
    if (!open) return;
    place.current?.querySelector<HTMLElement>("[role=menuitem]")?.focus();
    const onPointer = (event: Event) => place.current?.contains(event.target as Node) || setOpen(false);
    document.addEventListener("pointerdown", onPointer);
    return () => document.removeEventListener("pointerdown", onPointer);
  }, [open]);

  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!open) return;
    if (event.key === "Escape") return close();
    if (event.key === "Tab") return setOpen(false);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = Array.from(place.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? []);
    const at = all.indexOf(document.activeElement as HTMLElement);
    all[(at + step + all.length) % all.length]?.focus();
  };
  return (
    <div class="menu" ref={place} onKeyDown={onKeyDown}>
      <button ref={button} type="button" class="btn quiet square" aria-label={name} aria-haspopup="menu" aria-expanded={open} aria-controls={open ? id : undefined} onClick={() => setOpen(!open)}>
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
