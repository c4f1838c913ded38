// How numbers are written on the pages. White space around them is the markup's, not theirs.

/** A price in dollars: `$96,412.5`. Tiny ones count their zeros in tables: see the test of SHIB. */
export const PRICE = /^\s*\$\d[\d,]*(\.\d+)?\s*$/;

/** A number with all its digits, as an exchange sent it: `96,412.50`. */
export const NUMBER = /^\s*\d[\d,]*(\.\d+)?\s*$/;

/** A price in euros, and one in bitcoin, whose code stands behind. */
export const EUROS = /^\s*€\d[\d,]*(\.\d+)?\s*$/;
export const BITCOINS = /^\s*\d[\d,]*(\.\d+)?\s*BTC\s*$/;
