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

test("the table is ordered by links", async ({ prices, page }) => {
  await page.goto("/");
  await prices.orderBy("price");
  await expect(page).toHaveURL("/?sort=price");
  await expect(prices.head("price")).toHaveAttribute("aria-sort", "descending");
  const values = (await prices.values()).filter((value) => !Number.isNaN(value));
  expect(values).toEqual([...values].sort((a, b) => b - a));
  await prices.orderBy("price");
  await expect(page).toHaveURL("/?sort=price&order=asc");
  const turned = (await prices.values()).filter((value) => !Number.isNaN(value));
  expect(turned).toEqual([...turned].sort((a, b) => a - b));
});

test("the search is a form that keeps order and currency", async ({ prices, page }) => {
  await page.goto("/?sort=price&currency=eur");
  await prices.search.fill("usdc");
  await prices.main.getByRole("button", { name: "Search" }).click();
  const address = new URL(page.url());
  expect(Object.fromEntries(address.searchParams)).toEqual({ q: "usdc", sort: "price", currency: "eur" });
  await expect(prices.row("usd-coin")).toBeVisible();
  await expect(prices.row("bitcoin")).toHaveCount(0);
});

test("a page beyond the last is the last", async ({ prices, page }) => {
  await page.goto("/?page=99");
  expect(await prices.rows.count()).toBeGreaterThanOrEqual(20);
});

for (const [path, description] of [
  ["/", /robust price/],
  ["/compare?ids=bitcoin,ethereum", /five tokens/],
] as const) {
  test(`${path} tells search engines what it is and where`, async ({ page }) => {
    await page.goto(path);
    await expect(page.locator('meta[name="description"]')).toHaveCount(1);
    await expect(page.locator('meta[name="description"]')).toHaveAttribute("content", description);
    await expect(page.locator('link[rel="canonical"]')).toHaveAttribute("href", new URL(path, page.url()).href);
  });
}
