import assert from "node:assert/strict";
import { test } from "node:test";

import { attachKinds } from "../static/kinds.js";
import { parseQuery } from "../static/query.js";

const ROWS = [
  { id: "a", call: "one", tags: ["noisy"], language: "en", reference: "the account number is nine", baseline: { wer: 0.1, e: 1, cuts: 0, final: 500, text: "the account number is mine" }, candidate: { wer: 0.3, e: 3, cuts: 1, final: "inf", text: "account" }, duration: 3, regression: 5 },
  { id: "b", call: "two", tags: [], language: "es", reference: "number of the account", baseline: { wer: 0, e: 0, cuts: 1, final: 400, text: "" }, candidate: { wer: 0.25, e: 1, cuts: 1, final: 450, text: "Hola" }, duration: 9, regression: -1 },
  { id: "c", call: "two", tags: ["noisy", "codec=g711"], language: null, reference: null, baseline: null, candidate: null, duration: 1, regression: null },
];

const found = (text) => ROWS.filter(parseQuery(text).matches).map(({ id }) => id).join("");

test("words and phrases are looked for in all texts, whatever their case", () => {
  assert.deepEqual([found("HOLA"), found('"account number"'), found("account number"), found("")], ["b", "a", "ab", "abc"]);
});

test("fields, numbers and their negation are joined by and", () => {
  assert.deepEqual([found("tag:noisy"), found("-tag:noisy"), found("wer>0.2 tag:noisy"), found("wer>=0.25"), found("call:two duration<5")], ["ac", "b", "a", "ab", "c"]);
});

test("the worse side counts, and what never came is more than any limit", () => {
  assert.deepEqual([found("final>10000"), found("cuts=1"), found("cut:early"), found("cut:worse")], ["a", "ab", "ab", "a"]);
});

test("a limit may have its unit, and be never", () => {
  assert.deepEqual([found("wer>20%"), found("wer>=25%"), found("final<0.46s"), found("final<440ms"), found("duration>5s"), found("final=never")], ["ab", "ab", "b", "", "b", "a"]);
  assert.match(parseQuery("wer>0.2x").error, /“wer>0.2x” is not understood/);
});

test("what has no value matches no comparison", () => {
  assert.deepEqual([found("wer<1"), found("regression<100")], ["ab", "ab"]);
});

test("what is not understood is said, and the rest still applies", () => {
  const { matches, error } = parseQuery("colour:red tag:noisy");
  assert.match(error, /“colour:red” is not understood/);
  assert.deepEqual(ROWS.filter(matches).map(({ id }) => id), ["a", "c"]);
});

test("kinds of difference are told as distances between rows, and filter them", () => {
  const rows = structuredClone(ROWS);
  attachKinds({ rows, kinds: { "category:dropout": [0, 2], "entity:Phone number": [1], "suspect:yes": [2] } });
  const kept = (text) => rows.filter(parseQuery(text).matches).map(({ id }) => id).join("");
  assert.deepEqual([kept("category:dropout"), kept('entity:"phone number"'), kept("-suspect:yes category:dropout"), kept("violation:empty_final")], ["ac", "b", "a", ""]);
  assert.equal(parseQuery("category:dropout").error, null);
  attachKinds({ rows });
});
