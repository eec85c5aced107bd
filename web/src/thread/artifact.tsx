// SPDX-License-Identifier: Apache-2.0
// What an agent made: a card with preview and download. Its bytes are hostile: SVG and HTML are shown in a sandboxed frame only.
import { useEffect, useState } from "preact/hooks";
import { address } from "../api";
import { size } from "../format";
import { Dialog } from "../parts/dialog";
import { LongCode } from "../parts/long-text";
import { Markdown } from "../parts/markdown";
import { Failure, Skeleton } from "../parts/notice";
import { asJson } from "./words";

export interface Made {
  id: string;
  title: string;
  type: string;
  size?: number | null;
  filename?: string;
}

export function isImage(type: string): boolean {
  return /^image\/(png|jpeg|gif|webp)$/.test(type);
}

function isFramed(type: string): boolean {
  return type === "image/svg+xml" || type === "text/html";
}

function isText(type: string): boolean {
  return !isFramed(type) && /^text\/|json|yaml|toml|xml|javascript/.test(type);
}

export function ArtifactCard({ runId, artifact }: { runId: string; artifact: Made }) {
  const label = (/\.([a-z0-9]{1,4})$/i.exec(artifact.title)?.[1] ?? "file").toUpperCase();
  return (
    <li class="art">
      {isImage(artifact.type) ? (
        <img class="thumb" src={address("runs", runId, "artifacts", artifact.id)} alt="" loading="lazy" />
      ) : (
        <span class="thumb" aria-hidden="true">
          {label}
        </span>
      )}
      <div class="grow shrink">
        <div class="anywhere">{artifact.title}</div>
        <div class="row tight">
          {typeof artifact.size === "number" && <span class="faint small">{size(artifact.size)}</span>}
          <ArtifactButtons runId={runId} artifact={artifact} />
        </div>
      </div>
    </li>
  );
}

export function ArtifactButtons({ runId, artifact }: { runId: string; artifact: Made }) {
  const [open, setOpen] = useState(false);
  const hidden = <span class="visually-hidden"> {artifact.title}</span>;
  const shown = isImage(artifact.type) || isFramed(artifact.type) || isText(artifact.type);
  return (
    <span class="row tight">
      {shown && (
        <button type="button" class="link" onClick={() => setOpen(true)}>
          Preview{hidden}
        </button>
      )}
      <a class="link" href={address("runs", runId, "artifacts", artifact.id)} download={artifact.filename ?? artifact.title.split("/").at(-1) ?? ""}>
        Download{hidden}
      </a>
      {open && <Preview runId={runId} artifact={artifact} onClose={() => setOpen(false)} />}
    </span>
  );
}

function Preview({ runId, artifact, onClose }: { runId: string; artifact: Made; onClose: () => void }) {
  const source = address("runs", runId, "artifacts", artifact.id);
  return (
    <Dialog title={artifact.title} onClose={onClose} wide>
      {isImage(artifact.type) ? (
        <img class="picture whole" src={source} alt={artifact.title} />
      ) : isFramed(artifact.type) ? (
        <iframe class="frame" sandbox="" src={source + "?preview=1"} title={`Preview of ${artifact.title}`} />
      ) : (
        <TextPreview source={source} artifact={artifact} />
      )}
    </Dialog>
  );
}

const mostBytes = 262144;

function TextPreview({ source, artifact }: { source: string; artifact: Made }) {
  const [text, setText] = useState<string | null>(null);
  const [whole, setWhole] = useState(true);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    fetchStart(source).then(
      (start) => {
        setText(start.text);
        setWhole(start.whole);
      },
      (failure) => setError(failure),
    );
  }, [source]);
  if (error) return <Failure error={error} />;
  if (text === null) return <Skeleton rows={6} />;
  const markdown = artifact.type === "text/markdown";
  return (
    <div class="stack">
      {markdown ? <Markdown text={text} /> : <LongCode text={(whole && artifact.type.includes("json") && asJson(text)) || text} name={artifact.title} />}
      {!whole && <p class="muted">This is its first part. Download it to see the rest.</p>}
    </div>
  );
}

async function fetchStart(source: string): Promise<{ text: string; whole: boolean }> {
  const response = await fetch(source, { credentials: "same-origin", headers: { Range: `bytes=0-${mostBytes - 1}` } });
  if (response.status === 416) return { text: "", whole: true };
  if (!response.ok) throw new Error("The file could not be fetched. Perhaps it is older than artifacts are kept.");
  const bytes = await response.arrayBuffer();
  const all = Number(/\/(\d+)$/.exec(response.headers.get("Content-Range") ?? "")?.[1] ?? bytes.byteLength);
  return { text: new TextDecoder().decode(bytes.slice(0, mostBytes)), whole: all <= mostBytes && bytes.byteLength <= mostBytes };
}
