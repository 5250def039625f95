"""The AssemblyAI Streaming v3 emulator: its HTTP routes, and how a client gets from a request to a session."""

import asyncio
from dataclasses import replace
from time import monotonic, time

from aiohttp import web

from harness.emulators.assemblyai_admission import Admission, Clock, Refusal
from harness.emulators.assemblyai_connection import AssemblyAIConnection
from harness.emulators.assemblyai_messages import error
from harness.emulators.assemblyai_parameters import SECRETS, InvalidParameterError, Parameters, parse_query
from harness.emulators.assemblyai_session import AssemblyAISession
from harness.emulators.callbacks import Callbacks
from harness.emulators.connection import ATTEMPT, Close, Outbox, Send, new_ids, upgrade
from harness.emulators.ledger import Ledger, SessionRecord
from harness.emulators.monitor import Monitor
from harness.emulators.options import AssemblyAIOptions, EmulatorOptions
from harness.emulators.recognition import Engine, StreamRequest
from harness.emulators.stage import Stage

_LARGEST_FRAME_BYTES = 4 << 20
_WEBHOOK_TIMEOUT_S = 10.0
_SECRET_HEADERS = {"authorization", "cookie"}
_EXCESS_REASONS = {
    1008: "Unauthorized Connection: Too many concurrent sessions",
    3009: "Too many concurrent sessions",
}


class AssemblyAIService:
    """All sessions of one emulated service; `clock` in seconds is what limits, timeouts and bills go by."""

    def __init__(
        self,
        options: EmulatorOptions,
        stage: Stage,
        engine: Engine,
        ledger: Ledger,
        monitor: Monitor,
        *,
        clock: Clock = monotonic,
    ) -> None:
        behaviour = options.assemblyai
        excess = Refusal(_EXCESS_REASONS[behaviour.excess_code], behaviour.excess_code, status=None)
        self._options = options
        self._stage = stage
        self._engine = engine
        self._ledger = ledger
        self._monitor = monitor
        self._clock = clock
        self._admission = Admission(options.reject_keys, behaviour.new_sessions_per_minute, excess, clock)
        self._webhooks: set[asyncio.Task[None]] = set()

    def routes(self) -> list[web.RouteDef]:
        """Where clients find it."""
        return [web.get("/v3/ws", self._connect), web.get("/v3/token", self._token)]

    async def _token(self, request: web.Request) -> web.Response:
        """One-session token for clients that must not know the key."""
        if not self._admission.knows(request.headers.get("Authorization", "")):
            return web.json_response({"error": "Authentication error, API token missing/invalid"}, status=401)
        expires_s = _number(request.query.get("expires_in_seconds"))
        limit_s = _number(request.query.get("max_session_duration_seconds", "10800"))
        if expires_s is None or not 1 <= expires_s <= 600:  # noqa: PLR2004 - the documented range
            return web.json_response({"error": "expires_in_seconds must be between 1 and 600"}, status=400)
        if limit_s is None or not 60 <= limit_s <= 10800:  # noqa: PLR2004 - the documented range
            return web.json_response({"error": "max_session_duration_seconds must be between 60 and 10800"}, status=400)
        chosen_s = limit_s if "max_session_duration_seconds" in request.query else None
        token = self._admission.tokens.issue(expires_s, chosen_s)
        return web.json_response({"token": token, "expires_in_seconds": expires_s})

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        if not web.WebSocketResponse().can_prepare(request).ok:
            return web.json_response({"error": "this path expects a WebSocket upgrade"}, status=426)
        admitted = self._admission.admit(request.headers.get("Authorization", ""), request.query.get("token"))
        if isinstance(admitted, Refusal) and admitted.status and self._options.assemblyai.reject_with == "http":
            return web.json_response({"error": admitted.reason}, status=admitted.status)
        self._monitor.sessions_total["assemblyai"] += 1
        ordinal = self._monitor.sessions_total["assemblyai"]
        ws = await upgrade(
            request, compress=self._options.compress, max_frame_bytes=_LARGEST_FRAME_BYTES, autoping=False
        )
        self._monitor.sessions_open["assemblyai"] += 1
        try:
            await self._serve(request, ws, ordinal, admitted)
        finally:
            self._monitor.sessions_open["assemblyai"] -= 1
        return ws

    async def _serve(
        self, request: web.Request, ws: web.WebSocketResponse, ordinal: int, admitted: Refusal | float | None
    ) -> None:
        """Refuse after the upgrade, or run the session; `admitted` is the token's limit in seconds, if it has one."""
        session_id = new_ids(self._stage.seed, f"assemblyai/{ordinal}")()
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _SECRET_HEADERS}
        received = {key: value for key, value in request.query.items() if key not in SECRETS}
        record = self._ledger.open(SessionRecord("assemblyai", session_id, received, headers, connections=1))
        record.attempts = request.get(ATTEMPT, 1)
        faults = self._stage.faults("assemblyai", ordinal, session_id)
        outbox = Outbox(record, stamp=self._options.stamp, faults=faults)
        behaviour = self._options.assemblyai
        if isinstance(admitted, Refusal):
            await _refuse(ws, outbox, record, admitted, announce=behaviour.error_frame_before_close)
            return
        parameters = _parsed(request, behaviour)
        if isinstance(parameters, Refusal):
            await _refuse(ws, outbox, record, parameters, announce=behaviour.error_frame_before_close)
            return
        if admitted is not None:
            behaviour = replace(behaviour, session_limit_s=admitted)
        session = AssemblyAISession(session_id, parameters, behaviour)
        connection = AssemblyAIConnection(
            ws, session, record, outbox=outbox, faults=faults, options=behaviour, clock=self._clock
        )
        wanted = StreamRequest("assemblyai", ordinal, parameters.wire_format, parameters.rules)
        try:
            await connection.run(self._engine, wanted, expires_at=int(time() + behaviour.session_limit_s))
        finally:
            self._send_webhook(session, record)

    def _send_webhook(self, session: AssemblyAISession, record: SessionRecord) -> None:
        """Tell whoever the client named what was said; the ledger notes what fails."""
        webhook, behaviour = session.parameters.webhook, self._options.assemblyai
        if webhook is None:
            return
        callbacks = Callbacks(
            webhook.url,
            record.notes.append,
            behaviour.callback_hosts,
            headers=webhook.headers,
            timeout_s=_WEBHOOK_TIMEOUT_S,
            attempts=behaviour.webhook_attempts,
            pause_s=behaviour.webhook_pause_s,
        )
        callbacks.put("webhook", session.webhook())
        if delivery := callbacks.close():
            self._webhooks.add(delivery)  # the event loop alone would let it be collected
            delivery.add_done_callback(self._webhooks.discard)


def _parsed(request: web.Request, behaviour: AssemblyAIOptions) -> Parameters | Refusal:
    modes = {"min_latency": behaviour.min_latency_silences_ms, "max_accuracy": behaviour.max_accuracy_silences_ms}
    try:
        return parse_query(request.query, modes)
    except InvalidParameterError as refusal:
        return Refusal(str(refusal), behaviour.invalid_parameter_code)


async def _refuse(
    ws: web.WebSocketResponse, outbox: Outbox, record: SessionRecord, refusal: Refusal, *, announce: bool
) -> None:
    if announce:
        outbox.put(Send(error(refusal.code, refusal.reason)))
    outbox.put(Close(refusal.code, refusal.reason))
    await outbox.run(ws)
    record.close(f"refused: {refusal.reason}", code=refusal.code, billed_s=0.0)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004 - any limit
