// AssemblyAI's SDK: connect, stream, close gracefully.

import { AssemblyAI } from "assemblyai";

import { play, say, settings } from "./client.mjs";

const { apiKey, streamingBaseUrl, websocketBaseUrl, parameters, withToken } = settings;
const client = new AssemblyAI({ apiKey, streamingBaseUrl });
const token = withToken && (await client.streaming.createTemporaryToken({ expires_in_seconds: 60 }));
const transcriber = client.streaming.transcriber({
  websocketBaseUrl,
  sampleRate: 16000,
  connectTimeout: 60_000, // the default of 1 s is too short for a busy machine
  connectionRetryDelay: 50,
  ...(token && { token }),
  ...parameters,
});
transcriber.on("open", (begin) => say("open", begin));
transcriber.on("turn", (turn) => say("turn", turn));
transcriber.on("speechStarted", (message) => say("speechStarted", message));
transcriber.on("error", ({ message, code }) => say("error", { message, code }));
transcriber.on("close", (code, reason) => say("close", { code, reason }));

try {
  await transcriber.connect();
  await play((audio) => transcriber.sendAudio(audio));
  await transcriber.close(true, 0); // wait for Termination, however long it takes
  say("closed");
} catch ({ message, code }) {
  say("failed", { message, code });
}
