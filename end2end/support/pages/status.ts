// `/status`: every connection, the database, the past and the program.

import type { Locator, Page } from "@playwright/test";

import type { Venue } from "../market.ts";
import { Frame } from "./frame.ts";

export class StatusPage extends Frame {
  /** The headings of the table of connections. */
  readonly headings: Locator;

  constructor(page: Page) {
    super(page);
    this.headings = this.main.locator('[data-group="connections"]').getByRole("columnheader");
  }

  async goto(): Promise<void> {
    await this.open("/status");
  }

  /** The exchange's first connection. */
  connection(venue: Venue): Locator {
    return this.main.locator(`tr[data-connection="${venue}/0"]`);
  }

  /** What a connection's row says under a heading. */
  cell(venue: Venue, heading: string): Locator {
    return this.connection(venue).locator(`[data-label="${heading}"]`);
  }

  /** The connection's state, in `data-state` and as a word. */
  state(venue: Venue): Locator {
    return this.cell(venue, "State");
  }

  /** What a venue that bills its queries was asked this month. */
  budget(venue: Venue): Locator {
    return this.connection(venue).locator('[data-cell="budget"]');
  }

  async count(venue: Venue, heading: "Reconnects" | "Decode errors"): Promise<number> {
    return Number((await this.cell(venue, heading).innerText()).replaceAll(",", ""));
  }
}
