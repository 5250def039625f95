// Between harness and our transcriber: audio in, one JSON line an event out (docs/command.md).
//
//   node build/adapter.js before|after

import type { Listener } from "./text.js";

const PIECE_MS = 100;
const BYTES_PER_SAMPLE = 2;

interface Transcriber {
  start(): Promise<void>;
  send(audio: Uint8Array): void;
  stop(): Promise<void>;
}

function say(type: string, more: object = {}): void {
  process.stdout.write(JSON.stringify({ type, ...more }) + "\n");
}

const listener: Listener = {
  onText: ({ id, text, isFinal, isFormatted, words }) =>
    say(isFinal ? "final" : "partial", { id, text, formatted: isFormatted, words }),
  onError: (message) => say("error", { message }),
};

// Pieces of 100 ms, whatever the pipe makes of them; the last one is filled up, since AssemblyAI takes none under 50 ms.
async function* pieces(sampleRate: number): AsyncGenerator<Uint8Array> {
  const size = Math.floor((sampleRate * PIECE_MS) / 1000) * BYTES_PER_SAMPLE;
  let heard = Buffer.alloc(0);
  for await (const data of process.stdin) {
    heard = Buffer.concat([heard, data]);
    for (; heard.length >= size; heard = heard.subarray(size)) yield heard.subarray(0, size);
  }
  if (heard.length) yield Buffer.concat([heard], size);
}

const sampleRate = Number(process.env.HARNESS_SAMPLE_RATE_HZ);
const { Transcriber } = await import(`./${process.argv[2]}/transcriber.js`);
const transcriber: Transcriber = new Transcriber(listener, sampleRate, process.env.HARNESS_HOST);
say("hello", { protocol: 1 });
try {
  await transcriber.start();
} catch (error) {
  say("error", { message: String(error) });
  process.exit(1);
}
say("ready");
for await (const piece of pieces(sampleRate)) transcriber.send(piece);
await transcriber.stop();
say("closed");
process.exit(0);
