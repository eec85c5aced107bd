// SPDX-License-Identifier: Apache-2.0
// From events to what is shown: a call and its result in one block, log lines in one block, blocks in chunks.
import { signal, type Signal } from "@preact/signals";
import type { ThreadEvent } from "../types";
import { numberOf, textOf } from "./words";

interface Common {
  key: number; // the sequence of its first event
  runId: string;
  at: string;
  hidden?: boolean;
}
export type Block = Common &
  (
    | { kind: "prompt" | "message" | "thinking" | "status" | "error"; text: string }
    | { kind: "tool"; name: string; input: unknown; output: { value: unknown; isError: boolean; at: string } | null }
    | { kind: "search"; query: string; results: number | null }
    | { kind: "artifact"; id: string | null; title: string; type: string; size: number | null; skipped: string }
    | { kind: "log"; parts: LogPart[] }
    | { kind: "run" | "end" }
    | { kind: "other"; type: string; data: unknown }
  );
export type BlockOf<K extends Block["kind"]> = Extract<Block, { kind: K }>;
export interface LogPart {
  stream: string;
  text: string;
  truncated: boolean;
}

/** Blocks that are drawn, or left out, together. `turn` counts their changes. */
export interface Chunk {
  id: number;
  blocks: Block[];
  turn: Signal<number>;
  height: number; // in px as last measured; a guess before
}

const chunkSize = 20;
const logSize = 500; // events to one log block
const guessedHeight = 48;

export class Blocks {
  readonly chunks = signal<Chunk[]>([]);
  last = 0; // the sequence of the last event
  private runId = "";
  private readonly open = new Map<string, { block: BlockOf<"tool">; chunk: Chunk }>();
  private readonly messages = new Map<string, { block: Block; chunk: Chunk }>();
  private readonly made = new Map<string, BlockOf<"artifact">[]>();

  /** Takes events in order; those seen before are passed over. */
  add(events: ThreadEvent[]): void {
    const touched = new Set<Chunk>();
    for (const event of events) {
      if (!event || typeof event.sequence !== "number" || event.sequence <= this.last) continue;
      this.last = event.sequence;
      this.take(event, touched);
    }
    for (const chunk of touched) chunk.turn.value += 1;
  }

  artifacts(runId: string): BlockOf<"artifact">[] {
    return this.made.get(runId) ?? [];
  }

  /** Leaves out the last message of a run where its result says the same. */
  hideLastMessage(runId: string, text: string): void {
    const found = this.messages.get(runId);
    if (!found || found.block.hidden || !("text" in found.block) || found.block.text.trim() !== text.trim()) return;
    found.block.hidden = true;
    found.chunk.turn.value += 1;
  }

  private take(event: ThreadEvent, touched: Set<Chunk>): void {
    const common: Common = { key: event.sequence, runId: event.runId, at: event.createdAt };
    this.divide(common, touched);
    const data = (typeof event.data === "object" && event.data) || {};
    if (event.type === "usage") return; // the side panel has the sums
    if (event.type === "tool_result" && this.finish(data, event, touched)) return;
    if (event.type === "log" && this.lengthenLog(data, touched)) return;
    const block = toBlock(event.type, data, common);
    const chunk = this.push(block, touched);
    if (block.kind === "tool" && typeof data.id === "string" && event.type === "tool_call") this.open.set(`${event.runId} ${data.id}`, { block, chunk });
    if (block.kind === "message") this.messages.set(event.runId, { block, chunk });
    if (block.kind === "artifact") this.made.set(event.runId, [...this.artifacts(event.runId), block]);
  }

  private divide(common: Common, touched: Set<Chunk>): void {
    if (common.runId === this.runId) return;
    if (this.runId) this.push({ ...common, key: common.key - 0.75, runId: this.runId, kind: "end" }, touched);
    this.push({ ...common, key: common.key - 0.5, kind: "run" }, touched);
    this.runId = common.runId;
  }

  private finish(data: Record<string, unknown>, event: ThreadEvent, touched: Set<Chunk>): boolean {
    const name = `${event.runId} ${textOf(data.id)}`;
    const found = this.open.get(name);
    if (!found) return false;
    this.open.delete(name);
    found.block.output = { value: data.output, isError: data.isError === true, at: event.createdAt };
    touched.add(found.chunk);
    return true;
  }

  private lengthenLog(data: Record<string, unknown>, touched: Set<Chunk>): boolean {
    const chunk = this.chunks.peek().at(-1);
    const block = chunk?.blocks.at(-1);
    if (!chunk || block?.kind !== "log" || block.parts.length >= logSize) return false;
    block.parts.push(logPart(data));
    touched.add(chunk);
    return true;
  }

  private push(block: Block, touched: Set<Chunk>): Chunk {
    let chunk = this.chunks.peek().at(-1);
    if (!chunk || chunk.blocks.length >= chunkSize) {
      chunk = { id: block.key, blocks: [], turn: signal(0), height: 0 };
      this.chunks.value = [...this.chunks.peek(), chunk];
    }
    chunk.blocks.push(block);
    chunk.height += guessedHeight;
    touched.add(chunk);
    return chunk;
  }
}

function logPart(data: Record<string, unknown>): LogPart {
  return { stream: textOf(data.stream), text: textOf(data.text), truncated: data.truncated === true };
}

function toBlock(type: string, data: Record<string, unknown>, common: Common): Block {
  switch (type) {
    case "prompt":
    case "message":
    case "thinking":
      return { ...common, kind: type, text: textOf(data.text) };
    case "status":
      // Why it failed is said in full by the outcome of the run.
      return { ...common, kind: type, text: data.status === "failed" ? "failed" : textOf(data.message) || textOf(data.status) };
    case "error":
      return { ...common, kind: type, text: textOf(data.message) || "An error without a message." };
    case "tool_call":
      return { ...common, kind: "tool", name: textOf(data.name) || "tool", input: data.input, output: null };
    case "tool_result":
      return { ...common, kind: "tool", name: "result", input: undefined, output: { value: data.output, isError: data.isError === true, at: common.at } };
    case "web_search":
      return { ...common, kind: "search", query: textOf(data.query), results: numberOf(data.results) };
    case "artifact":
      return artifactBlock(data, common);
    case "log":
      return { ...common, kind: "log", parts: [logPart(data)] };
    default:
      return { ...common, kind: "other", type: String(type), data };
  }
}

function artifactBlock(data: Record<string, unknown>, common: Common): Block {
  return {
    ...common,
    kind: "artifact",
    id: typeof data.artifactId === "string" ? data.artifactId : null,
    title: textOf(data.title) || "untitled",
    type: textOf(data.type),
    size: numberOf(data.size),
    skipped: textOf(data.skipped),
  };
}
