"""The engine that understands what it hears: voice activity and segmentation here, decoding in worker processes."""

import asyncio
from array import array
from bisect import bisect_left
from time import monotonic_ns
from typing import Literal

from harness.emulators.monitor import Backlog, Monitor
from harness.emulators.pool import DecodePool
from harness.emulators.recognition import (
    Emit,
    EndpointRules,
    EngineFailure,
    Final,
    Hypothesis,
    RecognitionEvent,
    StreamRequest,
)
from harness.emulators.segmenter import Segmenter
from harness.emulators.silero import SileroModel
from harness.emulators.wire_audio import Samples, WireAudio
from harness.errors import HarnessError

_Command = Samples | EndpointRules | Literal["force", "finish"]


class RecogniserEngine:
    """Real recognition of English speech."""

    def __init__(self, workers: int, monitor: Monitor) -> None:
        self._monitor = monitor
        self._pool = DecodePool(workers, monitor)
        self._model: SileroModel | None = None

    async def start(self) -> None:
        """Load the models; raises ConfigError if the extra isn't installed."""
        self._model = SileroModel()
        await self._pool.start()

    async def stop(self) -> None:
        """End the worker processes."""
        await asyncio.to_thread(self._pool.stop)

    def open(self, request: StreamRequest, emit: Emit) -> "RecogniserStream":
        """Begin a stream."""
        assert self._model is not None  # noqa: S101 - start comes first
        return RecogniserStream(request, self._model, self._pool, emit, self._monitor)


class RecogniserStream:
    """One session: each channel is a task that takes audio and commands in the order of their arrival."""

    def __init__(
        self, request: StreamRequest, model: SileroModel, pool: DecodePool, emit: Emit, monitor: Monitor
    ) -> None:
        self._format = request.format
        self._audio = WireAudio(request.format)
        self._emit = emit
        self._monitor = monitor
        self._received_bytes = 0
        self._positions_ms = array("d")  # audio received up to here ...
        self._arrivals_ns = array("q")  # ... at this instant
        self._queues: list[asyncio.Queue[_Command]] = []
        self._backlogs: list[Backlog] = []
        self._tasks: list[asyncio.Task[None]] = []
        for channel in range(request.format.channels):
            segmenter = Segmenter(channel, model.detector(), pool.decode, request.rules, self._observe)
            queue: asyncio.Queue[_Command] = asyncio.Queue()
            backlog = monitor.backlog()
            self._queues.append(queue)
            self._backlogs.append(backlog)
            self._tasks.append(asyncio.create_task(self._run(segmenter, queue, backlog)))

    def push(self, data: bytes, received_ns: int) -> None:
        """Hand over audio as received."""
        self._received_bytes += len(data)
        self._positions_ms.append(self._format.duration_ms(self._received_bytes))
        self._arrivals_ns.append(received_ns)
        self._distribute(self._audio.push(data), received_ns)

    def configure(self, rules: EndpointRules) -> None:
        """Use other rules for later audio."""
        self._broadcast(rules)

    def force_endpoint(self) -> None:
        """End the open segment here."""
        self._broadcast("force")

    async def finish(self) -> None:
        """Close what is open; returns when everything pushed has been emitted."""
        self._distribute(self._audio.finish(), monotonic_ns())
        self._broadcast("finish")
        await asyncio.gather(*self._tasks)

    def close(self) -> None:
        """Forget the stream."""
        for task in self._tasks:
            task.cancel()
        for backlog in self._backlogs:
            self._monitor.forget(backlog)

    def _distribute(self, samples: Samples, received_ns: int) -> None:
        for channel, (queue, backlog) in enumerate(zip(self._queues, self._backlogs, strict=True)):
            backlog.came(received_ns)
            queue.put_nowait(samples[:, channel])

    def _broadcast(self, command: _Command) -> None:
        for queue in self._queues:
            queue.put_nowait(command)

    async def _run(self, segmenter: Segmenter, queue: "asyncio.Queue[_Command]", backlog: Backlog) -> None:
        try:
            while True:
                command = await queue.get()
                if isinstance(command, EndpointRules):
                    segmenter.configure(command)
                elif isinstance(command, str):
                    if command == "finish":
                        await segmenter.finish()
                        return
                    await segmenter.force_endpoint()
                else:
                    await segmenter.push(command)
                    self._monitor.behind_ms.add(backlog.heard(monotonic_ns()))
        except HarnessError as error:
            self._emit(EngineFailure(str(error)))
        except (
            Exception
        ) as error:  # a mistake of ours must end the session and be heard of, not leave the client waiting
            self._emit(EngineFailure(f"{type(error).__name__}: {error}"))
            raise
        finally:
            segmenter.abandon()

    def _observe(self, event: RecognitionEvent) -> None:
        """Emit, and note how late the event is after the arrival of the audio it rests on."""
        if isinstance(event, (Hypothesis, Final)) and self._arrivals_ns:
            arrival = min(bisect_left(self._positions_ms, event.at_ms), len(self._arrivals_ns) - 1)
            lag_ms = (monotonic_ns() - self._arrivals_ns[arrival]) / 1e6
            self._monitor.lag_ms["final" if isinstance(event, Final) else "partial"].add(lag_ms)
        self._emit(event)
