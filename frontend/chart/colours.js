// The page's colours in an option: `var(--price-up)` becomes what it is on this page now, because a canvas
// knows no CSS variables.

/**
 * Every text in `value` that names a CSS variable, replaced. Pure but for `resolve`.
 * @template T
 * @param {T} value
 * @param {(colour: string) => string} resolve
 * @returns {T}
 */
export function withColours(value, resolve) {
  if (typeof value === "string") {
    return /** @type {T} */ (value.includes("var(--") ? resolve(value) : value);
  }
  if (Array.isArray(value)) {
    // Data are numbers, thousands of them: only what can hold a colour is walked.
    if (typeof value[0] === "number") return value;
    return /** @type {T} */ (value.map((each) => withColours(each, resolve)));
  }
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value).map(([key, each]) => [key, withColours(each, resolve)]);
    return /** @type {T} */ (Object.fromEntries(entries));
  }
  return value;
}

/**
 * How a colour is found on the page: painted with the styles in force at `host`, and read back as the
 * `rgba()` that every reader of colours understands.
 * @param {HTMLElement} host
 * @returns {(colour: string) => string}
 */
export function palette(host) {
  const probe = document.createElement("span");
  probe.hidden = true;
  host.append(probe);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  /** @type {Map<string, string>} */
  const known = new Map();
  queueMicrotask(() => probe.remove());
  return (colour) => {
    const found = known.get(colour);
    if (found !== undefined) return found;
    if (!probe.isConnected) host.append(probe);
    probe.style.color = "";
    probe.style.color = colour;
    const computed = getComputedStyle(probe).color;
    const painted = context === null ? computed : paint(context, computed);
    known.set(colour, painted);
    return painted;
  };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} colour
 */
function paint(context, colour) {
  context.clearRect(0, 0, 1, 1);
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = context.getImageData(0, 0, 1, 1).data;
  return `rgba(${red},${green},${blue},${Math.round((alpha / 255) * 1000) / 1000})`;
}
