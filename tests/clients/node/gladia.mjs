// Gladia's SDK: start a session, stream, stop, and fetch the result.

import { GladiaClient } from "@gladiaio/sdk";

import { play, say, settings } from "./client.mjs";

const { apiKey, apiUrl, options } = settings;
const live = new GladiaClient({ apiKey, apiUrl }).liveV2();
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
});
