// The first day of somebody who runs Parallax: an account, a token put right, a key, a new code, an exchange that is
// paused. Each step is looked for where the public sees it, with JavaScript, without it, and on a phone.

import { AdminPage } from "../support/pages/admin.ts";
import { TokenPage } from "../support/pages/token.ts";
import { expect, disruptiveTest as test } from "../support/test.ts";

for (const [what, isLive, options] of [
  ["with JavaScript", true, {}],
  ["without JavaScript", false, { javaScriptEnabled: false }],
  ["on a phone", true, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }],
] as const) {
  test.describe(what, () => {
    test.use(options);

    test("the first day of an operator", async ({ stage, page, context }) => {
      test.slow();
      const admin = new AdminPage(page);
      const reader = new TokenPage(await context.newPage());
      const heading = reader.page.getByRole("heading", { level: 1 });
      const counted = (venue: string) => reader.included.filter({ hasText: venue });
      const open = (token: string) => (isLive ? reader.goto(token) : reader.page.goto(`/tokens/${token}`));
      /** Holds soon: a live page shows it by itself, any other when it is opened again. */
      const sees = (holds: () => Promise<void>) =>
        expect(async () => {
          if (isLive) await reader.page.bringToFront();
          else await reader.page.reload();
          await holds();
        }).toPass({ timeout: 30_000 });

      await test.step("the first account is made and signs in", () => admin.enter(stage));

      await test.step("a token is found and put right; the open public page shows it", async () => {
        await open("solana");
        await admin.open("Tokens");
        await admin.expectNoSidewaysScroll();
        await page.getByLabel("Search").fill("solana");
        await page.getByLabel("Search").press("Enter");
        await admin.main.getByRole("link", { name: "solana", exact: true }).click();
        await admin.expectNoSidewaysScroll();
        await page.getByLabel("Name").fill("Sol of Stage");
        await page.getByRole("button", { name: "Save" }).click();
        await expect(admin.said).toHaveText("Sol of Stage is saved and in force.");
        await sees(() => expect(heading).toContainText("Sol of Stage", { timeout: 2_000 }));
      });

      await test.step("the log says who it was", async () => {
        await admin.open("Audit log");
        await admin.expectNoSidewaysScroll();
        const entry = admin.rows.filter({ hasText: "token.change" });
        await expect(entry).toContainText("olga");
        await expect(entry).toContainText("solana");
      });

      await test.step("a key is revoked, and its stream closes", async () => {
        await admin.open("API keys");
        await admin.main.getByRole("link", { name: "New key" }).click();
        await page.getByLabel("Name").fill("ticker");
        await page.getByRole("button", { name: "Make key" }).click();
        await admin.expectNoSidewaysScroll();
        const read = await stage.stream(await admin.main.locator("code").innerText());
        expect(read.status).toBe(200);
        await page.getByRole("link", { name: "I have kept it" }).click();
        await admin.expectNoSidewaysScroll();
        await admin.confirm("Revoke");
        await expect(admin.said).toHaveText("The key ticker is revoked.");
        await expect.poll(() => read.hasEnded, { timeout: 5_000 }).toBe(true);
      });

      await test.step("an unknown code is mapped, and quoted", async () => {
        await open("gnosis");
        const zorbOnPage = reader.markets.filter({ hasText: "ZORB/USD" });
        await expect(zorbOnPage).toHaveCount(0);
        await admin.open("Review");
        await admin.expectNoSidewaysScroll();
        const zorb = admin.rows.filter({ hasText: "ZORB" }).filter({ hasText: /kraken/i });
        await zorb.getByRole("link", { name: "Map" }).click();
        await page.getByLabel("Token").fill("gnosis");
        await page.getByRole("button", { name: "Map" }).click();
        await expect(admin.said).toHaveText("ZORB means gnosis on kraken now.");
        await sees(() => expect(zorbOnPage.first()).toContainText("Kraken", { timeout: 2_000 }));
      });

      await test.step("an exchange is paused, and prices are made without it", async () => {
        await open("bitcoin");
        await expect(counted("Kraken").first()).toBeVisible();
        await admin.open("Exchanges");
        await admin.main.getByRole("link", { name: "Kraken" }).click();
        await admin.expectNoSidewaysScroll();
        await admin.confirm("Pause");
        await expect(admin.said).toHaveText("Kraken is paused.");
        await sees(() => expect(counted("Kraken")).toHaveCount(0, { timeout: 2_000 }));
        await expect(counted("Coinbase").first(), "the others go on").toBeVisible();
        await admin.confirm("Resume");
        await expect(admin.said).toContainText("is resumed");
      });
    });
  });
}
