import assert from "node:assert/strict";
import { test } from "node:test";

import { shareAt, valueAt } from "../static/curves.js";
import { inOrder, kindOf, pretty } from "../static/frames.js";
import { HOME, formatRoute, parseRoute } from "../static/route.js";
import { change, instant, onScreen, updatesOf } from "../static/screen.js";
import { sorted } from "../static/table.js";

const SIDE = {
  segments: [
    { closed_by: "natural", updates: [[100, "partial", "hello"], [300, "final_formatted", "Hello there."]] },
    { closed_by: "vanished", updates: [[400, "partial", "gone"]] },
    { closed_by: "natural", updates: [[500, "partial", "by"], [700, "final_formatted", "Bye."]] },
  ],
};

test("a view survives being written into the address and read back", () => {
  for (const route of [HOME, { ...HOME, clip: "a b&c=#é", pass: 2, t: 3.25, q: 'wer>0.2 "x y"', sort: "final", desc: false }]) {
    assert.deepEqual(parseRoute(formatRoute(route)), route);
  }
});

test("a section's anchor keeps the filter", () => {
  assert.deepEqual(parseRoute("#rules", { ...HOME, clip: "a", q: "wer>1" }), { ...HOME, q: "wer>1" });
});

test("on screen is what had arrived by then, and a segment that vanished goes with the next final", () => {
  const shown = (at) => onScreen(SIDE, at).map(({ text, final }) => (final ? text : `${text}…`)).join(" ");
  assert.deepEqual([shown(99), shown(100), shown(450), shown(600), shown(700)], ["", "hello…", "Hello there. gone…", "Hello there. gone… by…", "Hello there. Bye."]);
});

test("an update is on screen at its own instant, however the seconds were rounded", () => {
  for (const at of [300, 1954.4, 8123.7, 61999.9]) assert.equal(instant(Number((at / 1000).toFixed(4))), at);
});

test("updates come in order of arrival, each with what it replaced", () => {
  assert.deepEqual(updatesOf(SIDE).map(({ at, before }) => [at, before]), [[100, ""], [300, "hello"], [400, ""], [500, ""], [700, "by"]]);
  assert.deepEqual(updatesOf(null), []);
});

test("formatting alone takes nothing back", () => {
  assert.deepEqual(change("hello there", "Hello, there."), { kept: "Hello, there.", erased: "", added: "" });
  assert.deepEqual(change("a cat sat", "a bat"), { kept: "a", erased: "cat sat", added: "bat" });
});

test("rows that do not count are last whichever way they are sorted", () => {
  const rows = [{ id: "left-out", regression: null }, { id: "less", regression: 1 }, { id: "more", regression: 2 }];
  const order = (desc) => sorted(rows, { sort: "regression", desc }).map(({ id }) => id);
  assert.deepEqual([order(true), order(false)], [["more", "less", "left-out"], ["less", "more", "left-out"]]);
});

test("a chart's value and share are read off its axis", () => {
  assert.deepEqual([valueAt({ low: 100, high: 10_000, logarithmic: true }, 0.5), valueAt({ low: 0, high: 200 }, 0.25)], [1000, 50]);
  assert.deepEqual([5, 10, 99].map((value) => shareAt({ points: [[10, 0.5], [20, 0.75]] }, value)), [0, 0.5, 0.75]);
});

test("frames of both sides come in order of arrival, and say their kind", () => {
  const frames = inOrder({ baseline: [[20, 1, "b"], [30, null, "d"]], candidate: [[10, 1, "a"], [25, 2, "c"]] });
  assert.deepEqual(frames.map(({ raw, side }) => raw + side[0]), ["ac", "bb", "cc", "db"]);
  assert.deepEqual([kindOf('{"type":"Turn"}'), kindOf("[1]"), kindOf("null"), kindOf("<html>")], ["Turn", "", "", "not JSON"]);
  assert.deepEqual([pretty('{"a":1}'), pretty("<html>")], ['{\n  "a": 1\n}', "<html>"]);
});
