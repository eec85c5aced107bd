// SPDX-License-Identifier: Apache-2.0
// Names and their values, one a line.
import type { ComponentChildren } from "preact";

export type Pair = [name: string, value: ComponentChildren];

export function Facts({ pairs }: { pairs: (Pair | null | false | undefined)[] }) {
  return (
    <dl class="kv">
      {pairs.map(
        (pair) =>
          pair && (
            <div key={pair[0]}>
              <dt>{pair[0]}</dt>
              <dd>{pair[1]}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
