// SPDX-License-Identifier: Apache-2.0
// One step of a thread, by its kind.
import type { ComponentChildren } from "preact";
import { clockTime, counted, exactTime } from "../format";
import { LongCode, LongText } from "../parts/long-text";
import { ArtifactStep } from "./artifact-step";
import type { Block, BlockOf, LogPart } from "./blocks";
import { RunDivider, RunEnd } from "./run-parts";
import type { ThreadStore } from "./store";
import { pretty, toolLine } from "./words";

const dots: Partial<Record<Block["kind"], string>> = { prompt: ">", message: "a", thinking: "…", tool: "$", search: "?", artifact: "+", log: "≡", error: "!" };

export function BlockView({ block, store }: { block: Block; store: ThreadStore }) {
  if (block.hidden) return null;
  if (block.kind === "run") return <RunDivider runId={block.runId} store={store} />;
  if (block.kind === "end") return <RunEnd runId={block.runId} store={store} />;
  const folded = ["tool", "thinking", "log", "other"].includes(block.kind);
  return (
    <div class={folded ? "ev folded" : "ev"}>
      <span class={`dot ${block.kind}`} aria-hidden="true">
        {dots[block.kind] ?? "·"}
      </span>
      <div class="ev-body">
        <Body block={block} store={store} />
      </div>
      <time class="t" dateTime={block.at} title={exactTime(block.at)}>
        {clockTime(block.at)}
      </time>
    </div>
  );
}

function Body({ block, store }: { block: Block; store: ThreadStore }) {
  switch (block.kind) {
    case "prompt":
      return (
        <div class="asked">
          <LongText text={block.text} />
        </div>
      );
    case "message":
      return <LongText text={block.text} />;
    case "status":
      return <span class="muted">{block.text}</span>;
    case "error":
      return (
        <div class="error-step" role="note">
          <LongText text={block.text} />
        </div>
      );
    case "thinking":
      return (
        <Fold block={block} store={store} summary={<><strong>thinking</strong><span class="line muted">{block.text.slice(0, 160)}</span></>}>
          {() => (
            <div class="fold-text muted">
              <LongText text={block.text} />
            </div>
          )}
        </Fold>
      );
    case "tool":
      return <Tool block={block} store={store} />;
    case "search":
      return (
        <p>
          <strong>Web search</strong> <span class="muted">{block.query}</span> {block.results !== null && <span class="faint">{counted(block.results, "result")}</span>}
        </p>
      );
    case "artifact":
      return <ArtifactStep block={block} />;
    case "log":
      return <Log block={block} store={store} />;
    case "other":
      return (
        <Fold block={block} store={store} summary={<strong>{block.type}</strong>}>
          {() => <LongCode text={pretty(block.data)} name={block.type} />}
        </Fold>
      );
    default:
      return null;
  }
}

interface FoldProps {
  block: Block;
  store: ThreadStore;
  summary: ComponentChildren;
  children: () => ComponentChildren;
}

/** Its content is made when it is opened, and what is open stays so when it scrolls away and back. */
function Fold({ block, store, summary, children }: FoldProps) {
  const open = store.opened.get(block.key) ?? false;
  return (
    <details
      open={open}
      onToggle={(event) => {
        const now = event.currentTarget.open;
        if (now === (store.opened.get(block.key) ?? false)) return;
        store.opened.set(block.key, now);
        const chunk = store.blocks.chunks.peek().find((each) => each.blocks.includes(block));
        if (chunk) chunk.turn.value += 1;
      }}
    >
      <summary>{summary}</summary>
      {open && children()}
    </details>
  );
}

function Tool({ block, store }: { block: BlockOf<"tool">; store: ThreadStore }) {
  const { name, input, output } = block;
  const seconds = output ? (Date.parse(output.at) - Date.parse(block.at)) / 1000 : 0;
  const line = toolLine(input);
  const note = !output ? "…" : output.isError ? "failed" : seconds >= 1 ? `${seconds} s` : "";
  return (
    <Fold
      block={block}
      store={store}
      summary={
        <>
          <strong class="clip-name">{name}</strong>
          <span class="mono line muted">{line}</span>
          <span class={output?.isError ? "bad-text" : "faint"}>{note}</span>
        </>
      }
    >
      {() => (
        <>
          {hasInput(input) && <Part title="Input" text={inputText(input)} />}
          {output ? <Part title={output.isError ? "Error" : "Output"} text={pretty(output.value)} /> : <p class="fold-text muted">No result yet.</p>}
        </>
      )}
    </Fold>
  );
}

function hasInput(input: unknown): boolean {
  return !["", "{}"].includes(pretty(input));
}

/** A single command reads best as it is. */
function inputText(input: unknown): string {
  if (typeof input === "object" && input !== null) {
    const values = Object.values(input);
    if (values.length === 1 && typeof values[0] === "string") return values[0];
  }
  return pretty(input);
}

function Part({ title, text }: { title: string; text: string }) {
  return (
    <div class="fold-part">
      <div class="cap">{title}</div>
      {text ? <LongCode text={text} name={title} /> : <p class="muted">Empty</p>}
    </div>
  );
}

function Log({ block, store }: { block: BlockOf<"log">; store: ThreadStore }) {
  const last = block.parts.at(-1)?.text.trimEnd().split("\n").at(-1) ?? "";
  return (
    <Fold
      block={block}
      store={store}
      summary={
        <>
          <strong>log</strong>
          <span class="mono line muted">{last.slice(0, 200)}</span>
          <span class="faint nowrap">{counted(block.parts.length, "entry", "entries")}</span>
        </>
      }
    >
      {() => <LogText parts={block.parts} />}
    </Fold>
  );
}

function LogText({ parts }: { parts: LogPart[] }) {
  const streams = [...new Set(parts.map((part) => part.stream))].filter(Boolean);
  return <LongCode text={logText(parts, streams.length > 1)} name={`Log, ${streams.join(", ")}`} />;
}

function logText(parts: LogPart[], named: boolean): string {
  const lines = parts.map((part) => {
    const text = part.text.replace(/\n$/, "") + (part.truncated ? " [cut here]" : "");
    return named ? `${part.stream}: ${text}` : text;
  });
  return lines.join("\n");
}
