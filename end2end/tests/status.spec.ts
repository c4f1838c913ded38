// /status shows every connection and what becomes of it.

import type { Venue } from "../support/market.ts";
import { disruptiveTest, expect, test } from "../support/test.ts";

const VENUES: Venue[] = ["binance", "coinbase", "kraken"];

test("three exchanges are connected and deliver", async ({ status, page }) => {
  await status.goto();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Status");
  await expect(status.simulated).toBeVisible();
  for (const venue of VENUES) {
    await expect(status.state(venue)).toHaveAttribute("data-state", "live");
    await expect(status.cell(venue, "Last message").locator("time")).toHaveAttribute("datetime", /Z$/);
    await expect(status.cell(venue, "Messages/s"), "messages arrive").toHaveText(/[1-9]/);
  }
  for (const heading of ["State", "Last message", "Messages/s", "Reconnects", "Decode errors", "Drops"]) {
    await expect(status.headings.filter({ hasText: heading })).toBeVisible();
  }
  await expect(status.main).toContainText("SQLite");
});

test("the chain's queries are counted against their budget", async ({ status }) => {
  await status.goto();
  await expect(status.state("thegraph")).toHaveAttribute("data-state", "live");
  await expect(status.budget("thegraph")).toHaveText(/^[\d,]+ of [\d,]+ queries this month$/);
  await expect(status.cell("thegraph", "State")).toContainText("next poll");
});

test("the past and the rows that wait are accounted for", async ({ status, page }) => {
  await status.goto();
  await expect(page.getByRole("heading", { name: "History" })).toBeVisible();
  const history = status.main.locator("[data-backfill]");
  await expect(history).toContainText("Candles filled in");
  await expect(history).toContainText("Trades too late");
  await expect(status.main.locator('[data-cell="spool"]')).toHaveText(/^0 \(0.B of at most .*B\)$/);
});

disruptiveTest("a cut connection comes back by itself and is counted", async ({ stage, status }) => {
  await status.goto();
  await expect(status.state("coinbase")).toHaveAttribute("data-state", "live");
  const before = await status.count("coinbase", "Reconnects");
  await stage.market.misbehave("coinbase", "disconnect", 0);
  await expect.poll(() => status.count("coinbase", "Reconnects"), { timeout: 30_000 }).toBeGreaterThan(before);
  await expect(status.state("coinbase")).toHaveAttribute("data-state", "live", { timeout: 30_000 });
  await expect(status.state("kraken"), "the others are not disturbed").toHaveAttribute("data-state", "live");
  expect(await status.count("kraken", "Reconnects")).toBe(0);
});

disruptiveTest.describe("with short waits between attempts", () => {
  disruptiveTest.use({ settings: { PARALLAX_INGEST__MAX_BACKOFF_S: "3" } });

  disruptiveTest("an exchange that refuses is shown with its reason, and tried until it relents", async ({ stage, status }) => {
    disruptiveTest.slow();
    await status.goto();
    await stage.market.misbehave("kraken", "refuse", 12_000);
    await stage.market.misbehave("kraken", "disconnect", 0);
    // Between two attempts it waits; which of the two the page sees is chance.
    await expect(status.state("kraken")).toHaveAttribute("data-state", /^(connecting|waiting)$/);
    await expect(status.cell("kraken", "Last error")).toContainText("503");
    await expect(status.state("binance"), "the others are not disturbed").toHaveAttribute("data-state", "live");
    await expect(status.state("kraken")).toHaveAttribute("data-state", "live", { timeout: 40_000 });
    await expect(status.main).not.toContainText("Could not reach");
  });
});

disruptiveTest("frames that cannot be read are counted", async ({ stage, status }) => {
  await status.goto();
  await stage.market.misbehave("kraken", "malformed", 2_000);
  await expect.poll(() => status.count("kraken", "Decode errors"), { timeout: 20_000 }).toBeGreaterThan(0);
});
