// SPDX-License-Identifier: Apache-2.0
// Puts the built page into a C++ source: node embed.mjs FOLDER OUTPUT.cc
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";

const types = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

const [folder, output] = process.argv.slice(2);

function byteArray(name, bytes) {
  const lines = [];
  for (let at = 0; at < bytes.length; at += 32) lines.push("  " + [...bytes.subarray(at, at + 32)].join(",") + ",");
  return `const unsigned char ${name}[] = {\n${lines.join("\n")}\n};\n`;
}

const view = (name) => `{reinterpret_cast<const char*>(${name}), sizeof ${name}}`;

const arrays = [];
const entries = [];
const names = readdirSync(folder).filter((name) => name !== "index.html").sort();
for (const [i, name] of names.entries()) {
  const type = types[extname(name)];
  if (!type) throw new Error(`no media type is known for ${name}`);
  arrays.push(byteArray(`kAsset${i}`, gzipSync(readFileSync(join(folder, name)), { level: 9 })));
  entries.push(`    {"${name}", "${type}", ${view(`kAsset${i}`)}},`);
}
arrays.push(byteArray("kIndex", readFileSync(join(folder, "index.html"))));

writeFileSync(
  output,
  `// SPDX-License-Identifier: Apache-2.0
// Made by web/embed.mjs.
#include "admin/assets.h"

namespace capid::admin {
namespace {

${arrays.join("\n")}
const Asset kAssets[] = {
${entries.join("\n")}
};

}   // namespace

std::span<const Asset> assets() { return kAssets; }
std::string_view index_page() { return ${view("kIndex")}; }

}   // namespace capid::admin
`,
);
