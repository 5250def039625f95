"""The AssemblyAI Streaming v3 emulator: its HTTP routes and the socket around `AssemblyAISession`."""

import asyncio
import secrets
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from time import monotonic, monotonic_ns, time
from typing import Any

from aiohttp import WSMsgType, web

from harness.emulators.assemblyai_parameters import InvalidParameterError, parse_query
from harness.emulators.assemblyai_session import (
    AssemblyAISession,
    Configure,
    Feed,
    Finish,
    Force,
    Output,
    heartbeat,
)
from harness.emulators.connection import Close, Faults, Outbox, Send, message_type, new_ids, upgrade
from harness.emulators.ledger import Ledger, SessionRecord
from harness.emulators.monitor import Monitor
from harness.emulators.options import EmulatorOptions
from harness.emulators.recognition import Engine, RecognitionEvent, Stream, StreamRequest
from harness.emulators.scenario import Scenario

_TICK_S = 0.1
_LARGEST_FRAME_BYTES = 4 << 20
_SECRET_HEADERS = {"authorization", "cookie"}


@dataclass(frozen=True, slots=True)
class _Token:
    expires_s: float  # on the monotonic clock
    session_limit_s: float | None
    used: bool = False


class AssemblyAIService:
    """All sessions of one emulated service."""

    def __init__(
        self, options: EmulatorOptions, scenario: Scenario, engine: Engine, ledger: Ledger, monitor: Monitor
    ) -> None:
        self._options = options
        self._scenario = scenario
        self._engine = engine
        self._ledger = ledger
        self._monitor = monitor
        self._tokens: dict[str, _Token] = {}
        self._attempts = 0

    def routes(self) -> list[web.RouteDef]:
        """Where clients find it."""
        return [web.get("/v3/ws", self._connect), web.get("/v3/token", self._token)]

    async def _token(self, request: web.Request) -> web.Response:
        """One-session token for clients that must not know the key."""
        key = request.headers.get("Authorization", "")
        if not key or key in self._options.reject_keys:
            return web.json_response({"error": "Authentication error, API token missing/invalid"}, status=401)
        expires = _number(request.query.get("expires_in_seconds"))
        limit = _number(request.query.get("max_session_duration_seconds", "10800"))
        if expires is None or not 1 <= expires <= 600:  # noqa: PLR2004 - the documented range
            return web.json_response({"error": "expires_in_seconds must be between 1 and 600"}, status=400)
        if limit is None or not 60 <= limit <= 10800:  # noqa: PLR2004 - the documented range
            return web.json_response({"error": "max_session_duration_seconds must be between 60 and 10800"}, status=400)
        token = secrets.token_urlsafe(24)
        self._tokens[token] = _Token(
            monotonic() + expires, limit if "max_session_duration_seconds" in request.query else None
        )
        return web.json_response({"token": token, "expires_in_seconds": expires})

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        if not web.WebSocketResponse().can_prepare(request).ok:
            return web.json_response({"error": "this path expects a WebSocket upgrade"}, status=426)
        ordinal = self._monitor.sessions_total["assemblyai"] + 1
        script = self._scenario.script("assemblyai", ordinal)
        self._attempts += 1
        if script.open and self._attempts <= script.open.times:
            await asyncio.sleep(script.open.delay_s)
            if script.open.status:
                return web.json_response({"error": "injected by the scenario"}, status=script.open.status)
        self._attempts = 0
        limit_s, refusal = self._authorise(request)
        if refusal and self._options.assemblyai.reject_with == "http":
            return web.json_response({"error": refusal}, status=401)
        ws = await upgrade(request, compress=self._options.compress, max_frame_bytes=_LARGEST_FRAME_BYTES)
        session_id = new_ids(self._scenario.seed, f"assemblyai/{ordinal}")()
        self._monitor.sessions_total["assemblyai"] += 1
        self._monitor.sessions_open["assemblyai"] += 1
        try:
            await self._serve(request, ws, session_id=session_id, ordinal=ordinal, refusal=refusal, limit_s=limit_s)
        finally:
            self._monitor.sessions_open["assemblyai"] -= 1
        return ws

    async def _serve(
        self,
        request: web.Request,
        ws: web.WebSocketResponse,
        *,
        session_id: str,
        ordinal: int,
        refusal: str,
        limit_s: float | None,
    ) -> None:
        """Refuse after the upgrade, or run the session."""
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _SECRET_HEADERS}
        received = {key: value for key, value in request.query.items() if key != "token"}
        record = self._ledger.open(SessionRecord("assemblyai", session_id, received, headers, connections=1))
        outbox = Outbox(record, stamp=self._options.stamp)
        code = 1008
        try:
            parameters = parse_query(request.query)
        except InvalidParameterError as error:
            refusal, code = refusal or str(error), 1008 if refusal else 3006
        if refusal:
            behaviour = self._options.assemblyai
            if behaviour.error_frame_before_close:
                outbox.put(Send({"type": "Error", "error_code": code, "error": refusal}))
            outbox.put(Close(code, refusal))
            await outbox.run(ws)
            record.close(f"refused: {refusal}", code=code, billed_s=0.0)
            return
        behaviour = self._options.assemblyai
        if limit_s is not None:
            behaviour = replace(behaviour, session_limit_s=limit_s)
        record.parameters = parameters.received
        session = AssemblyAISession(session_id, parameters, behaviour)
        faults = Faults(self._scenario.script("assemblyai", ordinal).fault)
        connection = _Connection(
            request, ws, session=session, record=record, outbox=outbox, faults=faults, options=self._options
        )
        await connection.run(
            self._engine, StreamRequest("assemblyai", ordinal, parameters.wire_format, parameters.rules)
        )

    def _authorise(self, request: web.Request) -> tuple[float | None, str]:
        """The token's session limit, and why the client is refused (empty if it isn't)."""
        key = request.query.get("token") or request.headers.get("Authorization", "")
        if not key:
            return None, "Unauthorized Connection: Missing Authorization header"
        if key in self._options.reject_keys:
            return None, "Unauthorized Connection: Invalid API key"
        token = self._tokens.get(key)
        if token is None:
            return None, "Unauthorized Connection: Invalid token" if "token" in request.query else ""
        if token.used or token.expires_s < monotonic():
            return None, f"Unauthorized Connection: Token {'already used' if token.used else 'expired'}"
        self._tokens[key] = replace(token, used=True)
        return token.session_limit_s, ""


class _Connection:
    """One session's socket, engine stream and clock."""

    def __init__(
        self,
        request: web.Request,
        ws: web.WebSocketResponse,
        *,
        session: AssemblyAISession,
        record: SessionRecord,
        outbox: Outbox,
        faults: Faults,
        options: EmulatorOptions,
    ) -> None:
        self._request = request
        self._ws = ws
        self._session = session
        self._record = record
        self._outbox = outbox
        self._faults = faults
        self._options = options
        self._opened_s = monotonic()
        self._stream: Stream | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, engine: Engine, request: StreamRequest) -> None:
        """Serve until the socket is closed by either side."""
        self._stream = engine.open(request, self._recognised)
        self._perform(self._session.begin(int(time() + self._options.assemblyai.session_limit_s)))
        self._spawn(self._outbox.run(self._ws))
        self._spawn(self._tick())
        try:
            await self._read()
        finally:
            self._stream.close()
            for task in self._tasks:
                task.cancel()
            self._settle()

    async def _read(self) -> None:
        async for message in self._ws:
            received_ns = monotonic_ns()
            now_s = monotonic() - self._opened_s
            if message.type is WSMsgType.BINARY:
                if not self._session.ended:
                    self._record.audio(message.data, received_ns)
                self._perform(self._session.audio(message.data, now_s), received_ns)
                transport = self._request.transport
                if self._faults.happen(self._session.audio_ms / 1000, self._outbox, transport):
                    self._session.ended = self._session.ended or "fault"
            elif message.type is WSMsgType.TEXT:
                self._record.command(message_type(message.data), received_ns)
                self._perform(self._session.text(message.data, now_s), received_ns)

    def _recognised(self, event: RecognitionEvent) -> None:
        self._perform(self._session.recognised(event))

    def _perform(self, outputs: list[Output], received_ns: int = 0) -> None:
        for output in outputs:
            if isinstance(output, (Send, Close)):
                self._outbox.put(output)
            elif self._stream is None:
                continue
            elif isinstance(output, Feed):
                self._stream.push(output.data, received_ns)
            elif isinstance(output, Configure):
                self._stream.configure(output.rules)
            elif isinstance(output, Force):
                self._stream.force_endpoint()
            elif isinstance(output, Finish):
                self._spawn(self._finish(self._stream))

    async def _finish(self, stream: Stream) -> None:
        await stream.finish()
        self._perform(self._session.finished(monotonic() - self._opened_s))

    async def _tick(self) -> None:
        beat_s = 0.0
        while True:
            await asyncio.sleep(_TICK_S)
            now_s = monotonic() - self._opened_s
            self._perform(self._session.tick(now_s))
            if self._session.parameters.session_heartbeat and now_s >= beat_s + self._options.assemblyai.heartbeat_s:
                beat_s = now_s
                self._outbox.put(Send(heartbeat(self._session.audio_ms, now_s)))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _settle(self) -> None:
        """Bill by the time the socket was open; an unterminated session until the limit."""
        open_s = monotonic() - self._opened_s
        ended = self._session.ended
        self._record.close(
            ended or "abandoned without Terminate",
            code=self._ws.close_code,
            billed_s=open_s if ended else self._options.assemblyai.session_limit_s,
        )


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() else None
