// A row opens its explanation: why this price, and what was left out of it.

import { expectAccessibleInBothThemes } from "../support/accessibility.ts";
import { FOR_GOOD_MS } from "../support/market.ts";
import { NUMBER, PRICE } from "../support/pages/figures.ts";
import { disruptiveTest, expect, test } from "../support/test.ts";

test("a row opens the explanation of its price", async ({ prices, token, page }) => {
  await prices.goto();
  await prices.link("bitcoin").click();
  await expect(page).toHaveURL("/tokens/bitcoin");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Bitcoin");
  await expect(page).toHaveTitle(/Bitcoin/);
  await expect(token.price).toHaveText(PRICE);
  for (const venue of ["Binance", "Coinbase", "Kraken"]) {
    await expect(token.included.filter({ hasText: venue }).first()).toBeVisible();
  }
});

test("every market in the price shows bid, ask, age, conversion and weight", async ({ token }) => {
  await token.goto("bitcoin");
  await expect(token.included.first()).toBeVisible();
  for (const market of await token.included.and(token.page.locator("tr:not([data-spot])")).all()) {
    await expect(token.cell(market, "Bid")).toHaveText(NUMBER);
    await expect(token.cell(market, "Ask")).toHaveText(NUMBER);
    await expect(token.cell(market, "Weight")).toHaveText(/%$/);
    await expect(token.cell(market, "Age").locator("time")).toHaveAttribute("datetime", /Z$/);
  }
  const coinbase = token.inPrice("coinbase", "BTC-USD");
  await expect(token.cell(coinbase, "Conversion")).toContainText("quoted in USD");
  const binance = token.inPrice("binance", "BTCUSDT");
  const leg = token.cell(binance, "Conversion").getByRole("link");
  await expect(leg, "the price it was converted at, a page of its own").toHaveAttribute("href", "/tokens/tether");
  await leg.click();
  await expect(token.page.getByRole("heading", { level: 1 })).toContainText("Tether");
});

test("a chain's price is shown as one number with its block's time", async ({ token, page }) => {
  await token.goto("wrapped-bitcoin");
  const chain = page.locator('tr[data-venue="thegraph"]');
  await expect(chain).toBeVisible();
  await expect(token.cell(chain, "Bid"), "the one price there is").toHaveText(NUMBER);
  await expect(token.cell(chain, "Ask")).toHaveText(/^on-chain price\s*block time \d\d:\d\d:\d\d UTC$/);
  const facts = page.locator('[data-facts="thegraph"]');
  await expect(facts).toContainText("Total supply");
  await expect(facts).toContainText("unreliable");
  await expect(facts).toContainText("Read at block");
});

test("candles can be taken home as CSV", async ({ token, page, request }) => {
  await token.goto("bitcoin");
  const link = page.getByRole("main").getByRole("link", { name: "hours" });
  const address = (await link.getAttribute("href")) ?? "";
  expect(address).toMatch(/^\/api\/v1\/tokens\/bitcoin\/candles\.csv\?interval=1h/);
  const answer = await request.get(address);
  expect(answer.headers()["content-type"]).toContain("text/csv");
  expect(answer.headers()["content-disposition"]).toContain("bitcoin-index-1h.csv");
  expect(await answer.text()).toMatch(/^token,source,interval,open_time,open,high,low,close,/);
});

test("the weights add up to the whole", async ({ token }) => {
  await token.goto("bitcoin");
  await token.pause.click();
  await expect(token.resume).toBeVisible();
  const weights = await token.included
    .locator('[data-label="Weight"]')
    .evaluateAll((cells) => cells.map((cell) => Number(cell.getAttribute("title"))));
  expect(weights.length, "markets in the price").toBeGreaterThanOrEqual(3);
  expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 4);
});

test("the explanation is live", async ({ token }) => {
  await token.goto("bitcoin");
  await token.mark();
  await token.expectPriceToMove();
  const bid = token.cell(token.inPrice("coinbase", "BTC-USD"), "Bid");
  const before = await bid.innerText();
  await expect(bid).not.toHaveText(before);
  await token.expectNeverReloaded();
});

test("an unknown token is a page that says so and leads back", async ({ page, guard }) => {
  guard.provokes(/status of 404/);
  const answer = await page.goto("/tokens/no-such-token");
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Not found");
  await expect(page.getByRole("main")).toContainText("no-such-token");
  await page.getByRole("main").getByRole("link", { name: "All prices" }).click();
  await expect(page).toHaveURL("/");
});

test("a symbol is a question, not a token: the page names what may be meant", async ({ page, guard }) => {
  guard.provokes(/status of 404/);
  const answer = await page.goto("/tokens/BTC");
  expect(answer?.status()).toBe(404);
  await page.getByRole("main").getByRole("link", { name: "bitcoin" }).click();
  await expect(page).toHaveURL("/tokens/bitcoin");
});

test("an address that is no page is a 404", async ({ page, guard }) => {
  guard.provokes(/status of 404/);
  const answer = await page.goto("/no-such-page");
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Not found");
});

disruptiveTest("a crossed book is left out, with its rule and its threshold", async ({ stage, token, page }) => {
  await token.goto("ethereum");
  await expect(token.inPrice("kraken", "ETH/USD")).toBeVisible();
  await stage.market.misbehave("kraken", "crossed", FOR_GOOD_MS, "ETH/USD");
  const kraken = token.leftOut("kraken", "ETH/USD");
  await expect(kraken).toHaveAttribute("data-rule", "crossed");
  await expect(token.cell(kraken, "Rule")).toHaveText("crossed");
  await expect(token.cell(kraken, "Found")).toHaveText(/\d/);
  await expect(token.cell(kraken, "Allowed")).not.toBeEmpty();
  await expect(token.cell(kraken, "Bid")).toHaveText(NUMBER);
  await expect(token.inPrice("kraken", "ETH/USD")).toHaveCount(0);
  await token.expectPriceToMove();
  await expectAccessibleInBothThemes(page, "an explanation with a market left out");
});

disruptiveTest("one exchange at a thousand times the price does not move it", async ({ stage, token }) => {
  await token.goto("solana");
  await expect(token.inPrice("binance", "SOLUSDT")).toBeVisible();
  const before = await token.priceInUsd();
  await stage.market.misbehave("binance", "price_1000x", FOR_GOOD_MS, "SOLUSDT");
  const binance = token.leftOut("binance", "SOLUSDT");
  await expect(binance).toHaveAttribute("data-rule", "outlier");
  await expect(token.cell(binance, "Allowed")).toHaveText(/\d/);
  const after = await token.priceInUsd();
  expect(Math.abs(after / before - 1), "the share by which the price moved").toBeLessThan(0.05);
});
