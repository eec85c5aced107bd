// SPDX-License-Identifier: Apache-2.0
// A real browser for a scenario: Debian's Chromium, watched for whatever a page must not do.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { chromium } from "playwright-core";

/** What the driver hands over: the server's address, and what else the scenario needs. */
export const given = JSON.parse(process.env.CAPID_GIVEN ?? "{}");

const patience = Number(process.env.CAPID_PATIENCE ?? "1");
const shots = process.env.CAPID_SHOTS;

export const wide = { width: 1280, height: 800 };
export const narrow = { width: 390, height: 844 };

/** Runs the scenario in a browser of its own, which ends with it. */
export async function scenario(play) {
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--force-color-profile=srgb"] });
  try {
    await play(browser);
  } finally {
    await browser.close();
  }
}

/**
 * Somebody at a screen. What their pages did wrong is in `wrongs`: anything on the console, an error, a violation of the policy, a
 * request to another host. An answer of 400 and more is one too, unless `expects` matches its address.
 */
export async function visitor(browser, { viewport = wide, theme = "light", state, expects = /^$/ } = {}) {
  const context = await browser.newContext({ viewport, colorScheme: theme, storageState: state, acceptDownloads: true, reducedMotion: "reduce" });
  context.setDefaultTimeout(20_000 * patience);
  const wrongs = [];
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
  });
  context.on("console", (message) => {
    const from = message.location().url ?? "";
    if (!(message.text().startsWith("Failed to load resource") && expects.test(from))) wrongs.push(`console: ${message.text()} (${from})`);
  });
  context.on("weberror", (error) => wrongs.push(`error: ${error.error().stack}`));
  // One that a policy stops is told of as well, and never sent.
  const watch = (request) => {
    const url = new URL(request.url());
    if (url.origin === given.url || ["data:", "blob:"].includes(url.protocol) || request.failure()?.errorText === "csp") return;
    wrongs.push(`request to elsewhere: ${request.url()} ${request.failure()?.errorText}`);
  };
  context.on("requestfinished", watch);
  context.on("requestfailed", watch);
  context.on("response", (response) => {
    if (response.status() >= 400 && !expects.test(response.url())) wrongs.push(`answer ${response.status()} from ${response.url()}`);
  });
  context.on("dialog", (dialog) => {
    wrongs.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  const page = await context.newPage();
  return {
    page,
    context,
    wrongs,
    check: (where) => assert.deepEqual(wrongs.splice(0), [], where),
    state: () => context.storageState(),
  };
}

export async function signIn(page, account, password) {
  await page.goto(given.url + "/sign-in");
  await page.getByLabel("Account").fill(account);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Apps" }).waitFor();
}

/** The page has what it shows: nothing in it is still on its way. */
export async function settled(page) {
  await page.locator(".skeleton").first().waitFor({ state: "detached" });
  await page.evaluate(() => document.fonts.ready);
}

/** axe-core's default rules find nothing, and nothing but code scrolls sideways. In a frame without scripts axe would wait for ever. */
export async function sound(page, where) {
  const { violations } = await new AxeBuilder({ page }).exclude("iframe[sandbox]").analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join("; ")}`);
  assert.deepEqual(found, [], where);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(over <= 0, `${where}: it scrolls sideways by ${over} px`);
}

/** A picture for people, where the driver asks for them. */
export async function picture(page, name, options = {}) {
  if (!shots) return;
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`), ...options });
}
