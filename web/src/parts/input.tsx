// SPDX-License-Identifier: Apache-2.0
// An <input> whose type is chosen at run time, which Preact's types forbid, with its value as a string.
import { h } from "preact";

interface InputProps {
  type: string;
  value: string;
  onValue: (value: string) => void;
  [attribute: string]: unknown;
}

export function Input({ onValue, ...attributes }: InputProps) {
  const onInput = (event: Event) => onValue((event.currentTarget as HTMLInputElement).value);
  return h("input", { ...attributes, onInput } as object);
}
