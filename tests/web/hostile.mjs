// SPDX-License-Identifier: Apache-2.0
// Everything that an agent, a caller or an integrator can write is hostile, and nothing of it comes to life on any page.
import assert from "node:assert/strict";
import { given, picture, scenario, settled, visitor } from "./browser.mjs";

const pages = ["/apps", "/apps/hostile", "/apps/hostile/api", "/apps/hostile/runs", "/apps/hostile/manifest", "/apps/worse", "/runs", "/keys", "/webhooks", "/usage", "/account", "/accounts", "/audit", "/system", `/threads/${given.thread}`, `/runs/${given.failed}`];

// What the browser notes of a document in a frame, which has a policy of its own, is that it kept its promise. No request leaves it.
const kept = /^console: (.*\?preview=1\)$|Framing 'https:\/\/evil.example\/' violates .* "default-src 'none'")/s;

async function inert({ page, wrongs }, where, expected = /^$/) {
  for (const frame of page.frames()) {
    if (frame === page.mainFrame()) assert.equal(await frame.evaluate(() => window.pwned), undefined, `${where}: a script ran`);
  }
  const risky = await page.evaluate(() => ({
    handlers: [...document.querySelectorAll("*")].filter((node) => [...node.attributes].some((each) => each.name.startsWith("on"))).length,
    links: [...document.querySelectorAll("a[href], area[href], form[action]")].map((node) => node.getAttribute("href") ?? node.getAttribute("action")).filter((to) => !/^(\/|\?|#|https?:\/\/|mailto:)/.test(to)),
    foreign: document.querySelectorAll("object, embed, base, meta[http-equiv], main svg script, main style, main link").length,
    away: [...document.querySelectorAll("a[href^='http']")].filter((node) => node.origin !== location.origin && !/noopener/.test(node.rel)).length,
  }));
  assert.deepEqual(risky, { handlers: 0, links: [], foreign: 0, away: 0 }, where);
  assert.deepEqual(wrongs.splice(0).filter((wrong) => !expected.test(wrong)), [], where);
}

await scenario(async (browser) => {
  const one = await visitor(browser, { state: given.state });
  const { page } = one;
  await page.goto(given.url + "/sign-in?to=" + encodeURIComponent("javascript:window.pwned=1"));
  await page.getByLabel("Account").fill("admin");
  await page.getByLabel("Password", { exact: true }).fill(given.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Apps" }).waitFor();
  assert.equal(await page.evaluate(() => document.cookie), "", "no script sees the session");
  assert.deepEqual(await page.evaluate(() => Object.keys(localStorage).filter((name) => /session|token|key/i.test(name))), []);

  for (const address of pages) {
    await page.goto(given.url + address);
    await settled(page);
    for (const folds = page.locator("details:not([open]) > summary"); await folds.count(); ) await folds.first().click();
    await page.waitForTimeout(200);
    await inert(one, address);
  }
  await page.goto(`${given.url}/threads/${given.thread}`);
  await settled(page);
  await picture(page, "hostile-thread", { fullPage: true });
  const shown = await page.locator("main").innerText();
  assert.ok(shown.includes("<script>window.pwned=1</script>"), "it is shown as the text that it is");
  let monsters = 0;
  for (let i = 0; i < 60; ++i) {
    monsters = Math.max(monsters, (await page.locator("main").innerText()).split("monster").length - 1);
    await page.mouse.wheel(0, 1500);
    await page.waitForTimeout(50);
  }
  assert.ok(monsters > 0, "what a parser would not survive is shown as it is");
  await inert(one, "the whole thread");
  const names = await page.getByRole("button", { name: /^Preview/ }).allTextContents();
  assert.ok(names.length >= 4, names.join());
  for (let i = 0; i < names.length; ++i) {
    await page.getByRole("button", { name: /^Preview/ }).nth(i).click();
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    await page.waitForTimeout(300);
    await inert(one, `the preview of ${names[i]}`, kept);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  }
  assert.equal(page.url(), `${given.url}/threads/${given.thread}`, "nothing led away");

  // A frame that is opened by itself is in the same sandbox.
  for (const artifact of given.documents) {
    await page.goto(`${given.url}/admin/api/runs/${given.run}/artifacts/${artifact}?preview=1`);
    assert.equal(await page.evaluate(() => [window.pwned, self.origin].join()).catch(() => ",null"), ",null");
  }
});
