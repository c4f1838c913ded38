// The main pages stand without JavaScript: what matters is in the HTML, and links are links.

import { PRICE } from "../support/pages/figures.ts";
import { expect, test } from "../support/test.ts";

test.use({ javaScriptEnabled: false });

test("the prices are in the page", async ({ prices, page }) => {
  await page.goto("/");
  await expect(prices.simulated).toBeVisible();
  expect(await prices.rows.count()).toBeGreaterThanOrEqual(20);
  for (const token of ["bitcoin", "ethereum", "solana"]) {
    await expect(prices.price(token)).toHaveText(PRICE);
    await expect(prices.row(token).getByRole("img").first(), "the viewpoints strip").toBeVisible();
    await expect(prices.row(token).locator("time")).toHaveAttribute("datetime", /^\d{4}-\d\d-\d\dT.*Z$/);
  }
});

test("a row's link opens the explanation", async ({ prices, token, page }) => {
  await page.goto("/");
  await prices.link("bitcoin").click();
  await expect(page).toHaveURL("/tokens/bitcoin");
  await expect(token.price).toHaveText(PRICE);
  for (const venue of ["Binance", "Coinbase", "Kraken"]) {
    await expect(token.included.filter({ hasText: venue }).first()).toBeVisible();
  }
});

test("the status page lists the exchanges", async ({ status, page }) => {
  await page.goto("/status");
  for (const venue of ["binance", "coinbase", "kraken"] as const) {
    await expect(status.state(venue)).toContainText("live");
  }
});

test("controls that need JavaScript are not shown", async ({ prices, page }) => {
  await page.goto("/");
  await expect(prices.pause).toBeHidden();
});
