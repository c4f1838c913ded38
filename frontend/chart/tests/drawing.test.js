import assert from "node:assert/strict";
import { test } from "node:test";

import { older, since, whole } from "../addresses.js";
import { withColours } from "../colours.js";
import { drawing } from "../drawing.js";
import { keyAction } from "../gestures.js";
import { cut, replace } from "../series.js";

test("only what is in view is drawn, and one value more on either side", () => {
  const data = [1, 2, 3, 4, 5, 6].map((time) => [time, 0]);
  assert.deepEqual(cut(data, 3, 5).map(([time]) => time), [2, 3, 4, 5]);
  assert.deepEqual(cut(data, 0, 9).length, 6);
});

test("a piece replaces what is held between its ends", () => {
  const held = [1, 2, 3, 4].map((time) => [time, "old"]);
  assert.deepEqual(replace(held, [[2, "new"]], 2, 4), [[1, "old"], [2, "new"], [4, "old"]]);
});

test("every colour of the page is found, however deep, and data are left alone", () => {
  const option = { color: "var(--price-up)", series: [{ data: [[1, 2]], itemStyle: { color: "var(--border, #000)" } }] };
  const coloured = withColours(option, (colour) => `<${colour}>`);
  assert.equal(coloured.color, "<var(--price-up)>");
  assert.equal(coloured.series[0].itemStyle.color, "<var(--border, #000)>");
  assert.equal(coloured.series[0].data[0], option.series[0].data[0]);
});

test("the drawn option has its functions, its view and no zoom of ECharts' own", () => {
  const held = /** @type {any} */ ({
    stepMs: 2,
    option: {
      dataZoom: [{}],
      xAxis: [{}, {}],
      yAxis: [{ axisLabel: { formatter: "$price" } }],
      series: [{ id: "price", data: [] }],
      tooltip: { trigger: "axis" },
    },
    data: new Map([["price", [[0, 1], [2, 1], [4, 1], [6, 1]]]]),
    bars: new Map(),
  });
  const manner = { isLocal: true, resolve: (/** @type {string} */ colour) => colour, tooltip: { confine: true } };
  const option = drawing(held, { start: 2, end: 4 }, manner);
  assert.equal(option.dataZoom, undefined);
  assert.deepEqual(option.xAxis, [{ min: 1, max: 3 }, { min: 1, max: 3 }]);
  assert.equal(option.yAxis[0].axisLabel.formatter(1e-12), "1e-12");
  assert.equal(option.useUTC, false);
  assert.deepEqual(option.series[0].data.map(([time]) => time), [0, 2, 4]);
  assert.deepEqual(option.tooltip, { trigger: "axis", confine: true });
});

test("pieces are asked for with the length of bar that is shown", () => {
  const held = /** @type {any} */ ({ step: "1h", stepMs: 3_600_000, from: Date.UTC(2026, 10, 22), firstHeld: null });
  const src = "/charts/bitcoin.json?range=7d&kind=line";
  assert.equal(whole(src, false), "/charts/bitcoin.json?range=7d&kind=line&palette=page");
  assert.match(since(src, true, held, held.from), /narrow=true&interval=1h&from=2026-11-22T00%3A00%3A00\.000Z$/);
  assert.match(older(src, false, held), /from=2026-11-09T12.*&until=2026-11-22T00/);
  assert.match(older(src, false, { ...held, firstHeld: held.from - 3_600_000 }), /from=2026-11-21T23/);
});

test("keys read bar by bar, zoom and leave; others are the page's", () => {
  const done = [];
  const actions = /** @type {any} */ ({
    step: (/** @type {number} */ bars) => done.push(["step", bars]),
    zoom: (/** @type {number} */ factor) => done.push(["zoom", factor < 1 ? "in" : "out"]),
    jump: (/** @type {string} */ end) => done.push(["jump", end]),
    leave: () => done.push(["leave"]),
    reset: () => done.push(["reset"]),
  });
  for (const key of ["ArrowLeft", "ArrowRight", "Home", "End", "+", "-", "0", "Escape"]) {
    keyAction({ key, shiftKey: false }, actions)?.();
  }
  keyAction({ key: "ArrowLeft", shiftKey: true }, actions)?.();
  assert.deepEqual(done, [
    ["step", -1], ["step", 1], ["jump", "first"], ["jump", "last"], ["zoom", "in"], ["zoom", "out"], ["reset"], ["leave"],
    ["step", -10],
  ]);
  assert.equal(keyAction({ key: "p", shiftKey: false }, actions), undefined);
  assert.equal(keyAction({ key: "ArrowDown", shiftKey: false }, actions), undefined);
});
