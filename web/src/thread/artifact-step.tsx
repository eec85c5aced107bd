// SPDX-License-Identifier: Apache-2.0
// An artifact among the steps, with an image of it where it is one.
import { address } from "../api";
import { size } from "../format";
import type { BlockOf } from "./blocks";
import { ArtifactButtons, isImage } from "./artifact";

export function ArtifactStep({ block }: { block: BlockOf<"artifact"> }) {
  const { id, title, type, runId } = block;
  if (!id) {
    return (
      <p>
        Left out <strong>{title}</strong> <span class="muted">{block.skipped || "it was not kept"}</span>
      </p>
    );
  }
  return (
    <div class="stack-tight">
      <div class="row">
        <span class="shrink">
          Made <strong class="anywhere">{title}</strong> {block.size !== null && <span class="faint nowrap">{size(block.size)}</span>}
        </span>
        <ArtifactButtons runId={runId} artifact={{ id, title, type }} />
      </div>
      {isImage(type) && <img class="picture" src={address("runs", runId, "artifacts", id)} alt={title} loading="lazy" />}
    </div>
  );
}
