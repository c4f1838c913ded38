// The chart of a token as a picture in the page: every choice is a link, with and without JavaScript.

import { expectAccessibleInBothThemes } from "../support/accessibility.ts";
import { expect, test } from "../support/test.ts";

test.beforeEach(({ token }) => token.historyHeld());

const CHOICES = [
  ["Range", "24h", /range=24h/],
  ["Range", "30d", /range=30d/],
  ["Kind of chart", "Line", /kind=line/],
  ["Kind of chart", "Area", /kind=area/],
  ["Price axis", "Log", /scale=log/],
] as const;

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("the picture is in the page, with its title", async ({ token, page }) => {
      const answer = await page.goto("/tokens/bitcoin");
      const html = (await answer?.text()) ?? "";
      expect(html).toMatch(/<svg[^>]*role="img"/);
      if (!javaScriptEnabled) {
        await expect(token.picture).toHaveCount(1);
        await expect(token.picture).toBeVisible();
      }
    });

    test("every choice is a link that changes the picture and is marked", async ({ token, page }) => {
      await page.goto("/tokens/bitcoin?range=7d");
      if (javaScriptEnabled) await token.alive();
      const drawn = () => token.main.locator('.chart-picture[data-size="wide"]').innerHTML();
      for (const [group, name, address] of CHOICES) {
        const before = await drawn();
        await token.control(group, name).click();
        await expect(page).toHaveURL(address);
        await expect(token.control(group, name)).toHaveAttribute("aria-current", "true");
        await expect.poll(drawn, `the picture after ${name}`).not.toBe(before);
      }
      await expect(page, "choices add up").toHaveURL(/range=30d.*kind=area.*scale=log/);
    });

    test("the length of a bar is chosen from a list", async ({ token, page }) => {
      await page.goto("/tokens/bitcoin");
      if (javaScriptEnabled) await token.alive();
      await token.main.locator(".lengths > summary").click();
      await token.control("Length of a bar", "4h").click();
      await expect(page).toHaveURL(/interval=4h/);
      await expect(token.main.locator(".chart-span")).toContainText("bars of 4h");
    });

    test("the newest bars are in a table", async ({ token, page }) => {
      await page.goto("/tokens/bitcoin?range=24h");
      await token.main.getByText(/^The newest \d+ bars as a table$/).click();
      const rows = token.main.locator('[data-group="bars"] tbody tr');
      await expect(rows).toHaveCount(60);
      await expect(token.cell(rows.first(), "Close")).toHaveText(/^\$[\d,.]+$/);
      await expect(rows.first().locator("time")).toHaveAttribute("datetime", /:00:00\.000Z$|:\d[05]:00\.000Z$/);
    });
  });
}

test("the chart can be taken home as PNG, SVG and CSV", async ({ token, request }) => {
  await token.goto("bitcoin?range=24h&kind=line");
  for (const [kind, type] of [
    ["png", "image/png"],
    ["svg", "image/svg+xml"],
    ["csv", "text/csv"],
  ] as const) {
    const address = (await token.main.locator(`[data-download="${kind}"]`).getAttribute("href")) ?? "";
    const answer = await request.get(address);
    expect(answer.status(), address).toBe(200);
    expect(answer.headers()["content-type"], address).toContain(type);
  }
});

test("the snippet to embed leads to a picture that is there", async ({ token, page, request }) => {
  await token.goto("bitcoin?range=30d");
  await token.main.getByText("Embed", { exact: true }).click();
  const html = await token.main.getByLabel("HTML", { exact: true }).inputValue();
  expect(html).toContain('media="(prefers-color-scheme: dark)"');
  const markdown = await token.main.getByLabel("Markdown", { exact: true }).inputValue();
  const picture = /\((https?:[^)]*\.svg[^)]*)\)/.exec(markdown)?.[1] ?? "";
  expect(new URL(picture).origin).toBe(new URL(page.url()).origin);
  expect((await request.get(picture)).headers()["content-type"]).toContain("image/svg+xml");
});

test("axe finds no serious fault on the token's page with everything open", async ({ token, page }) => {
  await token.goto("usd-coin");
  await token.chartAlive();
  await token.pause.click();
  for (const summary of await token.main.locator("summary").all()) await summary.click();
  await expectAccessibleInBothThemes(page, "a token's page with everything open");
});
