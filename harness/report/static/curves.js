/** Reading values off the distribution charts with the pointer or the arrow keys. */

import { ms, percent } from "./format.js";

export function startCurves(index) {
  for (const figure of document.querySelectorAll(".chart[data-metric]")) {
    const chart = index.charts[figure.dataset.metric];
    const frame = figure.querySelector(".plot-frame");
    const plot = figure.querySelector(".ecdf");
    const line = figure.querySelector(".crosshair");
    const readout = figure.querySelector(".readout");
    let share = 0.5;
    frame.addEventListener("pointermove", (event) => {
      const box = plot.getBoundingClientRect();
      read((event.clientX - box.left) / box.width);
    });
    frame.addEventListener("pointerleave", () => { line.hidden = true; });
    frame.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -0.02, ArrowRight: 0.02 }[event.key];
      if (!step) return;
      event.preventDefault();
      read(share + step);
    });

    function read(position) {
      share = Math.max(0, Math.min(1, position));
      const value = valueAt(chart, share);
      line.hidden = false;
      line.style.left = `${share * plot.getBoundingClientRect().width}px`;
      const [a, b] = chart.curves.map((curve) => percent(shareAt(curve, value)));
      readout.textContent = `Within ${ms(value)}: ${index.names.baseline} ${a}, ${index.names.candidate} ${b}`;
    }
  }
}

/** The value at a share of the axis's width. */
export function valueAt({ low, high, logarithmic }, share) {
  return logarithmic ? low * (high / low) ** share : low + share * (high - low);
}

/** The share of samples at or below `value`. */
export function shareAt(curve, value) {
  return curve.points.findLast(([at]) => at <= value)?.[1] ?? 0;
}
