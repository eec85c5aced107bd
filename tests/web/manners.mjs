// SPDX-License-Identifier: Apache-2.0
// What one notices only when it is missing: a form outlives a session, Back finds one's place, a link opens in an open tab, an upload
// can be stopped.
import assert from "node:assert/strict";
import { given, scenario, settled, visitor } from "./browser.mjs";

async function enter(page) {
  await page.getByLabel("Account").fill("admin");
  await page.getByLabel("Password", { exact: true }).fill(given.password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

await scenario(async (browser) => {
  const one = await visitor(browser, { expects: /./ });
  const { page } = one;

  // A set-up link that is opened where the page asks for one already.
  await page.goto(given.url + "/setup");
  await page.getByText("capid setup", { exact: true }).first().waitFor();
  await page.evaluate((token) => (location.hash = token), given.token);
  await page.getByLabel("Password", { exact: true }).fill(given.password);
  assert.equal(new URL(page.url()).hash, "");
  await page.getByRole("button", { name: "Set password" }).click();
  await page.getByRole("heading", { name: "Apps" }).waitFor();

  // The session ends while a form is filled: after signing in again, everything is as it was, the file as well.
  await page.goto(given.url + "/apps/every-input");
  await page.getByLabel("title").fill("Written for ten minutes");
  await page.locator("input[type=file]").last().setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("x") });
  await page.evaluate(() => fetch("/admin/api/sessions", { method: "DELETE" }));
  await page.locator("form").getByRole("button", { name: "Run", exact: true }).click();
  await page.waitForURL(/sign-in/);
  await enter(page);
  await page.waitForURL(/every-input/);
  assert.equal(await page.getByLabel("title").inputValue(), "Written for ten minutes");
  assert.ok(await page.getByRole("button", { name: "Remove notes.txt" }).isVisible());

  // What stands in the field is what is sent; an empty one says what it means.
  assert.ok(await page.getByText("Left empty, it is 3.").isVisible());
  await page.locator("form").getByRole("button", { name: "Run", exact: true }).click();
  await page.waitForURL(/threads/);
  await page.getByText("completed").first().waitFor();
  await page.goto(given.url + "/apps/every-input");
  await settled(page);
  assert.equal(await page.getByLabel("title").inputValue(), "", "what was sent is no draft any more");

  // An upload that is stopped makes no run, and the form stays.
  await page.getByLabel("title").fill("never sent");
  await page.locator("input[type=file]").last().setInputFiles(Array.from({ length: 4 }, (_, i) => ({ name: `${i}.txt`, mimeType: "text/plain", buffer: Buffer.alloc(10 * 2 ** 20, "x") })));
  const network = await one.context.newCDPSession(page);
  await network.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 2 ** 20 });
  await page.locator("form").getByRole("button", { name: "Run", exact: true }).click();
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByRole("button", { name: "Stop" }).waitFor({ state: "detached" });
  await network.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  assert.match(page.url(), /every-input$/);
  assert.equal(await page.getByLabel("title").inputValue(), "never sent");

  // A number that is none makes no key, and a second key waits for its own call.
  await page.goto(given.url + "/apps/every-input/api");
  for (const name of ["first", "second"]) {
    await page.getByRole("button", { name: "Create key" }).first().click();
    await page.getByLabel("Name").fill(name);
    await page.getByLabel("Requests a minute").fill("6O");
    await page.getByRole("dialog").getByRole("button", { name: "Create key" }).click();
    await page.getByText("A whole number from 1").waitFor();
    await page.getByLabel("Requests a minute").fill("60");
    await page.getByRole("dialog").getByRole("button", { name: "Create key" }).click();
    await page.getByRole("heading", { name: `Key “${name}” is ready` }).waitFor();
    assert.ok(await page.getByText("Waiting for the first call").isVisible());
    const key = await page.locator(".reveal code").textContent();
    const called = await fetch(given.url + "/api/v1/apps/every-input/runs", { method: "POST", headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json", Prefer: "wait=60" }, body: '{"inputs": {"title": "by key"}}' });
    assert.equal(called.status, 200);
    await page.getByText("Waiting for the first call").waitFor({ state: "detached" });
  }

  // Back in a long list leads to where one was.
  await page.goto(given.url + "/runs");
  await settled(page);
  await page.mouse.move(700, 500);
  for (let i = 0; i < 12; ++i) {
    await page.mouse.wheel(0, 800);
    await page.waitForTimeout(100);
  }
  const before = await page.evaluate(() => scrollY);
  assert.ok(before > 3000, `${before}`);
  await page.getByRole("row").nth(12).getByRole("link").click();
  await page.waitForURL(/threads|runs\//);
  await page.goBack();
  await page.waitForFunction((y) => Math.abs(scrollY - y) < 200, before);

  // A tab that was left open while another person signed in is theirs, and says so; of who was there before it shows nothing.
  const made = await page.evaluate(
    (account) => fetch("/admin/api/accounts", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(account) }).then((answer) => answer.status),
    { name: "grace", role: "member", password: given.password },
  );
  assert.equal(made, 201);
  await page.goto(given.url + "/runs");
  await settled(page);
  await page.getByRole("row").nth(1).waitFor();
  const tab = await one.context.newPage();
  await tab.goto(given.url + "/apps");
  await tab.evaluate(
    (grace) => fetch("/admin/api/session", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(grace) }),
    { account: "grace", password: given.password },
  );
  await tab.reload();
  await tab.getByText("grace").first().waitFor();
  await tab.close();
  await page.getByText("grace").first().waitFor();
  assert.equal(await page.getByRole("row").count(), 0, "none of the admin's runs");

  // The same in one tab, after a session that ended by itself.
  await page.evaluate(() => fetch("/admin/api/session", { method: "DELETE" }));
  await page.waitForURL(/sign-in/);
  await enter(page);
  await page.waitForURL(/runs/);
  await page.getByRole("row").nth(1).waitFor();
  await page.evaluate(() => fetch("/admin/api/sessions", { method: "DELETE" }));
  await page.waitForURL(/sign-in/);
  await page.getByLabel("Account").fill("grace");
  await page.getByLabel("Password", { exact: true }).fill(given.password);
  await page.route("**/admin/api/runs?*", (route) => route.abort());
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("grace").first().waitFor();
  assert.equal(await page.getByRole("row").count(), 0, "nor where the answer never comes");
  await page.unroute("**/admin/api/runs?*");

  // No address leads a visitor to another host.
  for (const to of ["//evil.example/x", "/.//evil.example", "https://evil.example", "/\\evil.example"]) {
    await page.evaluate(() => fetch("/admin/api/session", { method: "DELETE" }));
    await page.goto(`${given.url}/sign-in?to=${encodeURIComponent(to)}`);
    await enter(page);
    await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
    assert.equal(new URL(page.url()).origin, given.url, to);
  }
  assert.deepEqual(one.wrongs.filter((wrong) => /^error|policy|dialog|elsewhere/.test(wrong)), []);
});
