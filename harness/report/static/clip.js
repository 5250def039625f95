/** The view of one clip. */

import { alignmentKeys, drawAlignment } from "./alignment.js";
import { audioAddress, makeSeekable } from "./data.js";
import { byId, h, icon, sideMark } from "./dom.js";
import { SIDES, amount, clock, gap, ms, percent, plural, signed } from "./format.js";
import { makeFrames } from "./frames.js";
import { change, instant, onScreen, updatesOf } from "./screen.js";
import { drawStage, stageEnd, stageLegend } from "./stage.js";
import { NOTICED_MS, delta, rowMarks } from "./table.js";
import { Transport } from "./transport.js";

const ZOOMS = [1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512];
const READABLE_PX_PER_S = 70;
const WIDEST_PX = 300_000;
const LONG_WAIT_S = 5;
const ADDRESS_RESTS_MS = 200;
/** What fits between the margins of a page of paper. */
const PAPER_PX = 640;

/** Show `detail` in the page from second `start` on. Returns `{ seek, toggle, nudge, close }`. */
export function showClip({ detail, row, index, neighbours, go, start }) {
  const view = byId("clip");
  const names = index.names;
  const end = stageEnd(detail);
  const sound = detail.audio && audioAddress(detail.audio);
  const audio = sound ? h("audio", { src: sound.address, preload: "auto" }) : null;
  const parts = { clock: h("span", null), play: playButton(), problem: h("span", { class: "problem", role: "status" }) };
  const screens = Object.fromEntries(SIDES.map((side) => [side, h("p", { dir: "auto" })]));
  const alignment = drawAlignment(detail, names, playWord);
  const updates = makeUpdates(detail, names, seek);
  const frames = makeFrames(row, names, seek);
  const frame = h("div", { class: "stage-frame", tabindex: "0", role: "group", "aria-label": "Timeline; arrow keys move the cursor by half a second, with Shift by 50 ms" });
  let stage = null;
  let zoom = 0;
  let noting = 0;
  let word = null;
  const transport = new Transport({ audio, duration: detail.duration, end, onTime: show, onState: state });
  if (audio) makeSeekable(audio, () => transport.seek(transport.time));
  audio?.addEventListener("error", () => { parts.problem.textContent = "The audio of this clip could not be played; the cursor still runs."; });

  view.replaceChildren(
    heading(row, index, neighbours),
    leftOut(detail),
    ...problems(detail, names),
    scoreTable(detail, names),
    h("div", { class: "player" }, parts.play, h("div", { class: "clock" }, parts.clock, h("span", null, ` / ${clock(end)}`)), speed(), audio, parts.problem,
      detail.no_audio && h("span", { class: "no-audio" }, detail.no_audio),
      h("span", { class: "hint" }, h("kbd", null, "Space"), " plays, ", h("kbd", null, "←"), " ", h("kbd", null, "→"), " move, ", h("kbd", null, "j"), " ", h("kbd", null, "k"), " next clip, ", h("kbd", null, "Esc"), " all clips"),
      h("div", { class: "zoom" }, zoomButton("minus", "Zoom out", -1), zoomButton("plus", "Zoom in", 1))),
    frame, stageLegend(),
    h("div", { class: "screens" }, SIDES.map((side) => h("section", { class: `screen ${side}` }, h("h2", null, sideMark(side), `${names[side]}, on screen`), screens[side]))),
    h("section", { class: "block" }, h("header", null, h("h2", null, "Words"), alignment.columns.length > 0 && [alignmentKeys(), h("p", null, "After normalisation. Choose a word to hear it.")]), alignment.element),
    h("section", { class: "block" }, updates.element, frames.element));
  const readable = ZOOMS.findIndex((factor) => (frame.clientWidth * factor) / end >= READABLE_PX_PER_S);
  zoom = readable < 0 ? mostZoom() : Math.min(readable, mostZoom());
  redraw();
  transport.seek(start || opening(detail));
  const observer = new ResizeObserver(() => Math.abs(frame.clientWidth - frame.drawn) > 1 && redraw());
  observer.observe(frame);
  const onPaper = () => draw(PAPER_PX);
  addEventListener("beforeprint", onPaper);
  addEventListener("afterprint", redraw);
  view.addEventListener("mousedown", leaveFocus);

  function mostZoom() {
    return ZOOMS.findLastIndex((factor) => frame.clientWidth * factor <= WIDEST_PX);
  }

  function redraw() {
    frame.drawn = frame.clientWidth;
    draw(Math.max(280, Math.floor(frame.clientWidth * ZOOMS[zoom])));
  }

  function draw(width) {
    stage = drawStage(detail, names, { width, end, seek, playWord });
    frame.replaceChildren(stage.stage);
    stage.moveCursor(transport.time);
  }

  /** Seek where the reader pointed, and let the address say so. */
  function seek(seconds) {
    transport.seek(seconds);
    note();
  }

  function playWord(from, until) {
    transport.playWord(from, until);
    note();
  }

  /** Browsers refuse an address that changes as fast as a held arrow key repeats. */
  function nudge(step) {
    transport.seek(transport.time + step);
    noteSoon();
  }

  function note() {
    go({ t: transport.time }, { replace: true, quiet: true });
  }

  function noteSoon() {
    clearTimeout(noting);
    noting = setTimeout(note, ADDRESS_RESTS_MS);
  }

  function show(seconds) {
    stage.moveCursor(seconds);
    parts.clock.textContent = clock(seconds);
    follow(seconds);
    for (const side of SIDES) drawScreen(screens[side], detail.sides[side], seconds);
    word = moveMark(word, alignment.columns.findLast(({ at }) => at <= seconds + 0.001)?.element);
    updates.show(seconds);
  }

  function follow(seconds) {
    const place = stage.at(seconds);
    const { scrollLeft, clientWidth, scrollWidth } = frame;
    if (scrollWidth > clientWidth && (place < scrollLeft + 8 || place > scrollLeft + clientWidth * 0.9)) frame.scrollLeft = place - clientWidth * 0.15;
  }

  function state(playing, error) {
    parts.play.replaceChildren(icon(playing ? "pause" : "play"));
    parts.play.setAttribute("aria-label", playing ? "Pause" : "Play");
    if (!playing) noteSoon();
    if (error) parts.problem.textContent = `The browser would not play: ${error.message}`;
  }

  function playButton() {
    return h("button", { class: "play", type: "button", "aria-label": "Play", onclick: () => transport.toggle() }, icon("play"));
  }

  function speed() {
    const select = h("select", { class: "speed", "aria-label": "Speed", onchange: () => transport.speed(Number(select.value)) }, [0.5, 0.75, 1, 1.5, 2].map((rate) => h("option", { value: rate, selected: rate === 1 }, `${rate}×`)));
    return select;
  }

  function zoomButton(mark, label, step) {
    return h("button", { class: "icon-button", type: "button", "aria-label": label, onclick: () => {
      zoom = Math.max(0, Math.min(mostZoom(), zoom + step));
      redraw();
      frame.scrollLeft = stage.at(transport.time) - frame.clientWidth / 2;
    } }, icon(mark));
  }

  return { seek: (seconds) => transport.seek(seconds), toggle: () => transport.toggle(), nudge, close };

  function close() {
    observer.disconnect();
    removeEventListener("beforeprint", onPaper);
    removeEventListener("afterprint", redraw);
    transport.close();
    clearTimeout(noting);
    sound?.forget();
    view.replaceChildren();
  }
}

/** A button that is clicked, not tabbed to, leaves Space to the player. */
function leaveFocus(event) {
  if (event.target.closest("button")) event.preventDefault();
}

/** Where a clip is opened, s: its start, or just before the first word where that is a long wait. */
function opening(detail) {
  const onset = detail.utterances[0]?.start ?? 0;
  return onset > LONG_WAIT_S ? onset - 1 : 0;
}

function heading(row, index, { previous, next, place, of, home, passes }) {
  const walk = (target, mark, label) => h(target ? "a" : "span", { class: "icon-button", href: target, "aria-label": label, "aria-disabled": target ? null : "true" }, icon(mark));
  const facts = [row.call !== row.id && `call ${row.call}`, `${row.duration.toFixed(1)}\u00a0s`, row.language, row.speaker && `speaker ${row.speaker}`].filter(Boolean).join(" · ");
  return h("header", { class: "clip-head" },
    h("a", { class: "back", href: home }, icon("back"), "All clips"),
    h("h1", { dir: "auto" }, row.id),
    index.emulated && h("span", { class: "emulated-tag" }, "Emulated"),
    rowMarks(row, index),
    passes.length > 1 && h("span", { class: "passes" }, passes.map(({ number, href }) => h("a", { class: "preset", href, "aria-pressed": String(number === row.pass) }, `Pass ${number}`))),
    h("div", { class: "walk" }, place >= 0 && `${place + 1} of ${of}`, walk(previous, "back", "Previous clip"), walk(next, "next", "Next clip")),
    h("p", { class: "clip-facts" }, facts));
}

/** Column, how a difference is written, and from how much on it is coloured; without either it says nothing of better or worse. */
const SCORES = [
  ["Word errors", (value) => value.toLocaleString("en"), 0],
  ["WER", (value) => percent(value).replace("%", "pp"), 0],
  ["First partial", ms, NOTICED_MS],
  ["Final", ms, NOTICED_MS],
  ["Early cuts", (value) => value.toLocaleString("en"), 0],
  ["Segments"],
  ["Session start"],
];

function scoreTable(detail, names) {
  const sides = SIDES.map((side) => measures(detail.sides[side]));
  if (!sides.some(Boolean)) return "";
  return h("div", { class: "score-frame" }, h("table", { class: "score-table" },
    h("thead", null, h("tr", null, h("th", { scope: "col" }, h("span", { class: "visually-hidden" }, "Side")), SCORES.map(([label]) => h("th", { scope: "col" }, label)))),
    h("tbody", null, SIDES.map((side, place) => scoreLine(side, names[side], sides[place])), differences(...sides, detail))));
}

function scoreLine(side, name, found) {
  const title = h("th", { scope: "row" }, sideMark(side), name);
  return h("tr", null, title, found ? found.map(({ text, note }) => h("td", null, text, note && h("small", null, note))) : h("td", { colspan: SCORES.length }, "not scored"));
}

function differences(baseline, candidate, detail) {
  if (!baseline || !candidate || detail.left_out.length) return null;
  const gaps = SCORES.map((_, place) => gap(baseline[place].value, candidate[place].value));
  if (gaps.every((difference) => difference === null)) return null;
  const cells = SCORES.map(([, write, noticed], place) => {
    if (gaps[place] === null) return h("td");
    return h("td", null, delta(signed(baseline[place].value, candidate[place].value, write), gaps[place], noticed) ?? h("span", { class: "delta" }, "0"));
  });
  return h("tr", { class: "differences" }, h("th", { scope: "row" }, "Difference"), cells);
}

/** A side's figures in the order of `SCORES`: `{ value, text, note }`. */
function measures(data) {
  const score = data?.score;
  if (!score) return null;
  const errors = score.substitutions + score.deletions + score.insertions;
  const total = score.hits + score.substitutions + score.deletions;
  const cuts = data.turns.filter((turn) => turn.cuts).length;
  const rate = score.has_reference && total ? errors / total : null;
  return [
    score.has_reference ? { value: errors, text: `${errors} of ${total}`, note: `${score.substitutions} wrong, ${score.deletions} missing, ${score.insertions} extra` } : { value: null, text: "no reference" },
    { value: rate, text: percent(rate) },
    middle(data.utterances.map((utterance) => utterance.first_partial_ms)),
    middle(data.turns.map((turn) => turn.final_ms)),
    data.turns.length ? { value: cuts, text: `${cuts} of ${data.turns.length}`, note: "turns" } : { value: null, text: "n/a" },
    { text: score.segments, note: plural(score.partials, "partial") },
    { text: ms(score.session_init_ms) },
  ];
}

/** The median of latencies, with how many never came. */
function middle(values) {
  const known = values.map(amount).filter((value) => value !== null).sort((a, b) => a - b);
  if (!known.length) return { value: null, text: "n/a" };
  const half = (known.length - 1) / 2;
  const value = (known[Math.floor(half)] + known[Math.ceil(half)]) / 2;
  const lost = known.filter((latency) => latency === Infinity).length;
  return { value, text: ms(value), note: lost ? `${lost} of ${known.length}${value === Infinity ? "" : " never"}` : null };
}

/** Why neither side of the pair counts, said once for both. */
function leftOut(detail) {
  if (!detail.left_out.length) return "";
  return h("div", { class: "fault-note", role: "note" }, h("p", null, h("b", null, "Left out of every metric."), " The harness itself was at fault, not a service:"), h("ul", null, detail.left_out.map((finding) => h("li", null, finding))));
}

function problems(detail, names) {
  const lines = SIDES.flatMap((side) => {
    const data = detail.sides[side];
    if (!data) return [`${names[side]}: this session was never recorded.`];
    const score = data.score;
    return [
      score && !score.succeeded && `${names[side]}: the session failed (${score.failure_reason ?? "no reason recorded"}).`,
      ...data.errors.map(([type, message]) => `${names[side]}: ${type}: ${message}`),
      ...data.violations.map(({ kind, at, detail: text }) => `${names[side]}: ${kind.replaceAll("_", " ")} at ${clock(at / 1000, 2)}${text ? `, ${text}` : ""}`),
    ].filter(Boolean);
  });
  return lines.length ? [h("ul", { class: "problems" }, lines.map((line) => h("li", null, line)))] : [];
}

function drawScreen(element, side, seconds) {
  const visible = onScreen(side, instant(seconds));
  const key = JSON.stringify(visible);
  if (element.shown === key) return;
  element.shown = key;
  element.replaceChildren(...(visible.length
    ? visible.flatMap(({ text, final }) => [h("span", { class: final ? "final" : "partial" }, text), " "])
    : [h("span", { class: "nothing" }, "Nothing yet")]));
  element.scrollTop = element.scrollHeight;
}

/** Every update of both sides: what stayed, what was taken back, what was added. Drawn when opened. */
function makeUpdates(detail, names, seek) {
  const lists = SIDES.map((side) => ({ side, updates: updatesOf(detail.sides[side]), items: [] }));
  const columns = h("div", { class: "update-columns" });
  const total = lists.reduce((sum, { updates }) => sum + updates.length, 0);
  const element = h("details", { class: "updates" }, h("summary", null, "Every update", h("small", null, `${total} messages with text, at their arrival at the socket`)), columns);
  let latest = 0;
  element.addEventListener("toggle", () => {
    if (!element.open || columns.childElementCount) return;
    for (const list of lists) {
      list.items = list.updates.map((update) => updateItem(update, seek));
      columns.append(h("section", { class: list.side }, h("h3", null, sideMark(list.side), names[list.side]), h("ol", { class: "update-list", "aria-label": names[list.side] }, list.items.length ? list.items : h("li", { class: "nothing" }, "No text ever came."))));
    }
    show(latest);
  });
  function show(seconds) {
    latest = seconds;
    if (!element.open) return;
    for (const list of lists) list.now = moveMark(list.now, list.items[list.updates.findLastIndex((update) => update.at <= instant(seconds))]);
  }
  return { element, show };
}

/** Take the mark of what is now from one element to another; thousands may stand between them. */
function moveMark(before, now) {
  if (before !== now) {
    before?.classList.remove("now");
    now?.classList.add("now");
  }
  return now;
}

function updateItem({ at, kind, text, before }, seek) {
  const { kept, erased, added } = change(before, text);
  const final = kind !== "partial";
  const label = { partial: "partial", final_unformatted: "raw final", final_formatted: "final" }[kind] ?? kind;
  const words = final ? [h("span", { class: "grown-text" }, text || "(no text)")] : [h("span", { class: "kept" }, kept), erased && [" ", h("del", null, erased)], added && [" ", h("ins", null, added)]];
  return h("li", { class: final ? "update final" : "update", onclick: () => seek(at / 1000) }, h("time", null, clock(at / 1000, 2)), h("span", { class: "kind" }, label), h("span", { dir: "auto" }, words));
}
