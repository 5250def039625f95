import { AssemblyAI } from "assemblyai";
import { chunks, websocketBaseUrl } from "./reader.mjs";

const assemblyClient = new AssemblyAI({ apiKey: "key" });
const assemblySession = assemblyClient.streaming.transcriber({
  websocketBaseUrl,
  connectTimeout: 60_000,
  sampleRate: 16_000,
  formatTurns: true,
});
assemblySession.on("open", ({ id }) => console.log("began", id));
assemblySession.on("error", (error) => console.log("error", error));
assemblySession.on("turn", (turn) => {
  if (!turn.transcript) return;
  console.log("turn", turn.transcript);
});
await assemblySession.connect();
for await (const audioChunk of chunks()) {
  assemblySession.sendAudio(audioChunk);
}
await assemblySession.close(true, 0);
