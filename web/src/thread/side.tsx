// SPDX-License-Identifier: Apache-2.0
// Beside the thread: what one run made, what it used, what it was given.
import { useEffect } from "preact/hooks";
import { useKeptFocus } from "../parts/kept-focus";
import { query, route } from "../router";
import { phone } from "../screen";
import type { RunDetail } from "../types";
import { ArtifactCard, type Made } from "./artifact";
import { FromCaller, Inputs, ThisRun } from "./facts";

interface SideProps {
  detail: RunDetail;
  made: Made[];
  /** Which of several it is, such as "Run 2 of 3". */
  name?: string | null;
  isLatest?: boolean;
}

export function Side(props: SideProps) {
  const artifacts: Made[] = props.detail.run.result?.artifacts ?? props.made;
  const place = useKeptFocus<HTMLDetailsElement>(".side-title a");
  const chosen = query.value.get("run");
  useEffect(() => {
    // On a phone it is folded, and above what one just read.
    const fold = place.current;
    if (!chosen || !(fold instanceof HTMLDetailsElement)) return;
    fold.open = true;
    fold.querySelector("summary")?.focus();
    fold.scrollIntoView();
  }, [chosen]);
  if (phone.value) {
    const details = artifacts.length ? `Artifacts (${artifacts.length}) and details` : "Details";
    return (
      <details class="side-fold" ref={place}>
        <summary>{props.name ? `${props.name}: ${details.toLowerCase()}` : details}</summary>
        <Panels {...props} artifacts={artifacts} />
      </details>
    );
  }
  return (
    <aside class="sticky" aria-label="About this run" tabIndex={0} ref={place}>
      <Panels {...props} artifacts={artifacts} />
    </aside>
  );
}

function Panels({ detail, artifacts, name, isLatest }: SideProps & { artifacts: Made[] }) {
  return (
    <div class="stack">
      {name && (
        <div class="row between side-title">
          <h2 class="flush">{name}</h2>
          {isLatest ? <span class="faint small">the latest</span> : <a class="link" href={route.value}>Show latest</a>}
        </div>
      )}
      {artifacts.length > 0 && (
        <section class="panel pad">
          <h2>Artifacts</h2>
          <ul class="plain-list">
            {artifacts.map((artifact) => (
              <ArtifactCard key={artifact.id} runId={detail.run.id} artifact={artifact} />
            ))}
          </ul>
        </section>
      )}
      <ThisRun detail={detail} />
      <FromCaller run={detail.run} />
      <Inputs run={detail.run} />
    </div>
  );
}
