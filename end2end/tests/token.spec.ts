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

test("every market in the price shows bid, ask, spread, age and weight, and its way to dollars is told", async ({ token }) => {
  await token.goto("bitcoin");
  await expect(token.included.first()).toBeVisible();
  for (const market of await token.included.and(token.page.locator("tr:not([data-spot])")).all()) {
    await expect(token.cell(market, "Bid")).toHaveText(NUMBER);
    await expect(token.cell(market, "Ask")).toHaveText(NUMBER);
    await expect(token.cell(market, "Spread")).toHaveText(/\d\u00a0bp$/);
    await expect(token.cell(market, "Weight")).toHaveText(/%$/);
    await expect(token.cell(market, "Age").locator("time")).toHaveAttribute("datetime", /Z$/);
  }
  await expect(token.main.locator(".legs")).toContainText("quoted in USD");
  const leg = token.main.locator('.legs [data-through="tether"]');
  await expect(leg).toContainText("Binance");
  const link = leg.getByRole("link");
  await expect(link, "the price it was converted at, a page of its own").toHaveAttribute("href", "/tokens/tether");
  await link.click();
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

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("the head says how far to trust the price", async ({ token, page }) => {
      await page.goto("/tokens/bitcoin");
      await expect(token.price).toHaveText(PRICE);
      await expect(token.fact("sources")).toHaveText(/^\d+ of \d+$/);
      await expect(token.fact("confidence")).toContainText("±");
      for (const change of ["change-1h", "change-24h", "change-7d"]) {
        await expect(token.fact(change)).toHaveText(/%|not known yet/);
      }
      await expect(token.main.locator('[data-cell="range-24h"] [data-end]')).toHaveText([/\$[\d,.]+$/, /\$[\d,.]+$/]);
    });

    test("a heading orders the markets, and turns the order the second time", async ({ token, page }) => {
      await page.goto("/tokens/bitcoin");
      if (javaScriptEnabled) await token.alive();
      const venues = () => token.markets.evaluateAll((rows) => rows.map((row) => row.getAttribute("data-venue")));
      const heading = token.main.getByRole("columnheader", { name: "Exchange" });
      await heading.getByRole("link").click();
      await expect(page).toHaveURL(/sort=exchange/);
      await expect(heading).toHaveAttribute("aria-sort", "ascending");
      await expect.poll(venues).toEqual([...(await venues())].sort());
      await heading.getByRole("link").click();
      await expect(page).toHaveURL(/order=desc/);
      await expect(heading).toHaveAttribute("aria-sort", "descending");
      await expect.poll(venues).toEqual([...(await venues())].sort().reverse());
    });

    test("an amount is converted both ways, exactly", async ({ token, page }) => {
      await page.goto("/tokens/bitcoin");
      const result = token.main.locator('[data-cell="converted"]');
      const form = token.main.locator("#converter form");
      if (javaScriptEnabled) await token.alive();
      await form.getByLabel("Amount").fill("1,000.5");
      await form.getByLabel("USD").check();
      if (!javaScriptEnabled) await form.getByRole("button", { name: "Convert" }).click();
      await expect(result).toHaveText(/^1,000\.5 USD = 0\.0\d+ BTC$/);
      await form.getByLabel("Amount").fill("2");
      await form.getByLabel("BTC").check();
      if (!javaScriptEnabled) await form.getByRole("button", { name: "Convert" }).click();
      await expect(result).toHaveText(/^2 BTC = [\d,.]+ USD$/);
      await expect(async () => {
        const [price, value] = [await token.priceInUsd(), Number(await result.getAttribute("data-value"))];
        expect(value).toBeCloseTo(2 * price, 6);
      }).toPass();
    });

    test("everything is shown in the currency of the address", async ({ token, page }) => {
      await page.goto("/tokens/ethereum?currency=eur");
      await expect(token.price).toHaveText(/^\s*€[\d,.]+\s*$/);
      await expect(token.fact("volume")).toContainText("€");
      await expect(token.main.getByRole("columnheader", { name: "Mid in EUR" })).toBeVisible();
      await expect(token.main.locator(".chart-span")).toContainText("in EUR");
    });
  });
}

test("a contract can be copied and looked up", async ({ token, page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await token.goto("usd-coin");
  const contract = token.main.locator('[data-chain="ethereum"]');
  const address = (await contract.locator("code").getAttribute("title")) ?? "";
  const link = contract.getByRole("link");
  await expect(link).toHaveAttribute("href", `https://etherscan.io/token/${address}`);
  await expect(link).toHaveAttribute("rel", /noopener.*nofollow/);
  await contract.getByRole("button").click();
  await expect(contract.getByRole("status")).toHaveText("Copied");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(address);
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
  await expect(token.cell(kraken, "Status")).toContainText("crossed");
  await expect(kraken.locator('[data-part="found"]')).toHaveText(/\d/);
  await expect(kraken.locator('[data-part="allowed"]')).not.toBeEmpty();
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
  await expect(binance.locator('[data-part="allowed"]')).toHaveText(/\d/);
  const after = await token.priceInUsd();
  expect(Math.abs(after / before - 1), "the share by which the price moved").toBeLessThan(0.05);
});
