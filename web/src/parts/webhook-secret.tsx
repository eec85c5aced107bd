// SPDX-License-Identifier: Apache-2.0
// The secret that signs webhooks: shown on demand, renewed, and how to check a signature.
import { useState } from "preact/hooks";
import { post } from "../api";
import { useAction } from "../data";
import type { WebhookSecret } from "../types";
import { Code } from "./copy";
import { Dialog, DialogButtons } from "./dialog";
import { Failure } from "./notice";
import { Reveal } from "./reveal";
import { Time } from "./time";

const verify = `from standardwebhooks import Webhook   # pip install standardwebhooks

run = Webhook(SECRET).verify(request.body, request.headers)   # raises if the signature is wrong`;

export function WebhookSecretPanel() {
  const [secret, setSecret] = useState<WebhookSecret | null>(null);
  const [rotating, setRotating] = useState(false);
  const { busy, error, run } = useAction();
  const show = () => void run(async () => setSecret(await post<WebhookSecret>("webhooks/secret")));
  return (
    <section class="panel pad stack">
      <div class="row between">
        <h2 class="flush">Signing secret</h2>
        <button type="button" class="btn quiet" onClick={() => setRotating(true)}>
          Replace
        </button>
      </div>
      <p class="muted">It signs each webhook, so that your receiver knows that it comes from here.</p>
      {secret ? (
        <>
          <Reveal text={secret.secret} what="secret" />
          <Previous secret={secret} />
        </>
      ) : (
        <div>
          <button type="button" class="btn" disabled={busy} onClick={show}>
            Show secret
          </button>
        </div>
      )}
      <Failure error={error} />
      <h3>To check a webhook in Python</h3>
      <Code name="How to check a webhook" text={verify} />
      <p class="faint small">
        The headers are those of Standard Webhooks: webhook-id, webhook-timestamp, webhook-signature. There are libraries for most languages.
      </p>
      {rotating && <Rotate onDone={setSecret} onClose={() => setRotating(false)} />}
    </section>
  );
}

function Previous({ secret }: { secret: WebhookSecret }) {
  return (
    <p class="faint small">
      Made <Time at={secret.createdAt} />.
      {secret.previous.map((each) => (
        <span key={each.createdAt}>
          {" "}
          The one before signs as well until it retires <Time at={each.retiresAt} />.
        </span>
      ))}
    </p>
  );
}

function Rotate({ onDone, onClose }: { onDone: (secret: WebhookSecret) => void; onClose: () => void }) {
  const [now, setNow] = useState(false);
  const { busy, error, run } = useAction();
  const rotate = async () => {
    if (await run(async () => onDone(await post<WebhookSecret>("webhooks/secret/rotate", { now })))) onClose();
  };
  return (
    <Dialog title="Replace the signing secret?" onClose={onClose}>
      <div class="stack">
        <p class="muted">A new secret is made. For 24 hours each webhook carries both signatures, so your receivers can change over without missing any.</p>
        <label class="check">
          <input type="checkbox" checked={now} onChange={() => setNow(!now)} />
          <span>
            Replace at once: the old secret signs nothing from now on. Choose this when it has leaked; receivers refuse webhooks until they have the new one.
          </span>
        </label>
        <Failure error={error} />
        <DialogButtons>
          <button type="button" class="btn" onClick={onClose} data-first>
            Go back
          </button>
          <button type="button" class={now ? "btn danger" : "btn primary"} disabled={busy} onClick={() => void rotate()}>
            {now ? "Replace at once" : "Replace secret"}
          </button>
        </DialogButtons>
      </div>
    </Dialog>
  );
}
