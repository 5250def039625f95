/** The view of one clip. */

import { alignmentKeys, drawAlignment } from "./alignment.js";
import { audioAddress } from "./data.js";
import { byId, h, icon, sideMark } from "./dom.js";
import { SIDES, clock, ms, percent, plural } from "./format.js";
import { makeFrames } from "./frames.js";
import { change, onScreen, updatesOf } from "./screen.js";
import { drawStage, stageEnd, stageLegend } from "./stage.js";
import { rowMarks } from "./table.js";
import { Transport } from "./transport.js";

const ZOOMS = [1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32];
const READABLE_PX_PER_S = 70;
const LONG_WAIT_S = 5;

/** Show `detail` in the page from second `start` on. Returns `{ seek, toggle, nudge, close }`. */
export function showClip({ detail, row, index, neighbours, go, start }) {
  const view = byId("clip");
  const names = index.names;
  const end = stageEnd(detail);
  const sound = detail.audio && audioAddress(detail.audio);
  const audio = sound ? h("audio", { src: sound.address, preload: "auto" }) : null;
  const parts = { clock: h("span", null), play: playButton(), problem: h("span", { class: "problem", role: "status" }) };
  const screens = Object.fromEntries(SIDES.map((side) => [side, h("p", { dir: "auto" })]));
  const alignment = drawAlignment(detail, names, seek);
  const updates = makeUpdates(detail, names, seek);
  const frames = makeFrames(row, names, seek);
  const frame = h("div", { class: "stage-frame", tabindex: "0", role: "group", "aria-label": "Timeline; arrow keys move the cursor" });
  let stage = null;
  let zoom = 0;
  const transport = new Transport({ audio, duration: detail.duration, end, onTime: show, onState: state });
  audio?.addEventListener("error", () => { parts.problem.textContent = "The audio of this clip could not be played; the cursor still runs."; });

  view.replaceChildren(
    heading(row, index, neighbours),
    scoreTable(detail, names),
    leftOut(detail),
    ...problems(detail, names),
    h("div", { class: "player" }, parts.play, h("div", { class: "clock" }, parts.clock, h("span", null, ` / ${clock(end)}`)), speed(), audio, parts.problem,
      detail.no_audio && h("span", { class: "no-audio" }, detail.no_audio),
      h("span", { class: "hint" }, h("kbd", null, "Space"), " plays, ", h("kbd", null, "←"), " ", h("kbd", null, "→"), " move, ", h("kbd", null, "j"), " ", h("kbd", null, "k"), " next clip, ", h("kbd", null, "Esc"), " all clips"),
      h("div", { class: "zoom" }, zoomButton("minus", "Zoom out", -1), zoomButton("plus", "Zoom in", 1))),
    frame, stageLegend(),
    h("div", { class: "screens" }, SIDES.map((side) => h("section", { class: `screen ${side}` }, h("h2", null, sideMark(side), `${names[side]}, on screen`), screens[side]))),
    h("section", { class: "block" }, h("header", null, h("h2", null, "Words"), alignmentKeys(), h("p", null, "After normalisation. Choose a word to hear it.")), alignment.element),
    h("section", { class: "block" }, updates.element, frames.element));
  zoom = Math.max(0, ZOOMS.findIndex((factor) => (frame.clientWidth * factor) / end >= READABLE_PX_PER_S));
  redraw();
  transport.seek(start || opening(detail));
  const observer = new ResizeObserver(() => Math.abs(frame.clientWidth - frame.drawn) > 1 && redraw());
  observer.observe(frame);
  frame.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -0.25, ArrowRight: 0.25 }[event.key];
    if (!step) return;
    event.preventDefault();
    transport.seek(transport.time + step);
  });

  function redraw() {
    frame.drawn = frame.clientWidth;
    const width = Math.max(280, Math.floor(frame.clientWidth * ZOOMS[zoom]));
    stage = drawStage(detail, names, { width, end, seek });
    frame.replaceChildren(stage.stage);
    stage.moveCursor(transport.time);
  }

  /** Seek where the reader pointed, and let the address say so; a held arrow key would flood the history. */
  function seek(seconds) {
    transport.seek(seconds);
    go({ t: transport.time }, { replace: true, quiet: true });
  }

  function show(seconds) {
    stage.moveCursor(seconds);
    parts.clock.textContent = clock(seconds);
    follow(seconds);
    for (const side of SIDES) drawScreen(screens[side], detail.sides[side], seconds);
    const now = alignment.columns.findLast(({ at }) => at <= seconds + 0.001);
    for (const column of alignment.columns) column.element.classList.toggle("now", column === now);
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
      zoom = Math.max(0, Math.min(ZOOMS.length - 1, zoom + step));
      redraw();
      frame.scrollLeft = stage.at(transport.time) - frame.clientWidth / 2;
    } }, icon(mark));
  }

  return { seek: (seconds) => transport.seek(seconds), toggle: () => transport.toggle(), nudge: (step) => transport.seek(transport.time + step), close: () => { observer.disconnect(); transport.close(); sound?.forget(); view.replaceChildren(); } };
}

/** Where a clip is opened, s: its start, or just before the first word where that is a long wait. */
function opening(detail) {
  const onset = detail.utterances[0]?.start ?? 0;
  return onset > LONG_WAIT_S ? onset - 1 : 0;
}

function heading(row, index, { previous, next, place, of, home, passes }) {
  const walk = (target, mark, label) => h(target ? "a" : "span", { class: "icon-button", href: target, "aria-label": label, "aria-disabled": target ? null : "true" }, icon(mark));
  const facts = [`call ${row.call}`, `${row.duration.toFixed(1)}\u00a0s`, row.speaker && `speaker ${row.speaker}`].filter(Boolean).join(" · ");
  return h("header", { class: "clip-head" },
    h("a", { class: "back", href: home }, icon("back"), "All clips"),
    h("h1", { dir: "auto" }, row.id),
    index.emulated && h("span", { class: "emulated-tag" }, "Emulated"),
    rowMarks(row, index),
    passes.length > 1 && h("span", { class: "passes" }, passes.map(({ number, href }) => h("a", { class: "preset", href, "aria-pressed": String(number === row.pass) }, `Pass ${number}`))),
    h("div", { class: "walk" }, place >= 0 && `${place + 1} of ${of}`, walk(previous, "back", "Previous clip"), walk(next, "next", "Next clip")),
    h("p", { class: "clip-facts" }, facts));
}

const SCORES = ["Word errors", "WER", "First partial", "Final", "Early cuts", "Segments", "Session start"];

function scoreTable(detail, names) {
  return h("div", { class: "score-frame" }, h("table", { class: "score-table" },
    h("thead", null, h("tr", null, h("th", { scope: "col" }, h("span", { class: "visually-hidden" }, "Side")), SCORES.map((label) => h("th", { scope: "col" }, label)))),
    h("tbody", null, SIDES.map((side) => scoreLine(side, detail.sides[side], names[side])))));
}

function scoreLine(side, data, name) {
  const title = h("th", { scope: "row" }, sideMark(side), name);
  const score = data?.score;
  if (!score) return h("tr", null, title, h("td", { colspan: 7 }, "not scored"));
  const errors = score.substitutions + score.deletions + score.insertions;
  const total = score.hits + score.substitutions + score.deletions;
  const detail = `${score.substitutions} wrong, ${score.deletions} missing, ${score.insertions} extra`;
  const cuts = data.turns.reduce((sum, turn) => sum + (turn.cuts ? 1 : 0), 0);
  const cells = [
    [score.has_reference ? `${errors} of ${total}` : "no reference", score.has_reference ? detail : ""],
    [score.has_reference && total ? percent(errors / total) : "n/a"],
    [middle(data.utterances.map((utterance) => utterance.first_partial_ms))],
    [middle(data.turns.map((turn) => turn.final_ms))],
    [data.turns.length ? `${cuts} of ${data.turns.length}` : "n/a", data.turns.length ? "turns" : ""],
    [score.segments, plural(score.partials, "partial")],
    [ms(score.session_init_ms)],
  ];
  return h("tr", null, title, cells.map(([value, note], place) => h("td", { data: { label: SCORES[place] } }, value, note && h("small", null, note))));
}

/** The median of latencies as text, with how many never came. */
function middle(values) {
  const known = values.filter((value) => value !== null).map((value) => (value === "inf" ? Infinity : value)).sort((a, b) => a - b);
  if (!known.length) return "n/a";
  const half = (known.length - 1) / 2;
  const lost = known.filter((value) => value === Infinity).length;
  return ms((known[Math.floor(half)] + known[Math.ceil(half)]) / 2) + (lost ? ` (${lost} never)` : "");
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
  const visible = onScreen(side, seconds * 1000);
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
      columns.append(h("ol", { class: `update-list ${list.side}`, "aria-label": names[list.side] }, list.items));
    }
    show(latest);
  });
  function show(seconds) {
    latest = seconds;
    if (!element.open) return;
    for (const { updates, items } of lists) {
      const now = updates.findLastIndex((update) => update.at <= seconds * 1000 + 1);
      items.forEach((item, place) => item.classList.toggle("now", place === now));
    }
  }
  return { element, show };
}

function updateItem({ at, kind, text, before }, seek) {
  const { kept, erased, added } = change(before, text);
  const final = kind !== "partial";
  const label = { partial: "partial", final_unformatted: "raw final", final_formatted: "final" }[kind] ?? kind;
  const words = final ? [h("span", { class: "grown-text" }, text || "(no text)")] : [h("span", { class: "kept" }, kept), erased && [" ", h("del", null, erased)], added && [" ", h("ins", null, added)]];
  return h("li", { class: final ? "update final" : "update", onclick: () => seek(at / 1000) }, h("time", null, clock(at / 1000, 2)), h("span", { class: "kind" }, label), h("span", { dir: "auto" }, words));
}
