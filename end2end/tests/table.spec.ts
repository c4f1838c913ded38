// The token table is live: prices of three exchanges, changing by themselves, under the reader's control.

import { PRICE } from "../support/pages/figures.ts";
import { expect, test } from "../support/test.ts";

test("twenty tokens and more have prices from three exchanges", async ({ prices, page }) => {
  await prices.goto();
  await expect(page).toHaveTitle(/Parallax/);
  await expect(prices.simulated).toBeVisible();
  await expect.poll(() => prices.tokensWithSources(3), { message: "tokens with prices of three exchanges" })
    .toBeGreaterThanOrEqual(20);
  await expect(prices.price("bitcoin")).toHaveText(PRICE);
  await expect(prices.status("bitcoin")).toHaveAttribute("data-status", "live");
  await expect(prices.row("bitcoin")).toContainText("BTC");
});

test("changes of an hour, a day and a week are known from the venues' own history", async ({ prices, page }) => {
  // The past is fetched after the start, and within a minute of it.
  test.slow();
  await prices.goto();
  await expect(page.getByRole("columnheader", { name: "7 d", exact: true })).toBeVisible();
  for (const column of ["change-1h", "change-24h", "change-7d"]) {
    await expect(prices.cell("bitcoin", column)).toHaveText(/\d\.\d\d%$/, { timeout: 60_000 });
  }
});

test("a price changes without a reload", async ({ prices }) => {
  await prices.goto();
  await prices.mark();
  await prices.expectPriceToMove("bitcoin");
  await prices.expectPriceToMove("ethereum");
  await prices.expectNeverReloaded();
});

test("a change is tinted by its direction, and never with reduced motion", async ({ prices, page }) => {
  await prices.goto();
  const price = prices.rows.locator("[data-cell=price]");
  // A tint lasts 600 ms: what is looked at must be looked at in one go.
  const tints = () =>
    price.evaluateAll((cells) =>
      cells.map((cell) => ({
        tint: cell.getAttribute("data-tint"),
        isColoured: getComputedStyle(cell).backgroundColor !== "rgba(0, 0, 0, 0)",
      })),
    );
  const tinted = async () => (await tints()).filter(({ tint }) => tint === "up" || tint === "down");
  await expect.poll(async () => (await tinted()).length, "tinted prices").toBeGreaterThan(0);
  const [coloured, plain] = [await tinted(), (await tints()).filter(({ tint }) => tint === null)];
  expect(coloured.every(({ isColoured }) => isColoured), "what is tinted has a colour").toBe(true);
  expect(plain.some(({ isColoured }) => isColoured), "what is not tinted has one").toBe(false);
  await page.emulateMedia({ reducedMotion: "reduce" });
  await expect.poll(async () => (await tinted()).length, "tinted prices").toBeGreaterThan(0);
  expect((await tints()).some(({ isColoured }) => isColoured), "colours with reduced motion").toBe(false);
});

test("the pause button stops all updates and resumes them", async ({ prices }) => {
  await prices.goto();
  await prices.expectPriceToMove("bitcoin");
  await prices.pause.click();
  await expect(prices.resume).toBeVisible();
  await expect(prices.notice).toContainText("Live updates paused");
  await prices.expectTableToStandStill();
  await prices.resume.click();
  await expect(prices.pause).toBeVisible();
  await expect(prices.notice).toBeHidden();
  await prices.expectPriceToMove("bitcoin");
});

test("the keys move through the table and open a row", async ({ prices, page }) => {
  await prices.goto();
  await expect(prices.link("bitcoin")).toBeVisible();
  const [first = "", second = ""] = await prices.order();
  await page.keyboard.press("ArrowDown");
  await expect(prices.link(first)).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(prices.link(second)).toBeFocused();
  await page.keyboard.press("ArrowUp");
  await expect(prices.link(first)).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(`/tokens/${first}`);
});

test("p pauses, t changes the theme, ? lists the keys", async ({ prices, page }) => {
  await prices.goto();
  await page.keyboard.press("p");
  await expect(prices.resume).toBeVisible();
  await page.keyboard.press("p");
  await expect(prices.pause).toBeVisible();

  await page.emulateMedia({ colorScheme: "light" });
  const root = page.locator("html");
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await page.keyboard.press("t");
  await expect(root).toHaveAttribute("data-theme", "light");
  const light = await background();
  await page.keyboard.press("t");
  await expect(root).toHaveAttribute("data-theme", "dark");
  await expect.poll(background, { message: "the background of the dark theme" }).not.toBe(light);
  await page.keyboard.press("t");
  await expect(root).toHaveAttribute("data-theme", "system");
  await expect.poll(background, { message: "the background, as the system wishes" }).toBe(light);

  await page.keyboard.press("?");
  await expect(prices.keys).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(prices.keys).toBeHidden();
});

test("a chosen theme outlives a reload", async ({ prices, page }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await prices.goto();
  await page.keyboard.press("t");
  await page.keyboard.press("t");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await prices.alive();
});

test("a tiny price is readable, and spoken in full", async ({ prices }) => {
  await prices.goto();
  await expect(prices.price("shiba-inu").locator("sub"), "the number of zeros").toHaveText("4");
  await expect(prices.price("shiba-inu")).toHaveAttribute("title", /^\$0\.0000\d+$/);
  await expect(prices.row("shiba-inu").getByRole("cell", { name: /\$0\.0000\d+/ })).toBeVisible();
});

test("a head orders the rows, a second time turned, and the page stays", async ({ prices, page }) => {
  await prices.goto();
  await prices.mark();
  await expect(prices.head("rank")).toHaveAttribute("aria-sort", "ascending");
  await prices.orderBy("price");
  await expect(page).toHaveURL("/?sort=price");
  await expect(prices.head("price")).toHaveAttribute("aria-sort", "descending");
  await expect(prices.head("rank")).toHaveAttribute("aria-sort", "none");
  await expect(prices.head("price").locator(".sort-mark")).toHaveText("▼");
  // The chain's bitcoin may cost a little more than the exchanges'.
  await expect.poll(async () => (await prices.order())[0]).toMatch(/^(wrapped-)?bitcoin$/);
  await prices.orderBy("price");
  await expect(page).toHaveURL("/?sort=price&order=asc");
  await expect(prices.head("price")).toHaveAttribute("aria-sort", "ascending");
  await expect.poll(async () => (await prices.order())[0]).not.toMatch(/bitcoin$/);
  await prices.orderBy("rank");
  await expect(page).toHaveURL("/");
  await prices.expectNeverReloaded();
});

test("every column that says something can be ordered", async ({ prices, page }) => {
  await prices.goto();
  const words = ["name", "price", "change_1h", "change_24h", "change_7d", "volume", "sources", "status", "age"];
  for (const word of words) {
    await prices.open(`/?sort=${word}`);
    await expect(page.locator("th[aria-sort$=ending]"), `ordered by ${word}`).toHaveCount(1);
    expect(await prices.rows.count()).toBeGreaterThanOrEqual(20);
  }
});

test("rows never change their place by themselves", async ({ prices }) => {
  await prices.open("/?sort=change_1h");
  await expect(prices.rows.first()).toBeVisible();
  const before = await prices.order();
  await prices.expectPriceToMove("bitcoin");
  await prices.expectPriceToMove("ethereum");
  expect(await prices.order()).toEqual(before);
});

test("typing searches without a reload, by name, symbol and address", async ({ prices, page }) => {
  await prices.goto();
  await prices.mark();
  await page.keyboard.press("/");
  await expect(prices.search).toBeFocused();
  await page.keyboard.type("ethereum");
  await expect(page).toHaveURL("/?q=ethereum");
  await expect(prices.row("ethereum")).toBeVisible();
  await expect(prices.row("bitcoin")).toHaveCount(0);
  await expect(prices.search, "what was typed stays").toHaveValue("ethereum");
  await expect(prices.summary).toHaveText(/^\d+ of \d+ tokens, in US dollars$/);
  await prices.expectPriceToMove("ethereum");
  await prices.search.fill("btc");
  await expect(prices.row("bitcoin")).toBeVisible();
  await prices.search.fill("0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48");
  await expect.poll(() => prices.order()).toEqual(["usd-coin"]);
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL("/");
  await expect(prices.row("bitcoin")).toBeVisible();
  await prices.expectNeverReloaded();
});

test("a search that finds nothing says so and leads back", async ({ prices, page }) => {
  await prices.open('/?q="><img src=x onerror=alert(1)>');
  await expect(prices.main.getByRole("heading", { name: "Nothing found" })).toBeVisible();
  await expect(prices.main.locator('img[src="x"]')).toHaveCount(0);
  await prices.main.getByRole("link", { name: "Show all tokens" }).click();
  await expect(page).toHaveURL("/");
  await expect(prices.row("bitcoin")).toBeVisible();
  await expect(prices.search, "the field follows the address").toHaveValue("");
});

test("the way back leads to the order and the search before", async ({ prices, page }) => {
  await prices.goto();
  await prices.orderBy("token");
  await expect(prices.head("token")).toHaveAttribute("aria-sort", "ascending");
  await prices.orderBy("volume");
  await expect(prices.head("volume")).toHaveAttribute("aria-sort", "descending");
  await page.goBack();
  await expect(prices.head("token")).toHaveAttribute("aria-sort", "ascending");
});

test("a row has the line of its last seven days", async ({ prices }) => {
  // The past is fetched after the start, and the trend is as new as the page.
  test.slow();
  await expect
    .poll(
      async () => {
        await prices.goto();
        return prices.cell("bitcoin", "trend").locator("path").getAttribute("d");
      },
      { message: "the path of bitcoin's week", timeout: 60_000 },
    )
    .toMatch(/^M/);
  await expect(prices.cell("bitcoin", "trend").locator("svg")).toHaveAttribute("data-direction", /^(up|down|flat)$/);
});

test("a token that is not on the page does not make it read again", async ({ prices, page }) => {
  await prices.open("/?q=bitcoin");
  const reads: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("/fn/table")) reads.push(request.url());
  });
  await prices.expectPriceToMove("bitcoin");
  await prices.expectPriceToMove("bitcoin");
  expect(reads).toEqual([]);
});
