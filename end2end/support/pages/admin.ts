// `/mgmt`: the admin. Plain pages and forms, with or without JavaScript.

import { expect, type Locator, type Page } from "@playwright/test";

import type { Stage } from "../stage.ts";

export const OWNER = { name: "olga", password: "walnut ferry quartz lamp" };

export class AdminPage {
  readonly page: Page;
  readonly heading: Locator;
  readonly said: Locator;
  readonly main: Locator;

  constructor(page: Page) {
    this.page = page;
    this.heading = page.getByRole("heading", { level: 1 });
    this.said = page.getByRole("status");
    this.main = page.getByRole("main");
  }

  /** Makes the first account on the command line and signs in with it. */
  async enter(stage: Stage): Promise<void> {
    await stage.command(["createsuperuser", "--username", OWNER.name], { PARALLAX_PASSWORD: OWNER.password });
    await this.signIn(OWNER.name, OWNER.password);
    await expect(this.heading).toHaveText("Overview");
  }

  async signIn(name: string, password: string): Promise<void> {
    await this.page.goto("/mgmt");
    await this.page.getByLabel("Username").fill(name);
    await this.page.getByLabel("Password").fill(password);
    await this.page.getByRole("button", { name: "Sign in" }).click();
  }

  /** Opens a section of the navigation. */
  async open(section: string): Promise<void> {
    await this.page.getByRole("navigation", { name: "Admin" }).getByRole("link", { name: section }).click();
    await expect(this.heading).toHaveText(section);
  }

  /** Follows a link to a question, and answers it with the button of the same name. */
  async confirm(action: string): Promise<void> {
    await this.main.getByRole("link", { name: action, exact: true }).click();
    await this.main.getByRole("button", { name: action, exact: true }).click();
  }

  async expectNoSidewaysScroll(): Promise<void> {
    const [wide, seen] = await this.page.evaluate(() => [
      document.documentElement.scrollWidth,
      document.documentElement.clientWidth,
    ]);
    expect(wide, "nothing scrolls sideways").toBeLessThanOrEqual(seen);
  }
}
