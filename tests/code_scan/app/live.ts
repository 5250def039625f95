import { GladiaClient } from "@gladiaio/sdk";

export async function listen(apiKey: string, chunks: AsyncIterable<Buffer>) {
  const session = new GladiaClient({ apiKey }).liveV2().startSession({ endpointing: 400 });
  await new Promise<void>((resolve) => session.once("connected", resolve));
  session.on("message", (message) => {
    console.log(message.data.utterance.text);
  });
  for await (const chunk of chunks) session.sendAudio(chunk);
}
