// SPDX-License-Identifier: Apache-2.0
// Runs before the first paint: sets the theme, so that nothing flashes, and asks who is signed in while the rest loads.

const chosen = (() => {
  try {
    return localStorage.getItem("capid.theme");
  } catch {
    return null;
  }
})();
if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;

if (!/^\/(sign-in|setup)\/?$/.test(location.pathname)) {
  const early = fetch("/admin/api/session", { credentials: "same-origin", headers: { Accept: "application/json" } });
  early.catch(() => undefined);
  (window as { capidSession?: Promise<Response> }).capidSession = early;
}

export {};
