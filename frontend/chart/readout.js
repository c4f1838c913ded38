// What the crosshair reads out of a bar: exact figures as text. Pure but for `panel`, which builds the
// element that shows them, text node by text node: a token's name is never markup.

/** @import { Bar } from "./types.js" */

/** How a bar came about, in the words of the table below the chart. */
const KINDS = {
  traded: "traded",
  filled: "no trades",
  repaired: "repaired",
  gap: "partly seen",
};

/** Digits of a price beyond which more say nothing beside a chart; all of them are in the table. */
const DIGITS = 8;

/**
 * Names and values.
 * @param {Bar | null | undefined} bar
 * @param {string} code the currency's
 * @returns {[string, string][]}
 */
export function figures(bar, code) {
  if (!bar) return [["Not seen", "no price is known of this interval"]];
  /** @type {[string, string][]} */
  const rows = [
    ["Open", price(bar.open)],
    ["High", price(bar.high)],
    ["Low", price(bar.low)],
    ["Close", price(bar.close)],
    ["Volume", `${compact(bar.volume_usd)} ${code}`],
  ];
  if (bar.sources !== null) rows.push(["Sources", String(bar.sources)]);
  rows.push(["Kind", KINDS[bar.kind] ?? bar.kind]);
  return rows;
}

/**
 * A bar in one sentence, for those who hear it.
 * @param {string} when
 * @param {Bar | null | undefined} bar
 * @param {string} code
 */
export function sentence(when, bar, code) {
  const told = figures(bar, code).map(([name, value]) => `${name} ${value}`);
  return `${when}. ${told.join(", ")}.`;
}

/**
 * When a bar opened. UTC says so; local time names its zone.
 * @param {number} time in milliseconds
 * @param {number} stepMs
 * @param {boolean} isLocal
 */
export function when(time, stepMs, isLocal) {
  const hasClock = stepMs < 86_400_000;
  /** @type {Intl.DateTimeFormatOptions} */
  const shape = {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    ...(hasClock ? { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } : {}),
    ...(isLocal ? { timeZoneName: "short" } : { timeZone: "UTC" }),
  };
  const text = new Intl.DateTimeFormat("en-GB", shape).format(time);
  return isLocal || !hasClock ? text : `${text} UTC`;
}

/**
 * An exact decimal with its digits grouped, rounded to what can be read.
 * @param {string} exact
 */
export function price(exact) {
  const sign = exact.startsWith("-") ? "\u2212" : "";
  const [whole, fraction = ""] = exact.replace("-", "").split(".");
  const places = whole === "0" ? DIGITS + leadingZeros(fraction) : Math.max(2, DIGITS - whole.length);
  const [units, rest] = rounded(whole, fraction, places);
  const cut = rest.replace(/0+$/, "");
  const shown = units !== "0" && cut.length === 1 ? `${cut}0` : cut;
  const grouped = units.replace(/\B(?=(\d{3})+$)/g, ",");
  return `${sign}${grouped}${shown === "" ? "" : `.${shown}`}`;
}

/**
 * Rounds half away from zero, digit by digit: a float would not hold them.
 * @param {string} whole
 * @param {string} fraction
 * @param {number} places
 * @returns {[string, string]}
 */
function rounded(whole, fraction, places) {
  if (fraction.length <= places) return [whole, fraction];
  const kept = BigInt(whole + fraction.slice(0, places)) + (fraction[places] >= "5" ? 1n : 0n);
  const digits = kept.toString().padStart(places + 1, "0");
  return [digits.slice(0, digits.length - places), digits.slice(digits.length - places)];
}

/** @param {string} fraction */
function leadingZeros(fraction) {
  return fraction.length - fraction.replace(/^0+/, "").length;
}

/**
 * Three digits and a unit.
 * @param {string} exact
 */
export function compact(exact) {
  const value = Number(exact);
  for (const [unit, name] of /** @type {const} */ ([[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "K"]])) {
    // What rounds up to a thousand of one unit is one of the next.
    if (value >= unit * 0.9995) return `${(value / unit).toPrecision(3)}\u00a0${name}`;
  }
  return value >= 1 || value === 0 ? String(Math.round(value)) : value.toPrecision(3);
}

/**
 * The element that shows a bar.
 * @param {string} title
 * @param {[string, string][]} rows
 */
export function panel(title, rows) {
  const panel = document.createElement("div");
  const head = document.createElement("p");
  head.textContent = title;
  const list = document.createElement("dl");
  for (const [name, value] of rows) {
    const term = document.createElement("dt");
    const detail = document.createElement("dd");
    term.textContent = name;
    detail.textContent = value;
    list.append(term, detail);
  }
  panel.append(head, list);
  return panel;
}
