/** The table of clips: filtered, sorted, drawn as it scrolls into view, walked with the keyboard. */

import { byId, h, s } from "./dom.js";
import { MINUS, SIDES, amount, gap, ms, percent, plural, signed } from "./format.js";
import { parseQuery } from "./query.js";
import { formatRoute } from "./route.js";

const BATCH = 60;
/** Smaller differences of a clip's latency are shown without colour. */
export const NOTICED_MS = 50;

/** key, heading, what it sorts by, how a cell is drawn, class, and a definition. Absent values sort last. */
const COLUMNS = [
  ["id", "Clip", (row) => row.id, clipCell, "", "Clip id, tags and state of its two sessions."],
  ["duration", "Length", (row) => row.duration, (row) => `${row.duration.toFixed(1)}\u00a0s`, "wide", "Length of the clip without the trailing silence."],
  ["regression", "Regression", (row) => row.regression, regressionCell, "medium", "One point for each extra word error, each extra early cut, and each 500 ms of extra delay of finals and of first partials (at most four each). A failure of the candidate alone counts 100. It orders the table and decides nothing."],
  ["disagreement", "Disagreement", (row) => row.differ, differCell, "wide disagreement", "Words in which the two services' texts differ from each other, and words of the longer text. It needs no reference, and says nothing about who is right: listen."],
  ["errors", "Word errors", (row) => gap(row.baseline?.e, row.candidate?.e), errorsCell, "errors", "Wrong, missing and extra words: baseline, candidate, and the difference."],
  ["wer", "WER", (row) => amount(row.candidate?.wer), werCell, "wide", "Word error rate of baseline and candidate on this clip."],
  ["first", "First partial", (row) => gap(row.baseline?.first, row.candidate?.first), latencyCell("first"), "medium", "Median over the clip's utterances."],
  ["final", "Final", (row) => gap(row.baseline?.final, row.candidate?.final), latencyCell("final"), "", "Median over the clip's turns."],
  ["cuts", "Early cuts", (row) => gap(row.baseline?.cuts, row.candidate?.cuts), cutsCell, "", "Turns closed before the speaker had finished."],
];

const PRESETS = [
  ["More errors", "extra>0"],
  ["Early cuts", "cut:early"],
  ["Failed", "status:failed"],
  ["Invalid", "status:invalid"],
];

/** Build the table. `go` is called with route changes; returns `{ update, neighbour, mark }`. */
export function makeTable(index, go) {
  const table = byId("clip-table");
  const state = { rows: [], drawn: 0, current: 0, route: null, most: mostErrors(index.rows) };
  const body = table.tBodies[0];
  table.dataset.order = index.order;
  const sentinel = h("div", { class: "sentinel" });
  table.after(sentinel);
  new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && draw(), { rootMargin: "600px" }).observe(sentinel);
  const filter = byId("filter");
  filter.addEventListener("input", () => go({ q: filter.value }, { replace: true }));
  const presets = PRESETS.map(([label, query]) => preset(label, query));
  byId("presets").append(...presets.map(([button]) => button));
  body.addEventListener("click", (event) => {
    const clicked = event.target.closest("tr");
    if (!clicked || event.target.closest("a") || String(getSelection())) return;
    open(state.rows[clicked.sectionRowIndex]);
  });
  document.addEventListener("keydown", keys);

  function preset(label, query) {
    const { matches } = parseQuery(query);
    const found = index.rows.filter(matches).length;
    const button = h("button", { class: "preset", type: "button", "aria-pressed": "false", hidden: found === 0, onclick: () => go({ q: state.route.q === query ? "" : query }) }, `${label} ${found}`);
    return [button, query];
  }

  function update(route) {
    const fresh = !state.route || ["q", "sort", "desc"].some((key) => state.route[key] !== route[key]);
    state.route = route;
    if (filter.value !== route.q) filter.value = route.q;
    if (!fresh) return;
    const { matches, error } = parseQuery(route.q);
    state.rows = sorted(index.rows.filter(matches), { ...route, sort: route.sort || index.order });
    state.current = 0;
    state.drawn = 0;
    body.replaceChildren();
    head(route);
    draw();
    byId("filter-error").textContent = error ?? "";
    byId("filter-error").hidden = !error;
    byId("no-clips").hidden = state.rows.length > 0;
    const all = plural(index.rows.length, index.passes > 1 ? "pair" : "clip");
    byId("count").textContent = state.rows.length === index.rows.length ? all : `${state.rows.length.toLocaleString("en")} of ${all}`;
    for (const [button, query] of presets) button.setAttribute("aria-pressed", String(route.q === query));
  }

  function head(route) {
    const cells = COLUMNS.map(([key, label, , , className, tip]) => {
      const active = (route.sort || index.order) === key;
      const direction = { sort: key === index.order ? "" : key, desc: active ? !route.desc : key !== "id" };
      const button = h("button", { type: "button", data: { tip }, onclick: () => go(direction, { replace: true }) }, label);
      return h("th", { scope: "col", class: className, "aria-sort": active && (route.desc ? "descending" : "ascending") }, button);
    });
    table.tHead.replaceChildren(h("tr", null, cells));
  }

  function draw() {
    const batch = state.rows.slice(state.drawn, state.drawn + BATCH);
    body.append(...batch.map((row, offset) => line(row, state.drawn + offset)));
    state.drawn += batch.length;
  }

  function line(row, place) {
    const cells = COLUMNS.map(([, , , cell, className]) => h("td", { class: className }, cell(row, index, state)));
    return h("tr", { class: `${place === state.current ? "current" : ""} ${counts(row) ? "" : "left-out"}` }, cells);
  }

  function open(row) {
    go({ clip: row.id, pass: row.pass, t: 0 });
  }

  function keys(event) {
    if (byId("overview").hidden || event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest("input, select, textarea");
    if (event.key === "/" && !typing) {
      event.preventDefault();
      filter.focus();
    } else if (typing && (event.key === "Enter" || event.key === "Escape")) {
      filter.blur();
    } else if (!typing && (event.key === "j" || event.key === "k")) {
      move(event.key === "j" ? 1 : -1);
    } else if (!typing && event.key === "Enter" && !event.target.closest("a, button, summary") && state.rows[state.current]) {
      open(state.rows[state.current]);
    }
  }

  function move(step) {
    const next = Math.max(0, Math.min(state.rows.length - 1, state.current + step));
    while (next >= state.drawn && state.drawn < state.rows.length) draw();
    body.rows[state.current]?.classList.remove("current");
    state.current = next;
    const row = body.rows[next];
    row?.classList.add("current");
    row?.scrollIntoView({ block: "nearest" });
    row?.querySelector("a")?.focus({ preventScroll: true });
  }

  function neighbour(clip, pass, step) {
    const place = state.rows.findIndex((row) => row.id === clip && row.pass === pass);
    return { row: place < 0 ? null : (state.rows[place + step] ?? null), place, of: state.rows.length };
  }

  function mark(clip, pass) {
    const place = state.rows.findIndex((row) => row.id === clip && row.pass === pass);
    if (place >= 0) move(place - state.current);
  }

  return { update, neighbour, mark };
}

/** Whether a pair takes part in the metrics: both sessions are there, and the harness did its job. */
function counts(row) {
  return row.regression !== null;
}

/** Rows in the order of the route; ties by regression, then in corpus order; what does not count is always last. */
export function sorted(rows, route) {
  const [, , value] = COLUMNS.find(([key]) => key === route.sort) ?? COLUMNS.find(([key]) => key === "regression");
  const sign = route.desc ? -1 : 1;
  return rows
    .map((row) => [value(row), row])
    .sort(([a, x], [b, y]) => {
      if (counts(x) !== counts(y)) return counts(y) - counts(x);
      if (a === null || b === null) return (a === null) - (b === null) || y.regression - x.regression;
      if (a !== b) return (a < b ? -1 : 1) * sign;
      return y.regression - x.regression;
    })
    .map(([, row]) => row);
}

function clipCell(row, index, { route }) {
  const link = h("a", { class: "clip-link", href: formatRoute({ ...route, clip: row.id, pass: row.pass, t: 0 }) }, row.id);
  return [h("div", { dir: "auto" }, link), rowMarks(row, index)];
}

/** The marks under a clip's name, for the clip view's heading too. */
export function rowMarks(row, index) {
  const state = { ok: null, failed: failedWords(row, index), invalid: "invalid: harness fault", missing: "not recorded" }[row.status];
  const marks = [state && h("span", { class: "status" }, state), index.passes > 1 && h("span", { class: "tag" }, `pass ${row.pass}`), index.languages > 1 && row.language && h("span", { class: "tag" }, row.language), ...row.tags.map((tag) => h("span", { class: "tag" }, tag))];
  return h("div", { class: "tags" }, marks);
}

function failedWords(row, index) {
  const failed = SIDES.filter((side) => row[side] && !row[side].ok).map((side) => index.names[side]);
  return `${failed.join(" and ")} failed`;
}

function regressionCell(row) {
  const value = row.regression;
  if (value === null) return h("span", { class: "pairwise" }, "left out");
  if (Math.abs(value) < 0.05) return h("span", { class: "pairwise" }, "0");
  return delta((value > 0 ? "+" : MINUS) + Math.abs(value).toFixed(1), value);
}

function errorsCell(row, index, state) {
  if (!counts(row)) return h("span", { class: "pairwise" }, "n/a");
  const difference = gap(row.baseline.e, row.candidate.e);
  if (difference === null) return h("span", { class: "pairwise" }, "n/a");
  const width = state.most ? (Math.abs(difference) / state.most) * 50 : 0;
  const bar = difference !== 0 && s("svg", { class: "delta-bar", "aria-hidden": "true" },
    s("line", { class: "axis", x1: "50%", x2: "50%", y1: "-2", y2: "6" }),
    s("rect", { class: difference > 0 ? "worse" : "better", x: `${difference > 0 ? 50 : 50 - width}%`, y: 0, height: 4, width: `${width}%` }));
  return h("span", { class: "bar-cell" }, h("span", null, pairOf(row.baseline.e, row.candidate.e), " ", delta(signed(row.baseline.e, row.candidate.e), difference)), bar);
}

function differCell(row) {
  if (row.differ === null) return h("span", { class: "pairwise" }, "n/a");
  return h("span", { class: "pairwise" }, h("b", null, row.differ), h("span", { class: "from" }, ` of ${row.longer.toLocaleString("en")}`));
}

function werCell(row) {
  if (!counts(row)) return h("span", { class: "pairwise" }, "n/a");
  return pairOf(percent(row.baseline.wer), percent(row.candidate.wer));
}

function latencyCell(key) {
  return (row) => {
    if (!counts(row)) return h("span", { class: "pairwise" }, "n/a");
    const [a, b] = [row.baseline?.[key], row.candidate?.[key]];
    const difference = gap(a, b);
    return [h("div", null, pairOf(ms(a), ms(b))), delta(signed(a, b, (value) => ms(value)), difference, NOTICED_MS)];
  };
}

function cutsCell(row) {
  if (gap(row.baseline?.cuts, row.candidate?.cuts) === null) return h("span", { class: "pairwise" }, "n/a");
  return [pairOf(row.baseline.cuts, row.candidate.cuts), " ", delta(signed(row.baseline.cuts, row.candidate.cuts), row.candidate.cuts - row.baseline.cuts)];
}

function pairOf(a, b) {
  if (a === "n/a" && b === "n/a") return h("span", { class: "pairwise" }, a);
  return h("span", { class: "pairwise" }, h("span", { class: "from" }, a, " → "), h("b", null, b));
}

/** A difference in words and colour; none is worth no ink. */
export function delta(text, value, noticed = 0) {
  if (!value) return null;
  if (Math.abs(value) < noticed) return h("span", { class: "delta" }, text);
  return h("span", { class: `delta ${value > 0 ? "worse" : "better"}` }, text);
}

function mostErrors(rows) {
  return rows.reduce((most, row) => Math.max(most, Math.abs(gap(row.baseline?.e, row.candidate?.e) ?? 0)), 0);
}
