// Bundles the pages that show the API's description: node tools/reference.mjs [FOLDER]
//
// FOLDER is the site's (default target/site); the files become FOLDER/reference/{swagger,redoc}.{js,css}, with .br and
// .gz beside them. Like tools/chart.mjs it comes after cargo-leptos, which empties the folder.

import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import { build } from "esbuild";

const root = dirname(import.meta.dirname);
const folder = join(process.argv[2] ?? join(root, "target/site"), "reference");
const source = (/** @type {string} */ name) => join(root, "frontend/reference", name);

/** Redoc shows its maker's mark from its maker's server; nothing here may ask anyone else. */
const MARK = "https://cdn.redoc.ly/redoc/logo-mini.svg";
const NOTHING = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E";
const own = {
  name: "own",
  /** @param {import("esbuild").PluginBuild} build */
  setup({ onLoad, onResolve }) {
    // Redoc's bundle names a module that it does not need in a browser.
    onResolve({ filter: /^null$/ }, () => ({ path: "null", namespace: "nothing" }));
    onLoad({ filter: /.*/, namespace: "nothing" }, () => ({ contents: "module.exports = null" }));
    onLoad({ filter: /redoc\.standalone\.js$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      if (!text.includes(MARK)) throw new Error(`${path} no longer has ${MARK}: see what it loads from elsewhere now`);
      return { contents: text.replaceAll(MARK, NOTHING), loader: "js" };
    });
  },
};

await mkdir(folder, { recursive: true });
const styles = async (/** @type {string[]} */ ...files) => {
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
  return texts.join("\n");
};
await build({
  entryPoints: [source("swagger.js"), source("redoc.js")],
  outdir: folder,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome116", "firefox124", "safari17.4"],
  legalComments: "none",
  banner: { js: "/* Contains Swagger UI (Apache-2.0) or Redoc (MIT), and what they are made with. */" },
  define: { "process.env.NODE_ENV": '"production"' },
  plugins: [own],
  logLevel: "error",
});
const swagger = join(root, "node_modules/swagger-ui-dist/swagger-ui.css");
await writeFile(join(folder, "swagger.css"), await styles(swagger, source("reference.css")));
await writeFile(join(folder, "redoc.css"), await styles(source("reference.css")));

for (const name of await readdir(folder)) {
  if (/\.(br|gz)$/.test(name)) continue;
  const text = await readFile(join(folder, name));
  const brotli = brotliCompressSync(text, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: text.length },
  });
  await writeFile(join(folder, `${name}.br`), brotli);
  await writeFile(join(folder, `${name}.gz`), gzipSync(text, { level: 9 }));
  console.log(`reference/${name}: ${Math.round(text.length / 1000)} kB, ${Math.round(brotli.length / 1000)} kB brotli`);
}
