// Gladia's SDK: start a session, stream, stop, and fetch the result.

import { createHash } from "node:crypto";

import { GladiaClient } from "@gladiaio/sdk";

import { PATIENT, play, say, settings } from "./client.mjs";

const WAV_HEADER_BYTES = 44;
const { apiKey, apiUrl, options, tidy } = settings;
const liveTimeouts = { get: 60_000, list: 60_000 };
const live = new GladiaClient({ apiKey, apiUrl, ...PATIENT, liveTimeouts }).liveV2();
const session = live.startSession({ encoding: "wav/pcm", bit_depth: 16, sample_rate: 16000, channels: 1, ...options });
session.on("started", ({ id }) => say("started", { id }));
session.on("connected", ({ attempt }) => say("connected", { attempt }));
session.on("message", (message) => say("message", { message }));
session.on("error", ({ message, responseBody }) => say("error", { message, responseBody }));
session.on("ending", ({ code }) => say("ending", { code }));
session.once("connected", async () => {
  await play((audio) => session.sendAudio(audio));
  session.stopRecording();
});
session.on("ended", async ({ code, reason }) => {
  const id = session.sessionId;
  say("ended", { code, reason });
  if (id) say("result", await live.get(id));
  if (tidy) await tidyUp(id);
});

async function tidyUp(id) {
  const { items } = await live.list({ limit: 100 });
  const listed = items.some((item) => item.id === id);
  const file = Buffer.from(await live.getFile(id));
  const samples = createHash("sha256").update(file.subarray(WAV_HEADER_BYTES)).digest("hex");
  const deleted = await live.delete(id);
  const afterwards = await live.get(id).catch(({ status }) => status);
  say("tidied", { listed, samples, deleted, afterwards });
}
