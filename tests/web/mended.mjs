// SPDX-License-Identifier: Apache-2.0
// A server that goes away and comes back, while somebody watches a list and a thread: said quietly, and mended by itself. The driver
// is told by a line when it is its turn.
import assert from "node:assert/strict";
import { given, picture, scenario, settled, signIn, visitor } from "./browser.mjs";

const say = (word) => process.stdout.write(word + "\n");

await scenario(async (browser) => {
  const one = await visitor(browser, { expects: /./ });
  const { page } = one;
  await signIn(page, "admin", given.password);
  await page.goto(given.url + "/runs");
  await settled(page);
  assert.equal(await page.getByText("Connection lost").count(), 0);
  const data = await one.context.newPage(); // pages that follow no pulse
  await data.goto(given.url + "/models");
  await settled(data);
  const log = await one.context.newPage();
  await log.goto(given.url + "/audit");
  await settled(log);
  say("watching");
  await page.getByText("Connection lost").waitFor();
  await picture(page, "connection-lost");
  await data.getByRole("link", { name: "Usage" }).click();
  await data.getByText("The server did not answer").waitFor();
  const again = log.waitForResponse((response) => response.url().includes("/admin/api/audit") && response.ok());
  say("lost");
  await page.getByText("Connection lost").waitFor({ state: "detached" });
  await page.getByText("a run after the restart").waitFor();
  assert.ok(!page.url().includes("sign-in"), "the session outlives a restart");
  // What failed is fetched by itself, and what is old is fetched anew.
  await data.getByText("not limited").waitFor();
  await again;
  await data.close();
  await log.close();
  await page.getByText("a run after the restart").click();
  await page.getByText("completed").first().waitFor();

  // A thread that goes on while it is watched: its end comes by itself, and whoever reads above is not moved.
  await page.goto(`${given.url}/apps/long`);
  await page.locator("form").getByRole("button", { name: "Run", exact: true }).click();
  await page.waitForURL(/threads/);
  await page.getByText("line 40", { exact: true }).waitFor();
  await page.evaluate(() => scrollTo(0, 0));
  await page.getByRole("button", { name: /New steps/ }).waitFor();
  assert.equal(await page.evaluate(() => scrollY), 0);
  await page.getByRole("button", { name: /New steps/ }).click();
  await page.getByText("line 120", { exact: true }).waitFor();
  await page.waitForFunction(() => innerHeight + scrollY > document.documentElement.scrollHeight - 200);
  await page.getByText("completed").first().waitFor();
});
