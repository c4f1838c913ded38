import assert from "node:assert/strict";
import { test } from "node:test";

import { compact, figures, price, sentence, when } from "../readout.js";

const BAR = /** @type {const} */ ({
  open: "62145.16",
  high: "62150",
  low: "0.000000000001",
  close: "1000000000",
  volume_usd: "1234567.8",
  sources: 5,
  kind: "filled",
});

test("prices are grouped and rounded, digit by digit", () => {
  for (const [exact, shown] of [
    ["62145.16", "62,145.16"],
    ["62145.1", "62,145.10"],
    ["62145", "62,145"],
    ["62145.169999", "62,145.17"],
    ["999999.9999", "1,000,000"],
    ["0.000000000001", "0.000000000001"],
    ["0.00000000000123456789", "0.0000000000012345679"],
    ["1234567890.5", "1,234,567,890.50"],
    ["-1.5", "\u22121.50"],
    ["0", "0"],
  ]) {
    assert.equal(price(exact), shown, exact);
  }
});

test("volumes are compact", () => {
  for (const [exact, shown] of [
    ["1234567.8", "1.23\u00a0M"],
    ["999600", "1.00\u00a0M"],
    ["12.4", "12"],
    ["0.01234", "0.0123"],
    ["0", "0"],
  ]) {
    assert.equal(compact(exact), shown, exact);
  }
});

test("a bar is read out in full, and a missing one says so", () => {
  assert.deepEqual(figures(BAR, "EUR").slice(3), [
    ["Close", "1,000,000,000"],
    ["Volume", "1.23\u00a0M EUR"],
    ["Sources", "5"],
    ["Kind", "no trades"],
  ]);
  assert.match(sentence("now", null, "USD"), /^now\. Not seen/);
  assert.ok(!figures({ ...BAR, sources: null }, "USD").some(([name]) => name === "Sources"));
});

test("a moment says its zone", () => {
  const noon = Date.UTC(2026, 10, 22, 12);
  assert.equal(when(noon, 3_600_000, false), "Sun, 22 Nov 2026, 12:00 UTC");
  assert.equal(when(noon, 86_400_000, false), "Sun, 22 Nov 2026");
});
