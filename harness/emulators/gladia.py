"""The Gladia Live v2 emulator: its HTTP routes and the sockets around `GladiaSession`."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from time import monotonic, monotonic_ns
from typing import Any
from uuid import uuid4

from aiohttp import WSCloseCode, WSMsgType, web

from harness.emulators.connection import Close, Faults, Outbox, Send, message_type, new_ids, upgrade
from harness.emulators.gladia_parameters import GladiaParameters, parse_body
from harness.emulators.gladia_session import Feed, Finish, GladiaSession, Output
from harness.emulators.ledger import Ledger, SessionRecord
from harness.emulators.monitor import Monitor
from harness.emulators.options import EmulatorOptions
from harness.emulators.recognition import Engine, RecognitionEvent, Stream, StreamRequest
from harness.emulators.scenario import Scenario

_LARGEST_FRAME_BYTES = 1 << 20
_REGIONS = ("eu-west", "us-west")


def iso_now() -> str:
    """The present in ISO-8601 with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class GladiaService:
    """All sessions of one emulated service, as many as the ledger remembers."""

    def __init__(
        self, options: EmulatorOptions, scenario: Scenario, engine: Engine, ledger: Ledger, monitor: Monitor
    ) -> None:
        self._options = options
        self._scenario = scenario
        self._engine = engine
        self._ledger = ledger
        self._monitor = monitor
        self._live: dict[str, _Live] = {}
        self._tokens: dict[str, str] = {}
        self._attempts = 0

    def routes(self) -> list[web.RouteDef]:
        """Where clients find it."""
        return [
            web.post("/v2/live", self._create),
            web.get("/v2/live", self._connect_or_list),
            web.get("/v2/live/{id}", self._result),
        ]

    async def _create(self, request: web.Request) -> web.Response:
        ordinal = self._monitor.sessions_total["gladia"] + 1
        script = self._scenario.script("gladia", ordinal)
        self._attempts += 1
        if script.open and self._attempts <= script.open.times:
            await asyncio.sleep(script.open.delay_s)
            if script.open.status:
                return _failure(script.open.status, "Injected by the scenario")
        self._attempts = 0
        if refusal := self._unauthorised(request):
            return refusal
        limit = self._options.gladia.concurrent_sessions
        if limit is not None and self._monitor.sessions_open["gladia"] >= limit:
            return _failure(429, f"Maximum number of concurrent sessions reached: {limit}")
        parameters, errors = await _parameters(request)
        if parameters is None:
            return _failure(self._options.gladia.validation_status, "Validation error", errors)
        return self._open(request, ordinal, parameters)

    def _open(self, request: web.Request, ordinal: int, parameters: GladiaParameters) -> web.Response:
        ids = new_ids(self._scenario.seed, f"gladia/{ordinal}")
        session = GladiaSession(ids(), parameters, self._options.gladia, iso_now)
        token = ids()
        headers = {
            name: value for name, value in request.headers.items() if name.lower() not in {"x-gladia-key", "cookie"}
        }
        received = {**parameters.body, **({"region": request.query["region"]} if "region" in request.query else {})}
        record = self._ledger.open(SessionRecord("gladia", session.session_id, received, headers))
        faults = Faults(self._scenario.script("gladia", ordinal).fault)
        live = _Live(session, record, faults, self._options, self._monitor)
        live.listen(self._engine, StreamRequest("gladia", ordinal, parameters.wire_format, parameters.rules))
        self._live[session.session_id] = live
        self._tokens[token] = session.session_id
        self._forget_oldest()
        self._monitor.sessions_total["gladia"] += 1
        self._monitor.sessions_open["gladia"] += 1
        url = f"ws://{request.host}/v2/live?token={token}"
        return web.json_response({"id": session.session_id, "created_at": live.created_at, "url": url}, status=201)

    def _forget_oldest(self) -> None:
        while len(self._live) > self._options.keep_sessions:
            oldest = self._live.pop(next(iter(self._live)))
            oldest.end("forgotten")
        self._tokens = {token: session_id for token, session_id in self._tokens.items() if session_id in self._live}

    async def _connect_or_list(self, request: web.Request) -> web.StreamResponse:
        if web.WebSocketResponse().can_prepare(request).ok:
            return await self._connect(request)
        if refusal := self._unauthorised(request):
            return refusal
        items = [live.result() for live in self._live.values()]
        return web.json_response({"first": str(request.url), "current": str(request.url), "next": None, "items": items})

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        live = self._live.get(self._tokens.get(request.query.get("token", ""), ""))
        if live is None and self._options.gladia.unknown_token == "http":  # noqa: S105 - the name of a behaviour
            return _failure(403, "Unknown token")
        ws = await upgrade(request, compress=self._options.compress, max_frame_bytes=_LARGEST_FRAME_BYTES)
        if live is None:
            await ws.close(code=4401, message=b"Unknown token")
        elif live.session.ended:
            await ws.close(code=4403, message=b"Session ended")
        elif live.busy and self._options.gladia.second_socket == "refuse":
            await ws.close(code=4409, message=b"Session has another socket")
        else:
            await live.serve(request, ws)
        return ws

    async def _result(self, request: web.Request) -> web.Response:
        if refusal := self._unauthorised(request):
            return refusal
        live = self._live.get(request.match_info["id"])
        return web.json_response(live.result()) if live else _failure(404, "Live session not found")

    def _unauthorised(self, request: web.Request) -> web.Response | None:
        key = request.headers.get("x-gladia-key", "")
        if key and key not in self._options.reject_keys:
            return None
        return _failure(401, "Invalid gladia key" if key else "Missing gladia key")


class _Live:
    """A session that goes on from socket to socket until it is stopped or given up."""

    def __init__(
        self, session: GladiaSession, record: SessionRecord, faults: Faults, options: EmulatorOptions, monitor: Monitor
    ) -> None:
        self.session = session
        self.created_at = iso_now()
        self.completed_at: str | None = None
        self._record = record
        self._faults = faults
        self._options = options
        self._monitor = monitor
        self._outbox = Outbox(record, stamp=options.stamp)
        self._stream: Stream | None = None
        self._socket: web.WebSocketResponse | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._giving_up = self._later(self._options.gladia.resume_s, lambda: self.end("abandoned"))
        self._opened_s = monotonic()

    @property
    def busy(self) -> bool:
        """True while a socket is attached."""
        return self._socket is not None and not self._socket.closed

    def listen(self, engine: Engine, request: StreamRequest) -> None:
        """Begin the engine's stream."""
        self._stream = engine.open(request, self._recognised)

    async def serve(self, request: web.Request, ws: web.WebSocketResponse) -> None:
        """Serve one socket until it is gone; an older one is closed."""
        self._giving_up.cancel()
        if self._socket is not None:
            await self._socket.close(code=WSCloseCode.GOING_AWAY, message=b"Replaced by another socket")
        self._socket = ws
        self._record.connections += 1
        writer = asyncio.create_task(self._outbox.run(ws))
        self._perform(self.session.connected())
        try:
            await self._read(request, ws)
        finally:
            writer.cancel()
            self._detached(ws)

    async def _read(self, request: web.Request, ws: web.WebSocketResponse) -> None:
        async for message in ws:
            received_ns = monotonic_ns()
            if message.type is WSMsgType.BINARY:
                self._perform(self.session.audio(message.data), received_ns)
            elif message.type is WSMsgType.TEXT:
                self._record.command(message_type(message.data), received_ns)
                self._perform(self.session.text(message.data), received_ns)
            self._faults.happen(self.session.audio_s, self._outbox, request.transport)

    def _detached(self, ws: web.WebSocketResponse) -> None:
        if self._socket is not ws:
            return
        self._socket = None
        if self.session.ended:
            self.end(self.session.ended, ws.close_code)
            return
        self._record.notes.append(f"socket lost with code {ws.close_code} at {self.session.audio_s:.3f} s of audio")
        if ws.close_code in {1000, 1001}:  # the client left on purpose and will not be back
            self.end("left by the client", ws.close_code)
            return
        self._giving_up = self._later(self._options.gladia.resume_s, lambda: self.end("abandoned"))

    def end(self, how: str, code: int | None = None) -> None:
        """Settle the account: audio time, each channel counted."""
        self._giving_up.cancel()
        if self._record.ended is not None:
            return
        if self._stream:
            self._stream.close()
        for task in self._tasks:
            task.cancel()
        self.session.ended = self.session.ended or how
        self.session.status = self.session.status if self.session.status in {"done", "error"} else "error"
        self.completed_at = iso_now()
        self._monitor.sessions_open["gladia"] -= 1
        self._record.close(how, code=code, billed_s=self.session.audio_s * self.session.parameters.channels)

    def result(self) -> dict[str, Any]:
        """The session as `GET /v2/live/{id}` shows it."""
        done = self.session.status in {"done", "error"}
        messages = [json.dumps(message, ensure_ascii=False) for message in self.session.messages]
        return {
            "id": self.session.session_id,
            "request_id": f"G-{self.session.session_id[:8]}",
            "version": 2,
            "status": "processing" if self.session.status == "stopping" else self.session.status,
            "created_at": self.created_at,
            "completed_at": self.completed_at,
            "kind": "live",
            "file": None,
            "request_params": self.session.parameters.body,
            "custom_metadata": self.session.parameters.body.get("custom_metadata"),
            "result": {**self.session.result(), "messages": messages} if done else None,
        }

    def _recognised(self, event: RecognitionEvent) -> None:
        self._perform(self.session.recognised(event))

    def _perform(self, outputs: list[Output], received_ns: int = 0) -> None:
        for output in outputs:
            if isinstance(output, (Send, Close)):
                self._outbox.put(output)
            elif self._stream is None:
                continue
            elif isinstance(output, Feed):
                self._record.audio(output.data, received_ns)
                self._stream.push(output.data, received_ns)
            elif isinstance(output, Finish):
                self._spawn(self._finish(self._stream))

    async def _finish(self, stream: Stream) -> None:
        await stream.finish()
        self._perform(self.session.finished())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _later(self, delay_s: float, action: Callable[[], None]) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(delay_s, action)


async def _parameters(request: web.Request) -> tuple[GladiaParameters | None, list[str]]:
    region = request.query.get("region")
    if region is not None and region not in _REGIONS:
        return None, [f"region must be one of the following values: {', '.join(_REGIONS)}"]
    text = await request.text()
    try:
        body = json.loads(text) if text.strip() else {}
    except json.JSONDecodeError:
        return None, ["body must be JSON"]
    return parse_body(body)


def _failure(status: int, message: str, errors: list[str] | None = None) -> web.Response:
    request_id = f"G-{str(uuid4())[:8]}"
    body = {
        "timestamp": iso_now(),
        "path": "/v2/live",
        "request_id": request_id,
        "statusCode": status,
        "message": message,
        **({"validation_errors": errors} if errors else {}),
    }
    return web.json_response(body, status=status, headers={"x-aipi-call-id": request_id})
