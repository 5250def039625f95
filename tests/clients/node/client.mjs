// What every client here does: read its settings, stream a recording, and say what happened as lines of JSON.

import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const CHUNK_BYTES = 3200; // 100 ms at 16 kHz, 16 bit
const CHUNK_INTERVAL_MS = 25; // four times real time: a test need not take as long as the speech
export const PATIENT = { httpTimeout: 60_000, wsTimeout: 60_000 }; // Gladia's 10 s are too short for a busy machine

export const settings = JSON.parse(process.argv[2]);

export function say(event, data = {}) {
  console.log(JSON.stringify({ event, ...data }));
}

export async function play(send) {
  const once = await readFile(settings.audio);
  const audio = Buffer.concat(Array(settings.times ?? 1).fill(once));
  for (let start = 0; start < audio.length; start += CHUNK_BYTES) {
    send(audio.subarray(start, start + CHUNK_BYTES));
    await sleep(CHUNK_INTERVAL_MS);
  }
}
