// SPDX-License-Identifier: Apache-2.0
// Markdown of an agent, made harmless. The code for it is loaded when the first one is shown.
import { useLayoutEffect, useRef, useState } from "preact/hooks";

type Render = (text: string) => DocumentFragment;
let render: Render | null = null;
let loading: Promise<void> | null = null;

function load(): Promise<void> {
  loading ??= import("../markdown").then(
    (module) => {
      render = module.renderMarkdown;
    },
    () => {
      loading = null;
    },
  );
  return loading;
}

/** Plain text until the code is there. Elements are put in place as nodes: no HTML passes through a string. */
export function Markdown({ text }: { text: string }) {
  const place = useRef<HTMLDivElement>(null);
  const [ready, setReady] = useState(render !== null);
  useLayoutEffect(() => {
    if (!ready) {
      let gone = false;
      void load().then(() => gone || setReady(render !== null));
      return () => {
        gone = true;
      };
    }
    if (place.current && render) place.current.replaceChildren(render(text));
    return undefined;
  }, [ready, text]);
  return ready ? <div class="markdown" ref={place} /> : <div class="plain-text">{text}</div>;
}
