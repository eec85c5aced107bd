// SPDX-License-Identifier: Apache-2.0
// What a page tells of one run, one key, one delivery, and where the focus goes: each sentence is looked at by itself, and all that do
// not hold are told together.
import assert from "node:assert/strict";
import { given, narrow, picture, scenario, settled, signIn, sound, visitor } from "./browser.mjs";

const open = async (page, address) => {
  await page.goto(given.url + address);
  await settled(page);
};
const focused = (page, text) => page.waitForFunction((words) => document.activeElement !== document.body && document.activeElement?.textContent.trim() === words, text);
const confirm = async (page) => {
  await page.getByRole("dialog").getByRole("button").last().click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
};

const holds = {
  "the side names the run that it shows, and each head in the thread shows its own": async ({ page }) => {
    await open(page, `/threads/${given.several}`);
    const side = page.getByRole("complementary", { name: "About this run" });
    const head = (name) => page.getByRole("region", { name: "Steps" }).getByRole("link", { name });
    await side.getByRole("heading", { name: "Run 3 of 3" }).waitFor();
    assert.equal(await head(/Run 3 of 3/).getAttribute("aria-current"), "true");
    assert.equal(await side.getByRole("link", { name: "Show latest" }).count(), 0);
    await head(/Run 2 of 3/).click();
    await side.getByRole("heading", { name: "Run 2 of 3" }).waitFor();
    assert.equal(await head(/Run 2 of 3/).getAttribute("aria-current"), "true");
    assert.equal(await head(/Run 3 of 3/).getAttribute("aria-current"), null);
    await sound(page, "an earlier run of a thread");
    await side.getByRole("link", { name: "Show latest" }).click();
    await side.getByRole("heading", { name: "Run 3 of 3" }).waitFor();
    assert.ok(await page.evaluate(() => document.activeElement?.matches("aside h2")), "the focus stays in the side");
  },

  "on a phone, a head opens the details of its run": async ({ page }) => {
    await page.setViewportSize(narrow);
    await open(page, `/threads/${given.several}`);
    await page.getByRole("link", { name: /Run 1 of 3/ }).click();
    await page.getByRole("heading", { name: "Run 1 of 3" }).waitFor();
    assert.ok(await page.getByRole("heading", { name: "This run" }).isVisible());
  },

  "what the caller noted stands by itself": async ({ page }) => {
    await open(page, `/threads/${given.several}`);
    const panel = page.locator("section").filter({ has: page.getByRole("heading", { name: "From the caller" }) });
    assert.match(await panel.innerText(), /nightly[\s\S]*ticket[\s\S]*OPS-7/);
    const facts = page.locator("section").filter({ has: page.getByRole("heading", { name: "This run" }) });
    assert.doesNotMatch(await facts.innerText(), /OPS-7|nightly/);
  },

  "a failure is told in full once": async ({ page }) => {
    await open(page, `/threads/${given.failed}`);
    const shown = await page.locator("main").innerText();
    assert.equal(shown.split("ended with exit code 3").length - 1, 1, shown);
    assert.ok(await page.locator("header").getByText("AGENT_EXIT_NONZERO").isVisible());
  },

  "a run leads to its deliveries, and these lead back to all": async ({ page }) => {
    await open(page, `/threads/${given.several}`);
    await page.getByRole("link", { name: "Its deliveries" }).click();
    await page.waitForURL(/webhooks\?run=/);
    await settled(page);
    assert.equal(await page.locator(".delivery").count(), 1);
    await page.getByRole("button", { name: "Deliveries of all runs" }).click();
    await page.waitForURL(/webhooks$/);
    await page.waitForFunction(() => document.activeElement?.matches("select"));
    await page.locator(".delivery").nth(1).waitFor();
    await open(page, `/threads/${given.failed}`);
    await page.waitForTimeout(500);
    assert.equal(await page.getByRole("link", { name: "Its deliveries" }).count(), 0, "one without a webhook says nothing of it");
  },

  "a key leads to its runs, and the list of runs to those of a key": async ({ page }) => {
    await open(page, "/keys");
    await page.getByRole("link", { name: "Runs by Production" }).click();
    await page.waitForURL(/\/runs\?key=/);
    await settled(page);
    const key = page.getByRole("combobox", { name: "Key" });
    assert.equal(await key.evaluate((select) => select.selectedOptions[0].text), "Production");
    assert.deepEqual([...new Set(await page.locator(".run-row .c-by").allInnerTexts())].sort(), ["Production", "Started by"]);
    await key.selectOption({ label: "nightly-ci" });
    await page.getByRole("cell", { name: "nightly-ci" }).first().waitFor();
    assert.equal(await page.getByRole("cell", { name: "Production" }).count(), 0);
    await key.selectOption({ label: "Old laptop (revoked)" });
    await page.getByRole("button", { name: "Show all runs" }).click();
    await page.waitForURL(/\/runs$/);
    await page.waitForFunction(() => document.activeElement?.matches("select"));
  },

  "arrows open a menu at its ends, Escape goes back": async ({ page }) => {
    await open(page, "/accounts");
    await page.getByRole("button", { name: "Change ada" }).focus();
    for (const [key, item] of [["ArrowDown", "Add credits"], ["End", "Disable"], ["ArrowDown", "Add credits"], ["ArrowUp", "Disable"], ["Home", "Add credits"]]) {
      await page.keyboard.press(key);
      await focused(page, item);
    }
    await page.keyboard.press("Escape");
    await page.getByRole("menu").waitFor({ state: "detached" });
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("aria-label")), "Change ada");
    await page.keyboard.press("ArrowUp");
    await focused(page, "Disable");
  },

  "the focus stays near what is revoked": async ({ page }) => {
    await open(page, "/keys");
    await page.getByRole("button", { name: "Revoke spare 1" }).click();
    await confirm(page);
    await focused(page, "Revoke spare 2");
    await open(page, "/apps/slow/api");
    await page.getByRole("button", { name: "Revoke slow only" }).click();
    await confirm(page);
    await focused(page, "Keys for this app");
  },

  "the focus stays near what is taken out of a form": async ({ page }) => {
    await open(page, "/apps/every-input");
    const files = ["a.txt", "b.txt", "a.txt"].map((name) => ({ name, mimeType: "text/plain", buffer: Buffer.from("x") }));
    await page.locator("input[type=file]").last().setInputFiles(files);
    await page.getByRole("button", { name: "Remove a.txt" }).first().click();
    await focused(page, "Remove b.txt");
    await page.keyboard.press("Enter");
    await focused(page, "Remove a.txt");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement?.matches("input[type=file]"));
  },

  "the focus stays near a workspace that is deleted": async ({ page }) => {
    await open(page, "/account");
    await page.getByRole("button", { name: "Delete alpha" }).click();
    await confirm(page);
    await focused(page, "Delete beta");
    await page.keyboard.press("Enter");
    await confirm(page);
    await focused(page, "Workspaces");
  },

  "where all keys are revoked, the next one is made": async ({ page }) => {
    await page.route("**/admin/api/keys", async (route) => {
      const answer = await (await route.fetch()).json();
      await route.fulfill({ json: { keys: answer.keys.filter((key) => key.revokedAt) } });
    });
    await open(page, "/keys");
    await picture(page, "keys-all-revoked");
    await page.getByText("All keys are revoked").waitFor();
    await page.getByRole("main").getByRole("button", { name: "Create key" }).last().click();
    await page.getByRole("dialog", { name: "New API key" }).waitFor();
  },

  "a switch says what is wrong with it": async ({ page }) => {
    await page.route("**/apps/every-input/runs", (route) => route.fulfill({ status: 400, json: { error: { code: "INVALID_INPUT", message: "draft does not fit here", field: "inputs.draft" } } }));
    await open(page, "/apps/every-input");
    await page.getByLabel("title").fill("A title");
    await page.locator("form").getByRole("button", { name: "Run", exact: true }).click();
    await page.getByText("draft does not fit here").first().waitFor();
    const draft = page.getByRole("switch");
    assert.equal(await draft.getAttribute("aria-invalid"), "true");
    const said = await draft.getAttribute("aria-describedby");
    assert.equal(await page.evaluate((id) => document.getElementById(id)?.textContent, said), "draft does not fit here");
  },

  "a browser whose clock is wrong shows how long a run takes all the same": async ({ context }) => {
    for (const hours of [2, -2]) {
      const page = await context.newPage();
      await page.addInitScript((ahead) => {
        const now = Date.now.bind(Date);
        Date.now = () => now() + ahead * 3600_000;
      }, hours);
      // As many proxies do; a clock that is behind is noticed without it.
      await page.route("**/admin/api/threads/*", async (route) => {
        const answer = await route.fetch();
        await route.fulfill({ response: answer, headers: { ...answer.headers(), ...(hours > 0 && { Date: new Date().toUTCString() }) } });
      });
      await open(page, `/threads/${given.running}`);
      await page.waitForFunction(() => /^(?!0:00)\d\d?:\d\d · /.test(document.querySelector(".head .row > .muted")?.innerText ?? ""));
      await page.close();
    }
  },

  "a chart that does not load says so, and can be tried again": async ({ page }) => {
    await open(page, "/apps");
    await page.route("**/assets/chunk-*", (route) => route.abort());
    await page.getByRole("link", { name: "Usage" }).click();
    await page.getByText("The chart did not load").first().waitFor();
    await sound(page, "charts that did not load");
    await picture(page, "charts-not-loaded");
    await page.unroute("**/assets/chunk-*");
    for (let tries = 2; tries; --tries) await page.getByRole("button", { name: "Try again" }).first().click();
    await page.locator(".chart canvas").nth(1).waitFor();
  },
};

await scenario(async (browser) => {
  const door = await visitor(browser, { expects: /./ });
  await signIn(door.page, "admin", given.password);
  const state = await door.state();
  const failed = [];
  for (const [sentence, look] of Object.entries(holds)) {
    const one = await visitor(browser, { state, expects: /./ });
    one.context.setDefaultTimeout(8_000);
    await look(one).catch((error) => failed.push(`${sentence}: ${error.message}`));
    await one.context.close();
  }
  assert.deepEqual(failed, []);
});
