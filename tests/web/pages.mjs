// SPDX-License-Identifier: Apache-2.0
// Every page and every dialog of a server that has data, wide and narrow, light and dark: sound, and silent on the console.
import { given, narrow, picture, scenario, settled, sound, visitor, wide } from "./browser.mjs";

const button = (page, name) => page.getByRole("button", { name, exact: true }).first();
const tab = (page, name) => page.getByRole("link", { name, exact: true }).last();

/** What may be opened on a page, by the name of the picture: each begins from the page as it is. */
const accountMenu = (item) => async (page) => {
  await page.getByRole("row", { name: /ada/ }).getByRole("button").first().click();
  await page.getByRole("menuitem", { name: item }).or(page.getByRole("button", { name: item })).first().click();
};
const preview = (title) => async (page) => {
  await page.getByRole("button", { name: new RegExp(`Preview.*${title}|${title}.*Preview`) }).first().click();
  await page.getByRole("dialog").waitFor();
};
const unfold = async (page) => {
  // All at once: far down a long thread they come and go as one scrolls.
  for (const folds = page.locator("details:not([open]) > summary"); await folds.count(); ) await folds.evaluateAll((all) => all.forEach((each) => each.click()));
};
const create = async (page) => button(page, "Create key").click();
const sent = async (page) => page.locator("form").getByRole("button", { name: "Run", exact: true }).click();

const pages = [
  ["apps", "/apps"],
  ["app-form", "/apps/every-input", { more: async (page) => page.getByText("More", { exact: false }).last().click(), wrong: sent }],
  ["app-disabled", "/apps/broken"],
  ["app-api", "/apps/sales-report/api", { create, python: (page) => button(page, "Python").or(page.getByRole("radio", { name: "Python" })).first().click(), revoke: (page) => page.getByRole("button", { name: /^Revoke/ }).first().click() }],
  ["app-runs", "/apps/sales-report/runs"],
  ["app-manifest", "/apps/every-input/manifest"],
  ["app-manifest-broken", "/apps/broken/manifest"],
  ["runs", "/runs"],
  ["runs-filtered", "/runs?status=failed"],
  ["runs-none", "/runs?status=failed&app=slow"],
  ["runs-key", "/keys", { runs: (page) => page.getByRole("link", { name: "Runs by nightly-ci" }).click() }],
  ["run-pending", `/runs/${given.pending}`, { cancel: (page) => button(page, "Cancel run").click() }],
  ["run-running", `/threads/${given.running}`, { cancel: (page) => button(page, "Cancel run").click() }],
  ["run-failed", `/threads/${given.failed}`, { unfold }],
  ["thread", `/threads/${given.thread}`, { unfold }],
  ["thread-several", `/threads/${given.several}`, { earlier: (page) => page.getByRole("link", { name: /Run 2 of 3/ }).click() }],
  ["thread-artifacts", `/threads/${given.artifacts}`, { unfold, svg: preview("chart.svg"), html: preview("page.html"), json: preview("data.json"), png: preview("dot.png") }],
  ["keys", "/keys", { create, revoke: (page) => page.getByRole("button", { name: /^Revoke/ }).first().click() }],
  ["webhooks", "/webhooks", { secret: (page) => button(page, "Show secret").click(), replace: (page) => button(page, "Replace").click(), unfold }],
  ["webhooks-none", "/webhooks?run=none&status=failed"],
  ["usage", "/usage", { days: (page) => page.getByRole("link", { name: /90/ }).or(page.getByRole("button", { name: /90/ })).first().click() }],
  ["account", "/account", { everywhere: (page) => button(page, "Sign out everywhere").click() }],
  ["accounts", "/accounts", { add: (page) => button(page, "Add account").click(), role: accountMenu(/admin|member/i), password: accountMenu(/password/i), credits: accountMenu(/credits/i), disable: accountMenu(/disable/i) }],
  ["models", "/models"],
  ["audit", "/audit"],
  ["system", "/system", { doctor: async (page) => (await button(page, "Check this host").click(), page.getByText(/is sound|kernel/i).first().waitFor()) }],
  ["unknown", "/apps/none"],
  ["unknown-thread", "/threads/none"],
];

async function look(one, name, address, opens) {
  const { page } = one;
  await page.goto(given.url + address);
  await settled(page);
  await sound(page, name);
  await picture(page, name, { fullPage: true });
  for (const [what, open] of Object.entries(opens)) {
    await open(page);
    await settled(page);
    await sound(page, `${name}, ${what}`);
    await picture(page, `${name}-${what}`, { fullPage: !(await page.getByRole("dialog").count()) });
    await page.goto(given.url + address);
    await settled(page);
  }
  one.check(name);
}

await scenario(async (browser) => {
  const door = await visitor(browser, { expects: /\/admin\/api\/session$/ });
  await door.page.goto(given.url + "/sign-in");
  await door.page.getByLabel("Account").fill("admin");
  await door.page.getByLabel("Password", { exact: true }).fill("a wrong password");
  await door.page.getByRole("button", { name: "Sign in" }).click();
  await door.page.getByRole("alert").filter({ hasText: "no account with this name" }).waitFor();
  await sound(door.page, "sign-in");
  await picture(door.page, "sign-in-wrong");
  await door.page.getByLabel("Password", { exact: true }).fill(given.password);
  await door.page.getByRole("button", { name: "Sign in" }).click();
  await door.page.getByRole("heading", { name: "Apps" }).waitFor();
  door.check("sign-in");
  const state = await door.state();

  for (const [size, viewport] of Object.entries({ wide, narrow })) {
    for (const theme of ["light", "dark"]) {
      const expects = /\/(apps\/none|threads\/none.*|runs)$/; // what is not there, and a form that is refused
      const guest = await visitor(browser, { viewport, theme });
      for (const address of ["/sign-in", "/setup", "/setup#0000"]) await look(guest, `${size}-${theme}${address.replace(/\W/g, "-")}`, address, {});
      await guest.context.close();
      const one = await visitor(browser, { viewport, theme, state, expects });
      for (const [name, address, opens = {}] of pages) {
        if (!given.only || name.includes(given.only)) await look(one, `${size}-${theme}-${name}`, address, opens);
      }
      if (size === "narrow") await look(one, `${size}-${theme}-menu`, "/apps", { open: (page) => button(page, "Menu").click() });
      await one.context.close();
    }
  }
});
