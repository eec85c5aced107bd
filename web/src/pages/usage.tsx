// SPDX-License-Identifier: Apache-2.0
// What was used: the balance, a chart by day, sums by app and by model.
import { queryOf } from "../api";
import { useData } from "../data";
import { count, credits } from "../format";
import { Chart } from "../parts/chart";
import { Head } from "../parts/head";
import { Empty, Loaded } from "../parts/notice";
import { Segments } from "../parts/segments";
import { query, setQuery } from "../router";
import { standing } from "../session";
import type { Usage, UsageSum } from "../types";

const ranges = [
  { value: "7", text: "7 days" },
  { value: "30", text: "30 days" },
  { value: "90", text: "90 days" },
  { value: "365", text: "A year" },
];

export function UsagePage() {
  const asked = query.value.get("days") ?? "";
  const days = ranges.some((range) => range.value === asked) ? asked : "30";
  const data = useData<Usage>("usage" + queryOf({ days }));
  return (
    <>
      <Head title="Usage" sub={data.value && (data.value.enforced ? "A run that the balance cannot pay is refused." : "Credits are counted here, and never refused.")}>
        <Segments name="Range" choices={ranges} value={days} onValue={(value) => setQuery({ days: value === "30" ? null : value })} />
      </Head>
      <Loaded data={data} rows={6}>
        {(usage) => <Sums usage={usage} days={Number(days)} />}
      </Loaded>
    </>
  );
}

function Sums({ usage, days }: { usage: Usage; days: number }) {
  const runs = usage.byDay.reduce((sum, day) => sum + day.runs, 0);
  const spent = usage.byDay.reduce((sum, day) => sum + day.credits, 0);
  const tokens = usage.byDay.reduce((sum, day) => sum + day.inputTokens + day.outputTokens, 0);
  return (
    <div class="stack">
      <dl class="figures panel">
        {usage.enforced && <Figure name="Balance" value={credits(standing.value.credits)} unit="credits" />}
        <Figure name="Used" value={credits(spent)} unit={usage.enforced ? "credits" : "credits, not limited"} />
        <Figure name="Runs" value={count(runs)} />
        <Figure name="Tokens" value={count(tokens)} />
      </dl>
      {runs === 0 ? (
        <Empty title="No run in this time">
          <p class="muted">What runs use appears here, day by day.</p>
          <a class="btn" href="/apps">
            Go to the apps
          </a>
        </Empty>
      ) : (
        <>
          <div class="two even">
            <Chart title="Credits a day" usage={usage} days={days} of="credits" />
            <Chart title="Runs a day" usage={usage} days={days} of="runs" />
          </div>
          <div class="two even">
            <SumTable name="By app" rows={usage.byApp.map((sum) => ({ ...sum, label: sum.appId }))} />
            <SumTable name="By model" rows={usage.byModel.map((sum) => ({ ...sum, label: sum.chatModelId }))} />
          </div>
        </>
      )}
    </div>
  );
}

function Figure({ name, value, unit }: { name: string; value: string; unit?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value} {unit && <span class="faint">{unit}</span>}
      </dd>
    </div>
  );
}

type Row = Omit<UsageSum<"label">, "label"> & { label: string | null };

function SumTable({ name, rows }: { name: string; rows: Row[] }) {
  if (!rows.length) return null;
  return (
    <section class="panel clip-corners">
      <h2 class="pad-head flush">{name}</h2>
      <table>
        <thead>
          <tr>
            <th>{name === "By app" ? "App" : "Model"}</th>
            <th class="num">Runs</th>
            <th class="num">Credits</th>
            <th class="num wide">Tokens in</th>
            <th class="num wide">Tokens out</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.label ?? ""}>
              <td class="anywhere">{row.label ?? <span class="faint">none</span>}</td>
              <td class="num muted">{count(row.runs)}</td>
              <td class="num">{credits(row.credits)}</td>
              <td class="num muted wide">{count(row.inputTokens)}</td>
              <td class="num muted wide">{count(row.outputTokens)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
