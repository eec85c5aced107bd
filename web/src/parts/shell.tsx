// SPDX-License-Identifier: Apache-2.0
// The frame of every page: side bar, or top bar with a menu on a phone, and the banner of a lost connection.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { messageOf } from "../api";
import { count, credits } from "../format";
import { connected } from "../live";
import { route } from "../router";
import { phone } from "../screen";
import { isAdmin, pulse, session, signOut, standing } from "../session";
import { Brand } from "./brand";
import { Modal } from "./modal";

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
  const first = useRef(route.value);
  const path = route.value;
  useEffect(() => {
    if (path !== first.current) onClose();
  }, [path]);
  const onClick = (event: MouseEvent) => {
    const target = event.target as Element;
    if (target === event.currentTarget || target.closest("a")) onClose();
  };
  return (
    <Modal class="sheet" aria-label="Menu" onClose={onClose} onClick={onClick}>
      <nav class="side" aria-label="Main">
        <div class="row between">
          <Brand />
          <button type="button" class="btn quiet" onClick={onClose}>
            Close
          </button>
        </div>
        <Links />
      </nav>
    </Modal>
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
  const meaning = session.value?.creditsEnforced ? undefined : "Credits are counted here, and never refused";
  const { used, credits: amount } = standing.value;
  return (
    <div class="who">
      <a href="/account" class="side-link" aria-current={route.value === "/account" ? "page" : undefined}>
        <span class="clip">{account.name}</span>{" "}
        <span class="faint nowrap" title={meaning}>
          {credits(amount)} {Math.abs(amount) === 1 ? "credit" : "credits"}
          {used && " used"}
        </span>
      </a>
      <button type="button" class="side-link" onClick={leave}>
        Sign out
      </button>
      {error && <p class="field-error">{error}</p>}
    </div>
  );
}
