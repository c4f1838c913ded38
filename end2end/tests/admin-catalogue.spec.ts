// What operators decide about contracts that nobody knows, and about which tokens are read on an exchange.

import { expectAccessibleInBothThemes } from "../support/accessibility.ts";
import { AdminPage } from "../support/pages/admin.ts";
import { disruptiveTest as test, expect } from "../support/test.ts";

/** Contracts on the simulated chain that the catalogue does not have (crates/sim/src/graph/contracts.rs). */
const ZORB = "0x20b3a5e1f0c94d7e8b6a2c1d0e9f8a7b6c5d4e3f";
const FALSE_USDC = "0xfa15e0000000000000000000000000000000cafe";
const HOSTILE = "0x0badc0de000000000000000000000000deadbeef";

/** Opens the queue with what was found on the chain, which comes a moment after the first prices. */
async function openQueue(admin: AdminPage): Promise<void> {
  await expect
    .poll(
      async () => {
        await admin.page.goto(`/mgmt/review?q=${ZORB}`);
        return admin.main.innerText();
      },
      { timeout: 30_000 },
    )
    .toContain(ZORB);
}

/** The row of a contract, looked for by its address. */
async function rowOf(admin: AdminPage, address: string) {
  await admin.page.goto(`/mgmt/review?q=${address}`);
  return admin.rows.filter({ hasText: address });
}

for (const [what, options] of [
  ["with JavaScript", {}],
  ["without JavaScript", { javaScriptEnabled: false }],
  ["on a phone", { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }],
] as const) {
  test.describe(what, () => {
    test.use(options);

    test("an unknown contract becomes a token and is priced, a false one is refused, another ignored", async ({
      stage,
      page,
      guard,
    }) => {
      test.slow();
      // A form that is refused is answered so.
      guard.provokes(/status of 422/);
      const admin = new AdminPage(page);
      await admin.enter(stage);
      await openQueue(admin);
      await admin.expectNoSidewaysScroll();

      const pretender = await rowOf(admin, FALSE_USDC);
      await expect(pretender).toContainText("calls itself “USDC”, “USD Coin”");
      await expect(pretender).toContainText("not usd-coin, which has another contract there");
      await pretender.getByRole("link", { name: "Map" }).click();
      await expect(admin.main).toContainText("Anyone can write a contract that calls itself so");
      await page.getByLabel("Token").fill("usd-coin");
      await page.getByRole("button", { name: "Map" }).click();
      await expect(admin.main.getByRole("alert")).toContainText("0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48");
      await expect(page.getByLabel("Token"), "nothing typed is lost").toHaveValue("usd-coin");
      await admin.expectNoSidewaysScroll();

      const hostile = await rowOf(admin, HOSTILE);
      await expect(hostile, "shown as it is written, and run nowhere").toContainText("<script>alert(1)");
      await hostile.getByRole("link", { name: "Ignore" }).click();
      await page.getByRole("button", { name: "Ignore" }).click();
      await expect(admin.said).toContainText("is ignored");

      const zorb = await rowOf(admin, ZORB);
      await zorb.getByRole("link", { name: "New token" }).click();
      await expect(page.getByLabel("Contracts")).toHaveValue(`ethereum ${ZORB}`);
      await page.getByLabel("Id").fill("zorb");
      await page.getByLabel("Name").fill("Zorb");
      await page.getByLabel("Symbol").fill("ZORB");
      await page.getByRole("button", { name: "Add token" }).click();
      await expect(admin.said).toHaveText("Zorb is added and in force.");
      await expect
        .poll(
          async () => {
            await page.goto("/tokens/zorb");
            return page.getByRole("main").innerText();
          },
          { timeout: 30_000 },
        )
        .toContain("The Graph");
      await page.goto(`/mgmt/review?q=${ZORB}`);
      await expect(admin.rows, "it waits no longer").toHaveCount(0);
    });
  });
}

test("a token is not read on an exchange, open pages lose its quotes by themselves, and it comes back", async ({
  stage,
  context,
  token,
}) => {
  test.slow();
  await token.goto("bitcoin");
  const ofKraken = token.included.filter({ hasText: "Kraken" });
  await expect(ofKraken.first(), "Kraken counts at first").toBeVisible();
  const admin = new AdminPage(await context.newPage());
  await admin.enter(stage);
  await admin.page.goto("/mgmt/exchanges/kraken");
  await admin.main.getByRole("link", { name: "Tokens read here" }).click();
  await expect(admin.heading).toHaveText("Tokens read here");
  await admin.main.getByLabel("Choose Bitcoin", { exact: true }).check();
  await admin.main.getByRole("button", { name: "Do not read here" }).click();
  await expect(admin.main.getByRole("listitem")).toHaveText("Bitcoin (BTC)");
  await admin.main.getByRole("button", { name: "Do not read here" }).click();
  await expect(admin.said).toHaveText("Bitcoin is not read on Kraken.");
  await expect(ofKraken, "without a reload").toHaveCount(0, { timeout: 20_000 });
  const others = await (await fetch(`${stage.url}/api/v1/markets?exchange=kraken`)).text();
  expect(others, "other tokens are still read there").toContain("SOL");

  await admin.page.goto("/mgmt/exchanges/kraken/tokens?state=not+read+here");
  await expect(admin.rows.filter({ hasText: "Bitcoin" }), "its codes are kept").toContainText("XBT");
  await admin.main.getByLabel("Choose Bitcoin", { exact: true }).check();
  await admin.main.getByRole("button", { name: "Read here again" }).click();
  await admin.main.getByRole("button", { name: "Read here again" }).click();
  await expect(admin.said).toHaveText("Bitcoin is read on Kraken again.");
  await expect(ofKraken.first(), "it counts again, without a reload").toBeVisible({ timeout: 20_000 });
  await admin.open("Audit log");
  for (const action of ["token.unread", "token.read"]) {
    const entry = admin.main.getByRole("row").filter({ hasText: action }).first();
    await expect(entry).toContainText("olga");
  }
});

test("axe finds no serious fault in the queue, the form of a contract, and the tokens of an exchange", async ({
  stage,
  page,
}) => {
  test.slow();
  const admin = new AdminPage(page);
  await admin.enter(stage);
  await openQueue(admin);
  for (const path of [
    `/mgmt/review?q=${FALSE_USDC}`,
    `/mgmt/review/map?exchange=thegraph&code=${FALSE_USDC}`,
    `/mgmt/tokens/new?exchange=thegraph&code=${HOSTILE}`,
    "/mgmt/exchanges/kraken/tokens",
    "/mgmt/reading/stop?id=kraken:bitcoin&id=kraken:solana",
  ]) {
    await page.goto(path);
    await expectAccessibleInBothThemes(page, path);
  }
});
