import { AssemblyAI } from "assemblyai";
import { chunks, websocketBaseUrl } from "./reader.mjs";

// Initialize the client
const assemblyClient = new AssemblyAI({ apiKey: "key" });

// Start the transcription session
const assemblySession = assemblyClient.streaming.transcriber({
  websocketBaseUrl,
  connectTimeout: 60_000,
  sampleRate: 16_000,
  formatTurns: true,
});
await assemblySession.connect();

// Send audio chunks
for await (const audioChunk of chunks()) {
  assemblySession.stream(audioChunk);
}

// Read transcription messages
assemblySession.on("open", ({ id }) => console.log("began", id));
assemblySession.on("error", (error) => console.log("error", error));
assemblySession.on("close", (code, reason) => console.log("closed", code, reason));
assemblySession.on("turn", (turn) => {
  if (!turn.transcript) return;
  console.log("turn", turn.transcript);
});
console.log("at the end of the page");
