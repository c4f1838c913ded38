#!/usr/bin/env node
// Runs Lighthouse on a server that is already answering and holds its pages to an aim.
//
//   node run.mjs URL [PATH …]     default paths: / and /tokens/bitcoin
//   RUNS=5                        runs of each page; the median counts
//   AIM=95                        the least median of each category, of 100
//   CHROMIUM=/usr/bin/chromium    the browser
//
// Exit code: 0 every median reaches the aim, 1 one does not, 2 it could not be measured.

import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];
const FIGURES = ["first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift"];
const RUNS = Number(process.env.RUNS ?? 5);
const AIM = Number(process.env.AIM ?? 95);
const [base, ...named] = process.argv.slice(2);
const PATHS = named.length > 0 ? named : ["/", "/tokens/bitcoin"];

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)];

/** One run: each category's score of 100, each figure, and what cost points. */
async function run(url) {
  // A browser and a profile of its own for each run: nothing is cached, as at a first visit.
  const browser = await launch({
    chromePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    // Nothing here may look for the internet; root has no sandbox.
    chromeFlags: [
      "--headless=new",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-quic",
      "--no-first-run",
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    ],
    logLevel: "error",
  });
  try {
    const { lhr } = await lighthouse(url, { port: browser.port, onlyCategories: CATEGORIES, logLevel: "error" });
    if (lhr.runtimeError) throw new Error(`${lhr.runtimeError.code}: ${lhr.runtimeError.message}`);
    return {
      scores: CATEGORIES.map((id) => Math.round(lhr.categories[id].score * 100)),
      figures: FIGURES.map((id) => lhr.audits[id].numericValue),
      lost: CATEGORIES.flatMap((id) =>
        lhr.categories[id].auditRefs
          .filter(({ id: audit, weight }) => weight > 0 && (lhr.audits[audit].score ?? 1) < 0.9)
          .map(({ id: audit }) => `${audit} (${lhr.audits[audit].displayValue ?? lhr.audits[audit].title})`),
      ),
    };
  } finally {
    await browser.kill();
  }
}

async function main() {
  if (!base) throw new Error("usage: node run.mjs URL [PATH …]");
  let isReached = true;
  for (const path of PATHS) {
    const runs = [];
    for (let number = 1; number <= RUNS; number += 1) {
      const one = await run(new URL(path, base).href);
      runs.push(one);
      console.log(`  ${path} run ${number}: ${one.scores.join(" ")}${one.lost.length ? `  lost: ${one.lost.join(", ")}` : ""}`);
    }
    const scores = CATEGORIES.map((name, place) => [name, median(runs.map((one) => one.scores[place]))]);
    const [fcp, lcp, tbt, cls] = FIGURES.map((_, place) => median(runs.map((one) => one.figures[place])));
    console.log(
      `${path}: median of ${RUNS}: ${scores.map(([name, score]) => `${name} ${score}`).join(", ")}; ` +
        `first paint ${Math.round(fcp)} ms, largest ${Math.round(lcp)} ms, blocked ${Math.round(tbt)} ms, ` +
        `layout shift ${cls.toFixed(3)}`,
    );
    isReached &&= scores.every(([, score]) => score >= AIM);
  }
  console.log(isReached ? `every median is at least ${AIM}` : `a median is below ${AIM}`);
  return isReached ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error) => {
    console.error(`lighthouse: ${error.message}`);
    process.exit(2);
  },
);
