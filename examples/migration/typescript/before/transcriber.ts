// Live transcription in our product, with AssemblyAI.

import { AssemblyAI, type StreamingTranscriber } from "assemblyai";

import type { Listener } from "../text.js";

export class Transcriber {
  private readonly client: StreamingTranscriber;

  constructor(listener: Listener, sampleRate: number, host?: string) {
    this.client = new AssemblyAI({ apiKey: process.env.ASSEMBLYAI_API_KEY! }).streaming.transcriber({
      ...(host && { websocketBaseUrl: `${host}/v3/ws` }), // the SDK takes wss:// only
      sampleRate,
      speechModel: "universal-streaming-english",
      formatTurns: true,
      connectTimeout: 10_000, // the default of 1 s is over before a busy machine has answered
    });
    this.client.on("turn", (turn) =>
      listener.onText({
        id: turn.turn_order,
        // Until the turn ends, `transcript` lacks the word that is still being spoken.
        text: turn.end_of_turn ? turn.transcript : turn.words.map((word) => word.text).join(" "),
        isFinal: turn.end_of_turn,
        isFormatted: turn.turn_is_formatted,
        words: turn.words.map((word) => ({ text: word.text, start_ms: word.start, end_ms: word.end })),
      }),
    );
    this.client.on("error", (error) => listener.onError(error.message));
  }

  async start(): Promise<void> {
    await this.client.connect(); // until `Begin`
  }

  send(audio: Uint8Array): void {
    this.client.sendAudio(new Uint8Array(audio).buffer);
  }

  async stop(): Promise<void> {
    await this.client.close(true, 30_000);
  }
}
