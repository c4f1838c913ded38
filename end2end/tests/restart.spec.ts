// A restart shows the last known prices at once, marked with their age.

import { PRICE } from "../support/pages/figures.ts";
import { disruptiveTest as test, expect } from "../support/test.ts";

test("a restarted server without exchanges shows the last prices, stale, with their time", async ({
  stage,
  prices,
  status,
  page,
}) => {
  test.setTimeout(120_000);
  await prices.goto();
  await expect(prices.price("bitcoin")).toHaveText(PRICE);
  const before = await prices.priceInUsd("bitcoin");
  await page.goto("about:blank");
  await stage.stopServer();
  await stage.market.stop();
  const stopped = Date.now();
  await stage.startServer();

  await prices.goto();
  await expect(prices.price("bitcoin")).toHaveText(PRICE);
  expect(Math.abs((await prices.priceInUsd("bitcoin")) / before - 1), "the share by which it differs").toBeLessThan(0.02);
  await expect(prices.status("bitcoin")).toHaveAttribute("data-status", /^(aging|stale)$/);
  const time = await prices.row("bitcoin").locator("time").getAttribute("datetime");
  expect(Date.parse(time ?? ""), "the time of the price lies before the restart").toBeLessThanOrEqual(stopped);

  await status.goto();
  await expect(status.state("binance")).not.toHaveAttribute("data-state", "live");
  await expect(status.cell("binance", "Last error"), "why it cannot be reached").not.toHaveText(/^none/, { timeout: 20_000 });
});
