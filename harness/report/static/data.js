/** The data inside the page: deflated JSON, unpacked when it is needed. */

const kept = new Map();
const KEEP = 6;

/** Inverse of `packing.pack`. */
export async function unpack(packed) {
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

/** The index of the page: names, table rows, curves. */
export function loadIndex() {
  return block("index");
}

/** Details of the pair at `place`: chunk, and index in the chunk. The last chunks used are kept. */
export async function loadDetail([chunk, index]) {
  if (!kept.has(chunk)) {
    kept.set(chunk, block(chunk));
    if (kept.size > KEEP) kept.delete(kept.keys().next().value);
  }
  return (await kept.get(chunk))[index];
}

/** The raw frames of a pair, by side. */
export function loadFrames(place) {
  return block(`frames-${place}`);
}

function block(name) {
  return unpack(JSON.parse(document.getElementById(`data-${name}`).textContent));
}
