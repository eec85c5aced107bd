// SPDX-License-Identifier: Apache-2.0
// One app and its tabs.
import { isMissing, path } from "../api";
import { useData } from "../data";
import { Chip } from "../parts/chip";
import { Head, Tabs } from "../parts/head";
import { Loaded } from "../parts/notice";
import { AppApi } from "../parts/app-api";
import { AppManifest } from "../parts/app-manifest";
import { RunForm } from "../parts/run-form";
import { RunList } from "../parts/run-list";
import { beat, useBeat } from "../session";
import type { AppDetail } from "../types";
import { MissingPage } from "./missing";

export function AppPage({ params }: { params: Record<string, string> }) {
  const id = params.id ?? "";
  const tab = params.tab ?? "run";
  const data = useData<AppDetail>(path("apps", id));
  useBeat(() => beat.peek() % 10 === 0 && data.reload());
  const to = "/" + path("apps", id);
  const app = data.value;
  if (!app && isMissing(data.error)) return <MissingPage />;
  return (
    <>
      <Head
        title={app?.name ?? id}
        crumbs={[{ text: "Apps", to: "/apps" }]}
        sub={app && (app.status === "disabled" ? <Chip tone="bad">disabled</Chip> : app.description)}
      >
        {app?.status === "ready" && tab !== "run" && (
          <a class="btn primary" href={to}>
            Run
          </a>
        )}
      </Head>
      <Tabs
        name="About this app"
        tabs={[
          { text: "Run", to },
          { text: "API trigger", to: `${to}/api` },
          { text: "Runs", to: `${to}/runs` },
          { text: "Manifest", to: `${to}/manifest` },
        ]}
      />
      {tab === "runs" ? (
        <RunList key={id} app={id} />
      ) : (
        <Loaded data={data} key={id}>
          {(detail) => (tab === "api" ? <AppApi app={detail} /> : tab === "manifest" ? <AppManifest app={detail} /> : <RunForm app={detail} />)}
        </Loaded>
      )}
    </>
  );
}
