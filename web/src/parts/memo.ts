// SPDX-License-Identifier: Apache-2.0
// Skips a component whose props did not change; preact/compat is too large for this alone.
import { Component, h, type FunctionComponent } from "preact";

export function memo<P extends object>(inner: FunctionComponent<P>): FunctionComponent<P> {
  class Memo extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      const old = this.props as Record<string, unknown>;
      const fresh = next as Record<string, unknown>;
      return Object.keys({ ...old, ...fresh }).some((name) => old[name] !== fresh[name]);
    }
    override render() {
      return h(inner as FunctionComponent<object>, this.props);
    }
  }
  return Memo as unknown as FunctionComponent<P>;
}
