// What people who run the server do in the admin, and what the public sees of it.

import { expectAccessibleInBothThemes } from "../support/accessibility.ts";
import { AdminPage } from "../support/pages/admin.ts";
import { TokenPage } from "../support/pages/token.ts";
import { disruptiveTest as test, expect } from "../support/test.ts";

test("an exchange is paused, open pages lose its quotes by themselves, and the log says who it was", async ({
  stage,
  page,
  context,
  token,
  guard,
}) => {
  test.slow();
  // The server is restarted under open pages.
  guard.provokes(/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING/);
  await token.goto("bitcoin");
  const ofKraken = token.included.filter({ hasText: "Kraken" });
  await expect(ofKraken.first(), "Kraken counts at first").toBeVisible();
  const admin = new AdminPage(await context.newPage());
  await admin.enter(stage);
  await admin.open("Exchanges");
  await admin.main.getByRole("link", { name: "Kraken" }).click();
  await admin.confirm("Pause");
  await expect(admin.said).toHaveText("Kraken is paused.");
  await expect(ofKraken, "without a reload").toHaveCount(0, { timeout: 20_000 });
  await page.goto("/status");
  await expect(page.locator('[data-state="stopped"]').first()).toBeVisible();

  await admin.open("Audit log");
  const entry = admin.main.getByRole("row").filter({ hasText: "venue.pause" });
  await expect(entry).toContainText("olga");
  await expect(entry).toContainText("kraken");

  await stage.stopServer();
  await stage.startServer();
  await stage.untilReady();
  await admin.page.goto("/mgmt/exchanges/kraken");
  await expect(admin.main, "a restart changes nothing").toContainText("paused");
  await admin.confirm("Resume");
  await token.goto("bitcoin");
  await expect(ofKraken.first(), "it counts again").toBeVisible({ timeout: 20_000 });
});

test("a token's new name shows on an open page without a reload, and stands in the log", async ({ stage, page, context }) => {
  const admin = new AdminPage(page);
  await admin.enter(stage);
  const reader = await context.newPage();
  const name = reader.getByRole("heading", { level: 1 });
  const table = await context.newPage();
  await reader.goto("/tokens/solana");
  await table.goto("/");
  await expect(name).toContainText("Solana");
  await expect(table.getByRole("table")).toContainText("Solana");
  for (const open of [reader, table]) {
    await expect(open.locator("[data-hydrated]")).toHaveCount(1, { timeout: 30_000 });
  }

  await admin.open("Tokens");
  await admin.side.getByLabel("Search").fill("solana");
  await admin.side.getByRole("button", { name: "Search" }).click();
  await admin.main.getByRole("link", { name: "solana", exact: true }).click();
  await page.getByLabel("Name").fill("Sol of Stage");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(admin.said).toHaveText("Sol of Stage is saved and in force.");
  await expect(name).toContainText("Sol of Stage");
  await expect(table.getByRole("table")).toContainText("Sol of Stage");

  await admin.main.getByRole("link", { name: "History" }).click();
  const entry = admin.main.getByRole("row").filter({ hasText: "token.change" });
  await expect(entry).toContainText("olga");
  await expect(entry).toContainText("Sol of Stage");
  await page.goto("/mgmt/tokens/solana");
  await admin.main.getByRole("link", { name: "Reset to the shipped entry" }).click();
  await page.getByRole("button", { name: "Reset" }).click();
  await expect(name).toContainText("Solana");
});

test("a page that was away during a change shows it when it is back", async ({ stage, page, browser }) => {
  const away = await browser.newContext({ baseURL: stage.url });
  const reader = new TokenPage(await away.newPage());
  await reader.goto("solana");
  await reader.expectPriceToMove();
  await away.setOffline(true);
  // What is not in the server's memory any longer cannot be replayed.
  await stage.stopServer();
  await expect(reader.notice).toContainText("interrupted", { timeout: 30_000 });
  await stage.startServer();
  const admin = new AdminPage(page);
  await admin.enter(stage);
  await page.goto("/mgmt/tokens/solana");
  await page.getByLabel("Name").fill("Sol of Stage");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(admin.said).toContainText("in force");
  await away.setOffline(false);
  await expect(reader.page.getByRole("heading", { level: 1 })).toContainText("Sol of Stage", { timeout: 30_000 });
  await away.close();
});

test("an unknown code is mapped in the review queue and quoted on its token's page", async ({ stage, page }) => {
  const admin = new AdminPage(page);
  await admin.enter(stage);
  await stage.untilReady();
  await admin.open("Review");
  const ofKraken = admin.main.getByRole("row").filter({ hasText: "ZORB" }).filter({ hasText: "kraken" });
  await ofKraken.getByRole("link", { name: "New token" }).click();
  await page.getByLabel("Id").fill("zorb");
  await page.getByLabel("Name").fill("Zorb");
  await page.getByRole("button", { name: "Add token" }).click();
  await expect(admin.said).toHaveText("Zorb is added and in force.");
  await page.getByRole("link", { name: "Public page" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Zorb");
  await expect(page.getByRole("main"), "quoted without a restart").toContainText("ZORB/USD", { timeout: 20_000 });
});

test("a price is set by hand, open pages say so by themselves, and it is taken back", async ({
  page,
  context,
  stage,
  token,
}) => {
  test.slow();
  await token.goto("bitcoin");
  const said = page.locator('[data-cell="by-hand"]');
  await expect(said).toHaveCount(0);
  const table = await context.newPage();
  await table.goto("/");
  const row = table.getByRole("row").filter({ has: table.locator('a[href="/tokens/bitcoin"]') });
  await expect(row.locator('[data-status="live"]').first()).toBeVisible();

  const admin = new AdminPage(await context.newPage());
  await admin.enter(stage);
  await admin.setPrice("bitcoin", "12345", "all exchanges are wrong <b>today</b>");
  await expect(page.locator('.hero [data-cell="price"]'), "without a reload").toHaveAttribute("data-value", "12345");
  await expect(said).toContainText("Set by hand until");
  await expect(said).toContainText("all exchanges are wrong <b>today</b>");
  await expect(said, "both numbers are there").toContainText("The computed price is $");
  await expect(page.locator(".hero")).toHaveAttribute("data-status", "manual");
  // Rows are written with the frames of a page that is seen.
  await table.bringToFront();
  await expect(row.locator('.status[data-status="manual"]'), "the table marks it").toHaveText("set by hand");
  const answer = await (await fetch(`${stage.url}/api/v1/tokens/bitcoin/price`)).json();
  expect(answer.price).toMatchObject({ price: "12345", status: "manual", override: { price: "12345" } });
  await expectAccessibleInBothThemes(page, "a token with a price set by hand");

  await admin.confirm("Take back");
  await expect(admin.said).toContainText("is computed again");
  await expect(said, "without a reload").toHaveCount(0);
  await expect(page.locator(".hero")).not.toHaveAttribute("data-status", "manual");
  await admin.open("Audit log");
  for (const action of ["price.set", "price.take_back"]) {
    await expect(admin.main.getByRole("row").filter({ hasText: action })).toContainText("olga");
  }
});

test("a key is made, shown once, and revoked: its open stream ends within five seconds", async ({ stage, page }) => {
  const admin = new AdminPage(page);
  await admin.enter(stage);
  await admin.open("API keys");
  await admin.main.getByRole("link", { name: "New key" }).click();
  await page.getByLabel("Name").fill("ticker");
  await page.getByRole("button", { name: "Make key" }).click();
  const key = await admin.main.locator("code").innerText();
  const read = await stage.stream(key);
  expect(read.status).toBe(200);
  await expect.poll(() => read.text).toContain("event: ");
  await page.getByRole("link", { name: "I have kept it" }).click();
  expect(await admin.main.innerText(), "it is never shown again").not.toContain(key);
  await admin.confirm("Revoke");
  await expect(admin.said).toHaveText("The key ticker is revoked.");
  await expect.poll(() => read.hasEnded, { timeout: 5_000 }).toBe(true);
  expect((await stage.stream(key)).status).toBe(401);
});

for (const [what, options] of [
  ["without JavaScript", { javaScriptEnabled: false }],
  ["on a phone", { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }],
] as const) {
  test.describe(what, () => {
    test.use(options);

    test("a price is set by hand, seen on its page, and taken back", async ({ stage, page }) => {
      const admin = new AdminPage(page);
      await admin.enter(stage);
      await admin.setPrice("bitcoin", "12345", "all exchanges are wrong");
      await admin.expectNoSidewaysScroll();
      await page.goto("/tokens/bitcoin");
      await expect(page.locator('[data-cell="by-hand"]')).toContainText("all exchanges are wrong");
      await page.goto("/mgmt/overrides");
      await admin.confirm("Take back");
      await page.goto("/tokens/bitcoin");
      await expect(page.locator('[data-cell="by-hand"]')).toHaveCount(0);
    });
  });
}

/** Opens the list of markets, filters and sorts it, and reads it as CSV. */
async function lookThroughMarkets(admin: AdminPage): Promise<void> {
  await admin.page.goto("/mgmt/markets");
  await admin.expectNoSidewaysScroll();
  await admin.side.getByRole("link", { name: /^kraken/ }).click();
  await expect(admin.heading).toHaveText("Markets: kraken");
  await expect(admin.side.getByRole("link", { name: /^kraken/ })).toHaveAttribute("aria-current", "true");
  await admin.side.getByLabel("Search").fill("btc usd");
  await admin.side.getByRole("button", { name: "Search" }).click();
  await expect(admin.heading).toHaveText("Markets: kraken, “btc usd”");
  await expect(admin.rows.first()).toContainText("kraken");
  await admin.expectNoSidewaysScroll();
  const [csv] = await Promise.all([
    admin.page.waitForEvent("download"),
    admin.main.getByRole("link", { name: "CSV" }).click(),
  ]);
  expect(csv.suggestedFilename()).toBe("markets.csv");
  await admin.side.getByRole("link", { name: "Clear all filters" }).click();
  await expect(admin.heading).toHaveText("Markets");
}

/** Ticks an exchange, pauses it after a question that names it, and resumes it. */
async function pauseTicked(admin: AdminPage): Promise<void> {
  await admin.open("Exchanges");
  await admin.main.getByLabel("Choose Kraken").check();
  await admin.main.getByRole("button", { name: "Pause" }).click();
  await expect(admin.heading).toHaveText("Pause this exchange?");
  await expect(admin.main.getByRole("listitem")).toHaveText("Kraken");
  await admin.main.getByRole("button", { name: "Pause" }).click();
  await expect(admin.said).toHaveText("Kraken is paused.");
  await expect(admin.rows.filter({ hasText: "Kraken" })).toContainText("paused");
  await admin.main.getByLabel("Choose Kraken").check();
  await admin.main.getByRole("button", { name: "Resume" }).click();
  await admin.main.getByRole("button", { name: "Resume" }).click();
  await expect(admin.said).toContainText("Kraken is resumed");
}

/** Ticks two tokens, disables them after a question that names both, and enables them again. */
async function switchTicked(admin: AdminPage): Promise<void> {
  await admin.open("Tokens");
  await admin.expectNoSidewaysScroll();
  for (const action of ["Disable", "Enable"]) {
    await admin.page.goto("/mgmt/tokens?q=sol&kind=crypto");
    await admin.main.getByLabel("Choose solana").check();
    await admin.main.getByRole("button", { name: action }).click();
    await expect(admin.heading).toHaveText(`${action} this token?`);
    await expect(admin.main.getByRole("listitem")).toContainText("(solana)");
    await admin.main.getByRole("button", { name: action }).click();
    await expect(admin.said).toContainText(action === "Disable" ? "is not enabled any longer" : "is enabled");
  }
  await admin.page.goto("/mgmt/tokens?q=solana");
  await expect(admin.rows.first()).toContainText("as shipped");
}

for (const [what, options] of [
  ["with JavaScript", {}],
  ["without JavaScript", { javaScriptEnabled: false }],
  ["on a phone", { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }],
] as const) {
  test.describe(what, () => {
    test.use(options);

    test("lists are filtered, searched, read as CSV, and ticked rows are acted on", async ({ stage, page }) => {
      const admin = new AdminPage(page);
      await admin.enter(stage);
      await lookThroughMarkets(admin);
      await pauseTicked(admin);
      await switchTicked(admin);
    });

    test("the navigation is in groups and marks where one is", async ({ stage, page }) => {
      const admin = new AdminPage(page);
      await admin.enter(stage);
      const overview = admin.main.getByRole("listitem").filter({ has: page.getByRole("link", { name: "Review" }) });
      await expect(overview).toContainText("Codes of exchanges and contracts that nobody knows yet.");
      await admin.open("Contracts");
      await admin.expectNoSidewaysScroll();
      await page.goto("/mgmt/exchanges/kraken");
      const menu = page.getByText("Menu", { exact: true });
      if (await menu.isVisible()) await menu.click();
      const sources = admin.navigation.getByRole("list", { name: "Sources" });
      await expect(sources.getByRole("link", { name: "Exchanges" })).toHaveAttribute("aria-current", "true");
      await expect(admin.navigation.locator("[aria-current]")).toHaveCount(1);
      await sources.getByRole("link", { name: "Markets" }).click();
      await expect(admin.heading).toHaveText("Markets");
    });
  });
}

test("a list is sorted by its headings, and shows the columns that are chosen", async ({ stage, page }) => {
  const admin = new AdminPage(page);
  await admin.enter(stage);
  await page.goto("/mgmt/exchanges");
  const heading = admin.main.getByRole("columnheader", { name: "Exchange" });
  await expect(heading).toHaveAttribute("aria-sort", "ascending");
  const first = await admin.rows.first().getByRole("rowheader").innerText();
  await heading.getByRole("link").click();
  await expect(heading).toHaveAttribute("aria-sort", "descending");
  await expect(admin.rows.last().getByRole("rowheader")).toHaveText(first);
  await admin.side.getByText("Columns").click();
  await admin.side.getByLabel("Website").check();
  await admin.side.getByRole("button", { name: "Show" }).click();
  await expect(admin.main.getByRole("columnheader", { name: "Website" })).toBeVisible();
});

test("a part of the past is ordered to be repaired, and the run is listed", async ({ stage, page }) => {
  const admin = new AdminPage(page);
  await admin.enter(stage);
  await admin.open("Back-fill");
  await admin.main.getByRole("link", { name: "Back-fill now" }).click();
  await page.getByLabel("Token").selectOption("bitcoin");
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  await page.getByLabel("From (UTC)").fill(yesterday);
  await page.getByLabel("Until (UTC)").fill(yesterday);
  await page.getByRole("button", { name: "Back-fill" }).click();
  await expect(admin.said).toContainText("The back-fill of bitcoin is ordered");
  await expect
    .poll(
      async () => {
        await page.goto("/mgmt/backfill?by=olga");
        return admin.main.innerText();
      },
      { timeout: 60_000 },
    )
    .toContain("bitcoin");
});

test("strangers see nothing but the way in", async ({ stage, page }) => {
  await page.goto("/mgmt");
  await expect(page.getByRole("main")).toContainText("createsuperuser");
  await stage.command(["createsuperuser", "--username", "olga"], { PARALLAX_PASSWORD: "walnut ferry quartz lamp" });
  for (const path of ["/mgmt", "/mgmt/exchanges", "/mgmt/keys", "/mgmt/audit", "/mgmt/nothing"]) {
    await page.goto(path);
    await expect(page, path).toHaveURL(/\/mgmt\/login/);
  }
});

test("axe finds no serious fault in the admin", async ({ stage, page }) => {
  test.slow();
  const admin = new AdminPage(page);
  await page.goto("/mgmt");
  await expectAccessibleInBothThemes(page, "the first page of all");
  await admin.enter(stage);
  for (const path of [
    "/mgmt",
    "/mgmt/exchanges",
    "/mgmt/exchanges/kraken",
    "/mgmt/keys/new",
    "/mgmt/audit",
    "/mgmt/me",
    "/mgmt/markets",
    "/mgmt/prices",
    "/mgmt/prices/bitcoin",
    "/mgmt/candles",
    "/mgmt/system",
    "/mgmt/backfill",
    "/mgmt/backfill/new",
    "/mgmt/tokens",
    "/mgmt/tokens/solana",
    "/mgmt/tokens/new",
    "/mgmt/tokens/@ticked/disable?id=solana&id=tether",
    "/mgmt/review",
    "/mgmt/review?state=",
    "/mgmt/mappings",
    "/mgmt/exchanges/pause?id=kraken",
    "/mgmt/exchanges/kraken/addresses",
    "/mgmt/overrides",
    "/mgmt/overrides/new?token=bitcoin",
  ]) {
    await page.goto(path);
    await expectAccessibleInBothThemes(page, path);
  }
});
