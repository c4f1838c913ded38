import assert from "node:assert/strict";
import { test } from "node:test";

import { grown, LEAST_BARS, move, needsOlder, reveal, whole, zoom } from "../view.js";

/** A holding of bars of one millisecond. */
const held = (more = {}) =>
  /** @type {import("../types.js").Holding} */ (
    /** @type {unknown} */ ({ stepMs: 1, from: 100, until: 200, firstHeld: 0, ...more })
  );

test("zooming keeps the moment under the pointer in its place", () => {
  assert.deepEqual(zoom({ start: 100, end: 200 }, 0.5, 150, held()), { start: 125, end: 175 });
  assert.deepEqual(zoom({ start: 100, end: 200 }, 0.5, 200, held()), { start: 150, end: 200 });
});

test("zooming ends at a few bars, and at what there is", () => {
  const close = zoom({ start: 100, end: 200 }, 0.0001, 150, held());
  assert.equal(close.end - close.start, LEAST_BARS);
  assert.deepEqual(zoom({ start: 100, end: 200 }, 99, 150, held()), { start: 0, end: 200 });
  assert.deepEqual(zoom({ start: 100, end: 200 }, 99, 150, held({ firstHeld: 100 })), { start: 100, end: 200 });
});

test("moving stops at both ends", () => {
  assert.deepEqual(move({ start: 150, end: 180 }, 100, held()), { start: 170, end: 200 });
  assert.deepEqual(move({ start: 150, end: 180 }, -1_000, held()), { start: 0, end: 30 });
});

test("a bar outside of the view is brought in by the least move", () => {
  assert.deepEqual(reveal({ start: 150, end: 180 }, 140, held()), { start: 140, end: 170 });
  assert.deepEqual(reveal({ start: 150, end: 180 }, 180, held()), { start: 151, end: 181 });
  assert.deepEqual(reveal({ start: 150, end: 180 }, 160, held()), { start: 150, end: 180 });
});

test("a view of the newest bar goes on showing it, another stays where it is", () => {
  const after = held({ until: 201 });
  assert.deepEqual(grown(whole(held()), held(), after), { start: 101, end: 201 });
  assert.deepEqual(grown({ start: 110, end: 150 }, held(), after), { start: 110, end: 150 });
});

test("older bars are wanted near the oldest loaded, as long as there are any", () => {
  assert.equal(needsOlder({ start: 90, end: 200 }, held()), true);
  assert.equal(needsOlder({ start: 150, end: 200 }, held()), false);
  assert.equal(needsOlder({ start: 100, end: 200 }, held({ firstHeld: 100 })), false);
  assert.equal(needsOlder({ start: 100, end: 200 }, held({ firstHeld: null })), false);
});
