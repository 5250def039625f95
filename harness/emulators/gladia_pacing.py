"""Audio that arrives in a burst, processed no faster than so many times real time."""

import asyncio
from time import monotonic_ns

from harness.emulators.recognition import EndpointRules, Stream, WireFormat

_PIECE_MS = 100


class PacedStream:
    """A stream in front of another one: what comes faster than `speed` times real time waits here."""

    def __init__(self, stream: Stream, wire_format: WireFormat, speed: float) -> None:
        self._stream = stream
        self._format = wire_format
        self._ns_per_ms = 1e6 / speed
        self._free_ns = 0
        self._waiting: asyncio.Queue[tuple[int, bytes]] = asyncio.Queue()
        self._waiting_bytes = 0
        self._task = asyncio.create_task(self._run())

    @property
    def waiting_s(self) -> float:
        """Seconds of audio that wait."""
        return self._format.duration_ms(self._waiting_bytes) / 1000

    def push(self, data: bytes, received_ns: int) -> None:
        """Queue audio, in pieces that pass one by one."""
        frames = _PIECE_MS * self._format.sample_rate_hz // 1000
        step = frames * self._format.frame_bytes
        self._waiting_bytes += len(data)
        for first in range(0, len(data), step):
            piece = data[first : first + step]
            due_ns = max(received_ns, self._free_ns)
            self._free_ns = due_ns + int(self._format.duration_ms(len(piece)) * self._ns_per_ms)
            self._waiting.put_nowait((due_ns, piece))

    def configure(self, rules: EndpointRules) -> None:
        """Gladia has no commands that change a stream; what they would change is the stream behind."""
        self._stream.configure(rules)

    def force_endpoint(self) -> None:
        """As `configure`."""
        self._stream.force_endpoint()

    async def finish(self) -> None:
        """Wait until everything has passed, then for the stream behind."""
        await self._waiting.join()
        await self._stream.finish()

    def close(self) -> None:
        """Forget both streams."""
        self._task.cancel()
        self._stream.close()

    async def _run(self) -> None:
        while True:
            due_ns, piece = await self._waiting.get()
            await asyncio.sleep(max(0, due_ns - monotonic_ns()) / 1e9)
            self._waiting_bytes -= len(piece)
            self._stream.push(piece, due_ns)
            self._waiting.task_done()
