// SPDX-License-Identifier: Apache-2.0
// Addresses that lead nowhere, or not for this account.
import { Head } from "../parts/head";

function Lost({ title, sub }: { title: string; sub: string }) {
  return (
    <>
      <Head title={title} sub={sub} />
      <a class="btn" href="/apps">
        Go to the apps
      </a>
    </>
  );
}

export function MissingPage() {
  return <Lost title="There is nothing at this address" sub="The link is perhaps old, or has a typing mistake." />;
}

export function ForbiddenPage() {
  return <Lost title="This page is for admins" sub="Your account is a member. An admin can give it the role admin under Accounts." />;
}
