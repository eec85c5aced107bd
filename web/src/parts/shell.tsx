// SPDX-License-Identifier: Apache-2.0
// The frame of every page: side bar, or top bar with a menu on a phone, and the banner of a lost connection.
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { messageOf } from "../api";
import { count, credits } from "../format";
import { connected } from "../live";
import { route } from "../router";
import { phone } from "../screen";
import { balance, isAdmin, pulse, session, signOut } from "../session";
import { Brand } from "./brand";

export function Shell({ children }: { children: ComponentChildren }) {
  return (
    <div class="shell">
      <a class="skip" href="#main">
        Skip to the content
      </a>
      {phone.value ? <TopBar /> : <nav class="side" aria-label="Main"><Brand /><Links /></nav>}
      <main class="main" id="main" tabIndex={-1}>
        {children}
      </main>
      <div role="status" class="connection">
        {!connected.value && <span>Connection lost. Trying again…</span>}
      </div>
    </div>
  );
}

function TopBar() {
  const [open, setOpen] = useState(false);
  return (
    <header class="top">
      <Brand />
      <button type="button" class="btn quiet" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        Menu
      </button>
      {open && <Sheet onClose={() => setOpen(false)} />}
    </header>
  );
}

function Sheet({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const first = useRef(route.value);
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const shown = dialog.current;
    shown?.showModal();
    return () => {
      shown?.close();
      if (before?.isConnected) before.focus();
    };
  }, []);
  const path = route.value;
  useEffect(() => {
    if (path !== first.current) onClose();
  }, [path]);
  const onClick = (event: MouseEvent) => {
    if (event.target === dialog.current || (event.target as Element).closest("a")) onClose();
  };
  return (
    <dialog ref={dialog} class="sheet" aria-label="Menu" onCancel={(event) => (event.preventDefault(), onClose())} onClick={onClick}>
      <nav class="side" aria-label="Main">
        <div class="row between">
          <Brand />
          <button type="button" class="btn quiet" onClick={onClose}>
            Close
          </button>
        </div>
        <Links />
      </nav>
    </dialog>
  );
}

function Links() {
  const active = pulse.value?.active ?? 0;
  return (
    <>
      <Item to="/apps" text="Apps" />
      <Item to="/runs" text="Runs" note={active > 0 ? `${count(active)} active` : ""} also="/threads" />
      <Item to="/keys" text="API keys" />
      <Item to="/webhooks" text="Webhooks" />
      <Item to="/usage" text="Usage" />
      {isAdmin.value && (
        <>
          <div class="cap">Admin</div>
          <Item to="/accounts" text="Accounts" />
          <Item to="/models" text="Models" />
          <Item to="/audit" text="Audit log" />
          <Item to="/system" text="System" />
        </>
      )}
      <Who />
    </>
  );
}

function Item({ to, text, note, also }: { to: string; text: string; note?: string; also?: string }) {
  const path = route.value === "/" ? "/apps" : route.value;
  const inside = path.startsWith(to + "/") || (also !== undefined && path.startsWith(also + "/"));
  return (
    <a href={to} class="side-link" aria-current={path === to ? "page" : inside ? "true" : undefined}>
      {text} {note && <span class="faint">{note}</span>}
    </a>
  );
}

function Who() {
  const [error, setError] = useState("");
  const account = session.value?.account;
  if (!account) return null;
  const leave = () => void signOut().catch((failure) => setError(messageOf(failure)));
  const enforced = session.value?.creditsEnforced;
  const meaning = enforced ? undefined : "Credits are counted here, and never refused";
  const spent = !enforced && balance.value < 0; // nobody was given any: then it is no debt
  return (
    <div class="who">
      <a href="/account" class="side-link" aria-current={route.value === "/account" ? "page" : undefined}>
        <span class="clip">{account.name}</span>{" "}
        <span class="faint nowrap" title={meaning}>
          {credits(spent ? -balance.value : balance.value)} {Math.abs(balance.value) === 1 ? "credit" : "credits"}
          {spent && " used"}
        </span>
      </a>
      <button type="button" class="side-link" onClick={leave}>
        Sign out
      </button>
      {error && <p class="field-error">{error}</p>}
    </div>
  );
}
