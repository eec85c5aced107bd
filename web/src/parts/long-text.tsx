// SPDX-License-Identifier: Apache-2.0
// Texts of any length: the beginning, and the rest when one asks for it.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { count } from "../format";
import { looksLikeMarkdown } from "../thread/words";
import { Markdown } from "./markdown";

const mostCharacters = 8000;
const mostLines = 120;

function clip(text: string): string {
  let end = Math.min(text.length, mostCharacters);
  let at = -1;
  for (let line = 0; line < mostLines; line += 1) {
    at = text.indexOf("\n", at + 1);
    if (at < 0 || at > end) break;
    if (line === mostLines - 1) end = at;
  }
  return text.length - end < 400 ? text : text.slice(0, end);
}

function Clipped({ text, children }: { text: string; children: (shown: string) => ComponentChildren }) {
  const [all, setAll] = useState(false);
  const short = all ? text : clip(text);
  return (
    <>
      {children(short)}
      {short.length < text.length && (
        <button type="button" class="btn quiet show-all" onClick={() => setAll(true)}>
          Show all {count(text.length)} characters
        </button>
      )}
    </>
  );
}

/** Code, output, JSON: as it is, scrolling by itself. */
export function LongCode({ text, name }: { text: string; name: string }) {
  return (
    <Clipped text={text}>
      {(shown) => (
        <pre class="output" tabIndex={0} role="group" aria-label={name}>
          {shown}
        </pre>
      )}
    </Clipped>
  );
}

/** Words: as Markdown where they look like it. */
export function LongText({ text }: { text: string }) {
  return <Clipped text={text}>{(shown) => (looksLikeMarkdown(shown) ? <Markdown text={shown} /> : <div class="plain-text">{shown}</div>)}</Clipped>;
}
