/** The filter of the clip table: words, `"a phrase"`, `tag:noisy`, `lang:es`, `call:x`, `cut:early`, `category:dropout`, `status:failed`, `wer>0.2`. A leading `-` negates. */

import { amount, gap } from "./format.js";

const TERM = /(-)?(?:([a-z]+)(:|>=|<=|>|<|=))?(?:"([^"]*)"?|(\S+))/gi;

const TEXTS = {
  tag: (row) => row.tags.join("\n"),
  lang: (row) => row.language ?? "",
  language: (row) => row.language ?? "",
  call: (row) => row.call,
  speaker: (row) => row.speaker ?? "",
  id: (row) => row.id,
  status: (row) => row.status,
  ref: (row) => row.reference ?? "",
  baseline: (row) => row.baseline?.text ?? "",
  candidate: (row) => row.candidate?.text ?? "",
};

const NUMBERS = {
  wer: (row) => worst(row, "wer"),
  errors: (row) => worst(row, "e"),
  extra: (row) => gap(row.baseline?.e, row.candidate?.e),
  final: (row) => worst(row, "final"),
  first: (row) => worst(row, "first"),
  cuts: (row) => worst(row, "cuts"),
  disagreement: (row) => row.differ,
  duration: (row) => row.duration,
  regression: (row) => row.regression,
};

const CUTS = {
  early: (row) => (worst(row, "cuts") ?? 0) > 0,
  worse: (row) => (gap(row.baseline?.cuts, row.candidate?.cuts) ?? 0) > 0,
};

/** Fields whose every value is a kind of difference that a row shows or does not. */
const KINDS = new Set(["category", "entity", "suspect", "normaliser", "violation"]);

/** The larger of both sides' amounts; null if neither exists. */
function worst(row, key) {
  const values = [amount(row.baseline?.[key]), amount(row.candidate?.[key])].filter((value) => value !== null);
  return values.length ? Math.max(...values) : null;
}

/** Compile a filter. Returns `{ matches, error }`; with an error, the parts that were understood still apply. */
export function parseQuery(text) {
  const tests = [];
  let error = null;
  for (const [whole, minus, key, operator, phrase, word] of text.matchAll(TERM)) {
    const value = phrase ?? word;
    const test = key ? fieldTest(key.toLowerCase(), operator, value) : wordTest(value);
    if (test) tests.push(minus ? (row) => !test(row) : test);
    else error = `“${whole}” is not understood. Fields: ${Object.keys(TEXTS).join(", ")}, cut:early, category:dropout, entity:missed, suspect:yes, violation:empty_final; numbers: ${Object.keys(NUMBERS).join(", ")} with > or <, as 0.2, 20%, 800ms or never.`;
  }
  return { matches: (row) => tests.every((test) => test(row)), error };
}

function wordTest(value) {
  const needle = value.toLowerCase();
  return (row) => haystack(row).includes(needle);
}

function fieldTest(key, operator, value) {
  if (operator === ":" && key === "cut") return CUTS[value] ?? null;
  if (operator === ":" && KINDS.has(key)) {
    const kind = `${key}:${value.toLowerCase()}`;
    return (row) => row.kinds?.has(kind) ?? false;
  }
  if (operator === ":" && TEXTS[key]) {
    const needle = value.toLowerCase();
    return (row) => TEXTS[key](row).toLowerCase().includes(needle);
  }
  const limit = amountOf(value, key);
  if (!NUMBERS[key] || operator === ":" || limit === null) return null;
  const holds = { ">": (x) => x > limit, "<": (x) => x < limit, ">=": (x) => x >= limit, "<=": (x) => x <= limit, "=": (x) => x === limit }[operator];
  return (row) => {
    const number = NUMBERS[key](row);
    return number !== null && holds(number);
  };
}

/** A limit as people write it: `0.2` or `20%`, `800`, `800ms` or `0.8s`, `never`; null for anything else. */
function amountOf(value, key) {
  if (value.toLowerCase() === "never") return Infinity;
  const [, digits, unit] = /^(-?\d*\.?\d+)(%|ms|s)?$/i.exec(value) ?? [];
  if (digits === undefined) return null;
  const inSeconds = key === "duration";
  const divisor = { "%": 100, ms: inSeconds ? 1000 : 1, s: inSeconds ? 1 : 0.001 }[unit?.toLowerCase()] ?? 1;
  return Number(digits) / divisor;
}

const haystacks = new WeakMap();

function haystack(row) {
  if (!haystacks.has(row)) {
    const parts = [row.id, row.call, row.language, row.speaker, ...row.tags, row.reference, row.baseline?.text, row.candidate?.text];
    haystacks.set(row, parts.filter(Boolean).join("\n").toLowerCase());
  }
  return haystacks.get(row);
}
