// /redoc: the same description as one page to read, by Redoc.

import * as Redoc from "redoc/bundles/redoc.standalone.js";

const style = getComputedStyle(document.documentElement);
const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();

Redoc.init(
  "/openapi.json",
  {
    // A search index in a worker made of a text would need a weaker policy; the browser's own search finds words.
    disableSearch: true,
    hideDownloadButton: false,
    expandResponses: "200",
    nativeScrollbars: true,
    scrollYOffset: ".reference-bar",
    theme: {
      colors: { primary: { main: colour("--reference-accent") } },
      typography: {
        fontFamily: "Inter, system-ui, sans-serif",
        headings: { fontFamily: "Inter, system-ui, sans-serif" },
        fontSize: "15px",
      },
    },
  },
  document.getElementById("reference"),
);
