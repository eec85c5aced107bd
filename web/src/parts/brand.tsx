// SPDX-License-Identifier: Apache-2.0
// The name of the service, leading home.
export function Brand() {
  return (
    <a class="brand" href="/apps">
      <span class="mark" aria-hidden="true">
        c
      </span>
      capid
    </a>
  );
}
