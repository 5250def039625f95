// Gladia's SDK against a server that closes each session with another code: when does it dial again, and how does it end?

import { GladiaClient } from "@gladiaio/sdk";

import { PATIENT, say, settings } from "./client.mjs";

const { apiKey, apiUrl, sessions } = settings;
const live = new GladiaClient({ apiKey, apiUrl, ...PATIENT, wsRetry: { maxConnections: 2 } }).liveV2();
for (let number = 1; number <= sessions; number++) {
  let connections = 0;
  const session = live.startSession({ sample_rate: 16000 });
  session.on("connected", () => connections++);
  await new Promise((resolve) => {
    session.on("ended", ({ code }) => {
      say("ended", { code, connections });
      resolve();
    });
  });
}
