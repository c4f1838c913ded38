// How the browser tests run. What they start (a simulator and a server of their own) is in support/stage.ts.
//
//   CHROMIUM          the browser, default /usr/bin/chromium
//   PARALLAX_BIN      the server, default ../target/release/parallax
//   PARALLAX_SIM_BIN  the simulator, default ../target/release/parallax-sim
//   PARALLAX_SITE     the built site, default ../target/site
//   TRACE             keep a trace of every test that fails; recording doubles the work of all

import { defineConfig } from "@playwright/test";

// Chromium refuses its sandbox to root; elsewhere it keeps it.
const asRoot = process.getuid?.() === 0;

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  // Prices come from a running market: a test that passes only the second time has found something.
  retries: 0,
  // Each worker runs a browser, a server and a simulator; two fill a machine of two cores.
  workers: process.env.CI ? 1 : 2,
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  // For a busy machine: what must be quick says so itself.
  timeout: 120_000,
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    timezoneId: "Pacific/Auckland",
    trace: process.env.TRACE ? "retain-on-failure" : "off",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      chromiumSandbox: !asRoot,
      // Nothing here may look for the internet: the machine may have none.
      args: [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
        "--disable-gpu",
        "--no-first-run",
        "--no-default-browser-check",
      ],
    },
  },
});
