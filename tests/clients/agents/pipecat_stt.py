"""The speech-to-text services of pipecat, each in a pipeline of its own; every transcript as a line of JSON."""

import asyncio
import json
import sys
from pathlib import Path

from pipecat.frames.frames import (
    EndFrame,
    ErrorFrame,
    Frame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    TranscriptionFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.assemblyai.stt import AssemblyAISTTService
from pipecat.services.gladia.config import MessagesConfig
from pipecat.services.gladia.stt import GladiaSTTService
from pipecat.workers.runner import WorkerRunner

CHUNK_BYTES = 3200
CHUNK_INTERVAL_S = 0.025  # four times real time
NAMES = {TranscriptionFrame: "final", InterimTranscriptionFrame: "partial", ErrorFrame: "error"}


class Listener(FrameProcessor):
    """Prints what passes and knows when enough was heard."""

    def __init__(self, session: str, finals: int) -> None:
        super().__init__()
        self._session = session
        self.all_heard = asyncio.Event()
        self._missing = finals

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if name := NAMES.get(type(frame)):
            text = frame.error if name == "error" else frame.text
            print(json.dumps({"session": self._session, "event": name, "text": text}), flush=True)
            self._missing -= name == "final"
            if not self._missing:
                self.all_heard.set()
        await self.push_frame(frame, direction)


def service(provider: str, options: dict) -> FrameProcessor:
    """The service; partial transcripts have to be asked for at Gladia."""
    if provider == "assemblyai":
        return AssemblyAISTTService(**options)
    wishes = GladiaSTTService.Settings(messages_config=MessagesConfig(receive_partial_transcripts=True))
    return GladiaSTTService(settings=wishes, **options)


async def main(audio: bytes, sessions: dict[str, dict]) -> None:
    """Run all sessions; loading the framework takes longer than they do."""
    for name, settings in sessions.items():
        await run(audio, name, **settings)


async def run(audio: bytes, name: str, *, provider: str, options: dict, finals: int, tail_ms: int = 0) -> None:
    """Stream the recording, and end the pipeline when `finals` final transcripts were heard."""
    listener = Listener(name, finals)
    pipeline = Pipeline([service(provider, options), listener])
    worker = PipelineWorker(pipeline, params=PipelineParams(audio_in_sample_rate=16000), enable_rtvi=False)
    started = asyncio.Event()
    worker.add_event_handler("on_pipeline_started", lambda *_: started.set())
    runner = WorkerRunner()
    await runner.add_workers(worker)
    await asyncio.gather(runner.run(), feed(worker, audio + bytes(32 * tail_ms), started, listener.all_heard))


async def feed(worker: PipelineWorker, audio: bytes, started: asyncio.Event, all_heard: asyncio.Event) -> None:
    await started.wait()
    for start in range(0, len(audio), CHUNK_BYTES):
        await worker.queue_frame(InputAudioRawFrame(audio[start : start + CHUNK_BYTES], 16000, 1))
        await asyncio.sleep(CHUNK_INTERVAL_S)
    await all_heard.wait()
    await worker.queue_frame(EndFrame())


if __name__ == "__main__":
    settings = json.loads(sys.argv[1])
    asyncio.run(main(**settings | {"audio": Path(settings["audio"]).read_bytes()}))
