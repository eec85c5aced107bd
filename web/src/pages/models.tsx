// SPDX-License-Identifier: Apache-2.0
// For admins: the models that agents may use, and where they come from. Read-only: the config has them.
import { useData } from "../data";
import { price } from "../format";
import { Chip } from "../parts/chip";
import { Code, CopyButton } from "../parts/copy";
import { Head } from "../parts/head";
import { Empty, Loaded } from "../parts/notice";
import type { Models } from "../types";

const example = `providers:
  local: {base_url: "http://127.0.0.1:11434"}
models:
  - {id: qwen3, provider: local, upstream: "qwen3:14b"}
default_model: qwen3`;

export function ModelsPage() {
  const data = useData<Models>("models");
  return (
    <>
      <Head title="Models" sub="What agents may use through the gateway, and what it costs. Changed in the config file." />
      <Loaded data={data}>{(models) => (models.models.length ? <Catalogue models={models} /> : <NoModels models={models} />)}</Loaded>
    </>
  );
}

function NoModels({ models }: { models: Models }) {
  return (
    <div class="stack">
      <Empty title="No model yet">
        <p class="muted">Apps with a prompt need one. Commands run without. Put this into the config, with your own provider, and start capid again:</p>
        <Code name="An example of a config with a model" text={example} />
        <CopyButton text={example} what="example" />
      </Empty>
      {models.providers.length > 0 && <Providers models={models} />}
    </div>
  );
}

function Catalogue({ models }: { models: Models }) {
  return (
    <div class="stack">
      <section class="panel clip-corners">
        <h2 class="pad-head flush">Catalogue</h2>
        <table>
          <thead>
            <tr>
              <th>Model</th>
              <th class="wide">Accepts</th>
              <th class="num">Input</th>
              <th class="num wide">Cached</th>
              <th class="num">Output</th>
            </tr>
          </thead>
          <tbody>
            {models.models.map((model) => (
              <tr key={model.id}>
                <td>
                  <span class="anywhere">{model.id}</span> {model.isDefault && <span class="badge">default</span>}
                  <div class="faint small anywhere">
                    {model.provider}, <span class="mono">{model.upstream}</span>
                  </div>
                </td>
                <td class="wide muted">{model.accepts.join(", ") || "text"}</td>
                <td class="num">{price(model.price.input)}</td>
                <td class="num wide">{price(model.price.cached)}</td>
                <td class="num">{price(model.price.output)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <p class="faint small pad-foot">Prices are credits for 1,000 tokens.</p>
      </section>
      <Providers models={models} />
    </div>
  );
}

function Providers({ models }: { models: Models }) {
  return (
    <section class="panel">
      <h2 class="pad-head flush">Providers</h2>
      <ul class="lines">
        {models.providers.map((provider) => (
          <li key={provider.name} class="row between">
            <div class="shrink">
              <div>
                {provider.name} <span class="faint small">{provider.protocol}</span>
              </div>
              <div class="faint mono anywhere">{provider.baseUrl}</div>
            </div>
            <Credential state={provider.credential} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Credential({ state }: { state: Models["providers"][number]["credential"] }) {
  if (state === "missing") return <Chip tone="bad">credential is missing</Chip>;
  return state === "present" ? <Chip tone="ok">credential is there</Chip> : <Chip tone="wait">needs no credential</Chip>;
}
