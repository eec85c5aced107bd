// SPDX-License-Identifier: Apache-2.0
// The reader's choice of theme: kept in this browser, put on <html>.
import { effect, signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";
const name = "capid.theme";

function stored(): Theme {
  try {
    const value = localStorage.getItem(name);
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    return "system";
  }
}

export const theme = signal<Theme>(stored());
const system = matchMedia("(prefers-color-scheme: dark)");
const systemDark = signal(system.matches);
system.addEventListener("change", () => (systemDark.value = system.matches));

/** What is on the screen now, for what draws by itself. */
export function isDark(): boolean {
  return theme.value === "dark" || (theme.value === "system" && systemDark.value);
}

effect(() => {
  const root = document.documentElement;
  if (theme.value === "system") delete root.dataset.theme;
  else root.dataset.theme = theme.value;
});

export function chooseTheme(choice: Theme): void {
  theme.value = choice;
  try {
    if (choice === "system") localStorage.removeItem(name);
    else localStorage.setItem(name, choice);
  } catch {
    // A browser that keeps nothing still gets the theme until it is closed.
  }
}
