/** The picture of a clip: waveform, reference and both lanes on one time axis. */

import { h, s, sideMark } from "./dom.js";
import { SIDES, amount, clock, ms } from "./format.js";
import { change, count, updatesOf } from "./screen.js";

const RULER = 22;
const WAVE = 74;
const WORDS = 28;
const LANE = 118;
const TOP = { wave: RULER, words: RULER + WAVE, baseline: RULER + WAVE + WORDS, candidate: RULER + WAVE + WORDS + LANE };
const HEIGHT = TOP.candidate + LANE + 2;
const GROWTH = { top: 36, height: 50 };
const LABEL_PX = 58;
const NARROW_PX = 16; // too little of a word to be read; pointing at it tells it

/** Seconds to show: the audio, and everything that came back after it. */
export function stageEnd(detail) {
  const instants = SIDES.flatMap((side) => [...updatesOf(detail.sides[side]).map((update) => update.at), detail.sides[side]?.finish ?? 0]);
  return Math.max(detail.duration, ...instants.map((at) => at / 1000)) + 0.25;
}

/** Draw the stage `width` px wide. `seek` moves the cursor, `playWord` plays from one second to another. */
export function drawStage(detail, names, { width, end, seek, playWord }) {
  const x = (seconds) => (seconds / end) * width;
  const canvas = s("svg", { width, height: HEIGHT, role: "img", "aria-label": "Waveform, reference turns, and both services' partials, finals and endpoints on one time axis" },
    silence(detail, x, width), ruler(end, x), speech(detail, x), waveform(detail, x), turnEnds(detail, x),
    SIDES.map((side) => lane(detail, side, x, width, mostWords(detail))));
  const labels = h("div", { class: "stage-labels", "aria-hidden": "true" },
    SIDES.map((side) => {
      const label = h("span", { class: `lane-label ${side}` }, sideMark(side), names[side]);
      label.style.top = `${TOP[side] + 5}px`;
      return label;
    }));
  const cursor = h("div", { class: "cursor" });
  const stage = h("div", { class: "stage" }, labels, canvas, referenceWords(detail, x, playWord), cursor);
  stage.style.width = `${width}px`;
  stage.style.height = `${HEIGHT}px`;
  stage.addEventListener("click", (event) => {
    if (event.target.closest("button")) return;
    seek(((event.clientX - stage.getBoundingClientRect().left) / width) * end);
  });
  return { stage, at: (seconds) => x(seconds), moveCursor: (seconds) => { cursor.style.transform = `translateX(${x(seconds)}px)`; } };
}

function silence(detail, x, width) {
  const from = x(detail.duration);
  return s("rect", { class: "silence", x: from, y: RULER, width: Math.max(0, width - from), height: HEIGHT });
}

function ruler(end, x) {
  const step = [0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600].find((candidate) => x(candidate) >= 64) ?? 1200;
  const marks = [];
  for (let at = 0; at <= end; at += step) {
    marks.push(s("line", { x1: x(at), x2: x(at), y1: RULER - 6, y2: HEIGHT }), x(at) + 36 > x(end) ? null : s("text", { x: x(at) + 4, y: 13 }, clock(at, step < 1 ? 2 : 0)));
  }
  return s("g", { class: "ruler" }, marks);
}

function speech(detail, x) {
  return detail.utterances.map((utterance) => s("rect", { class: "speech", x: x(utterance.start), y: TOP.wave, width: Math.max(1, x(utterance.end) - x(utterance.start)), height: WAVE + WORDS }));
}

function waveform(detail, x) {
  const middle = TOP.wave + WAVE / 2;
  if (!detail.audio) return s("text", { class: "lag-text first", x: 10, y: middle + 4 }, "This clip's audio is not part of the report.");
  const { peaks, peaks_per_s: perSecond } = detail.audio;
  const scale = (WAVE / 2 - 4) / peaks.reduce((most, peak) => Math.max(most, Math.abs(peak)), 32);
  const columns = peaks.length / 2;
  const bucket = Math.max(1, Math.floor(columns / Math.max(1, x(columns / perSecond) / 1.5)));
  const upper = [];
  const lower = [];
  for (let column = 0; column < columns; column += bucket) {
    let [low, high] = [0, 0];
    for (let inner = column; inner < Math.min(columns, column + bucket); inner += 1) {
      low = Math.min(low, peaks[2 * inner]);
      high = Math.max(high, peaks[2 * inner + 1]);
    }
    const at = x((column + bucket / 2) / perSecond).toFixed(1);
    upper.push(`${at} ${(middle - high * scale - 0.4).toFixed(1)}`);
    lower.push(`${at} ${(middle - low * scale + 0.4).toFixed(1)}`);
  }
  return s("path", { class: "wave", d: `M${upper.join("L")}L${lower.reverse().join("L")}Z` });
}

/** Ends of reference turns, as scored; without scores, ends of utterances. */
function turnEndsOf(detail) {
  const scored = SIDES.map((side) => detail.sides[side]?.turns ?? []).find((turns) => turns.length);
  return scored ? scored.map((turn) => turn.end) : detail.utterances.map((utterance) => utterance.end);
}

function turnEnds(detail, x) {
  return turnEndsOf(detail).map((at) => s("line", { class: "turn-end", x1: x(at), x2: x(at), y1: TOP.wave, y2: HEIGHT, data: { tip: `A reference turn ends at ${clock(at, 2)}` } }));
}

function referenceWords(detail, x, playWord) {
  const timed = detail.utterances.flatMap((utterance) => (utterance.words.length ? utterance.words.map(([text, start, finish]) => ({ text, start, finish, span: false })) : utterance.text ? [{ text: utterance.text, start: utterance.start, finish: utterance.end, span: true }] : []));
  return timed.map(({ text, start, finish, span }, index) => {
    const until = span ? finish : Math.min(timed[index + 1]?.start ?? finish + 0.5, finish + 0.5);
    const word = h("button", { class: span ? "ref-word span" : "ref-word", type: "button", tabindex: "-1", dir: "auto", data: { at: start, tip: `${text}\n${clock(start, 2)} to ${clock(finish, 2)}` }, onclick: () => playWord(start, finish) }, text);
    word.style.left = `${x(start)}px`;
    word.style.top = `${TOP.words + 4}px`;
    const width = Math.max(2, x(until) - x(start) - 1);
    word.style.width = `${width}px`;
    word.classList.toggle("narrow", width < NARROW_PX && text.length > 1);
    return word;
  });
}

/** The longest text of either side: both lanes grow on one scale. */
function mostWords(detail) {
  const segments = SIDES.flatMap((side) => detail.sides[side]?.segments ?? []);
  return segments.flatMap((segment) => segment.updates).reduce((most, [, , text]) => Math.max(most, count(text)), 1);
}

function lane(detail, side, x, width, most) {
  const data = detail.sides[side];
  const top = TOP[side];
  if (!data) return s("text", { class: "lag-text first", x: 10, y: top + 60 }, "Not recorded.");
  return s("g", { class: `lane ${side}` },
    s("line", { class: "lane-line", x1: 0, x2: width, y1: top, y2: top }),
    data.segments.map((segment) => drawSegment(segment, top, most, x)),
    lags(data, top, x),
    data.finish === null ? null : s("line", { class: "stop-line", x1: x(data.finish / 1000), x2: x(data.finish / 1000), y1: top, y2: top + LANE, data: { tip: `The stop command was sent at ${clock(data.finish / 1000, 2)}` } }));
}

/** How a segment's text grew: a step for each update, as high as the number of its words. An early cut is drawn last, on top. */
function drawSegment(segment, top, most, x) {
  if (!segment.updates.length) return null;
  const floor = top + GROWTH.top + GROWTH.height;
  const level = (text) => floor - 4 - (count(text) / most) * (GROWTH.height - 6);
  const finals = segment.updates.filter(([, kind]) => kind !== "partial").map(([at, kind, text], index) => finalMark(segment, at, kind, text, index === 0, top, floor, x));
  const last = segment.updates.at(-1)[0];
  const steps = segment.updates.map(([at, , text]) => `H${x(at / 1000).toFixed(1)}V${level(text).toFixed(1)}`);
  const start = x(segment.updates[0][0] / 1000).toFixed(1);
  const ticks = segment.updates.flatMap(([at, kind, text], index) => {
    const before = index ? segment.updates[index - 1][2] : "";
    const { erased } = change(before, text);
    const place = x(at / 1000);
    const label = `${clock(at / 1000, 2)} ${kindWords(kind)}${erased ? `, takes back “${erased}”` : ""}\n${text || "(no text)"}`;
    return [
      s("line", { class: "tick", x1: place, x2: place, y1: floor, y2: floor + 5 }),
      erased && kind === "partial" ? s("path", { class: "erased", d: `M${place} ${floor + 6}l4 7h-8z` }) : null,
      s("rect", { class: "hit", x: place - 3, y: top + GROWTH.top - 6, width: 6, height: GROWTH.height + 24, data: { tip: label } }),
    ];
  });
  return s("g", { class: `segment ${segment.closed_by}` },
    s("path", { class: "grown", d: `M${start} ${floor}${steps.join("")}H${x(last / 1000).toFixed(1)}V${floor}Z` }),
    ticks, segment.role === "early_cut" ? finals.reverse() : finals);
}

function finalMark(segment, at, kind, text, endpoint, top, floor, x) {
  const place = x(at / 1000);
  const cut = endpoint && segment.role === "early_cut";
  const consumed = kind === "final_formatted" || amount(segment.consumed) === at;
  const y = top + GROWTH.top - 4;
  const label = `${clock(at / 1000, 2)} ${kindWords(kind)}${endpoint ? `, endpoint (${segment.closed_by})` : ""}${cut ? ", early cut: the speaker had not finished" : ""}\n${text || "(no text)"}`;
  return s("g", { class: "final" },
    s("line", { class: cut ? "cut-line" : "final-stem", x1: place, x2: place, y1: y, y2: floor }),
    cut ? [s("circle", { class: "cut-disc", cx: place, cy: y, r: 7 }), s("path", { class: "cut-mark", d: `M${place - 3} ${y - 3}l6 6m0-6l-6 6` })]
      : endpoint && !consumed ? s("circle", { class: "final-mark unformatted", cx: place, cy: y, r: 4 })
      : s("path", { class: "final-mark", d: `M${place} ${y - 6}l6 6-6 6-6-6z` }),
    s("rect", { class: "hit", x: place - 7, y: y - 8, width: 14, height: GROWTH.height + 20, data: { tip: label } }));
}

function kindWords(kind) {
  return { partial: "partial", final_unformatted: "final (unformatted)", final_formatted: "final" }[kind] ?? kind;
}

/** Spans from where speech ended (or began) to where the service answered, with their length. */
function lags(data, top, x) {
  const finals = spans(data.turns.map((turn) => [turn.end, amount(turn.final_ms), "the turn's end", "final"]), top + 27, "", x);
  const firsts = spans(data.utterances.map((utterance) => [utterance.start, amount(utterance.first_partial_ms), "the utterance's onset", "first partial"]), top + GROWTH.top + GROWTH.height + 23, "first", x);
  return [...finals, ...firsts];
}

function spans(items, y, className, x) {
  let taken = -Infinity;
  return items.filter(([, value]) => value !== null).map(([from, value, origin, target]) => {
    const left = x(from);
    const tip = `${ms(value)} from ${origin} to the ${target}`;
    if (!Number.isFinite(value)) {
      const fits = left > taken;
      if (fits) taken = left + LABEL_PX;
      return fits ? s("text", { class: "lag-text never", x: left + 3, y: y + 4, data: { tip } }, className ? "no partial" : "no final") : null;
    }
    const right = x(from + value / 1000);
    const fits = Math.max(left, right) + 4 > taken;
    if (fits) taken = Math.max(left, right) + LABEL_PX;
    return s("g", { data: { tip } },
      s("line", { class: `lag ${className}`, x1: left, x2: right, y1: y, y2: y }),
      s("line", { class: `lag ${className}`, x1: left, x2: left, y1: y - 3, y2: y + 3 }),
      s("line", { class: `lag ${className}`, x1: right, x2: right, y1: y - 3, y2: y + 3 }),
      s("rect", { class: "hit", x: Math.min(left, right), y: y - 6, width: Math.abs(right - left), height: 12 }),
      fits ? s("text", { class: `lag-text ${className}`, x: Math.max(left, right) + 5, y: y + 4 }, ms(value)) : null);
  });
}

/** Drawn examples of every mark. */
export function stageLegend() {
  const example = (text, ...shapes) => h("span", null, s("svg", { class: "any", viewBox: "0 0 18 14", "aria-hidden": "true" }, shapes), text);
  return h("div", { class: "legend-row" },
    example("words shown so far", s("path", { class: "grown", d: "M0 14V10H6V6H12V2H18V14Z" })),
    example("partial took words back", s("path", { class: "erased", d: "M9 3l5 8h-10z" })),
    example("final", s("path", { class: "final-mark", d: "M9 1l6 6-6 6-6-6z" })),
    example("unformatted final", s("circle", { class: "final-mark unformatted", cx: 9, cy: 7, r: 4 })),
    example("early cut", s("circle", { class: "cut-disc", cx: 9, cy: 7, r: 6 }), s("path", { class: "cut-mark", d: "M6 4l6 6m0-6l-6 6" })),
    example("reference turn ends", s("line", { class: "turn-end", x1: 9, x2: 9, y1: 0, y2: 14 })),
    example("delay of final", s("line", { class: "lag", x1: 1, x2: 17, y1: 7, y2: 7 }), s("line", { class: "lag", x1: 1, x2: 1, y1: 4, y2: 10 }), s("line", { class: "lag", x1: 17, x2: 17, y1: 4, y2: 10 })),
    example("delay of first partial", s("line", { class: "lag first", x1: 1, x2: 17, y1: 7, y2: 7 })),
    example("stop command", s("line", { class: "stop-line", x1: 9, x2: 9, y1: 0, y2: 14 })));
}
