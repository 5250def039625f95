/** What a side had on screen at an instant, and how each update changed it. Pure functions of a side's segments. */

/** Updates of all segments in order of arrival: `{ at, kind, text, segment, before }`, instants in ms. */
export function updatesOf(side) {
  const updates = (side?.segments ?? []).flatMap((segment, number) =>
    segment.updates.map(([at, kind, text], index) => ({ at, kind, text, segment: number, before: index ? segment.updates[index - 1][2] : "" })),
  );
  return updates.sort((a, b) => a.at - b.at);
}

/** Seconds as ms, as fine as updates are kept: what was sought by an update's own instant is not a hair before it. */
export function instant(seconds) {
  return Math.round(seconds * 10000) / 10;
}

/** The texts visible at `at` ms, in segment order: `{ text, final }`. A vanished segment goes when a later one is final. */
export function onScreen(side, at) {
  const segments = side?.segments ?? [];
  const visible = [];
  segments.forEach((segment, number) => {
    const shown = segment.updates.findLast(([when]) => when <= at);
    if (!shown || !shown[2]) return;
    const final = shown[1] !== "partial";
    if (segment.closed_by === "vanished" && segments.slice(number + 1).some((later) => later.updates.some(([when, kind]) => kind !== "partial" && when <= at))) return;
    visible.push({ text: shown[2], final });
  });
  return visible;
}

/** How `text` follows `before`, word by word: `{ kept, erased, added }`. */
export function change(before, text) {
  const [a, b] = [words(before), words(text)];
  let same = 0;
  while (same < a.length && same < b.length && (a[same] === b[same] || plainWord(a[same]) === plainWord(b[same]))) same += 1;
  return { kept: b.slice(0, same).join(" "), erased: a.slice(same).join(" "), added: b.slice(same).join(" ") };
}

/** Number of words. */
export function count(text) {
  return words(text).length;
}

function words(text) {
  return text.split(/\s+/).filter(Boolean);
}

/** Without case and outer punctuation: formatting alone is no change of words. */
function plainWord(word) {
  return word.toLocaleLowerCase().replace(/^[\p{P}\p{S}]+|[\p{P}\p{S}]+$/gu, "");
}
