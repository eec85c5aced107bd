// SPDX-License-Identifier: Apache-2.0
// Builds the admin page into the folder that the first argument names (default: ../build/web) and prints its sizes.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? join(here, "../build/web"));
const ours = /^(index\.html|(theme|main|chunk|style|favicon)-[A-Za-z0-9]+\.(js|css|svg))$/;

const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  legalComments: "none",
  target: ["es2022", "chrome109", "firefox115", "safari16"],
  charset: "utf8",
  outdir: out,
  entryNames: "[name]-[hash]",
  chunkNames: "chunk-[hash]",
  metafile: true,
  logLevel: "warning",
};

mkdirSync(out, { recursive: true });
for (const name of readdirSync(out)) if (ours.test(name)) rmSync(join(out, name));

const theme = await build({ ...common, entryPoints: ["src/theme.ts"], format: "iife" });
const main = await build({
  ...common,
  entryPoints: ["src/main.tsx", "src/style.css"],
  format: "esm",
  splitting: true,
  jsx: "automatic",
  jsxImportSource: "preact",
});
const favicon = writeFavicon();

const outputs = { ...theme.metafile.outputs, ...main.metafile.outputs };
const entry = (source) => Object.keys(outputs).find((path) => outputs[path].entryPoint === source);
const imported = outputs[entry("src/main.tsx")].imports.filter((each) => each.kind === "import-statement");
const preload = imported.map((each) => `<link rel="modulepreload" href="/assets/${basename(each.path)}">`).join("\n");

const names = {
  THEME: basename(entry("src/theme.ts")),
  MAIN: basename(entry("src/main.tsx")),
  STYLE: basename(entry("src/style.css")),
  FAVICON: favicon,
};
let page = readFileSync(join(here, "src/index.html"), "utf8").replace("<!--PRELOAD-->", preload);
for (const [mark, name] of Object.entries(names)) page = page.replaceAll(`{{${mark}}}`, name);
writeFileSync(join(out, "index.html"), page);
printSizes(["index.html", names.THEME, names.MAIN, names.STYLE, ...imported.map((each) => basename(each.path))]);

function writeFavicon() {
  const bytes = readFileSync(join(here, "src/favicon.svg"));
  const name = `favicon-${createHash("sha256").update(bytes).digest("hex").slice(0, 8).toUpperCase()}.svg`;
  writeFileSync(join(out, name), bytes);
  return name;
}

function printSizes(first) {
  const size = (name) => gzipSync(readFileSync(join(out, name))).length;
  const all = readdirSync(out).filter((name) => ours.test(name)).sort();
  for (const name of all) console.log(`${String(size(name)).padStart(7)}  ${name}${first.includes(name) ? "  (first load)" : ""}`);
  console.log(`${String(first.reduce((sum, name) => sum + size(name), 0)).padStart(7)}  first load, bytes gzip'd`);
}
