// SPDX-License-Identifier: Apache-2.0
// Who is signed in, and the pulse of the server: what is active, what is left, that something changed.
import { computed, effect, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ApiError, get, readAnswer, remove, signInAgain } from "./api";
import { stream } from "./live";
import { go } from "./router";
import { forgetRuns } from "./runs-store";
import type { Pulse, Session } from "./types";

export const session = signal<Session | null>(null);
export const sessionError = signal<unknown>(null);
export const pulse = signal<Pulse | null>(null);
/** Counts the pulses, so that pages can look again. */
export const beat = signal(0);
export const isAdmin = computed(() => session.value?.account.role === "admin");
const balance = computed(() => pulse.value?.balance ?? session.value?.balance ?? 0);
/** What is left; or, where nobody is limited and nobody was given any, what was used: that is no debt. */
export function standingOf(balance: number): { used: boolean; credits: number } {
  const used = !session.value?.creditsEnforced && balance < 0;
  return { used, credits: used ? -balance : balance };
}

/** The same of who is signed in. */
export const standing = computed(() => standingOf(balance.value));

/** Another tab may have signed in somebody else: the browser has one session. */
function isOfAnother(account: string): boolean {
  const mine = session.peek()?.account.id;
  return mine !== undefined && mine !== account;
}

let lastAccount: string | undefined;

// Whoever signs in next in this tab sees nothing of who was there before.
effect(() => {
  const account = session.value?.account.id;
  if (!account || account === lastAccount) return;
  lastAccount = account;
  forgetRuns();
  pulse.value = null;
});

let closePulse: (() => void) | null = null;

effect(() => {
  if (session.value) closePulse ??= stream("pulse", { onMessage: onPulse, onEnd: stillSignedIn });
  else {
    closePulse?.();
    closePulse = null;
  }
});

function onPulse(data: unknown): void {
  const told = data as Pulse;
  if (isOfAnother(told.account)) return location.reload();
  pulse.value = told;
  beat.value = beat.peek() + 1;
}

/** The pulse breaks when the server restarts, and when the session is over: only the first is worth waiting for. */
async function stillSignedIn(): Promise<boolean> {
  const answer = await get<Session | null>("session").catch(() => undefined);
  if (answer && isOfAnother(answer.account.id)) location.reload();
  if (answer !== null) return true;
  session.value = null;
  signInAgain();
  return false;
}

let retry = 0;

export async function loadSession(): Promise<void> {
  clearTimeout(retry);
  try {
    session.value = await firstAnswer();
    sessionError.value = null;
    if (!session.value) signInAgain();
  } catch (error) {
    sessionError.value = error;
    // No stream is open yet that would tell when the server is back.
    if (error instanceof ApiError && error.status === 0) retry = window.setTimeout(() => void loadSession(), 3000);
  }
}

/** theme.ts asked already; its answer is good once. */
async function firstAnswer(): Promise<Session | null> {
  const asked = window as { capidSession?: Promise<Response> };
  const early = asked.capidSession;
  delete asked.capidSession;
  const response = await early?.catch(() => undefined);
  return response ? readAnswer<Session | null>(response, "session") : get<Session | null>("session");
}

export async function signOut(): Promise<void> {
  try {
    await remove("session");
  } catch (error) {
    // It was over already, which is as good.
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
  }
  leave();
}

/** The session is over, here at least. */
export function leave(): void {
  session.value = null;
  forgetRuns();
  pulse.value = null;
  go("/sign-in");
}

/** Calls `look` at every pulse but the one that was there at first; at most once a second, however fast the pulses come. */
export function useBeat(look: () => void): void {
  const latest = useRef(look);
  latest.current = look;
  useEffect(() => {
    const first = beat.peek();
    let timer = 0;
    const wait = () => {
      timer = 0;
      latest.current();
    };
    const stop = effect(() => {
      if (beat.value !== first) timer ||= window.setTimeout(wait, 900 + Math.random() * 300);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, []);
}
