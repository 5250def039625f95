// Live transcription in our product, with Gladia: the migration guide followed, and corrected where it would fail.

import { GladiaClient, type LiveV2Session } from "@gladiaio/sdk";

import type { Listener } from "../text.js";

export class Transcriber {
  private session?: LiveV2Session;
  private ended?: Promise<unknown>;

  constructor(
    private readonly listener: Listener,
    private readonly sampleRate: number,
    private readonly host?: string,
  ) {}

  async start(): Promise<void> {
    const client = new GladiaClient({
      apiKey: process.env.GLADIA_API_KEY,
      ...(this.host && { apiUrl: this.host }),
      wsRetry: { maxConnections: 3 }, // without a limit, a server that accepts and closes is dialled for ever
    });
    const session = (this.session = client.liveV2().startSession({
      encoding: "wav/pcm",
      bit_depth: 16,
      sample_rate: this.sampleRate as 8000 | 16000 | 32000 | 44100 | 48000,
      channels: 1,
      endpointing: 0.4, // AssemblyAI's silences are milliseconds, these are seconds; the default of 0.05 s cuts at every breath
      maximum_duration_without_endpointing: 60, // the default of 5 s splits long turns
      messages_config: {
        receive_partial_transcripts: true, // off by default, always on before
        receive_final_transcripts: true,
        receive_acknowledgments: false,
        receive_post_processing_events: false,
      },
    }));
    // At once: events may come as soon as this function waits for something.
    session.on("message", (message) => {
      if (message.type !== "transcript") return; // the guide reads `is_final` of every message
      const { id, is_final, utterance } = message.data;
      this.listener.onText({
        id,
        text: utterance.text.trim(),
        isFinal: is_final,
        isFormatted: true,
        words: utterance.words.map((word) => ({
          text: word.word.trim(),
          start_ms: Math.round(word.start * 1000),
          end_ms: Math.round(word.end * 1000),
        })),
      });
    });
    session.on("error", (error) => this.listener.onError(error.message));
    this.ended = new Promise((resolve) => session.on("ended", resolve));
    // Audio sent before the socket is open would come in one burst.
    await new Promise<void>((resolve, reject) => {
      session.once("connected", () => resolve());
      session.once("ended", () => reject(new Error("the session ended before it was ready")));
    });
  }

  send(audio: Uint8Array): void {
    this.session!.sendAudio(audio);
  }

  // The guide leaves this out; without it there is no last final.
  async stop(): Promise<void> {
    this.session!.stopRecording();
    await this.ended;
  }
}
