// @ts-check
/**
 * Numbers as a chart's labels write them, and the ticks of a logarithmic axis: the functions that the
 * server's chart option marks with a word. The same functions exist in crates/charts (src/label.rs,
 * src/option/log_axis.rs), where the rules are written down; its oracle test compares both.
 */

const DIGITS = 6;
const MINUS = "\u2212";
const NO_NUMBER = "\u2013";

/**
 * The shortest decimal that is `value`, rounded half away from zero to six significant digits.
 * @param {number} value not 0, finite
 * @returns {{ digits: string, exponent: number }}
 */
function rounded(value) {
  const [mantissa, power] = Math.abs(value).toExponential().split("e");
  let digits = mantissa.replace(".", "");
  let exponent = Number(power);
  if (digits.length > DIGITS) {
    const roundsUp = digits[DIGITS] >= "5";
    digits = digits.slice(0, DIGITS);
    if (roundsUp) {
      digits = digits.replace(/9+$/, "");
      if (digits === "") {
        digits = "1";
        exponent += 1;
      } else {
        digits = digits.slice(0, -1) + String(Number(digits.slice(-1)) + 1);
      }
    }
  }
  return { digits: digits.replace(/(?<=.)0+$/, ""), exponent };
}

/**
 * Digits with their point `places` after the first, the whole part grouped.
 * @param {string} digits
 * @param {number} places
 */
function plain(digits, places) {
  if (places < 0) return `0.${"0".repeat(-places - 1)}${digits}`;
  const padded = digits.padEnd(places + 1, "0");
  const whole = padded.slice(0, places + 1).replace(/\B(?=(\d{3})+$)/g, ",");
  const fraction = padded.slice(places + 1);
  return fraction === "" ? whole : `${whole}.${fraction}`;
}

/**
 * A number without its sign.
 * @param {number} value not 0, finite
 */
function compact(value) {
  const { digits, exponent } = rounded(value);
  if (exponent < -6 || exponent >= 15) return `${plain(digits, 0)}e${exponent}`;
  if (exponent < 6) return plain(digits, exponent);
  if (exponent < 9) return `${plain(digits, exponent - 6)} M`;
  if (exponent < 12) return `${plain(digits, exponent - 9)} B`;
  return `${plain(digits, exponent - 12)} T`;
}

/**
 * The marker `$price`: a price as an axis or a price line labels it.
 * @param {number} value
 */
export function priceLabel(value) {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return NO_NUMBER;
  return (value < 0 ? MINUS : "") + compact(value);
}

/**
 * The marker `$percent`: a change in per cent, always signed but for zero.
 * @param {number} value
 */
export function percentLabel(value) {
  if (value === 0) return "0%";
  if (!Number.isFinite(value)) return NO_NUMBER;
  return `${value < 0 ? MINUS : "+"}${compact(value)}%`;
}

/**
 * The power of ten of a positive number's first digit.
 * @param {number} value
 */
function exponentOf(value) {
  const power = Math.floor(Math.log(value) / Math.LN10);
  return value / Number(`1e${power}`) >= 10 ? power + 1 : power;
}

/**
 * Decimals of a number as people write it.
 * @param {number} value
 */
function decimals(value) {
  const [mantissa, power] = value.toExponential().split("e");
  return Math.max(0, (mantissa.split(".")[1] ?? "").length - Number(power));
}

/**
 * The ticks ECharts makes of a linear axis around `low` to `high`, in about five parts.
 * @param {number} low
 * @param {number} high
 * @returns {number[]}
 */
function linearTicks(low, high) {
  if (low === high) {
    const half = Math.abs(low) / 2;
    [low, high] = [low - half, high + half];
  }
  const rough = (high - low) / 5;
  const power = exponentOf(rough);
  const unit = Number(`1e${power}`);
  const fraction = rough / unit;
  const factor = fraction < 1.5 ? 1 : fraction < 2.5 ? 2 : fraction < 4 ? 3 : fraction < 7 ? 5 : 10;
  const interval = Number((factor * unit).toFixed(Math.min(20, Math.max(0, -power))));
  const places = Math.min(20, decimals(interval) + 2);
  const first = Number((Math.floor(low / interval) * interval).toFixed(places));
  const last = Number((Math.ceil(high / interval) * interval).toFixed(places));
  const ticks = [];
  for (let tick = first; tick <= last && ticks.length < 3000; ) {
    ticks.push(tick);
    const next = Number((tick + interval).toFixed(places));
    if (next <= tick) break;
    tick = next;
  }
  return ticks;
}

/**
 * A logarithmic axis that holds `low` to `high`: set its min, max, and as customValues of axisLabel,
 * axisTick and splitLine its ticks. `null` unless 0 < low <= high.
 * @param {number} low
 * @param {number} high
 * @returns {{ min: number, max: number, ticks: number[] } | null}
 */
export function logAxis(low, high) {
  if (!(low > 0 && high >= low && Number.isFinite(high))) return null;
  if (high / low <= 4) {
    const ticks = linearTicks(low, high).filter((tick) => tick > 0);
    return { min: Math.min(low, ticks[0] ?? low), max: Math.max(high, ticks.at(-1) ?? high), ticks };
  }
  const room = Math.pow(high / low, 0.02);
  const [min, max] = [low / room, high * room];
  const [first, last] = [exponentOf(min), exponentOf(max)];
  /** @param {number[]} factors */
  const multiples = (factors) => {
    const found = [];
    for (let power = first; power <= last; power += 1) {
      for (const factor of factors) {
        const tick = Number(`${factor}e${power}`);
        if (tick >= min && tick <= max) found.push(tick);
      }
    }
    return found;
  };
  let ticks = multiples([1, 2, 5]);
  if (ticks.length > 8) ticks = multiples([1]);
  const stride = Math.max(1, Math.ceil(ticks.length / 8));
  return { min, max, ticks: ticks.filter((_, index) => index % stride === 0) };
}
