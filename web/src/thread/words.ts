// SPDX-License-Identifier: Apache-2.0
// Steps and failures of a run in words. Agents write some of the events, so every member is checked first.
import type { ThreadEvent } from "../types";

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : value === undefined || value === null ? "" : pretty(value);
}

export function numberOf(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

export function pretty(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "");
}

function firstLine(text: string): string {
  return (text.trimStart().split("\n", 1)[0] ?? "").slice(0, 200);
}

/** What a tool was asked, in one line: its telling member, else its input as JSON. */
export function toolLine(input: unknown): string {
  if (typeof input === "string") return firstLine(input);
  if (typeof input !== "object" || input === null) return firstLine(pretty(input));
  const members = input as Record<string, unknown>;
  for (const name of ["command", "cmd", "query", "path", "file_path", "url", "pattern", "description"]) {
    if (typeof members[name] === "string") return firstLine(members[name]);
  }
  const text = JSON.stringify(input);
  return text === "{}" ? "" : text.slice(0, 200);
}

/** One event as a short line, or "" where it says nothing by itself. */
export function stepInWords(event: ThreadEvent): string {
  const { type } = event;
  const data = (typeof event.data === "object" && event.data) || {};
  switch (type) {
    case "prompt":
      return "Reading the inputs";
    case "message":
      return firstLine(textOf(data.text));
    case "thinking":
      return "Thinking";
    case "tool_call":
      return `${textOf(data.name)} ${toolLine(data.input)}`.trim();
    case "web_search":
      return `Searching: ${firstLine(textOf(data.query))}`;
    case "artifact":
      return `Made ${firstLine(textOf(data.title))}`;
    case "status":
    case "error":
      return firstLine(textOf(data.message));
    default:
      return "";
  }
}

const advice: Record<string, string> = {
  AGENT_EXIT_NONZERO: "The agent ended with an error of its own. Its last lines are above, the rest is in the log.",
  AGENT_KILLED: "Something on the machine ended the agent. The system log tells what.",
  TIMEOUT: "It took longer than it may. Give it less to do, or raise limits.timeout in app.yaml.",
  OUT_OF_MEMORY: "It needed more memory than it may use. Give it less to do, or raise limits.memory in app.yaml.",
  OUTPUT_TOO_LARGE: "The result is larger than 1 MiB. Let the agent write it to a file in /out instead.",
  SANDBOX_SETUP_FAILED: "The sandbox could not be set up. System, “Check this host”, tells an admin what is missing.",
  COMMAND_NOT_FOUND: "The command of app.yaml does not exist in the sandbox. Correct it, or mount the program.",
  OUTPUT_SCHEMA_MISMATCH: "The result does not have the form that output_schema asks for. Correct the agent or the schema.",
  MODEL_ERROR: "The model gave an error. Try again, or choose another model under More.",
  MAX_TURNS: "The agent used all its turns. Give it less to do, or raise max_turns in app.yaml.",
  BUDGET_EXCEEDED: "It used all the credits that this run may cost. Allow more under More.",
  INSUFFICIENT_CREDITS: "The account ran out of credits. An admin can add some under Accounts.",
  EXPIRED: "It waited in the queue for longer than its request allows. Replay it.",
  INTERRUPTED: "The server stopped while it ran. Replay it.",
};

export function whatToDo(code: string): string {
  return advice[code] ?? "Replay it, or look at the steps above for the cause.";
}

export function looksLikeMarkdown(text: string): boolean {
  return /^#{1,6} |^\s*[-*+] |^\s*\d+\. |\*\*[^*\n]+\*\*|^```|^\|.*\||\[[^\]\n]+\]\([^)\n]+\)|`[^`\n]+`/m.test(text.slice(0, 20000));
}

/** The text as indented JSON where it is an object or a list, else null. */
export function asJson(text: string): string | null {
  if (!/^\s*[[{]/.test(text) || text.length > 400000) return null;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return null;
  }
}
