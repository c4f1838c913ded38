// /markets shows every market under its exchange, in its own quote currency.

import { NUMBER } from "../support/pages/figures.ts";
import { expect, test } from "../support/test.ts";

test("markets are listed by exchange with bid and ask as received", async ({ prices }) => {
  await prices.open("/markets");
  for (const [venue, market] of [["binance", "BTCUSDT"], ["coinbase", "BTC-USD"], ["kraken", "BTC/USD"]]) {
    const row = prices.main.locator(`tr[data-venue="${venue}"][data-market="${market}"]`);
    await expect(row.locator('[data-label="Bid"]')).toHaveText(NUMBER);
    await expect(row.locator('[data-label="Ask"]')).toHaveText(NUMBER);
    await expect(row.locator('[data-label="Quoted"] time')).toHaveAttribute("datetime", /Z$/);
    await expect(row.getByRole("link")).toHaveAttribute("href", "/tokens/bitcoin");
  }
});

test("one exchange's markets have an address of their own", async ({ prices, page }) => {
  await prices.open("/markets");
  await page.getByRole("navigation", { name: "Exchanges" }).getByRole("link", { name: "Kraken" }).click();
  await expect(page).toHaveURL(/exchange=kraken/);
  await expect(prices.main.locator('tr[data-venue="kraken"]').first()).toBeVisible();
  await expect(prices.main.locator('tr[data-venue]:not([data-venue="kraken"])')).toHaveCount(0);
});

test("a market on a chain has its one price and the time of its block", async ({ prices }) => {
  await prices.open("/markets?exchange=thegraph");
  const row = prices.main.locator("tr[data-venue]").filter({ hasText: "WBTC/USD" });
  await expect(row.locator('[data-label="Bid"]')).toHaveText(NUMBER);
  await expect(row.locator('[data-label="Ask"]')).toBeEmpty();
  await expect(row.locator('[data-label="Quoted"] time')).toHaveAttribute("datetime", /Z$/);
  await expect(row.locator('[data-label="Status"]')).toContainText("on-chain price");
});
