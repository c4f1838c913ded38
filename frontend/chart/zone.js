// UTC or the reader's own time, remembered by the browser. UTC until the reader says otherwise.

const KEY = "parallax.zone";

/** Whether the reader wants local time. */
export function isLocal() {
  try {
    return localStorage.getItem(KEY) === "local";
  } catch {
    // Storage may be forbidden: then nothing is remembered.
    return false;
  }
}

/** @param {boolean} local */
export function remember(local) {
  try {
    localStorage.setItem(KEY, local ? "local" : "utc");
  } catch {
    // As above.
  }
}
