/** Starts the page: the fragment of the URL decides what is shown, and every change of view goes through it. */

import { showClip } from "./clip.js";
import { startCurves } from "./curves.js";
import { loadDetail, loadIndex } from "./data.js";
import { byId } from "./dom.js";
import { attachKinds, startKinds } from "./kinds.js";
import { formatRoute, parseRoute } from "./route.js";
import { makeTable } from "./table.js";
import { startTheme } from "./theme.js";
import { startTips } from "./tips.js";

const STEP_S = 0.5;
const FINE_STEP_S = 0.05;

startTheme();
startTips();
const index = await loadIndex().catch((error) => {
  say(`The clips could not be unpacked: ${error.message}. A browser of 2023 or later is needed; the verdict and all metrics below do not need it.`);
  throw error;
});
attachKinds(index);
startKinds();
const rowsByKey = new Map(index.rows.map((row) => [keyOf(row.id, row.pass), row]));
let route = parseRoute(location.hash);
let opened = null;
let scroll = 0;
const table = makeTable(index, go);
startCurves(index);
addEventListener("hashchange", () => render(parseRoute(location.hash, route)));
document.addEventListener("keydown", keys);
await render(route);
document.documentElement.dataset.ready = "true";

/** Change the view: `replace` adds no step to the history, `quiet` only records where the cursor is. */
function go(change, { replace = false, quiet = false } = {}) {
  const next = { ...route, ...change };
  const hash = formatRoute(next);
  if (replace) {
    history.replaceState(null, "", hash);
    if (quiet) route = next;
    else render(next);
  } else if (hash === location.hash) render(next);
  else location.hash = hash;
}

async function render(next) {
  const before = route;
  const fresh = next.clip !== before.clip || next.pass !== before.pass;
  route = next;
  table.update(next);
  const row = next.clip === null ? null : rowsByKey.get(keyOf(next.clip, next.pass));
  say(next.clip === null || row ? "" : `This report has no clip “${next.clip}”${next.pass > 1 ? ` in pass ${next.pass}` : ""}.`);
  if (!row) {
    if (opened) leave(before);
    document.documentElement.dataset.view = "overview";
    return;
  }
  if (opened && !fresh) {
    opened.seek(next.t);
    return;
  }
  if (!opened) scroll = scrollY;
  const detail = await loadDetail(row.place);
  if (route !== next) return;
  opened?.close();
  byId("overview").hidden = true;
  byId("clip").hidden = false;
  opened = showClip({ detail, row, index, neighbours: neighboursOf(next), go, start: next.t });
  document.documentElement.dataset.view = `clip ${row.id}`;
  scrollTo({ top: 0, behavior: "instant" });
  byId("clip").focus({ preventScroll: true });
  byId("announce").textContent = `Clip ${row.id}`;
}

/** Back to the overview, where the reader was. */
function leave(before) {
  opened.close();
  opened = null;
  byId("clip").hidden = true;
  byId("overview").hidden = false;
  const section = location.hash && byId(decodeURIComponent(location.hash.slice(1)));
  if (section) section.scrollIntoView();
  else scrollTo({ top: scroll, behavior: "instant" });
  table.mark(before.clip, before.pass);
}

function neighboursOf(at) {
  const link = (row) => row && formatRoute({ ...at, clip: row.id, pass: row.pass, t: 0 });
  const { row: previous, place, of } = table.neighbour(at.clip, at.pass, -1);
  const { row: next } = table.neighbour(at.clip, at.pass, 1);
  const passes = index.rows.filter((row) => row.id === at.clip).map((row) => ({ number: row.pass, href: link(row) }));
  return { previous: link(previous), next: link(next), place, of, passes, home: formatRoute({ ...at, clip: null }) };
}

function keys(event) {
  if (!opened || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  const { previous, next, home } = neighboursOf(route);
  const target = { j: next, k: previous, Escape: home }[event.key];
  if (target) location.hash = target;
  else if (event.key === " " && !event.target.closest("button, summary, a")) {
    event.preventDefault();
    opened.toggle();
  } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    event.preventDefault();
    opened.nudge((event.key === "ArrowLeft" ? -1 : 1) * (event.shiftKey ? FINE_STEP_S : STEP_S));
  }
}

/** Tell the reader what could not be shown. */
function say(text) {
  byId("notice").textContent = text;
  byId("notice").hidden = !text;
}

function keyOf(id, pass) {
  return `${pass}\u0000${id}`;
}
