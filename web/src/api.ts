// SPDX-License-Identifier: Apache-2.0
// Talks to /admin/api: JSON in and out, every failure a thrown ApiError with words for a person.
import { hearDate } from "./clock";
import { here, go } from "./router";
import type { Problem } from "./types";

const base = "/admin/api/";

/** What went wrong. `status` is 0 when no answer came at all. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(problem.message);
  }

  /** The message that concerns one field, such as "inputs.year". */
  at(field: string): string | null {
    const detail = this.problem.details?.find((each) => each.field === field);
    if (detail) return detail.message;
    return this.problem.field === field ? this.problem.message : null;
  }
}

/** Whether what was asked for is not there, or not for this account. */
export function isMissing(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

const unreachable: Problem = {
  code: "UNREACHABLE",
  message: "The server did not answer. Check that capid is running and that this machine can reach it.",
};

/** The message of anything thrown, for a person. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return request<T>("GET", path, undefined, signal);
}

export function post<T>(path: string, body: unknown = {}): Promise<T> {
  return request<T>("POST", path, body);
}

export function remove<T>(path: string): Promise<T> {
  return request<T>("DELETE", path);
}

/** An address below /admin/api, each part escaped. */
export function address(...parts: string[]): string {
  return base + parts.map(encodeURIComponent).join("/");
}

export function path(...parts: string[]): string {
  return parts.map(encodeURIComponent).join("/");
}

/** "?a=b" of what has a value, or "". */
export function queryOf(values: Record<string, string | number | null | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== "") query.set(name, String(value));
  }
  const text = query.toString();
  return text && "?" + text;
}

async function request<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const init: RequestInit = { method, credentials: "same-origin", headers: { Accept: "application/json" } };
  if (signal) init.signal = signal;
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { Accept: "application/json", "Content-Type": "application/json" };
  }
  let response: Response;
  try {
    response = await fetch(base + path, init);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, unreachable);
  }
  return readAnswer<T>(response, path);
}

/** The JSON of an answer, or its problem thrown. An answer 401 leads to the sign-in page. */
export async function readAnswer<T>(response: Response, path: string): Promise<T> {
  hearDate(response.headers.get("Date"));
  const text = await response.text().catch(() => "");
  return settle<T>(response.status, text, path);
}

function settle<T>(status: number, text: string, path: string): T {
  const body = parse(text);
  if (status >= 200 && status < 300) return body as T;
  if (status === 401 && path !== "session" && path !== "setup" && path !== "password") signInAgain();
  throw new ApiError(status, problemOf(status, body));
}

function parse(text: string): unknown {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

function problemOf(status: number, body: unknown): Problem {
  const outer = body as { error?: unknown } | null;
  const problem = (outer?.error ?? outer) as Partial<Problem> | null;
  if (typeof problem?.message === "string") return { ...problem, code: problem.code ?? "UNKNOWN", message: problem.message };
  return { code: "UNKNOWN", message: `The server answered ${status} without saying why. Its log tells more.` };
}

/** To the sign-in page, and back here after it. */
export function signInAgain(): void {
  if (location.pathname === "/sign-in" || location.pathname === "/setup") return;
  const to = here();
  go("/sign-in" + (to === "/" ? "" : queryOf({ to })), { replace: true });
}

/** A form on its way. After `stop` its answer is a problem, and `stopped` says why. */
export interface Upload<T> {
  answer: Promise<T>;
  stopped: boolean;
  stop: () => void;
}

/** Sends a form with its files; `progress` is called with 0 to 1. XMLHttpRequest, since fetch reports no upload progress. */
export function upload<T>(path: string, form: FormData, progress: (share: number) => void): Upload<T> {
  const request = new XMLHttpRequest();
  const answer = new Promise<T>((resolve, reject) => {
    request.open("POST", base + path);
    request.setRequestHeader("Accept", "application/json");
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onerror = request.onabort = () => reject(new ApiError(0, unreachable));
    request.onload = () => {
      try {
        resolve(settle<T>(request.status, request.responseText, path));
      } catch (error) {
        reject(error);
      }
    };
    request.send(form);
  });
  const mine: Upload<T> = {
    answer,
    stopped: false,
    stop: () => {
      mine.stopped = true;
      request.abort();
    },
  };
  return mine;
}
