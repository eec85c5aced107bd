// SPDX-License-Identifier: Apache-2.0
// A secret that is shown, with its copy button.
import { useRef } from "preact/hooks";
import { CopyButton } from "./copy";

export function Reveal({ text, what }: { text: string; what: string }) {
  const code = useRef<HTMLElement>(null);
  return (
    <div class="reveal">
      <code ref={code}>{text}</code>
      <CopyButton text={text} what={what} source={() => code.current} />
    </div>
  );
}
