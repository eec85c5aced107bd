// SPDX-License-Identifier: Apache-2.0
// All runs that this account may see.
import { Head } from "../parts/head";
import { RunList } from "../parts/run-list";

export function RunsPage() {
  return (
    <>
      <Head title="Runs" sub="Each run of each app, newest first." />
      <RunList />
    </>
  );
}
