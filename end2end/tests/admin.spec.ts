// What people who run the server do in the admin, and what the public sees of it.

import { expectAccessibleInBothThemes } from "../support/accessibility.ts";
import { AdminPage } from "../support/pages/admin.ts";
import type { Stage } from "../support/stage.ts";
import { disruptiveTest as test, expect } from "../support/test.ts";

/** A stream of the API: what came so far, and whether it has ended. */
async function stream(stage: Stage, key: string) {
  const response = await fetch(`${stage.url}/api/v1/stream?tokens=bitcoin`, {
    headers: { authorization: `Bearer ${key}` },
  });
  const state = { status: response.status, text: "", hasEnded: false };
  const reading = async () => {
    const decoder = new TextDecoder();
    for await (const bytes of response.body ?? []) state.text += decoder.decode(bytes, { stream: true });
  };
  // However it ends, it has ended.
  reading()
    .catch(() => undefined)
    .finally(() => {
      state.hasEnded = true;
    });
  return state;
}

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

test("a key is made, shown once, and revoked: its open stream ends within five seconds", async ({ stage, page }) => {
  const admin = new AdminPage(page);
  await admin.enter(stage);
  await admin.open("API keys");
  await admin.main.getByRole("link", { name: "New key" }).click();
  await page.getByLabel("Name").fill("ticker");
  await page.getByRole("button", { name: "Make key" }).click();
  const key = await admin.main.locator("code").innerText();
  const read = await stream(stage, key);
  expect(read.status).toBe(200);
  await expect.poll(() => read.text).toContain("event: ");
  await page.getByRole("link", { name: "I have kept it" }).click();
  expect(await admin.main.innerText(), "it is never shown again").not.toContain(key);
  await admin.confirm("Revoke");
  await expect(admin.said).toHaveText("The key ticker is revoked.");
  await expect.poll(() => read.hasEnded, { timeout: 5_000 }).toBe(true);
  expect((await stream(stage, key)).status).toBe(401);
});

for (const [what, options] of [
  ["without JavaScript", { javaScriptEnabled: false }],
  ["on a phone", { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }],
] as const) {
  test.describe(what, () => {
    test.use(options);

    test("an exchange is paused and resumed", async ({ stage, page }) => {
      const admin = new AdminPage(page);
      await admin.enter(stage);
      await admin.open("Exchanges");
      await admin.expectNoSidewaysScroll();
      await admin.main.getByRole("link", { name: "Kraken" }).click();
      await admin.expectNoSidewaysScroll();
      await admin.confirm("Pause");
      await expect(admin.main).toContainText("paused");
      await admin.confirm("Resume");
      await expect(admin.said).toContainText("is resumed");
    });
  });
}

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
  for (const path of ["/mgmt", "/mgmt/exchanges", "/mgmt/exchanges/kraken", "/mgmt/keys/new", "/mgmt/audit", "/mgmt/me"]) {
    await page.goto(path);
    await expectAccessibleInBothThemes(page, path);
  }
});
