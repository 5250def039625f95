// A client without an SDK: fetch and ws, sending every second piece of audio as base64 in JSON, the rest as binary.

import WebSocket from "ws";

import { play, say, settings } from "./client.mjs";

const { apiKey, apiUrl, options } = settings;
const response = await fetch(`${apiUrl}/v2/live`, {
  method: "POST",
  headers: { "content-type": "application/json", "X-Gladia-Key": apiKey },
  body: JSON.stringify(options),
});
const { id, url } = await response.json();
say("started", { id, status: response.status });

const socket = new WebSocket(url);
socket.on("message", (text) => say("message", { message: JSON.parse(text) }));
socket.on("close", (code) => say("ended", { code }));
socket.on("open", async () => {
  let count = 0;
  await play((audio) => {
    const asText = count++ % 2 === 0;
    const chunk = audio.toString("base64");
    socket.send(asText ? JSON.stringify({ type: "audio_chunk", data: { chunk } }) : audio);
  });
  socket.send(JSON.stringify({ type: "stop_recording" }));
});
