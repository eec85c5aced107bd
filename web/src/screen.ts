// SPDX-License-Identifier: Apache-2.0
// Whether the page is as narrow as a phone: the same bound as in style.css.
import { signal } from "@preact/signals";

const narrow = matchMedia("(max-width: 760px)");
export const phone = signal(narrow.matches);
narrow.addEventListener("change", () => (phone.value = narrow.matches));
