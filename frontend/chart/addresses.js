// The addresses that the chart asks. Pure.

/** @import { Holding } from "./types.js" */

/** Bars asked for at once when the reader looks further back. */
export const PIECE_BARS = 300;

/**
 * The whole range, in colours that the page decides.
 * @param {string} src what the page names: `/charts/bitcoin.json?range=7d`
 * @param {boolean} isNarrow
 */
export function whole(src, isNarrow) {
  return extended(src, isNarrow ? { palette: "page", narrow: "true" } : { palette: "page" });
}

/**
 * Everything since `from`: the running bar, and what was missed.
 * @param {string} src
 * @param {boolean} isNarrow
 * @param {Holding} held
 * @param {number} from
 */
export function since(src, isNarrow, held, from) {
  return extended(whole(src, isNarrow), { interval: held.step, from: new Date(from).toISOString() });
}

/**
 * The piece before what is held.
 * @param {string} src
 * @param {boolean} isNarrow
 * @param {Holding} held
 */
export function older(src, isNarrow, held) {
  const wanted = held.from - PIECE_BARS * held.stepMs;
  const from = Math.max(wanted, held.firstHeld ?? wanted);
  return extended(whole(src, isNarrow), {
    interval: held.step,
    from: new Date(from).toISOString(),
    until: new Date(held.from).toISOString(),
  });
}

/**
 * @param {string} address
 * @param {Record<string, string>} parameters replace those of the same name
 */
function extended(address, parameters) {
  const [path, query = ""] = address.split("?");
  const search = new URLSearchParams(query);
  for (const [name, value] of Object.entries(parameters)) search.set(name, value);
  return `${path}?${search}`;
}
