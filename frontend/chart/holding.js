// What is loaded: the server's answers joined by time, and the live prices on top. Pure.
//
// The server alone maps bars to series; here only the last value of the series `price` is moved, because
// a live price moves nothing else.

import { priceLabel } from "./format.js";
import { cellsOf, firstFrom, replace, timeOf, withCells } from "./series.js";

/** @import { Answer, Bar, Datum, Holding } from "./types.js" */

/** The series that shows the prices themselves. */
export const PRICE = "price";

/**
 * What the first answer says.
 * @param {Answer} answer
 * @returns {Holding}
 */
export function hold(answer) {
  const from = Date.parse(answer.from);
  const until = Date.parse(answer.until);
  return {
    step: answer.step,
    stepMs: answer.step_ms,
    from,
    until,
    openTime: moment(answer.open_time),
    firstHeld: moment(answer.first_held),
    kind: answer.kind,
    code: answer.currency?.code ?? "",
    option: withoutData(answer.option),
    data: new Map(answer.option.series.map(({ id, data }) => [id, data])),
    bars: barsOf(answer),
  };
}

/**
 * The same with another piece: newer bars, missing ones or older ones. A piece that does not touch what is
 * held is refused, because the bars between would look as if nothing had happened in them.
 * @param {Holding} held
 * @param {Answer} answer
 * @returns {Holding | null} `null` for a piece that does not fit
 */
export function join(held, answer) {
  const from = Date.parse(answer.from);
  const until = Date.parse(answer.until);
  if (answer.step_ms !== held.stepMs || from > held.until || until < held.from) return null;
  const pieces = new Map(answer.option.series.map(({ id, data }) => [id, data]));
  const data = new Map(held.data);
  for (const id of new Set([...held.data.keys(), ...pieces.keys()])) {
    data.set(id, replace(held.data.get(id) ?? [], pieces.get(id) ?? [], from, until));
  }
  return {
    ...held,
    data,
    from: Math.min(held.from, from),
    until: Math.max(held.until, until),
    openTime: latest(held.openTime, moment(answer.open_time)),
    firstHeld: moment(answer.first_held) ?? held.firstHeld,
    bars: new Map([...held.bars, ...barsOf(answer)]),
    option: withSeriesOf(held.option, answer.option, until >= held.until),
  };
}

/**
 * The same after a live price.
 * @param {Holding} held
 * @param {string} price exact, in the chart's currency
 * @param {number} at when it was confirmed, by the server's clock
 * @returns {{held: Holding, opened: boolean}} whether the price opened a bar: then the one before is over
 */
export function follow(held, price, at) {
  // Weeks do not begin where 1970 did: count from a bar that is known.
  const aligned = held.openTime ?? held.from;
  const openTime = aligned + Math.floor((at - aligned) / held.stepMs) * held.stepMs;
  const last = held.openTime ?? held.until - held.stepMs;
  if (openTime < last) return { held, opened: false };
  const opened = openTime > last;
  const data = new Map(held.data);
  data.set(PRICE, moved(held.data.get(PRICE) ?? [], openTime, Number(price), held.kind));
  const bars = new Map(held.bars);
  bars.set(openTime, movedBar(held.bars.get(openTime) ?? null, price));
  return {
    opened,
    held: {
      ...held,
      data,
      bars,
      openTime,
      until: Math.max(held.until, openTime + held.stepMs),
      option: withLastPrice(held.option, Number(price)),
    },
  };
}

/**
 * The openings of all windows that are loaded, ascending.
 * @param {Holding} held
 */
export function openings(held) {
  return [...held.bars.keys()].sort((one, other) => one - other);
}

/** @param {import("./types.js").Option} option */
function withoutData(option) {
  return { ...option, series: option.series.map((series) => ({ ...series, data: [] })) };
}

/** @param {string | null | undefined} text */
function moment(text) {
  return text ? Date.parse(text) : null;
}

/** @param {Answer} answer */
function barsOf(answer) {
  return new Map((answer.windows ?? []).map(({ open_time, bar }) => [Date.parse(open_time), bar]));
}

/**
 * @param {number | null} one
 * @param {number | null} other
 */
function latest(one, other) {
  if (one === null) return other;
  return other === null ? one : Math.max(one, other);
}

/**
 * The prices with the last one moved, or with a new one.
 * @param {Datum[]} data
 * @param {number} openTime
 * @param {number} price
 * @param {Holding["kind"]} kind
 * @returns {Datum[]}
 */
function moved(data, openTime, price, kind) {
  const place = firstFrom(data, openTime);
  const last = data[place];
  if (last === undefined || timeOf(last) !== openTime) {
    return [...data.slice(0, place), movedCells([openTime], price, kind), ...data.slice(place)];
  }
  const cells = movedCells(cellsOf(last), price, kind);
  return [...data.slice(0, place), withCells(last, cells), ...data.slice(place + 1)];
}

/**
 * The cells of a bar with another last price: `[t, open, close, low, high, …]` of a candle, `[t, close, …]` of a
 * line. What follows is the server's and stays.
 * @param {import("./types.js").Cell[]} cells
 * @param {number} price
 * @param {Holding["kind"]} kind
 */
function movedCells([time, ...cells], price, kind) {
  if (kind !== "candles") return [time, price, ...cells.slice(1)];
  const [open, , low, high, ...rest] = cells;
  // A window of which nothing was seen yet has no numbers.
  if (typeof open !== "number") return [time, price, price, price, price, ...rest];
  return [time, open, price, Math.min(Number(low), price), Math.max(Number(high), price), ...rest];
}

/**
 * @param {Bar | null} bar
 * @param {string} price
 * @returns {Bar}
 */
function movedBar(bar, price) {
  if (bar === null) {
    return { open: price, high: price, low: price, close: price, volume_usd: "0", sources: null, kind: "filled" };
  }
  return {
    ...bar,
    close: price,
    high: Number(price) > Number(bar.high) ? price : bar.high,
    low: Number(price) < Number(bar.low) ? price : bar.low,
  };
}

/**
 * The option with the line at the last price moved, where it has one.
 * @param {import("./types.js").Option} option
 * @param {number} price
 */
function withLastPrice(option, price) {
  const series = option.series.map((each) => {
    if (each.id !== PRICE || !Array.isArray(each.markLine?.data)) return each;
    const data = each.markLine.data.map((/** @type {any} */ mark) =>
      "yAxis" in mark ? { ...mark, yAxis: price, label: { ...mark.label, formatter: priceLabel(price) } } : mark,
    );
    return { ...each, markLine: { ...each.markLine, data } };
  });
  return { ...option, series };
}

/**
 * The option with the series that only the piece has, such as the first gap. Marks that stand for the present,
 * such as the line at the last price, come with the newest piece.
 * @param {import("./types.js").Option} option
 * @param {import("./types.js").Option} piece
 * @param {boolean} isNewest
 */
function withSeriesOf(option, piece, isNewest) {
  const known = option.series.map((series) => {
    const newer = piece.series.find(({ id }) => id === series.id);
    return isNewest && newer?.markLine !== undefined ? { ...series, markLine: newer.markLine } : series;
  });
  const further = piece.series.filter(({ id }) => !known.some((series) => series.id === id));
  return { ...option, series: [...known, ...withoutData({ ...piece, series: further }).series] };
}
