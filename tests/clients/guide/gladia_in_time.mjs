import { GladiaClient } from "@gladiaio/sdk";
import { apiUrl, chunks, gladiaConfig } from "./reader.mjs";

const gladiaClient = new GladiaClient({ apiKey: "key", apiUrl });
const gladiaSession = gladiaClient.liveV2().startSession(gladiaConfig);
gladiaSession.on("message", (message) => {
  // partial and final transcripts arrive here; `is_final` tells them apart
  console.log(message.data.is_final ? "final" : "partial", message.data.utterance?.text);
});
gladiaSession.on("started", () => console.log("started"));
gladiaSession.on("ended", () => console.log("ended"));
for await (const audioChunk of chunks()) {
  gladiaSession.sendAudio(audioChunk);
}
console.log("at the end of the page");
