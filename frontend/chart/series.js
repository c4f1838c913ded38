// Data of a series: values in ascending time, cut, joined and searched. Pure.

/** @import { Datum } from "./types.js" */

/**
 * The time of a value, in milliseconds.
 * @param {Datum} datum
 * @returns {number}
 */
export function timeOf(datum) {
  return Number(Array.isArray(datum) ? datum[0] : datum.value[0]);
}

/**
 * The cells of a value.
 * @param {Datum} datum
 */
export function cellsOf(datum) {
  return Array.isArray(datum) ? datum : datum.value;
}

/**
 * The same value with other cells.
 * @param {Datum} datum
 * @param {import("./types.js").Cell[]} cells
 * @returns {Datum}
 */
export function withCells(datum, cells) {
  return Array.isArray(datum) ? cells : { ...datum, value: cells };
}

/**
 * The place of the first value at `time` or later.
 * @param {Datum[]} data
 * @param {number} time
 */
export function firstFrom(data, time) {
  let low = 0;
  let high = data.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timeOf(data[middle]) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * What is held with the piece from `from` until `until` replaced by a newer one: also what the newer one no
 * longer has, such as the mark of a bar that was traded after all.
 * @param {Datum[]} held
 * @param {Datum[]} piece
 * @param {number} from
 * @param {number} until exclusive
 * @returns {Datum[]}
 */
export function replace(held, piece, from, until) {
  const before = held.slice(0, firstFrom(held, from));
  const after = held.slice(firstFrom(held, until));
  return [...before, ...piece, ...after];
}

/**
 * The values from `start` to `end` and one more on either side, so that lines run to the edge.
 * @param {Datum[]} data
 * @param {number} start
 * @param {number} end
 * @returns {Datum[]}
 */
export function cut(data, start, end) {
  const first = Math.max(0, firstFrom(data, start) - 1);
  return data.slice(first, firstFrom(data, end) + 1);
}
