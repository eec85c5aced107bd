// SPDX-License-Identifier: Apache-2.0
// Revoking a key, after asking.
import { path, remove } from "../api";
import { serverNow } from "../clock";
import type { Key } from "../types";
import { Confirm } from "./dialog";

export function RevokeDialog({ apiKey, onDone, onClose }: { apiKey: Key; onDone: () => void; onClose: () => void }) {
  const revoke = async () => {
    await remove(path("keys", apiKey.id));
    onDone();
  };
  return (
    <Confirm title={`Revoke “${apiKey.name}”?`} action="Revoke key" bad onConfirm={revoke} onClose={onClose}>
      <p>
        Calls with <span class="mono">{apiKey.prefix}…</span> are refused from now on. Runs that it started go on. This cannot be undone; a new key can be made at any
        time.
      </p>
    </Confirm>
  );
}

export function isExpired(key: Key): boolean {
  return key.expiresAt !== null && Date.parse(key.expiresAt) <= serverNow();
}
