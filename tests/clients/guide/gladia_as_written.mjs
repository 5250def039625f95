import { GladiaClient } from "@gladiaio/sdk";
import { apiUrl, chunks, gladiaConfig } from "./reader.mjs";

// Initialize the client
const gladiaClient = new GladiaClient({ apiKey: "key", apiUrl });

// Start the transcription session
const gladiaSession = gladiaClient.liveV2().startSession(gladiaConfig);

// Send audio chunks
for await (const audioChunk of chunks()) {
  gladiaSession.sendAudio(audioChunk);
}

// Read transcription messages
gladiaSession.on("message", (message) => {
  // partial and final transcripts arrive here; `is_final` tells them apart
  console.log(message.data.is_final ? "final" : "partial", message.data.utterance?.text);
});
gladiaSession.on("started", () => console.log("started"));
gladiaSession.on("ended", () => console.log("ended"));
gladiaSession.on("error", (error) => console.log("error", error));
console.log("at the end of the page");
