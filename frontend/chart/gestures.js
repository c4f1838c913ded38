// Pointers and keys as what the reader wants: to come closer, to move, to read a bar.
//
// One finger moves the chart sideways and the page up and down (`touch-action: pan-y`); two fingers zoom; the
// wheel zooms only with Ctrl, as pinching a touchpad does, so that the page scrolls on under the pointer.

/** How much closer one step of `+` comes. */
const STEP = 0.8;
/** How much one notch of the wheel, of about 100 pixels, zooms. */
const WHEEL = 0.0022;
/** Bars that an arrow with Shift jumps. */
const LEAP = 10;
/** A pointer that moved less than this was a click. */
const SLACK_PX = 4;

/**
 * What the chart does for the gestures. Places are pixels from the chart's left edge.
 * @typedef {object} Actions
 * @property {(factor: number, atPx: number | null) => void} zoom below 1 comes closer; `null`: the middle
 * @property {(byPx: number) => void} move
 * @property {(bars: number) => void} step the crosshair, later for a positive number
 * @property {(end: "first" | "last") => void} jump the crosshair
 * @property {() => void} leave the crosshair
 * @property {() => void} reset the view
 */

/**
 * Listens on `host` until `gone`.
 * @param {HTMLElement} host
 * @param {Actions} actions
 * @param {AbortSignal} gone
 */
export function listen(host, actions, gone) {
  const options = { signal: gone };
  host.addEventListener("keydown", (event) => onKey(event, host, actions), options);
  host.addEventListener("wheel", (event) => onWheel(event, host, actions), { ...options, passive: false });
  pointers(host, actions, options);
}

/**
 * The action of a key, if it has one.
 * @param {{key: string, shiftKey: boolean}} event
 * @param {Actions} actions
 * @returns {(() => void) | undefined}
 */
export function keyAction({ key, shiftKey }, actions) {
  const bars = shiftKey ? LEAP : 1;
  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowLeft: () => actions.step(-bars),
    ArrowRight: () => actions.step(bars),
    Home: () => actions.jump("first"),
    End: () => actions.jump("last"),
    "+": () => actions.zoom(STEP, null),
    "=": () => actions.zoom(STEP, null),
    "-": () => actions.zoom(1 / STEP, null),
    _: () => actions.zoom(1 / STEP, null),
    0: () => actions.reset(),
    Escape: () => actions.leave(),
  };
  return keys[key];
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLElement} host
 * @param {Actions} actions
 */
function onKey(event, host, actions) {
  if (event.target !== host || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = keyAction(event, actions);
  if (act === undefined) return;
  event.preventDefault();
  act();
}

/**
 * @param {WheelEvent} event
 * @param {HTMLElement} host
 * @param {Actions} actions
 */
function onWheel(event, host, actions) {
  if (event.ctrlKey) {
    event.preventDefault();
    actions.zoom(Math.exp(event.deltaY * WHEEL), placeOf(event, host));
  } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    event.preventDefault();
    actions.move(event.deltaX);
  }
}

/**
 * @param {HTMLElement} host
 * @param {Actions} actions
 * @param {{signal: AbortSignal}} options
 */
function pointers(host, actions, options) {
  /** @type {Map<number, number>} the pointers that are down, by their place */
  const down = new Map();
  let travelled = 0;

  host.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button !== 0) return;
      if (down.size === 0) travelled = 0;
      down.set(event.pointerId, placeOf(event, host));
    },
    options,
  );
  host.addEventListener(
    "pointermove",
    (event) => {
      const before = down.get(event.pointerId);
      if (before === undefined) return;
      const now = placeOf(event, host);
      const widthBefore = spread(down);
      down.set(event.pointerId, now);
      if (down.size === 1) {
        travelled += Math.abs(now - before);
        if (travelled <= SLACK_PX) return;
        // From here on the pointer is the chart's, also outside of it.
        if (!host.hasPointerCapture(event.pointerId)) host.setPointerCapture(event.pointerId);
        host.dataset.moving = "";
        actions.move(before - now);
      } else if (down.size === 2) {
        const width = spread(down);
        if (widthBefore > SLACK_PX && width > SLACK_PX) actions.zoom(widthBefore / width, middle(down));
      }
    },
    options,
  );
  for (const end of /** @type {const} */ (["pointerup", "pointercancel", "lostpointercapture"])) {
    host.addEventListener(
      end,
      (event) => {
        down.delete(event.pointerId);
        if (down.size === 0) delete host.dataset.moving;
      },
      options,
    );
  }
}

/** @param {Map<number, number>} down */
function spread(down) {
  const [one = 0, other = 0] = down.values();
  return Math.abs(one - other);
}

/** @param {Map<number, number>} down */
function middle(down) {
  const [one = 0, other = 0] = down.values();
  return (one + other) / 2;
}

/**
 * @param {MouseEvent} event
 * @param {HTMLElement} host
 */
function placeOf(event, host) {
  return event.clientX - host.getBoundingClientRect().left;
}
