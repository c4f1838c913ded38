// The `test` of the specs. Two kinds: `test` shares one stage among all tests of a worker, for those that
// only look; `disruptiveTest` opens a stage of its own, for those that break something on it.
//
// Both fail on any error on the browser's console (see console-guard.ts).

import { test as base } from "@playwright/test";

import { ConsoleGuard } from "./console-guard.ts";
import { ComparePage } from "./pages/compare.ts";
import { PricesPage } from "./pages/prices.ts";
import { StatusPage } from "./pages/status.ts";
import { TokenPage } from "./pages/token.ts";
import { type Settings, Stage } from "./stage.ts";

const STAGE_OPENS_WITHIN_MS = 60_000;

interface Equipment {
  guard: ConsoleGuard;
  compare: ComparePage;
  prices: PricesPage;
  token: TokenPage;
  status: StatusPage;
}

const equipped = base.extend<Equipment>({
  guard: [
    async ({ context }, use) => {
      const guard = new ConsoleGuard();
      guard.watch(context);
      await use(guard);
      guard.verify();
    },
    { auto: true },
  ],
  compare: async ({ page }, use) => use(new ComparePage(page)),
  prices: async ({ page }, use) => use(new PricesPage(page)),
  token: async ({ page }, use) => use(new TokenPage(page)),
  status: async ({ page }, use) => use(new StatusPage(page)),
});

export const test = equipped.extend<object, { stage: Stage }>({
  stage: [
    // Playwright reads a fixture's needs from this pattern, also when it needs nothing.
    async ({}, use) => {
      const stage = await Stage.open();
      await use(stage);
      await stage.close();
    },
    { scope: "worker", timeout: STAGE_OPENS_WITHIN_MS },
  ],
  baseURL: async ({ stage }, use) => use(stage.url),
});

export const disruptiveTest = equipped.extend<{ settings: Settings; stage: Stage }>({
  /** What the test's server is configured with besides the defaults: `disruptiveTest.use({ settings })`. */
  settings: [{}, { option: true }],
  stage: [
    async ({ settings }, use) => {
      const stage = await Stage.open(settings);
      await use(stage);
      await stage.close();
    },
    { timeout: STAGE_OPENS_WITHIN_MS },
  ],
  baseURL: async ({ stage }, use) => use(stage.url),
});

export { expect } from "@playwright/test";
