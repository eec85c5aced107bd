// SPDX-License-Identifier: Apache-2.0
// For admins: all accounts, and what can be changed about them.
import { useState } from "preact/hooks";
import { useData } from "../data";
import { count, credits } from "../format";
import { AccountDialog, type Change } from "../parts/account-dialogs";
import { AddAccount } from "../parts/account-add";
import { Chip } from "../parts/chip";
import { Head } from "../parts/head";
import { Menu } from "../parts/menu";
import { Loaded } from "../parts/notice";
import { Time } from "../parts/time";
import { session, standingOf } from "../session";
import type { Account } from "../types";

interface Open {
  account: Account;
  change: Change;
}

export function AccountsPage() {
  const data = useData<{ accounts: Account[] }>("accounts");
  const [adding, setAdding] = useState(false);
  const [open, setOpen] = useState<Open | null>(null);
  return (
    <>
      <Head title="Accounts" sub="Who may sign in here. Each has its own keys, runs, workspaces and balance.">
        <button type="button" class="btn primary" onClick={() => setAdding(true)}>
          Add account
        </button>
      </Head>
      <Loaded data={data}>{({ accounts }) => <AccountTable accounts={accounts} onChange={(account, change) => setOpen({ account, change })} />}</Loaded>
      {adding && <AddAccount onDone={data.reload} onClose={() => setAdding(false)} />}
      {open && <AccountDialog account={open.account} change={open.change} onDone={data.reload} onClose={() => setOpen(null)} />}
    </>
  );
}

function AccountTable({ accounts, onChange }: { accounts: Account[]; onChange: (account: Account, change: Change) => void }) {
  return (
    <div class="panel">
      <table class="two-lines">
        <thead>
          <tr>
            <th>Name</th>
            <th>Role</th>
            <th class="num">Credits</th>
            <th class="num wide">Keys</th>
            <th class="wide">Created</th>
            <th>
              <span class="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {accounts.map((account) => (
            <AccountRow key={account.id} account={account} onChange={(change) => onChange(account, change)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function AccountRow({ account, onChange }: { account: Account; onChange: (change: Change) => void }) {
  const self = account.id === session.value?.account.id;
  const { used, credits: amount } = standingOf(account.balance);
  return (
    <tr>
      <td class="cell-name">
        <span class="anywhere">{account.name}</span> {self && <span class="faint">you</span>} {account.disabled && <Chip tone="bad">disabled</Chip>}
        {!account.hasPassword && !account.disabled && <div class="faint small">No password yet, so it cannot sign in</div>}
      </td>
      <td class="muted">{account.role}</td>
      <td class="num">
        {credits(amount)} <span class="faint">{used ? "used" : <span class="narrow">credits</span>}</span>
      </td>
      <td class="num wide muted">{count(account.activeKeys)}</td>
      <td class="wide muted">
        <Time at={account.createdAt} />
      </td>
      <td class="num">
        <Menu
          name={`Change ${account.name}`}
          items={[
            { text: "Add credits", onChoose: () => onChange("credit") },
            { text: "Set password", onChoose: () => onChange("password") },
            !self && { text: account.role === "admin" ? "Make a member" : "Make an admin", onChoose: () => onChange("role") },
            !self && { text: account.disabled ? "Enable" : "Disable", bad: !account.disabled, onChoose: () => onChange(account.disabled ? "enable" : "disable") },
          ]}
        />
      </td>
    </tr>
  );
}
