/** The data inside the page: deflated JSON, unpacked when it is needed. */

const kept = new Map();
const KEEP = 6;

/** Inverse of `packing.pack`. */
export async function unpack(packed) {
  const stream = new Blob([bytesOf(packed)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

/** An address for a clip's audio: the file beside the page, or what is within it; `forget` it when the clip is left. */
export function audioAddress({ file, block: name }) {
  if (file) return { address: file, forget: () => {} };
  const bytes = bytesOf(document.getElementById(`data-${name}`).textContent);
  const address = URL.createObjectURL(new Blob([bytes], { type: "audio/ogg" }));
  return { address, forget: () => URL.revokeObjectURL(address) };
}

/** Servers that send no parts of a file leave a player that can't seek: then it gets the whole file, and `onReady` is called. */
export function makeSeekable(audio, onReady) {
  audio.addEventListener("loadedmetadata", async () => {
    const { seekable } = audio;
    if (seekable.length && seekable.end(seekable.length - 1) > 0) return;
    const answer = await fetch(audio.src).catch(() => null);
    if (!answer?.ok || !audio.isConnected) return;
    audio.src = URL.createObjectURL(await answer.blob());
    onReady();
  }, { once: true });
}

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
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
