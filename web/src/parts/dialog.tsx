// SPDX-License-Identifier: Apache-2.0
// Modal dialogs with a title: any, one with a form, and one that asks before something that matters.
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { useAction, type Action } from "../data";
import { Modal } from "./modal";
import { Failure } from "./notice";

interface DialogProps {
  title: string;
  onClose: () => void;
  wide?: boolean;
  children: ComponentChildren;
}

export function Dialog({ title, onClose, wide, children }: DialogProps) {
  const name = useId();
  return (
    <Modal class={wide ? "dialog wide-dialog" : "dialog"} aria-labelledby={name} onClose={onClose}>
      <header class="dialog-head">
        <h2 id={name}>{title}</h2>
        <button type="button" class="btn quiet square" aria-label="Close" onClick={onClose}>
          <span aria-hidden="true">×</span>
        </button>
      </header>
      {children}
    </Modal>
  );
}

interface FormDialogProps {
  title: string;
  action: string;
  /** Whether what was typed so far can be sent. */
  ready: boolean;
  form: Action;
  /** When it is done the dialog closes; where it fails, or answers false, it stays open. */
  onSubmit: () => Promise<unknown>;
  onClose: () => void;
  children: ComponentChildren;
}

/** A form in a dialog: fields, what went wrong, and the two ways out. */
export function FormDialog({ title, action, ready, form, onSubmit, onClose, children }: FormDialogProps) {
  const submit = async (event: Event) => {
    event.preventDefault();
    if (await form.run(onSubmit)) onClose();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        {children}
        <Failure error={form.error} />
        <DialogButtons>
          <button type="button" class="btn" onClick={onClose}>
            Cancel
          </button>
          <button class="btn primary" disabled={form.busy || !ready}>
            {action}
          </button>
        </DialogButtons>
      </form>
    </Dialog>
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
