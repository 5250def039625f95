import { GladiaClient } from "@gladiaio/sdk";
import { apiUrl, chunks, gladiaConfig } from "./reader.mjs";

const gladiaClient = new GladiaClient({ apiKey: "key", apiUrl });
const gladiaSession = gladiaClient.liveV2().startSession(gladiaConfig);
const ended = new Promise((resolve) => gladiaSession.on("ended", resolve));
const connected = new Promise((resolve) => gladiaSession.once("connected", resolve));
gladiaSession.on("error", (error) => console.log("error", error));
gladiaSession.on("message", (message) => {
  if (message.type !== "transcript") return;
  console.log(message.data.is_final ? "final" : "partial", message.data.utterance.text.trim());
});
await connected;
for await (const audioChunk of chunks()) {
  gladiaSession.sendAudio(audioChunk);
}
gladiaSession.stopRecording();
await ended;
