// SPDX-License-Identifier: Apache-2.0
// The head of a page: where it belongs, its name, what one can do with it. Sets the title of the document too.
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { route } from "../router";

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} · capid` : "capid";
  }, [title]);
}

export interface Crumb {
  text: string;
  to: string;
}

interface HeadProps {
  title: string;
  crumbs?: Crumb[];
  mark?: ComponentChildren;
  sub?: ComponentChildren;
  children?: ComponentChildren;
}

export function Head({ title, crumbs = [], mark, sub, children }: HeadProps) {
  useTitle(title);
  return (
    <header class="head">
      <div class="head-words">
        {crumbs.length > 0 && (
          <nav class="crumb" aria-label="Where this belongs">
            {crumbs.map((crumb) => (
              <span key={crumb.to}>
                <a href={crumb.to}>{crumb.text}</a> /{" "}
              </span>
            ))}
          </nav>
        )}
        <h1>
          {mark}
          {title}
        </h1>
        {sub && <div class="sub">{sub}</div>}
      </div>
      {children && <div class="row head-actions">{children}</div>}
    </header>
  );
}

export function Tabs({ name, tabs }: { name: string; tabs: Crumb[] }) {
  return (
    <nav class="tabs" aria-label={name}>
      {tabs.map((tab) => (
        <a key={tab.to} href={tab.to} aria-current={route.value === tab.to ? "page" : undefined}>
          {tab.text}
        </a>
      ))}
    </nav>
  );
}
