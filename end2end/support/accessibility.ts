// axe on the page as it stands. WCAG 2.2 AA and below; what axe calls serious or critical fails.

import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

/** The query of a table of a few rows. The others are alike, and axe takes long over each. */
export const FEW_ROWS = "ids=bitcoin,ethereum,tether,shiba-inu,gnosis";

const STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

export async function expectAccessible(page: Page, what: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(STANDARDS).analyze();
  const faults = violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, impact, help, nodes }) => ({
      fault: `${id} (${impact}): ${help}`,
      where: nodes.slice(0, 5).map(({ target, failureSummary }) => `${target.join(" ")}: ${failureSummary}`),
      count: nodes.length,
    }));
  expect(faults, `serious faults that axe finds on ${what}`).toEqual([]);
}

/** The same in both themes, on a page that follows the system's. */
export async function expectAccessibleInBothThemes(page: Page, what: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await expectAccessible(page, `${what}, ${colorScheme}`);
  }
}
