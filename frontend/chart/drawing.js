// The option that is drawn: the server's, cut to the view, with the page's colours, functions and zone.

import { withColours } from "./colours.js";
import { logAxis, percentLabel, priceLabel } from "./format.js";
import { cut } from "./series.js";

/** @import { Axis, Holding, View } from "./types.js" */

/** What stands in the option where ECharts takes a function, which JSON cannot hold. */
const FUNCTIONS = new Map([
  ["$price", priceLabel],
  ["$percent", percentLabel],
]);

/**
 * What ECharts is given.
 * @param {Holding} held
 * @param {View} view
 * @param {{isLocal: boolean, resolve: (colour: string) => string, tooltip: Record<string, any>}} manner
 * @returns {Record<string, any>}
 */
export function drawing(held, view, { isLocal, resolve, tooltip }) {
  // Zooming is this script's own work, so that it can load what is older.
  const { dataZoom: _, ...option } = withColours(held.option, resolve);
  // A bar is centred on its opening.
  const half = held.stepMs / 2;
  return {
    ...option,
    animation: false,
    useUTC: !isLocal,
    xAxis: list(option.xAxis).map((axis) => ({ ...axis, min: view.start - half, max: view.end - half })),
    yAxis: list(option.yAxis).map((axis) => withLabels(axis.type === "log" ? fitted(axis, held, view) : axis)),
    series: option.series.map((series) => ({
      ...series,
      data: cut(held.data.get(series.id) ?? [], view.start, view.end),
    })),
    tooltip: { ...option.tooltip, ...tooltip },
  };
}

/** @param {Axis} axis */
function withLabels(axis) {
  const formatter = FUNCTIONS.get(axis.axisLabel?.formatter);
  return formatter === undefined ? axis : { ...axis, axisLabel: { ...axis.axisLabel, formatter } };
}

/**
 * A logarithmic axis around what is seen: ECharts' own ticks are whole powers of ten, too few for prices.
 * @param {Axis} axis
 * @param {Holding} held
 * @param {View} view
 */
function fitted(axis, held, view) {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (const [time, bar] of held.bars) {
    if (bar === null || time < view.start || time >= view.end) continue;
    low = Math.min(low, Number(bar.low));
    high = Math.max(high, Number(bar.high));
  }
  const log = logAxis(low, high);
  if (log === null) return axis;
  const { min, max, ticks: customValues } = log;
  return {
    ...axis,
    min,
    max,
    axisLabel: { ...axis.axisLabel, customValues },
    axisTick: { ...axis.axisTick, customValues },
    splitLine: { ...axis.splitLine, customValues },
  };
}

/**
 * @param {Axis | Axis[] | undefined} axes
 * @returns {Axis[]}
 */
function list(axes) {
  return Array.isArray(axes) ? axes : axes === undefined ? [] : [axes];
}
