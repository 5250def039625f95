"""The socket around one `AssemblyAISession`: its engine stream, its clock, its pings and its bill."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from time import monotonic_ns
from typing import Any

from aiohttp import WSMsgType, web

from harness.emulators.assemblyai_admission import Clock
from harness.emulators.assemblyai_session import AssemblyAISession, Configure, Feed, Finish, Force, Output
from harness.emulators.connection import Close, Outbox, Send, message_type
from harness.emulators.injection import SessionFaults
from harness.emulators.ledger import SessionRecord
from harness.emulators.options import AssemblyAIOptions
from harness.emulators.recognition import Engine, RecognitionEvent, Stream, StreamRequest

_TICK_S = 0.1


class AssemblyAIConnection:
    """Serves one session until either side closes."""

    def __init__(
        self,
        ws: web.WebSocketResponse,
        session: AssemblyAISession,
        record: SessionRecord,
        *,
        outbox: Outbox,
        faults: SessionFaults,
        options: AssemblyAIOptions,
        clock: Clock,
    ) -> None:
        self._ws = ws
        self._session = session
        self._record = record
        self._outbox = outbox
        self._faults = faults
        self._options = options
        self._clock = clock
        self._opened_s = clock()
        self._pong = asyncio.Event()
        self._stream: Stream | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, engine: Engine, request: StreamRequest, *, expires_at: int) -> None:
        """Serve; `expires_at` in Unix seconds is told to the client."""
        self._account_for_parameters()
        self._stream = self._faults.open(engine, request, self._recognised)
        self._perform(self._session.begin(expires_at))
        self._spawn(self._outbox.run(self._ws))
        self._spawn(self._tick())
        if self._options.ping_interval_s is not None:
            self._spawn(self._ping(self._options.ping_interval_s))
        try:
            await self._read()
        finally:
            self._stream.close()
            for task in self._tasks:
                task.cancel()
            self._settle()

    @property
    def _now_s(self) -> float:
        """Seconds since the upgrade."""
        return self._clock() - self._opened_s

    async def _read(self) -> None:
        async for message in self._ws:
            received_ns = monotonic_ns()
            if message.type is WSMsgType.BINARY:
                self._hear(message.data, received_ns)
            elif message.type is WSMsgType.TEXT:
                self._record.command(message_type(message.data), received_ns)
                self._perform(self._session.text(message.data, self._now_s), received_ns)
                self._account_for_parameters()
            elif message.type is WSMsgType.PONG:
                self._pong.set()
            elif message.type is WSMsgType.PING:
                with suppress(ConnectionError):  # the client is gone: the next read says so
                    await self._ws.pong(message.data)

    def _hear(self, data: bytes, received_ns: int) -> None:
        if not self._session.ended:
            self._record.audio(data, received_ns)
        self._perform(self._session.audio(data, self._now_s), received_ns)
        self._faults.heard(self._session.audio_ms / 1000)

    def _recognised(self, event: RecognitionEvent) -> None:
        self._perform(self._session.recognised(event))

    def _perform(self, outputs: list[Output], received_ns: int = 0) -> None:
        for output in outputs:
            if isinstance(output, (Send, Close)):
                self._outbox.put(output)
            else:
                assert self._stream is not None  # noqa: S101 - run opens it before anything is read
                self._forward(self._stream, output, received_ns)

    def _forward(self, stream: Stream, output: Feed | Configure | Force | Finish, received_ns: int) -> None:
        match output:
            case Feed():
                stream.push(output.data, received_ns)
            case Configure():
                stream.configure(output.rules)
            case Force():
                stream.force_endpoint()
            case Finish():
                self._spawn(self._finish(stream))

    async def _finish(self, stream: Stream) -> None:
        await stream.finish()
        self._perform(self._session.finished(self._now_s))

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            self._perform(self._session.tick(self._now_s))

    async def _ping(self, interval_s: float) -> None:
        """Ask now and then whether the client is there; without an answer in time there is no session any more."""
        while True:
            await asyncio.sleep(interval_s)
            self._pong.clear()
            with suppress(ConnectionError):  # it is gone: the reader says so
                await self._ws.ping()
            try:
                async with asyncio.timeout(self._options.ping_timeout_s):
                    await self._pong.wait()
            except TimeoutError:
                self._session.ended = self._session.ended or "no answer to a ping"
                await self._ws.close(code=1011, message=b"keepalive ping timeout")
                return

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _account_for_parameters(self) -> None:
        self._record.parameters = self._session.parameters.received
        self._record.effective = self._session.parameters.effective()

    def _settle(self) -> None:
        """Bill by the time the socket was open; an unterminated session until the limit."""
        ended = self._session.ended or ("fault" if self._faults.gone else None)
        self._record.close(
            ended or "abandoned without Terminate",
            code=self._ws.close_code,
            billed_s=self._now_s if ended else self._options.session_limit_s,
        )
