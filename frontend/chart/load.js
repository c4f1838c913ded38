// Fetching: one address, one answer, within a time.

/** @import { Answer } from "./types.js" */

/** Longer than any answer takes; then the chart stays as it is. */
const TIMEOUT_MS = 15_000;

/**
 * @param {string} address
 * @param {AbortSignal} gone aborted when the chart has left the page
 * @returns {Promise<Answer>}
 * @throws when the server cannot be reached, refuses, or answers something else
 */
export async function load(address, gone) {
  const signal = AbortSignal.any([gone, AbortSignal.timeout(TIMEOUT_MS)]);
  // Asked for because something is new: what the browser kept is only good when the server says so.
  const response = await fetch(address, { signal, cache: "no-cache", headers: { accept: "application/json" } });
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  const answer = await response.json();
  if (!Array.isArray(answer?.option?.series)) throw new Error(`${address}: no chart in the answer`);
  return answer;
}
