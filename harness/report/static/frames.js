/** The raw frames of both sides, exactly as they came, with the time at the socket and at the application's handler. */

import { loadFrames } from "./data.js";
import { h, sideMark } from "./dom.js";
import { MINUS, NBSP, SIDES, clock } from "./format.js";

const DRAWN_AT_ONCE = 300;

/** Drawn when opened; a pair whose frames are not in the page says where they lie. */
export function makeFrames(row, names, seek) {
  const body = h("div", { class: "frames-body" });
  const element = h("details", { class: "updates frames" }, h("summary", null, "Raw frames", h("small", null, "every message as it came, with wire and handler times")), body);
  element.addEventListener("toggle", async () => {
    if (!element.open || body.childElementCount) return;
    if (row.frames === null) body.append(elsewhere(row));
    else draw(inOrder(await loadFrames(row.frames)), body, names, seek);
  });
  return { element };
}

/** Both sides' frames in the order of arrival. */
export function inOrder(frames) {
  return SIDES.flatMap((side) => frames[side].map(([at, later, raw]) => ({ side, at, later, raw }))).sort((a, b) => a.at - b.at);
}

/** What kind of message it says it is; empty if it says nothing. */
export function kindOf(raw) {
  try {
    const message = JSON.parse(raw);
    return typeof message?.type === "string" ? message.type : "";
  } catch {
    return "not JSON";
  }
}

/** JSON over several lines, anything else as it is. */
export function pretty(raw) {
  try {
    return JSON.stringify(JSON.parse(raw), null, 2);
  } catch {
    return raw;
  }
}

function elsewhere(row) {
  const folder = `sessions/${encodeURIComponent(row.id)}/`;
  return h("p", { class: "frames-note" }, "The page holds the frames of the worst regressions. Those of this clip lie, one a line, in ", h("code", null, `${folder}baseline.${row.pass}.jsonl.gz`), " and ", h("code", null, `candidate.${row.pass}.jsonl.gz`), " beside it.");
}

function draw(frames, body, names, seek) {
  const list = h("ol", { class: "frame-list" });
  let drawn = 0;
  const more = h("button", { class: "preset", type: "button", onclick: further });
  further();
  body.append(h("p", { class: "frames-note" }, "Times are of the audio's clock. The second is how much later the SDK handed the message to the application."), list, more);

  function further() {
    const batch = frames.slice(drawn, drawn + DRAWN_AT_ONCE);
    list.append(...batch.map((frame) => item(frame, names, seek)));
    drawn += batch.length;
    more.hidden = drawn >= frames.length;
    more.textContent = `Show ${Math.min(DRAWN_AT_ONCE, frames.length - drawn)} more of ${frames.length.toLocaleString("en")}`;
  }
}

function item({ side, at, later, raw }, names, seek) {
  const text = h("pre", { hidden: true });
  const toggle = h("button", { class: "frame-open", type: "button", "aria-expanded": "false", onclick: () => {
    text.hidden = !text.hidden;
    toggle.setAttribute("aria-expanded", String(!text.hidden));
    if (!text.textContent) text.textContent = pretty(raw);
  } }, h("span", { class: "kind" }, kindOf(raw)), h("span", { class: "frame-raw", dir: "auto" }, raw));
  const when = h("button", { class: "frame-time", type: "button", "aria-label": `Go to ${stamp(at)}`, onclick: () => seek(at / 1000) }, stamp(at));
  return h("li", { class: side }, sideMark(side), h("span", { class: "visually-hidden" }, names[side]), when, h("span", { class: "frame-later" }, later === null ? "" : `+${later.toFixed(1)}${NBSP}ms`), toggle, text);
}

/** Before the audio began, time counts down. */
function stamp(at) {
  return at < 0 ? `${MINUS}${clock(-at / 1000, 3)}` : clock(at / 1000, 3);
}
