// Prices in another currency: chosen by a form, carried by links, never silently.

import { BITCOINS, EUROS, PRICE } from "../support/pages/figures.ts";
import { expect, test } from "../support/test.ts";

test("the choice changes every price without a reload, and back", async ({ prices, page }) => {
  await prices.goto();
  await prices.mark();
  await expect(prices.price("bitcoin")).toHaveText(PRICE);
  await prices.currency.selectOption("EUR");
  await expect(page).toHaveURL("/?currency=eur");
  await expect(prices.summary).toContainText("in euros");
  await expect(prices.rate).toContainText(/1 EUR = \$\d/);
  await expect(prices.rate).toContainText(/live|thin/);
  await expect(prices.price("bitcoin")).toHaveText(EUROS);
  await expect(prices.cell("bitcoin", "volume")).toHaveText(/^€/);
  await prices.expectPriceToMove("bitcoin");
  await prices.currency.selectOption("BTC");
  await expect(prices.price("ethereum")).toHaveText(BITCOINS);
  await expect(prices.price("bitcoin")).toHaveText(/^1(\.0+)?\s*BTC$/);
  await prices.currency.selectOption("USD");
  await expect(page).toHaveURL("/");
  await expect(prices.price("bitcoin")).toHaveText(PRICE);
  await prices.expectNeverReloaded();
});

test("links carry the currency", async ({ prices, page }) => {
  await prices.open("/?currency=eur");
  await prices.orderBy("price");
  await expect(page).toHaveURL("/?sort=price&currency=eur");
  await prices.search.fill("bitcoin");
  await expect(page).toHaveURL("/?q=bitcoin&sort=price&currency=eur");
  await expect(prices.row("ethereum")).toHaveCount(0);
  await prices.link("bitcoin").click();
  await expect(page).toHaveURL("/tokens/bitcoin?currency=eur");
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Compare" }).click();
  await expect(page).toHaveURL("/compare?currency=eur");
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("the form keeps the rest of the address", async ({ prices, page }) => {
    await page.goto("/?q=bit&sort=price&order=asc");
    await prices.currency.selectOption("EUR");
    await page.getByRole("banner").getByRole("button", { name: "Show" }).click();
    const address = new URL(page.url());
    expect(Object.fromEntries(address.searchParams)).toEqual({ q: "bit", sort: "price", order: "asc", currency: "eur" });
    await expect(prices.price("bitcoin")).toHaveText(EUROS);
    await expect(prices.currency).toHaveValue("eur");
    await expect(prices.summary).toContainText("in euros");
  });

  test("an unknown currency is said, not guessed", async ({ prices, page }) => {
    await page.goto("/?currency=xyz");
    await expect(prices.rate).toContainText("“xyz” is no currency here: prices are in US dollars.");
    await expect(prices.price("bitcoin")).toHaveText(PRICE);
  });
});
