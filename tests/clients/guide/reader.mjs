// What the guide leaves to its reader: the audio, the configuration, and (here) where the services are.

import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const CHUNK_BYTES = 3200;
export const { streamingBaseUrl, websocketBaseUrl, apiUrl, audio } = JSON.parse(process.env.READER);
export const recording = readFileSync(audio);
export const audioChunk = recording.subarray(0, CHUNK_BYTES);
export const gladiaConfig = {
  encoding: "wav/pcm",
  bit_depth: 16,
  sample_rate: 16000,
  channels: 1,
  language_config: { languages: ["en"], code_switching: false },
  messages_config: { receive_partial_transcripts: true, receive_final_transcripts: true },
  endpointing: 0.8,
  maximum_duration_without_endpointing: 30,
};

export async function* chunks() {
  for (let start = 0; start < recording.length; start += CHUNK_BYTES) {
    yield recording.subarray(start, start + CHUNK_BYTES);
    await sleep(25); // four times real time
  }
}
