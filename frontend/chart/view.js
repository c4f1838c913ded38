// Which part of the time axis is shown: zooming, moving, keeping within what there is. Pure.

/** @import { Holding, View } from "./types.js" */

/** No closer than so many bars: fewer say nothing. */
export const LEAST_BARS = 8;
/** No wider than so many bars: more are narrower than a pixel or two. */
export const MOST_BARS = 1_200;
/** Older bars are loaded once the view comes so near to the oldest loaded, as a share of the view. */
const NEAR = 0.15;

/**
 * Everything that is loaded.
 * @param {Holding} held
 * @returns {View}
 */
export function whole(held) {
  return { start: held.from, end: held.until };
}

/**
 * The view around the moment `anchor`, which keeps its place, `factor` times as wide.
 * @param {View} view
 * @param {number} factor below 1 to come closer
 * @param {number} anchor
 * @param {Holding} held
 * @returns {View}
 */
export function zoom(view, factor, anchor, held) {
  const width = view.end - view.start;
  const wanted = clamp(width * factor, LEAST_BARS * held.stepMs, widest(view, held));
  const share = width === 0 ? 1 : (anchor - view.start) / width;
  const start = anchor - share * wanted;
  return within({ start, end: start + wanted }, held);
}

/**
 * The view moved by so many milliseconds, later for a positive number.
 * @param {View} view
 * @param {number} by
 * @param {Holding} held
 * @returns {View}
 */
export function move(view, by, held) {
  return within({ start: view.start + by, end: view.end + by }, held);
}

/**
 * The view moved by no more than it takes to show the bar that opens at `time`.
 * @param {View} view
 * @param {number} time
 * @param {Holding} held
 */
export function reveal(view, time, held) {
  if (time < view.start) return move(view, time - view.start, held);
  const end = time + held.stepMs;
  return end > view.end ? move(view, end - view.end, held) : view;
}

/**
 * The view after bars were added: one that showed the newest goes on showing it.
 * @param {View} view
 * @param {Holding} before
 * @param {Holding} after
 * @returns {View}
 */
export function grown(view, before, after) {
  const followed = view.end >= before.until;
  return followed ? { start: view.start + (after.until - before.until), end: after.until } : view;
}

/**
 * Whether the view is about to leave what is loaded, and there is something older.
 * @param {View} view
 * @param {Holding} held
 */
export function needsOlder(view, held) {
  const near = held.from + (view.end - view.start) * NEAR;
  return hasOlder(held) && view.start < near;
}

/** @param {Holding} held */
function hasOlder(held) {
  return held.firstHeld !== null && held.firstHeld < held.from;
}

/**
 * @param {View} view
 * @param {Holding} held
 */
function widest(view, held) {
  const most = Math.max(MOST_BARS * held.stepMs, view.end - view.start);
  return Math.min(most, held.until - oldest(held));
}

/** @param {Holding} held */
function oldest(held) {
  return hasOlder(held) ? Number(held.firstHeld) : held.from;
}

/**
 * @param {View} view
 * @param {Holding} held
 * @returns {View}
 */
function within(view, held) {
  const width = view.end - view.start;
  const start = clamp(view.start, oldest(held), Math.max(oldest(held), held.until - width));
  return { start, end: Math.min(start + width, held.until) };
}

/**
 * @param {number} value
 * @param {number} least
 * @param {number} most
 */
function clamp(value, least, most) {
  return Math.min(Math.max(value, least), Math.max(least, most));
}
