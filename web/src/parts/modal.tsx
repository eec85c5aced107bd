// SPDX-License-Identifier: Apache-2.0
// The browser's own modal: the keyboard stays inside, Escape closes it, and the focus goes back to where it was.
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface ModalProps {
  class: string;
  onClose: () => void;
  onClick?: (event: MouseEvent) => void;
  "aria-label"?: string;
  "aria-labelledby"?: string;
  children: ComponentChildren;
}

export function Modal({ onClose, children, ...attributes }: ModalProps) {
  const modal = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const shown = modal.current;
    shown?.showModal();
    shown?.querySelector<HTMLElement>("[data-first]")?.focus();
    return () => {
      shown?.close();
      // What opened it may be gone by what was done in it.
      (before?.isConnected ? before : document.getElementById("main"))?.focus();
    };
  }, []);
  return (
    <dialog
      ref={modal}
      {...attributes}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      {children}
    </dialog>
  );
}
