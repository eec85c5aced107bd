// SPDX-License-Identifier: Apache-2.0
// Addresses that lead nowhere, or not for this account.
import { Head } from "../parts/head";

export function MissingPage() {
  return (
    <>
      <Head title="There is nothing at this address" sub="The link is perhaps old, or has a typing mistake." />
      <a class="btn" href="/apps">
        Go to the apps
      </a>
    </>
  );
}

export function ForbiddenPage() {
  return (
    <>
      <Head title="This page is for admins" sub="Your account is a member. An admin can give it the role admin under Accounts." />
      <a class="btn" href="/apps">
        Go to the apps
      </a>
    </>
  );
}
