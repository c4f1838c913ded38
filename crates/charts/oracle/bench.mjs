// ECharts in Node on the option that benches/draw.rs draws, written to the file named by the argument:
// the median of 20 pictures after 5 to warm up, each from the option to the SVG's text.
import * as echarts from "echarts";
import { readFileSync } from "node:fs";
import { completed } from "./draw.mjs";

const text = readFileSync(process.argv[2], "utf8");
const times = [];
let bytes = 0;
for (let round = 0; round < 25; round += 1) {
  const option = completed(JSON.parse(text));
  const began = performance.now();
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width: 1100, height: 460 });
  chart.setOption(option);
  bytes = chart.renderToSVGString().length;
  chart.dispose();
  if (round >= 5) times.push(performance.now() - began);
}
times.sort((one, other) => one - other);
console.log(`  echarts in node, svg of 500 candles: median ${times[10].toFixed(1)} ms, ${bytes} bytes`);
