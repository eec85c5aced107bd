// SPDX-License-Identifier: Apache-2.0
// A modal dialog: the browser's own, so that the keyboard stays inside and Escape closes it.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";
import { useAction } from "../data";
import { Failure } from "./notice";

interface DialogProps {
  title: string;
  onClose: () => void;
  wide?: boolean;
  children: ComponentChildren;
}

export function Dialog({ title, onClose, wide, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const name = useId();
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const shown = dialog.current;
    shown?.showModal();
    return () => {
      shown?.close();
      // What opened it may be gone by what was done in it.
      (before?.isConnected ? before : document.getElementById("main"))?.focus();
    };
  }, []);
  useEffect(() => {
    dialog.current?.querySelector<HTMLElement>("[data-first]")?.focus();
  }, []);
  return (
    <dialog
      ref={dialog}
      class={wide ? "dialog wide-dialog" : "dialog"}
      aria-labelledby={name}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <header class="dialog-head">
        <h2 id={name}>{title}</h2>
        <button type="button" class="btn quiet square" aria-label="Close" onClick={onClose}>
          <span aria-hidden="true">×</span>
        </button>
      </header>
      {children}
    </dialog>
  );
}

interface ConfirmProps {
  title: string;
  children: ComponentChildren;
  action: string;
  /** Says why it cannot be undone by its colour. */
  bad?: boolean;
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
}

/** Asks before something that matters. Stays open, with the reason, when it fails. */
export function Confirm({ title, children, action, bad, onConfirm, onClose }: ConfirmProps) {
  const { busy, error, run } = useAction();
  const confirm = async () => {
    if (await run(onConfirm)) onClose();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="stack">
        <div class="muted">{children}</div>
        <Failure error={error} />
        <DialogButtons>
          <button type="button" class="btn" onClick={onClose} data-first>
            Go back
          </button>
          <button type="button" class={bad ? "btn danger" : "btn primary"} disabled={busy} onClick={() => void confirm()}>
            {action}
          </button>
        </DialogButtons>
      </div>
    </Dialog>
  );
}

export function DialogButtons({ children }: { children: ComponentChildren }) {
  return <div class="row end">{children}</div>;
}
