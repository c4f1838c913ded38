// Runs every snippet of docs/API.md that is marked sh, js or python, as a reader would, against the server at BASE:
//   BASE=http://127.0.0.1:3000 node tools/api-docs.mjs
// A snippet passes when it ends well within 20 seconds and has printed something. PYTHON is a Python that has
// pycoingecko; tools/api-docs.sh provides both. Browsers have EventSource, Node.js 20 has not: event-source.mjs.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const base = process.env.BASE?.replace(/\/$/, "");
if (!base) throw new Error("say where the server is: BASE=http://127.0.0.1:3000");
const page = readFileSync(new URL("../docs/API.md", import.meta.url), "utf8");
const browser = new URL("api-docs/event-source.mjs", import.meta.url).href;
const commands = {
  sh: (text) => ["bash", ["-euo", "pipefail", "-c", text]],
  js: (text) => ["node", ["--import", browser, "--input-type=module", "--eval", text]],
  python: (text) => [process.env.PYTHON ?? "python3", ["-c", text]],
};

let ran = 0;
let failed = 0;
for (const found of page.matchAll(/^```(sh|js|python)\n(.*?)^```$/gms)) {
  const [, language, text] = found;
  const line = page.slice(0, found.index).split("\n").length;
  const [program, args] = commands[language](text);
  const env = { ...process.env, BASE: base };
  const { status, stdout, stderr, error } = spawnSync(program, args, { env, encoding: "utf8", timeout: 20_000 });
  // A stream that is cut off by its reader or by its own time limit has done what it should.
  const passed = !error && stdout.trim() !== "" && (status === 0 || text.includes("--max-time"));
  ran += 1;
  failed += passed ? 0 : 1;
  console.log(`${passed ? "ok    " : "FAILED"} docs/API.md:${line} ${language}`);
  if (!passed) console.log(`${text}\n${stdout}\n${stderr}\n${error ?? `status ${status}`}`);
}
console.log(`${ran - failed} of ${ran} snippets`);
// A page without snippets would pass everything.
process.exitCode = failed === 0 && ran >= 15 ? 0 : 1;
