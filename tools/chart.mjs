// Bundles frontend/chart into the one script that pages with a chart load: node tools/chart.mjs [FOLDER]
//
// FOLDER is the site's (default target/site); the script becomes FOLDER/chart/live.js, with .br and .gz beside
// it, as `cargo leptos --precompress` writes them for everything else. cargo-leptos empties the folder when it
// copies public/ there, so that this comes after it, in a development build too:
//
//   cargo leptos build && node tools/chart.mjs

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import { build } from "esbuild";

const root = dirname(import.meta.dirname);
const folder = join(process.argv[2] ?? join(root, "target/site"), "chart");
const file = join(folder, "live.js");

await mkdir(folder, { recursive: true });
await build({
  entryPoints: [join(root, "frontend/chart/live.js")],
  outfile: file,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["chrome116", "firefox124", "safari17.4"],
  legalComments: "none",
  // ECharts and its renderer are Apache-2.0 and BSD-3-Clause; both ask to be named.
  banner: { js: "/* Parallax live chart. Contains Apache ECharts (Apache-2.0) and ZRender (BSD-3-Clause). */" },
  define: { "process.env.NODE_ENV": '"production"' },
  logLevel: "warning",
});

const script = await readFile(file);
const brotli = brotliCompressSync(script, {
  params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: script.length },
});
await writeFile(`${file}.br`, brotli);
await writeFile(`${file}.gz`, gzipSync(script, { level: 9 }));
const kb = (/** @type {number} */ bytes) => Math.round(bytes / 1000);
console.log(`chart/live.js: ${kb(script.length)} kB, ${kb(brotli.length)} kB brotli`);
