import assert from "node:assert/strict";
import { test } from "node:test";

import { follow, hold, join, openings, PRICE } from "../holding.js";

const HOUR = 3_600_000;
const at = (/** @type {number} */ hour) => Date.UTC(2026, 10, 22, hour);
const iso = (/** @type {number} */ hour) => new Date(at(hour)).toISOString();

const bar = (/** @type {number} */ price) => ({
  open: String(price),
  high: String(price + 2),
  low: String(price - 2),
  close: String(price + 1),
  volume_usd: "5",
  trades: 3,
  sources: 4,
  kind: /** @type {const} */ ("traded"),
});

/** An answer with candles from `from` until `until`, exclusive, whose prices count the hours. */
function answer(/** @type {number} */ from, /** @type {number} */ until, more = {}) {
  const hours = Array.from({ length: until - from }, (_, index) => from + index);
  return {
    step: "1h",
    step_ms: HOUR,
    from: iso(from),
    until: iso(until),
    at: iso(until),
    open_time: iso(until - 1),
    first_held: iso(0),
    kind: /** @type {const} */ ("candles"),
    currency: { code: "USD" },
    windows: hours.map((hour) => ({ open_time: iso(hour), bar: bar(hour * 10) })),
    option: {
      xAxis: {},
      yAxis: {},
      series: [
        {
          id: PRICE,
          data: hours.map((hour) => [at(hour), hour * 10, hour * 10 + 1, hour * 10 - 2, hour * 10 + 2, 5, 4, 1]),
          markLine: { data: [{ yAxis: 1, label: { formatter: "1" } }] },
        },
        { id: "repaired", data: hours.map((hour) => [at(hour), 0]) },
      ],
    },
    ...more,
  };
}

const last = (/** @type {import("../types.js").Holding} */ held) => held.data.get(PRICE)?.at(-1);

test("a live price moves the running bar's close, high and low", () => {
  const { held, opened } = follow(hold(answer(2, 5)), "50.5", at(4) + 1_000);
  assert.equal(opened, false);
  assert.deepEqual(last(held), [at(4), 40, 50.5, 38, 50.5, 5, 4, 1]);
  const figures = held.bars.get(at(4));
  assert.deepEqual([figures?.open, figures?.high, figures?.low, figures?.close], ["40", "50.5", "38", "50.5"]);
});

test("the line at the last price follows, with its label", () => {
  const { held } = follow(hold(answer(2, 5)), "50.5", at(4));
  const [mark] = held.option.series[0].markLine.data;
  assert.deepEqual([mark.yAxis, mark.label.formatter], [50.5, "50.5"]);
});

test("a price after the bar's end opens the next bar", () => {
  const { held, opened } = follow(hold(answer(2, 5)), "60", at(5) + 10);
  assert.equal(opened, true);
  assert.deepEqual(last(held), [at(5), 60, 60, 60, 60]);
  assert.equal(held.until, at(6));
  assert.equal(held.openTime, at(5));
});

test("a price that is older than the running bar changes nothing", () => {
  const before = hold(answer(2, 5));
  assert.equal(follow(before, "99", at(3)).held, before);
});

test("a bar of which nothing was seen begins with the live price", () => {
  const first = answer(2, 5);
  first.option.series[0].data[2] = [at(4), null, null, null, null, null, null, 3];
  first.windows[2].bar = null;
  const { held } = follow(hold(first), "7", at(4));
  assert.deepEqual(last(held), [at(4), 7, 7, 7, 7, null, null, 3]);
  assert.equal(held.bars.get(at(4))?.open, "7");
});

test("a line has its close where a candle has its open", () => {
  const first = answer(2, 3, { kind: "line" });
  first.option.series[0].data = [[at(2), 21, 20, 18, 22]];
  assert.deepEqual(last(follow(hold(first), "23", at(2)).held), [at(2), 23, 20, 18, 22]);
});

test("a newer piece replaces what it covers, also marks that are no longer there", () => {
  const piece = answer(4, 6);
  piece.option.series[1].data = [];
  const held = join(hold(answer(2, 5)), piece);
  assert.ok(held);
  assert.deepEqual(openings(held), [at(2), at(3), at(4), at(5)]);
  assert.deepEqual(held.data.get("repaired"), [[at(2), 0], [at(3), 0]]);
  assert.equal(held.openTime, at(5));
});

test("an older piece goes before what is held and leaves the present alone", () => {
  const older = answer(0, 2);
  older.option.series[0].markLine.data[0].yAxis = 999;
  const held = join(hold(answer(2, 5)), older);
  assert.ok(held);
  assert.equal(held.from, at(0));
  assert.equal(held.openTime, at(4));
  assert.equal(held.option.series[0].markLine.data[0].yAxis, 1);
  assert.equal(held.data.get(PRICE)?.length, 5);
});

test("a series that only the piece has is added", () => {
  const piece = answer(5, 6);
  piece.option.series.push({ id: "gaps", data: [[at(5), 1]], type: "bar" });
  const held = join(hold(answer(2, 5)), piece);
  assert.deepEqual(held?.option.series.at(-1), { id: "gaps", data: [], type: "bar" });
  assert.deepEqual(held?.data.get("gaps"), [[at(5), 1]]);
});

test("a piece with a hole before it, or of another length, is refused", () => {
  assert.equal(join(hold(answer(2, 5)), answer(7, 9)), null);
  assert.equal(join(hold(answer(2, 5)), { ...answer(4, 6), step_ms: 60_000 }), null);
});
