/** The page of all runs: two of them, chosen by their boxes or by the URL (`#compare=a&with=b`), side by side. */

import { loadIndex } from "./data.js";
import { byId, h, icon, sideMark } from "./dom.js";
import { NBSP, SIDES, amount, signed } from "./format.js";
import { startTheme } from "./theme.js";
import { startTips } from "./tips.js";

const WRITE = {
  ratio: (value) => `${(value * 100).toFixed(1)}${NBSP}pp`,
  relative: (value) => `${(value * 100).toFixed(1)}${NBSP}pp`,
  per_token: (value) => value.toFixed(2),
  ms: (value) => `${value.toFixed(0)}${NBSP}ms`,
  count: (value) => value.toLocaleString("en"),
};

startTheme();
startTips();
const runs = new Map((await loadIndex()).map((run) => [run.id, run]));
const boxes = [...document.querySelectorAll(".choose")];
for (const box of boxes) box.addEventListener("change", () => choose(box));
addEventListener("hashchange", render);
render();
document.documentElement.dataset.ready = "true";

/** Two boxes at most: a third replaces the one chosen first. */
function choose(box) {
  let chosen = chosenInUrl().filter((id) => id !== box.value);
  if (box.checked) chosen = [...chosen, box.value].slice(-2);
  const fields = new URLSearchParams();
  if (chosen[0] !== undefined) fields.set("compare", chosen[0]);
  if (chosen[1] !== undefined) fields.set("with", chosen[1]);
  location.hash = fields.toString();
}

function chosenInUrl() {
  const fields = new URLSearchParams(location.hash.slice(1));
  return [fields.get("compare"), fields.get("with")].filter((id) => id !== null);
}

function render() {
  const ids = chosenInUrl();
  const missing = ids.find((id) => !runs.has(id));
  byId("notice").textContent = missing === undefined ? "" : `There is no run “${missing}” in this folder.`;
  byId("notice").hidden = missing === undefined;
  for (const box of boxes) box.checked = ids.includes(box.value);
  const found = ids.map((id) => runs.get(id)).filter(Boolean);
  const both = found.length === 2;
  byId("compare").hidden = !both;
  byId("comparison").replaceChildren(...(both ? comparison(...earlierFirst(found)) : []));
  if (both) {
    byId("compare").scrollIntoView();
    byId("announce").textContent = `${ids[0]} and ${ids[1]}, side by side`;
  }
}

function earlierFirst([one, other]) {
  return one.day <= other.day ? [one, other] : [other, one];
}

function comparison(one, other) {
  return [warnings(one, other), table(one, other), h("p", { class: "close" }, h("a", { href: "#" }, "Close the comparison"))];
}

/** What keeps the figures from being put beside each other, then what should be known about them. */
function warnings(one, other) {
  const apart = changed(one.alike, other.alike);
  const known = changed(one.differing, other.differing);
  return h("ul", { class: "warnings" },
    apart.map(([name, a, b]) => h("li", { class: "apart" }, h("b", null, `Not comparable: not the same ${name}.`), h("small", null, `${a} / ${b}`))),
    known.map(([name, a, b]) => h("li", null, `Not the same: ${name}.`, h("small", null, `${a} / ${b}`))),
    apart.length + known.length === 0 && h("li", { class: "same" }, "Same recordings, format, normaliser, services, models, SDKs and hosts."));
}

function changed(one, other) {
  const before = new Map(one);
  return other.filter(([name, value]) => before.get(name) !== value).map(([name, value]) => [name, before.get(name), value]);
}

function table(one, other) {
  const earlier = new Map(one.rules.map((rule) => [rule.rule, rule]));
  const rows = other.rules.map((rule) => [earlier.get(rule.rule), rule]);
  const comparable = changed(one.alike, other.alike).length === 0;
  const head = (run) => h("th", { scope: "colgroup", colspan: 3 }, run.link ? h("a", { href: run.link }, run.id) : run.id, h("small", null, `${run.day}, ${run.word}`));
  const sides = () => [...SIDES.map((side) => h("th", { scope: "col", class: "num" }, sideMark(side), side)), h("th", { scope: "col", class: "num" }, "difference")];
  return h("div", { class: "table-frame" },
    h("table", { class: "runs side-by-side" },
      h("thead", null,
        h("tr", null, h("td"), head(one), head(other), comparable && h("th", { scope: "colgroup", colspan: 2 }, "Change", h("small", null, "from the earlier run to the later"))),
        h("tr", null, h("th", { scope: "col" }, "Rule"), sides(), sides(), comparable && SIDES.map((side) => h("th", { scope: "col", class: "num" }, sideMark(side), side)))),
      h("tbody", null, rows.map(([a, b]) => h("tr", null, h("th", { scope: "row" }, b.label, h("small", null, `margin ${b.margin}`)), cells(a), cells(b), comparable && SIDES.map((_, side) => change(a, b, side)))))));
}

function cells(rule) {
  if (!rule) return [0, 1, 2].map(() => h("td", { class: "num" }, h("small", null, "n/a")));
  return [
    ...rule.texts.map((text) => h("td", { class: "num" }, text || "n/a")),
    h("td", { class: "num" }, h("span", { class: rule.verdict }, rule.difference || "n/a"), h("small", null, icon(rule.verdict in { pass: 0, fail: 0, inconclusive: 0 } ? rule.verdict : "none", "icon tiny"), rule.word)),
  ];
}

function change(a, b, side) {
  const known = a && amount(a.values[side]) !== null && amount(b.values[side]) !== null;
  return h("td", { class: "num" }, known ? quiet(signed(a.values[side], b.values[side], WRITE[b.unit])) : h("small", null, "n/a"));
}

/** What did not change stands back. */
function quiet(text) {
  return text === "0" ? h("span", { class: "unchanged" }, text) : text;
}
