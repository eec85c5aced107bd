// SPDX-License-Identifier: Apache-2.0
// For admins: who did what, and from where.
import { Head } from "../parts/head";
import { useKeptFocus } from "../parts/kept-focus";
import { Empty } from "../parts/notice";
import { Paged } from "../parts/paged";
import { Time } from "../parts/time";
import { usePages } from "../pages-data";
import type { AuditEntry } from "../types";

const words: Record<string, string> = {
  "account.add": "added the account",
  "account.credit": "added credits to",
  "account.disable": "disabled the account",
  "account.enable": "enabled the account",
  "account.password": "set the password of",
  "account.role": "changed the role of",
  "account.setup": "set the first password by the set-up link",
  "account.setup_link": "made a set-up link for",
  "key.create": "created the key",
  "key.revoke": "revoked the key",
  "delivery.redeliver": "sent the delivery again",
  "run.cancel": "cancelled the run",
  "run.replay": "repeated the run",
  "run.start": "started the run",
  "secret.remove": "removed the secret",
  "secret.set": "set the secret",
  "session.close": "signed out",
  "session.close_all": "signed out everywhere",
  "session.open": "signed in",
  "webhook.test": "sent a test webhook for",
  "webhook_secret.replace": "replaced the signing secret at once, of",
  "webhook_secret.rotate": "replaced the signing secret of",
  "webhook_secret.show": "looked at the signing secret of",
  "workspace.remove": "deleted the workspace",
};

/** The same where somebody did it to their own account. */
const own: Record<string, string> = {
  "account.password": "changed their password",
  "account.setup": "set their first password",
  "session.close": "signed out",
  "session.close_all": "signed out everywhere",
  "session.open": "signed in",
  "webhook.test": "sent a test webhook",
  "webhook_secret.replace": "replaced their signing secret at once",
  "webhook_secret.rotate": "replaced their signing secret",
  "webhook_secret.show": "looked at their signing secret",
};

/** What was done, in words; one that is not known reads like "policy change". */
function action(code: string, onOneself: boolean): string {
  return (onOneself ? own[code] : undefined) ?? words[code] ?? code.replace(/[._-]+/g, " ");
}

export function AuditPage() {
  const pages = usePages<AuditEntry>("audit", "entries", {});
  const place = useKeptFocus<HTMLDivElement>("button");
  return (
    <>
      <Head title="Audit log" sub="Who did what, newest first." />
      <div ref={place}>
        <Paged pages={pages} rows={8}>
          {(entries) => <Entries entries={entries} />}
        </Paged>
      </div>
    </>
  );
}

function Entries({ entries }: { entries: AuditEntry[] }) {
  if (!entries.length) return <Empty title="Nothing yet" />;
  return (
    <div class="panel clip-corners">
      <table>
        <thead>
          <tr>
            <th>When</th>
            <th>Who did what</th>
            <th class="wide">From</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <tr key={entry.id}>
              <td class="muted nowrap">
                <Time at={entry.createdAt} />
              </td>
              <td class="anywhere">
                <strong>{entry.account}</strong> <span title={entry.action}>{action(entry.action, entry.target === entry.account)}</span>{" "}
                {entry.target !== entry.account && <span>{entry.target}</span>}
                <div class="narrow-line faint small">from {entry.from}</div>
              </td>
              <td class="wide muted mono">{entry.from}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
