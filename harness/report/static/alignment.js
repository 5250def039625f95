/** Reference, baseline and candidate word by word. Errors differ in shape: filled, dashed box, boxed with a plus. */

import { h, sideMark } from "./dom.js";
import { SIDES, clock } from "./format.js";

/** A shorter piece of speech is a click to the ear. */
const AUDIBLE_S = 0.3;
const OPS = { equal: "right", replace: "wrong word", delete: "missing word", insert: "extra word" };

/** Strips of columns, one for each utterance. `playWord` takes its first and last second. */
export function drawAlignment(detail, names, playWord) {
  if (!detail.columns.length) return { element: h("p", { class: "empty" }, "No words were compared: the clip has no reference, or no session delivered text."), columns: [] };
  const columns = [];
  const strips = [];
  let current = null;
  for (const column of withTimes(detail)) {
    if (!current || current.utterance !== column.utterance) {
      current = { utterance: column.utterance, columns: [] };
      strips.push(current);
    }
    const element = drawColumn(column, names, playWord);
    columns.push({ at: column.at, element });
    current.columns.push(element);
  }
  const element = h("div", { class: "alignment" }, strips.map((strip) => drawStrip(strip, detail, names)));
  return { element, columns: columns.filter(({ at }) => at !== null) };
}

/** Each column's instant and end. An inserted word takes those of the one before it; a word without times is put evenly into its utterance. */
function withTimes(detail) {
  const totals = new Map();
  for (const column of detail.columns) if (column.ref !== null) totals.set(column.utterance, (totals.get(column.utterance) ?? 0) + 1);
  const seen = new Map();
  const ends = new Map(detail.utterances.flatMap((utterance) => utterance.words.map(([, start, end]) => [start, end])));
  let before = null;
  return detail.columns.map((column) => {
    const number = seen.get(column.utterance) ?? 0;
    if (column.ref !== null) seen.set(column.utterance, number + 1);
    const utterance = detail.utterances[column.utterance];
    const share = utterance ? (utterance.end - utterance.start) / Math.max(1, totals.get(column.utterance) ?? 1) : 0;
    const estimate = utterance ? utterance.start + share * number : null;
    const estimated = column.at === null && column.ref !== null;
    before = column.at ?? (estimated ? estimate : (before ?? estimate));
    return { ...column, at: before, until: ends.get(before) ?? before + share, estimated };
  });
}

function drawStrip(strip, detail, names) {
  const utterance = detail.utterances[strip.utterance];
  const when = utterance ? `${clock(utterance.start, 1)}${utterance.speaker ? ` ${utterance.speaker}` : ""}` : "";
  return h("div", { class: "strip" },
    h("div", { class: "strip-labels", "aria-hidden": "true" }, h("span", { class: "strip-reference" }, "Reference", h("small", null, when)), SIDES.map((side) => h("span", null, sideMark(side), names[side]))),
    h("div", { class: "columns" }, strip.columns));
}

function drawColumn(column, names, playWord) {
  const go = column.at === null ? null : () => playWord(column.at, Math.max(column.until, column.at + AUDIBLE_S));
  const reference = column.ref === null
    ? h("span", { class: "cell gap", "aria-hidden": "true" }, "·")
    : h("button", { class: "cell ref", type: "button", dir: "auto", onclick: go, data: column.estimated ? { at: column.at, tip: "The corpus has no word times: this position is estimated." } : { at: column.at } }, column.ref);
  return h("div", { class: "column" }, reference, SIDES.map((side) => drawCell(column, side, names[side], go)));
}

function drawCell(column, side, name, go) {
  const step = column[side];
  if (!step) return h("span", { class: "cell gap", "aria-hidden": "true" }, column.ref === null ? "·" : "");
  const [op, word] = step;
  const label = op === "equal" ? null : `${name}: ${OPS[op]}${word ? ` ${word}` : ""}${column.ref === null ? "" : `, reference ${column.ref}`}`;
  return h("button", { class: `cell ${op}`, type: "button", tabindex: "-1", dir: "auto", "aria-label": label, onclick: go, data: label ? { tip: label } : {} }, op === "delete" ? "–" : word);
}

/** What the marks mean. */
export function alignmentKeys() {
  return h("span", { class: "keys" }, h("span", { class: "cell replace" }, "wrong"), h("span", { class: "cell delete", "aria-label": "missing" }, "– missing"), h("span", { class: "cell insert" }, "extra"));
}
