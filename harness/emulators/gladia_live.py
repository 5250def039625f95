"""A live Gladia session on its way from socket to socket: `GladiaSession` with clocks, an engine and an account."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from time import monotonic_ns
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from harness.emulators.callbacks import Callbacks
from harness.emulators.connection import Close, Outbox, Send, message_type
from harness.emulators.gladia_pacing import PacedStream
from harness.emulators.gladia_parameters import GladiaParameters
from harness.emulators.gladia_recordings import Recordings
from harness.emulators.gladia_session import CallBack, Feed, Finish, GladiaSession, Output
from harness.emulators.injection import SessionFaults
from harness.emulators.ledger import SessionRecord
from harness.emulators.monitor import Monitor
from harness.emulators.options import EmulatorOptions
from harness.emulators.recognition import Engine, RecognitionEvent, Stream, StreamRequest

_CALLBACK_TIMEOUT_S = 5.0
_LEFT = frozenset({1000, 1001})
_TERMINAL = range(4400, 4500)  # no client comes back after these


def iso_now() -> str:
    """The present in ISO-8601 with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Live:
    """A session that goes on from socket to socket until it is stopped or given up.

    Attributes:
        session: The protocol's state.
        created_at: ISO-8601 time of the POST.
        completed_at: ISO-8601 time of the end; None before.
    """

    def __init__(
        self,
        session_id: str,
        parameters: GladiaParameters,
        *,
        record: SessionRecord,
        faults: SessionFaults,
        recordings: Recordings,
        options: EmulatorOptions,
        monitor: Monitor,
    ) -> None:
        self.session = GladiaSession(session_id, parameters, options.gladia, iso_now, self._waiting_s)
        self.created_at = iso_now()
        self.completed_at: str | None = None
        self._faults = faults
        self._record = record
        self._recordings = recordings
        self._options = options.gladia
        self._monitor = monitor
        self._outbox = Outbox(record, stamp=options.stamp, faults=faults)
        self._stream: Stream | None = None
        self._socket: web.WebSocketResponse | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._giving_up = self._later(self._options.resume_s, lambda: self.end("abandoned"))
        self._idling: asyncio.TimerHandle | None = None
        self._aging: asyncio.TimerHandle | None = None
        self._callbacks = (
            Callbacks(
                parameters.callback_url,
                record.notes.append,
                self._options.callback_hosts,
                timeout_s=_CALLBACK_TIMEOUT_S,
            )
            if parameters.callback_url
            else None
        )
        recordings.open(session_id)
        monitor.sessions_total["gladia"] += 1
        monitor.sessions_open["gladia"] += 1

    @property
    def busy(self) -> bool:
        """True while a socket is attached."""
        return self._socket is not None and not self._socket.closed

    def listen(self, engine: Engine, request: StreamRequest) -> None:
        """Begin the engine's stream."""
        self._stream = self._faults.open(engine, request, self._recognised)
        if self._options.catch_up_speed:
            self._stream = PacedStream(self._stream, request.format, self._options.catch_up_speed)
        self._perform(self.session.opened())

    async def serve(self, ws: web.WebSocketResponse) -> None:
        """Serve one socket until it is gone; an older one is closed."""
        self._giving_up.cancel()
        older, self._socket = self._socket, ws
        if older is not None:
            self.session.disconnected(self._outbox.withdraw("audio_chunk"))
            await older.close(code=WSCloseCode.GOING_AWAY, message=b"Replaced by another socket")
        self._record.connections += 1
        self._watch_age()
        self._watch_idleness()
        writer = asyncio.create_task(self._outbox.run(ws))
        self._perform(self.session.connected())
        try:
            await self._read(ws)
        finally:
            writer.cancel()  # a close of its own it has finished: until then the socket gives its reader nothing
            try:
                await asyncio.wait([writer])  # what it was writing is waiting again
            finally:
                self._detached(ws)

    def refuse(self, why: str) -> None:
        """Note that the session was dialled in vain."""
        self._record.notes.append(why)

    def end(self, how: str, code: int | None = None) -> None:
        """Settle the account: audio time, each channel counted."""
        for timer in (self._giving_up, self._idling, self._aging):
            if timer:
                timer.cancel()
        if self._record.ended is not None:
            return
        self.session.give_up(how, 0, "")
        if self._stream:
            self._stream.close()
        for task in self._tasks:
            task.cancel()
        if self._callbacks:
            self._callbacks.close()
        self.completed_at = iso_now()
        self._monitor.sessions_open["gladia"] -= 1
        self._record.close(how, code=code, billed_s=self.session.audio_s * self.session.parameters.channels)

    def head(self) -> dict[str, Any]:
        """The session as `GET /v2/live/{id}` shows it, without what was said."""
        session = self.session
        return {
            "id": session.session_id,
            "request_id": f"G-{session.session_id[:8]}",
            "version": 2,
            "status": "processing" if session.status == "stopping" else session.status,
            "created_at": self.created_at,
            "completed_at": self.completed_at,
            "custom_metadata": session.parameters.body.get("custom_metadata"),
            "error_code": 500 if session.status == "error" else None,
            "kind": "live",
            "file": self._file() if session.ended else None,
            "request_params": session.parameters.effective,
            "result": None,
        }

    def result(self) -> dict[str, Any]:
        """The session as `GET /v2/live/{id}` shows it."""
        if self.session.status != "done":
            return self.head()
        messages = [json.dumps(message, ensure_ascii=False) for message in self.session.messages]
        return {**self.head(), "result": {**self.session.result(), "messages": messages}}

    def _file(self) -> dict[str, Any] | None:
        if self.session.session_id not in self._recordings:
            return None
        return {
            "id": self.session.session_id,
            "filename": f"{self.session.session_id}.wav",
            "source": None,
            "audio_duration": round(self.session.audio_s, 3),
            "number_of_channels": self.session.parameters.channels,
        }

    async def _read(self, ws: web.WebSocketResponse) -> None:
        async for message in ws:
            received_ns = monotonic_ns()
            if message.type is WSMsgType.BINARY:
                self._perform(self.session.audio(message.data), received_ns)
                self._watch_idleness()
            elif message.type is WSMsgType.TEXT:
                kind = message_type(message.data)
                self._record.command(kind, received_ns)
                self._perform(self.session.text(message.data), received_ns)
                if kind == "audio_chunk":
                    self._watch_idleness()
            self._faults.heard(self.session.audio_s)

    def _detached(self, ws: web.WebSocketResponse) -> None:
        if self._socket is not ws:
            return
        self._socket = None
        if self._idling:
            self._idling.cancel()
        code = ws.close_code
        if self.session.ended:
            self.end(self.session.ended, code)
            return
        self.session.disconnected(self._outbox.withdraw("audio_chunk"))
        self._record.notes.append(f"socket lost with code {code} at {self.session.audio_s:.3f} s of audio")
        if code in _LEFT:  # the client left on purpose and will not be back
            self.end("left by the client", code)
        elif code in _TERMINAL:
            self.end(f"closed with {code}", code)
        else:
            self._giving_up = self._later(self._options.resume_s, lambda: self.end("abandoned"))

    def _watch_idleness(self) -> None:
        """Audio came: the time that may pass without begins anew."""
        if self._idling:
            self._idling.cancel()
        if self._options.idle_timeout_s is not None and self.session.status == "processing":
            code = self._options.idle_code
            self._idling = self._later(self._options.idle_timeout_s, lambda: self.expire("idle for too long", code))

    def _watch_age(self) -> None:
        if self._options.longest_session_s is not None and self._aging is None:
            code = self._options.longest_session_code
            self._aging = self._later(self._options.longest_session_s, lambda: self.expire("open for too long", code))

    def expire(self, why: str, code: int) -> None:
        """End the session because it took too much of something."""
        self._perform(self.session.give_up(why, code, f"Session {why}"))
        if not self.busy:
            self.end(why, code)

    def _waiting_s(self) -> float:
        return self._stream.waiting_s if isinstance(self._stream, PacedStream) else 0.0

    def _recognised(self, event: RecognitionEvent) -> None:
        self._perform(self.session.recognised(event))

    def _perform(self, outputs: list[Output], received_ns: int = 0) -> None:
        for output in outputs:
            if isinstance(output, (Send, Close)):
                self._outbox.put(output)
            elif isinstance(output, CallBack):
                self._call_back(output.message)
            else:
                assert self._stream is not None  # noqa: S101 - listen comes first
                self._forward(self._stream, output, received_ns)

    def _forward(self, stream: Stream, output: Feed | Finish, received_ns: int) -> None:
        if isinstance(output, Finish):
            self._spawn(self._finish(stream))
            return
        self._record.audio(output.data, received_ns)
        self._recordings.append(self.session.session_id, output.data)
        stream.push(output.data, received_ns)

    def _call_back(self, message: dict[str, Any]) -> None:
        assert self._callbacks is not None  # noqa: S101 - without an address no kind is called back
        event = f"live.{message['type']}"
        body = {"id": self.session.session_id, "event": event, "payload": message}
        self._callbacks.put(f"callback {event}", body)

    async def _finish(self, stream: Stream) -> None:
        await stream.finish()
        self._perform(self.session.finished())
        if not self.busy:
            self._later(0.0, lambda: self.end("stopped"))  # not from inside a task that the end cancels

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _later(self, delay_s: float, action: Callable[[], None]) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(delay_s, action)
