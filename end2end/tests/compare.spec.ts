// Up to five tokens in one picture, chosen by links and a form.

import { PRICE } from "../support/pages/figures.ts";
import { expect, test } from "../support/test.ts";

test("an empty comparison suggests some", async ({ compare, page }) => {
  await compare.open("/compare");
  await expect(page).toHaveTitle(/^Compare/);
  await expect(compare.main.getByRole("heading", { name: "Nothing to compare yet" })).toBeVisible();
  await compare.main.getByRole("link", { name: "Bitcoin, Ethereum", exact: true }).click();
  await expect(page).toHaveURL("/compare?ids=bitcoin,ethereum");
  await expect.poll(() => compare.order()).toEqual(["bitcoin", "ethereum"]);
});

test("the header leads to the comparison and says where one is", async ({ prices, page }) => {
  await prices.goto();
  const pages = page.getByRole("navigation", { name: "Pages" });
  await pages.getByRole("link", { name: "Compare" }).click();
  await expect(page).toHaveURL("/compare");
  await expect(pages.getByRole("link", { name: "Compare" })).toHaveAttribute("aria-current", "page");
  await expect(pages.getByRole("link")).toHaveText(["Prices", "Compare", "Status", "API"]);
});

test("tokens are added and removed, and their prices are live", async ({ compare, page }) => {
  await compare.goto(["bitcoin", "ethereum"]);
  await compare.mark();
  await compare.add.selectOption("solana");
  await expect(page).toHaveURL("/compare?ids=bitcoin,ethereum,solana");
  await expect.poll(() => compare.order()).toEqual(["bitcoin", "ethereum", "solana"]);
  const price = compare.row("bitcoin").locator('[data-cell="price"]');
  const before = (await price.getAttribute("data-value")) ?? "";
  await expect(price).not.toHaveAttribute("data-value", before);
  await compare.remove("ethereum").click();
  await expect(page).toHaveURL("/compare?ids=bitcoin,solana");
  await expect.poll(() => compare.order()).toEqual(["bitcoin", "solana"]);
  await expect(page).toHaveTitle(/Bitcoin, Solana/);
  await compare.expectNeverReloaded();
});

test("a range is a link", async ({ compare, page }) => {
  await compare.goto(["bitcoin", "ethereum"]);
  await expect(compare.ranges.getByRole("link", { name: "Change within 7 days" })).toHaveAttribute("aria-current", "true");
  await compare.ranges.getByRole("link", { name: "Change within 24 hours" }).click();
  await expect(page).toHaveURL("/compare?ids=bitcoin,ethereum&range=24h");
  await expect(compare.main.getByRole("columnheader", { name: "Change within 24 hours" })).toBeVisible();
});

test("a sixth token and an unknown one are refused by name", async ({ compare }) => {
  await compare.goto(["bitcoin", "ethereum", "solana", "ripple", "cardano", "dogecoin", "no-such-token"]);
  await expect(compare.rows).toHaveCount(5);
  await expect(compare.refused).toContainText("dogecoin");
  await expect(compare.refused).toContainText("no-such-token");
  await expect(compare.add, "five are enough").toHaveCount(0);
});

test("the picture is in the page and fits a phone", async ({ compare, page }) => {
  // The past is fetched after the start.
  test.slow();
  await expect
    .poll(
      async () => {
        await compare.goto(["bitcoin", "ethereum"], "&range=30d");
        return compare.picture.locator(".chart-picture svg").count();
      },
      { timeout: 60_000 },
    )
    .toBe(2);
  await page.setViewportSize({ width: 390, height: 844 });
  await expect(compare.picture).toBeVisible();
  await compare.expectNoSidewaysScroll();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("the form adds a token and a link removes one", async ({ compare, page }) => {
    await page.goto("/compare?ids=bitcoin&range=30d&currency=eur");
    await compare.add.selectOption("ethereum");
    await compare.main.getByRole("button", { name: "Add" }).click();
    await expect(page).toHaveURL(/add=ethereum/);
    expect(await compare.order()).toEqual(["bitcoin", "ethereum"]);
    await expect(compare.ranges.getByRole("link", { name: "Change within 30 days" })).toHaveAttribute("aria-current", "true");
    await expect(compare.row("bitcoin").locator(".figure")).toHaveText(/€/);
    await compare.remove("bitcoin").click();
    await expect(page).toHaveURL("/compare?ids=ethereum&range=30d&currency=eur");
    expect(await compare.order()).toEqual(["ethereum"]);
  });

  test("prices are in dollars unless the address says otherwise", async ({ compare, page }) => {
    await page.goto("/compare?ids=bitcoin");
    await expect(compare.row("bitcoin").locator(".figure")).toHaveText(PRICE);
  });
});
