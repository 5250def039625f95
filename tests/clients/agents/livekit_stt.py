"""LiveKit's speech-to-text plugins as an agent uses them, one session after the other; every event as a line of JSON."""

import asyncio
import json
import sys
from pathlib import Path

import aiohttp
from livekit import rtc
from livekit.agents import APIConnectOptions, APIError, stt
from livekit.plugins import assemblyai, gladia

PLUGINS = {"assemblyai": assemblyai.STT, "gladia": gladia.STT}
CHUNK_BYTES = 3200
CHUNK_INTERVAL_S = 0.025  # four times real time


async def main(audio: bytes, sessions: dict[str, dict]) -> None:
    """Run all sessions; loading the framework takes longer than they do."""
    for name, settings in sessions.items():
        await run(audio, name, **settings)


async def run(
    audio: bytes,
    name: str,
    *,
    provider: str,
    options: dict,
    finals: int = 0,
    tail_ms: int = 0,
    interrupt_at_s: float | None = None,
) -> None:
    """Stream the recording, hang up when `finals` final transcripts were heard, then wait for the end."""
    speaking, all_heard = asyncio.Event(), asyncio.Event()
    async with aiohttp.ClientSession() as http:
        stream = PLUGINS[provider](http_session=http, **options).stream(conn_options=APIConnectOptions(max_retry=0))
        feeding = asyncio.create_task(feed(stream, audio + bytes(32 * tail_ms), speaking, all_heard, interrupt_at_s))
        try:
            async for event in stream:
                say(name, event.type.value, event.alternatives[0].text if event.alternatives else "")
                if event.type is stt.SpeechEventType.START_OF_SPEECH:
                    speaking.set()
                finals -= event.type is stt.SpeechEventType.FINAL_TRANSCRIPT
                if not finals:
                    all_heard.set()
            await feeding
        except APIError as error:
            say(name, "error", str(error))
            feeding.cancel()
        await stream.aclose()


def say(session: str, event: str, text: str) -> None:
    print(json.dumps({"session": session, "event": event, "text": text}), flush=True)


async def feed(
    stream: stt.RecognizeStream,
    audio: bytes,
    speaking: asyncio.Event,
    all_heard: asyncio.Event,
    interrupt_at_s: float | None,
) -> None:
    """Play the recording, then wait, as the plugin for Gladia does not listen any longer once its input ends."""
    for start in range(0, len(audio), CHUNK_BYTES):
        chunk = audio[start : start + CHUNK_BYTES]
        stream.push_frame(rtc.AudioFrame(chunk, 16000, 1, len(chunk) // 2))
        if interrupt_at_s is not None and start / 32000 >= interrupt_at_s:
            await speaking.wait()  # what is asked for before the plugin has connected leaves before any audio
            stream.update_options(keyterms_prompt=["clubs"])
            stream.force_endpoint()
            interrupt_at_s = None
        await asyncio.sleep(CHUNK_INTERVAL_S)
    await all_heard.wait()
    stream.end_input()


if __name__ == "__main__":
    settings = json.loads(sys.argv[1])
    asyncio.run(main(**settings | {"audio": Path(settings["audio"]).read_bytes()}))
