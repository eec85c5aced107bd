// SPDX-License-Identifier: Apache-2.0
// How fast the page is: what the first load takes, and the longest task while a long thread and a long list are scrolled. Prints JSON.
import assert from "node:assert/strict";
import { given, scenario, settled, signIn, visitor } from "./browser.mjs";

/** The longest tasks of the page's main thread in a trace, in ms. */
function longest(trace) {
  const { traceEvents } = JSON.parse(trace.toString());
  const main = new Set(traceEvents.filter((each) => each.name === "thread_name" && each.args.name === "CrRendererMain").map((each) => `${each.pid}/${each.tid}`));
  const tasks = traceEvents.filter((each) => each.name.endsWith("RunTask") && each.dur && main.has(`${each.pid}/${each.tid}`)).map((each) => each.dur / 1000);
  return Math.max(0, ...tasks);
}

async function traced(browser, page, act) {
  await browser.startTracing(page, { categories: ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"] });
  await act();
  return longest(await browser.stopTracing());
}

/** As with a wheel, until `rows` are seen or the end is. */
async function scroll(page, steps, by = 900) {
  await page.mouse.move(700, 500);
  for (let i = 0; i < steps; ++i) {
    await page.mouse.wheel(0, by);
    await page.waitForTimeout(30);
  }
}

await scenario(async (browser) => {
  const told = {};
  const one = await visitor(browser);
  const { page } = one;
  await signIn(page, "admin", given.password);
  const state = await one.state();

  const times = [];
  const loads = 9; // quick as they are, of fewer the middle says little
  for (let i = 0; i < loads; ++i) {
    const fresh = await visitor(browser, { state });
    await fresh.page.goto("about:blank"); // a browser that is open already
    await fresh.page.goto(given.url + "/apps", { waitUntil: "commit" });
    await fresh.page.getByRole("link", { name: "Many steps" }).waitFor();
    times.push(Math.round(await fresh.page.evaluate(() => performance.now())));
    await fresh.context.close();
  }
  told.usable = times.sort((a, b) => a - b)[Math.floor(times.length / 2)];

  told.thread = [];
  told.list = [];
  for (let i = 0; i < given.rounds; ++i) {
    await page.goto(`${given.url}/threads/${given.thread}`);
    await settled(page);
    await page.getByText(`step ${given.steps}`, { exact: false }).last().waitFor({ state: "attached", timeout: 60_000 }).catch(() => {});
    told.thread.push(await traced(browser, page, async () => {
      await scroll(page, 150, 3000);
      await page.keyboard.press("End");
      await page.waitForTimeout(300);
      await page.keyboard.press("Home");
      await page.waitForTimeout(300);
    }));
    await page.goto(`${given.url}/runs`);
    await settled(page);
    told.list.push(await traced(browser, page, () => scroll(page, 300, 2000)));
  }
  told.rows = await page.evaluate(() => Math.round(document.documentElement.scrollHeight / 42));
  assert.ok(told.rows > 1000, `only ${told.rows} rows were scrolled through`);
  console.log(JSON.stringify(told));
});
