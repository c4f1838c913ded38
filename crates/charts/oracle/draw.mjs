// ECharts in Node draws the options it gets on standard input and answers what it drew where: called by
// tests/oracle.rs, which compares that with what crates/charts draws. The positions are read from ECharts'
// own elements after layout, the same that its SVG is written from.
//
//   in:  { advances: { "a": [regular, semibold] }, unknown, cases: [{ name, option, width, height }],
//          numbers: [..], ranges: [[low, high], ..] }
//   out: { cases: [..], prices: [..], percents: [..], logAxes: [..] }
import * as echarts from "echarts";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { logAxis, percentLabel, priceLabel } from "../../../frontend/chart/format.js";

const FORMATTERS = { $price: priceLabel, $percent: percentLabel };

/** The option with functions in the place of their markers. */
export function completed(option) {
  for (const axis of option.yAxis) {
    const marker = axis.axisLabel.formatter;
    if (marker !== undefined) axis.axisLabel.formatter = FORMATTERS[marker];
  }
  delete option.tooltip.formatter;
  return option;
}

/** Text is as wide as crates/charts says: the sum of its letters' advances. */
function measure(advances, unknown) {
  echarts.setPlatformAPI({
    measureText(text, font) {
      const size = Number(/([\d.]+)px/.exec(font)?.[1] ?? 12);
      const weight = /\b(600|700|bold)\b/.test(font) ? 1 : 0;
      let units = 0;
      for (const letter of text ?? "") units += advances[letter]?.[weight] ?? unknown;
      return { width: (units * size) / 1000 };
    },
  });
}

const place = (element, x, y) => {
  const at = element.transform;
  return at ? [at[0] * x + at[2] * y + at[4], at[1] * x + at[3] * y + at[5]] : [x, y];
};
const numbers = (list) => Array.from(list ?? [], (value) => (Number.isFinite(value) ? value : null));

function series(chart, model) {
  const data = model.getData();
  const items = Array.from({ length: data.count() }, (_, index) => data.getItemGraphicEl(index));
  const drawn = items.filter((element) => element);
  const base = { id: model.id, type: model.subType };
  if (model.subType === "candlestick") {
    const candles = drawn.map((element) => ({
      points: element.shape.points.map((point) => numbers(point)),
      stroke: element.style.stroke,
      isOutline: element.style.fill === "transparent",
      isStroke: Boolean(element.__simpleBox),
    }));
    return { ...base, candles };
  }
  if (model.subType === "bar") {
    const bars = drawn.map(({ shape }) => numbers([shape.x, shape.y, shape.width, shape.height]));
    return { ...base, bars: bars.filter((bar) => bar.every((value) => value !== null)) };
  }
  if (model.subType === "scatter") {
    const marks = drawn.map((element) => {
      const symbol = element.childAt(0);
      return [element.x + symbol.x, element.y + symbol.y, symbol.scaleX * 2, symbol.scaleY * 2];
    });
    return { ...base, marks };
  }
  const view = chart.getViewOfSeriesModel(model);
  return {
    ...base,
    line: numbers(view._polyline?.shape.points),
    area: view._polygon ? numbers(view._polygon.shape.points) : null,
    foot: view._polygon ? numbers(view._polygon.shape.stackedOnPoints) : null,
  };
}

function draw({ name, option, width, height }) {
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
  chart.setOption(completed(option));
  chart.renderToSVGString();
  const shown = chart.getZr().storage.getDisplayList(true).filter((element) => !element.invisible);
  const texts = shown
    .filter((element) => element.type === "tspan" && element.style.text)
    .map((element) => {
      const { text, x, y, textAlign } = element.style;
      return { text, at: place(element, x, y), align: textAlign ?? "left" };
    });
  const across = (type) =>
    shown
      .filter((element) => element.type === type)
      .map(({ shape }) => numbers([shape.x1, shape.y1, shape.x2, shape.y2]));
  const all = chart.getModel().getSeries().map((model) => series(chart, model));
  const answer = { name, texts, lines: across("line"), levels: across("ec-line"), series: all };
  chart.dispose();
  return answer;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const asked = JSON.parse(readFileSync(0, "utf8"));
  measure(asked.advances, asked.unknown);
  const answer = {
    cases: asked.cases.map(draw),
    prices: asked.numbers.map(priceLabel),
    percents: asked.numbers.map(percentLabel),
    logAxes: asked.ranges.map(([low, high]) => logAxis(low, high)),
  };
  process.stdout.write(JSON.stringify(answer));
}
