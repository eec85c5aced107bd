// SPDX-License-Identifier: Apache-2.0
// The whole story: set-up, an app, a key, a run by curl with that key, watched live, an artifact downloaded, the key revoked.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { given, picture, scenario, settled, sound, visitor } from "./browser.mjs";

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "capid-story-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, "sales.csv"), "month,total\n2026-01,12\n2026-02,30\n");

/** The sample as it stands on the page, as somebody would paste it. */
const paste = (sample) => run("bash", ["-c", sample.replaceAll("curl ", "curl -sS ")], { cwd: folder });

await scenario(async (browser) => {
  const one = await visitor(browser);
  const { page } = one;

  await page.goto(given.setup);
  assert.equal(new URL(page.url()).hash, "", "the token leaves the address at once");
  await page.getByLabel("Password", { exact: true }).fill(given.password);
  await picture(page, "story-1-setup");
  await page.getByRole("button", { name: "Set password" }).click();
  await page.getByRole("heading", { name: "Apps" }).waitFor();

  await page.getByRole("link", { name: "Sales report" }).click();
  await page.getByRole("link", { name: "API trigger" }).click();
  await page.getByRole("button", { name: "Create key" }).first().click();
  await page.getByLabel("Name").fill("Production");
  await page.getByRole("button", { name: "Create key" }).last().click();
  await page.getByText("Waiting for the first call with this key").waitFor();
  const key = await page.locator(".reveal code").textContent();
  assert.match(key, /^capi_\w{36}$/);
  const sample = await page.locator("pre.code").textContent();
  assert.ok(sample.includes(key) && sample.includes(given.url), sample);
  await sound(page, "the key, just made");
  await picture(page, "story-2-key");

  const called = paste(sample);
  const live = page.getByRole("link", { name: /Watch|Open|thread/i }).first();
  await page.getByText("Waiting for the first call").waitFor({ state: "detached" });
  await picture(page, "story-3-called");
  await live.click();
  await page.getByText("Adding up the months").waitFor();
  assert.ok(await page.getByText("running").first().isVisible(), "watched while it runs");
  await picture(page, "story-4-live");
  await page.getByText("completed").first().waitFor();
  await settled(page);
  await sound(page, "a thread");
  await picture(page, "story-5-done", { fullPage: true });
  const answer = JSON.parse((await called).stdout);
  assert.equal(answer.status, "completed");
  assert.equal(answer.inputs.order, "by month; then by region", "curl cuts a form's field at a ; where it may");
  assert.ok(page.url().endsWith(answer.threadId), page.url());
  assert.ok(await page.getByText("[API]").first().isVisible());
  assert.ok(await page.getByText(/Production/).first().isVisible());

  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /Download/ }).first().click()]);
  assert.equal(download.suggestedFilename(), "report.md");
  assert.match(readFileSync(await download.path(), "utf8"), /^# Sales/);

  await page.getByRole("link", { name: "API keys" }).click();
  await settled(page);
  assert.ok(await page.getByRole("link", { name: /Sales report|report/ }).first().isVisible(), "the badge leads to the app");
  assert.ok(!(await page.content()).includes(key), "it is shown once");
  await page.getByRole("button", { name: /Revoke/ }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: /Revoke/ }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });

  const { stdout } = await run("curl", ["-s", "-o", "/dev/null", "-w", "%{http_code}", `${given.url}/api/v1/runs`, "-H", `Authorization: Bearer ${key}`]);
  assert.equal(stdout, "401");
  one.check("the story");
});
