// SPDX-License-Identifier: Apache-2.0
// Turns hostile Markdown into harmless nodes: HTML in it is shown as text, and DOMPurify looks at the rest.
import DOMPurify from "dompurify";
import { Marked } from "marked";

function escape(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}

const marked = new Marked({
  gfm: true,
  breaks: false,
  async: false,
  renderer: {
    html: ({ text }) => (/^<br\s*\/?>\s*$/i.test(text) ? "<br>" : escape(text)),
  },
});

const purify = DOMPurify();
const allowed = {
  ALLOWED_TAGS: "a b blockquote br code del em h1 h2 h3 h4 h5 h6 hr i img input li ol p pre s strong sub sup table tbody td th thead tr ul".split(" "),
  ALLOWED_ATTR: ["href", "src", "alt", "title", "start", "align", "type", "checked", "disabled"],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: true as const,
};

purify.addHook("afterSanitizeAttributes", (node) => {
  if (node.tagName === "A") harmlessLink(node as HTMLAnchorElement);
  if (node.tagName === "IMG" && !/^data:image\/(png|jpeg|gif|webp)[;,]/i.test(node.getAttribute("src") ?? "")) withoutImage(node);
  if (node.tagName === "INPUT") node.replaceWith(node.hasAttribute("checked") ? "☑ " : "☐ ");
  if (node.tagName === "PRE") scrollable(node as HTMLPreElement);
});

function harmlessLink(link: HTMLAnchorElement): void {
  const to = link.getAttribute("href") ?? "";
  if (!/^(https?:\/\/|mailto:)/i.test(to)) return link.removeAttribute("href");
  link.target = "_blank";
  link.rel = "noopener noreferrer";
}

/** An image from elsewhere would tell its host who reads: its name stands there instead. */
function withoutImage(image: Element): void {
  image.replaceWith(`[image: ${image.getAttribute("alt") || "without a name"}]`);
}

function scrollable(code: HTMLPreElement): void {
  code.tabIndex = 0;
  code.setAttribute("role", "group");
  code.setAttribute("aria-label", "Code");
}

/** What takes the parser seconds, or all of its stack, is no text that a person would write. */
function isMonstrous(text: string): boolean {
  const brackets = text.split("[").length + text.split("`").length + text.split("<").length + text.split("*").length + text.split("_").length;
  return text.length > 65536 || brackets > 2000 || text.split("[").length > 300 || /^(?:[ \t]*(?:[-*+>]|\d{1,9}[.)])){24}/m.test(text);
}

function asItIs(text: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  const block = document.createElement("div");
  block.className = "plain-text";
  block.textContent = text;
  fragment.append(block);
  return fragment;
}

export function renderMarkdown(text: string): DocumentFragment {
  if (isMonstrous(text)) return asItIs(text);
  try {
    return parsed(text);
  } catch {
    return asItIs(text);
  }
}

function parsed(text: string): DocumentFragment {
  const html = marked.parse(text) as string;
  const fragment = purify.sanitize(html, allowed) as unknown as DocumentFragment;
  for (const table of fragment.querySelectorAll("table")) wrap(table);
  return fragment;
}

function wrap(table: Element): void {
  const frame = document.createElement("div");
  frame.className = "table-frame";
  frame.tabIndex = 0;
  frame.setAttribute("role", "group");
  frame.setAttribute("aria-label", "Table");
  table.replaceWith(frame);
  frame.append(table);
}
