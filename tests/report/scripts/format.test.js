import assert from "node:assert/strict";
import { test } from "node:test";

import { amount, clock, gap, ms, percent, plural, signed } from "../static/format.js";

test("an infinite latency is a number here, and never a JSON one", () => {
  assert.deepEqual([amount("inf"), amount("-inf"), amount(3), amount(null), amount("3")], [Infinity, -Infinity, 3, null, null]);
});

test("milliseconds have a unit, a true minus, and become seconds when they are many", () => {
  assert.deepEqual([ms(640.4), ms(-12), ms(12_345), ms("inf"), ms(null), ms(-0.2)], ["640\u00a0ms", "\u221212\u00a0ms", "12.3\u00a0s", "never", "n/a", "0\u00a0ms"]);
});

test("a share is shown in percent", () => {
  assert.deepEqual([percent(0.0824), percent(null)], ["8.2\u00a0%", "n/a"]);
});

test("a difference has a sign, and says when something was lost or gained", () => {
  assert.deepEqual([signed(1, 3), signed(3, 1), signed(2, 2), signed(1, "inf"), signed("inf", 1), signed("inf", "inf"), signed(null, 1)], ["+2", "\u22122", "0", "lost", "gained", "0", ""]);
  assert.equal(gap("inf", "inf"), 0);
});

test("a time of day of the clip rolls over without showing sixty seconds", () => {
  assert.deepEqual([clock(59.96), clock(7.346, 2), clock(61, 0), clock(-1)], ["1:00.0", "0:07.35", "1:01", "0:00.0"]);
});

test("one is not many", () => {
  assert.deepEqual([plural(1, "clip"), plural(1200, "clip"), plural(2, "pass", "passes")], ["1 clip", "1,200 clips", "2 passes"]);
});
