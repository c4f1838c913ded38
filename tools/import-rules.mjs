#!/usr/bin/env node
// Proves who may import whom: "May import, and nothing else" of docs/ARCHITECTURE.md.
//
//   node tools/import-rules.mjs              the self-test, then the check of this workspace
//   node tools/import-rules.mjs --self-test  only the self-test: forged workspaces with known violations
//
// It asks cargo, not the sources: `cargo metadata` for the edges between our crates and for what the root
// package builds on, `cargo tree` for everything that ends up in the browser. Normal and build dependencies
// are held to the rules. Tests may import more (a test may well drive the whole program), so
// dev-dependencies are exempt; those that cross a rule are printed, for information.
//
// Exit code: 0 all rules hold, 1 a rule is broken (one line each), 2 cargo could not be asked.

import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = "parallax";
const WEB_APP = "parallax-app";
const BROWSER = "frontend";

/** What the root package, the vocabulary, may build on. It must stay pure and compile to wasm. */
const ROOT_MAY_USE = ["rust_decimal", "serde", "thiserror", "time"];

/** What the root package may build on only when a feature asks for it: never in the browser. */
const ROOT_MAY_OPT_INTO = ["utoipa"];

/** Our crates, and which of our crates each may import besides the root, which everyone may. */
const MAY_IMPORT = {
  [ROOT]: [],
  "parallax-venues": [],
  "parallax-pricing": [],
  "parallax-board": [],
  "parallax-store": [],
  "parallax-charts": [],
  "parallax-ingest": ["parallax-venues"],
  "parallax-worker": ["parallax-ingest", "parallax-pricing", "parallax-board", "parallax-store"],
  "parallax-service": ["parallax-board", "parallax-store", "parallax-pricing", "parallax-charts"],
  "parallax-api": ["parallax-service"],
  "parallax-admin": ["parallax-service"],
  "parallax-sim": ["parallax-venues"],
  [WEB_APP]: ["parallax-service"],
  [BROWSER]: [WEB_APP],
  server: "all",
};

/** Imports that exist only under one feature: the crate, what it imports, the feature. */
const ONLY_UNDER = [{ crate: WEB_APP, imports: "parallax-service", feature: "ssr" }];

/** Our crates that may be part of the browser's half. */
const IN_BROWSER = [ROOT, WEB_APP, BROWSER];

/** Crates that prove that a server, a database or a socket has slipped into the browser's half. */
const NEVER_IN_BROWSER =
  /^(axum|axum-.*|leptos_axum|hyper|hyper-.*|tower-http|sqlx|sqlx-.*|utoipa|utoipa-.*|libsqlite3-sys|mio|socket2|rustls|ring|native-tls|openssl-sys|tungstenite|tokio-tungstenite|tokio-rustls)$/;

/** Features of tokio that need an operating system. Its channels and macros are harmless. */
const TOKIO_NEVER_IN_BROWSER = ["net", "fs", "process", "signal", "rt-multi-thread", "full"];

/** The features of a package that switch `dependency` on, following features that name other features. */
function featuresEnabling(pkg, dependency) {
  const features = pkg.features ?? {};
  const enables = (name, seen) =>
    (features[name] ?? []).some((item) => {
      if (item === dependency || item === `dep:${dependency}` || item.startsWith(`${dependency}/`)) return true;
      return item in features && !seen.has(item) && enables(item, seen.add(item));
    });
  return Object.keys(features).filter((name) => enables(name, new Set([name])));
}

/**
 * Holds the workspace's edges to the rules.
 * @param {{packages: object[]}} metadata of `cargo metadata --no-deps`
 * @returns {{violations: string[], edges: number, exempt: string[]}}
 */
export function checkWorkspace(metadata) {
  const ours = new Set(metadata.packages.map((pkg) => pkg.name));
  const violations = [];
  const exempt = [];
  let edges = 0;

  for (const pkg of metadata.packages) {
    const rule = MAY_IMPORT[pkg.name];
    if (rule === undefined) {
      violations.push(
        `${pkg.name}: a crate the rules do not know; tell the rules where it stands (MAY_IMPORT in tools/import-rules.mjs)`,
      );
      continue;
    }
    const allowed = (name) => rule === "all" || name === ROOT || rule.includes(name);
    const rulesText = () =>
      pkg.name === ROOT
        ? `${ROOT} (root) imports none of our crates`
        : `${pkg.name} may import ${[ROOT, ...rule].join(", ")} and none other of our crates`;

    for (const dependency of pkg.dependencies) {
      const edge = `${pkg.name} -> ${dependency.name}`;
      const internal = ours.has(dependency.name);
      const holds = internal
        ? allowed(dependency.name)
        : pkg.name !== ROOT ||
          ROOT_MAY_USE.includes(dependency.name) ||
          (dependency.optional && ROOT_MAY_OPT_INTO.includes(dependency.name));
      if (dependency.kind === "dev") {
        if (internal && !holds) exempt.push(edge);
        continue;
      }
      edges += internal ? 1 : 0;
      if (holds) continue;
      violations.push(
        internal
          ? `${edge}: ${rulesText()}`
          : `${edge}: the vocabulary may use ${ROOT_MAY_USE.join(", ")} and no other crate`,
      );
    }
  }

  for (const { crate, imports, feature } of ONLY_UNDER) {
    const pkg = metadata.packages.find((candidate) => candidate.name === crate);
    for (const dependency of pkg?.dependencies ?? []) {
      if (dependency.name !== imports || dependency.kind === "dev") continue;
      if (!dependency.optional) {
        violations.push(`${crate} -> ${imports}: must be optional, switched on by the feature ${feature} alone`);
      }
      for (const other of featuresEnabling(pkg, imports)) {
        if (other === feature) continue;
        violations.push(`${crate} -> ${imports}: switched on by the feature ${other}; only ${feature} may`);
      }
    }
  }
  return { violations, edges, exempt };
}

/**
 * Holds the browser's half to the rules.
 * @param {string} tree lines `name|feature,feature` of `cargo tree -f "{p}|{f}"`; versions and paths follow the name
 * @param {Iterable<string>} ours the names of the workspace's crates
 * @returns {{violations: string[], crates: number}}
 */
export function checkBrowser(tree, ours) {
  const internal = new Set(ours);
  const found = new Map();
  for (const line of tree.split("\n")) {
    const [label, features = ""] = line.trim().split("|");
    const name = label.split(" ")[0];
    if (!name) continue;
    const known = found.get(name) ?? new Set();
    // `cargo tree` marks a repeated line with " (*)", which lands behind the features.
    for (const feature of features.replace(/\(\*\)$/, "").split(",")) if (feature.trim()) known.add(feature.trim());
    found.set(name, known);
  }
  const violations = [];
  if (!found.has(BROWSER)) violations.push(`wasm: cargo tree lists no ${BROWSER}: nothing was checked`);
  for (const [name, features] of found) {
    if (internal.has(name) && !IN_BROWSER.includes(name)) {
      violations.push(`wasm: ${BROWSER} -> … -> ${name}: the browser's half holds ${IN_BROWSER.join(", ")} and none other of our crates`);
    } else if (NEVER_IN_BROWSER.test(name)) {
      violations.push(`wasm: ${BROWSER} -> … -> ${name}: no server, database or socket in the browser's half`);
    } else if (name === "tokio") {
      const bad = TOKIO_NEVER_IN_BROWSER.filter((feature) => features.has(feature));
      if (bad.length > 0) {
        violations.push(`wasm: ${BROWSER} -> … -> tokio: with ${bad.join(", ")}, which need an operating system`);
      }
    }
  }
  return { violations, crates: found.size };
}

/** Feeds forged workspaces to both checks: what is broken must be found, what is sound must pass. */
function selfTest() {
  const dep = (name, more = {}) => ({ name, kind: null, optional: false, ...more });
  const pkg = (name, dependencies = [], features = {}) => ({ name, dependencies, features });
  const ssrApp = (features) => pkg(WEB_APP, [dep(ROOT), dep("parallax-service", { optional: true })], features);
  const sound = [
    pkg(ROOT, [dep("serde"), dep("time"), dep("proptest", { kind: "dev" })]),
    pkg("parallax-venues", [dep(ROOT), dep("serde_json"), dep("parallax-store", { kind: "dev" })]),
    pkg("parallax-store", [dep(ROOT), dep("sqlx")]),
    pkg("parallax-service", [dep(ROOT), dep("parallax-store")]),
    ssrApp({ default: [], hydrate: ["leptos/hydrate"], ssr: ["leptos/ssr", "dep:parallax-service"] }),
    pkg(BROWSER, [dep(WEB_APP)]),
    pkg("server", [dep(ROOT), dep("parallax-store"), dep(WEB_APP)]),
  ];
  const with_ = (...changed) => [...sound.filter((old) => !changed.some((now) => now.name === old.name)), ...changed];
  const cases = [
    ["a sound workspace", sound, []],
    ["a forbidden edge", with_(pkg("parallax-venues", [dep("parallax-store")])), ["parallax-venues -> parallax-store"]],
    ["a forbidden build edge", with_(pkg("parallax-venues", [dep("parallax-store", { kind: "build" })])), ["parallax-venues -> parallax-store"]],
    ["a forbidden optional edge", with_(pkg("parallax-store", [dep("parallax-venues", { optional: true })])), ["parallax-store -> parallax-venues"]],
    ["the vocabulary with tokio", with_(pkg(ROOT, [dep("serde"), dep("tokio")])), ["parallax -> tokio"]],
    ["the vocabulary importing a room", with_(pkg(ROOT, [dep("parallax-store")])), ["parallax -> parallax-store"]],
    ["a crate nobody knows", with_(pkg("parallax-utils", [])), ["tell the rules where it stands"]],
    ["the service always in the app", with_(pkg(WEB_APP, [dep("parallax-service")])), ["must be optional"]],
    ["the service under hydrate", with_(ssrApp({ hydrate: ["dep:parallax-service"], ssr: ["dep:parallax-service"] })), ["the feature hydrate"]],
    ["the service by default, through ssr", with_(ssrApp({ default: ["ssr"], ssr: ["dep:parallax-service"] })), ["the feature default"]],
    ["the store in the browser's crate", with_(pkg(BROWSER, [dep("parallax-store")])), ["frontend -> parallax-store"]],
  ];
  const names = sound.map((member) => member.name);
  const clean = `${BROWSER} v0.1.0 (/x)|\n${WEB_APP} v0.1.0 (/x)|hydrate\n${ROOT} v0.1.0|\ntokio v1.0.0|sync,macros\nserde v1.0.0|std (*)`;
  const trees = [
    ["a sound browser's half", clean, []],
    ["tokio with a network", `${clean}\ntokio v1.0.0|default,net (*)`, ["tokio: with net"]],
    ["a database", `${clean}\nsqlx-core v0.9.0|`, ["sqlx-core"]],
    ["a server", `${clean}\naxum v0.8.0|json\nhyper v1.0.0|`, ["axum", "hyper"]],
    ["the service", `${clean}\nparallax-service v0.1.0 (/x)|`, ["parallax-service"]],
    ["nothing at all", "", ["nothing was checked"]],
  ];
  const failures = [];
  const expect = (title, violations, wanted) => {
    const missing = wanted.filter((text) => !violations.some((violation) => violation.includes(text)));
    if (missing.length > 0) failures.push(`${title}: not found: ${missing.join("; ")}`);
    if (violations.length !== wanted.length) failures.push(`${title}: expected ${wanted.length} violations, got ${JSON.stringify(violations)}`);
  };
  for (const [title, packages, wanted] of cases) expect(title, checkWorkspace({ packages }).violations, wanted);
  for (const [title, tree, wanted] of trees) expect(title, checkBrowser(tree, names).violations, wanted);
  return { failures, cases: cases.length + trees.length };
}

function cargo(...args) {
  try {
    return execFileSync("cargo", args, {
      cwd: join(dirname(fileURLToPath(import.meta.url)), ".."),
      encoding: "utf8",
      maxBuffer: 1 << 28,
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    console.error(`import rules: cargo ${args.join(" ")} failed:\n${error.stderr ?? error.message}`);
    process.exit(2);
  }
}

function main() {
  const self = selfTest();
  for (const failure of self.failures) console.error(`import rules, self-test: ${failure}`);
  if (self.failures.length > 0) process.exit(1);
  console.log(`import rules: self-test passed, ${self.cases} forged cases judged rightly`);
  if (process.argv.includes("--self-test")) return;

  const metadata = JSON.parse(cargo("metadata", "--format-version", "1", "--no-deps"));
  const workspace = checkWorkspace(metadata);
  const tree = cargo(
    ..."tree -p frontend --target wasm32-unknown-unknown -e normal,no-proc-macro --prefix none -f {p}|{f}".split(" "),
  );
  const browser = checkBrowser(tree, metadata.packages.map((pkg) => pkg.name));

  const violations = [...workspace.violations, ...browser.violations];
  for (const violation of violations) console.error(`import rules: ${violation}`);
  for (const edge of workspace.exempt) console.log(`import rules: ${edge} in tests only, which is exempt`);
  if (violations.length > 0) process.exit(1);
  console.log(
    `import rules: ${metadata.packages.length} crates with ${workspace.edges} edges between them, and ` +
      `${browser.crates} crates in the browser's half: all rules hold`,
  );
}

main();
