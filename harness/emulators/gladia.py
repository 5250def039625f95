"""The Gladia Live v2 emulator: its HTTP routes; what happens on a session's sockets is `gladia_live`."""

import json
from typing import Any
from uuid import uuid4

from aiohttp import web

from harness.emulators.connection import ATTEMPT, new_ids, upgrade
from harness.emulators.gladia_listing import ListingError, page
from harness.emulators.gladia_live import Live, iso_now
from harness.emulators.gladia_parameters import GladiaParameters, parse_body
from harness.emulators.gladia_recordings import Recordings, wav
from harness.emulators.ledger import Ledger, SessionRecord
from harness.emulators.monitor import Monitor
from harness.emulators.options import EmulatorOptions
from harness.emulators.recognition import Engine, StreamRequest
from harness.emulators.stage import Stage
from harness.emulators.wire_json import parse

_TOO_LARGE_BYTES = (1 << 20) + 1  # where aiohttp begins to refuse
_REGIONS = ("eu-west", "us-west")
_SECRETS = frozenset({"x-gladia-key", "cookie", "authorization"})


class GladiaService:
    """All sessions of one emulated service, as many as the ledger remembers."""

    def __init__(
        self, options: EmulatorOptions, stage: Stage, engine: Engine, ledger: Ledger, monitor: Monitor
    ) -> None:
        self._options = options
        self._stage = stage
        self._engine = engine
        self._ledger = ledger
        self._monitor = monitor
        self._recordings = Recordings(options.gladia.keep_audio_bytes)
        self._live: dict[str, Live] = {}
        self._tokens: dict[str, str] = {}

    def routes(self) -> list[web.RouteDef]:
        """Where clients find it."""
        return [
            web.post("/v2/live", self._create),
            web.get("/v2/live", self._connect_or_list),
            web.get("/v2/live/{id}", self._result),
            web.delete("/v2/live/{id}", self._delete),
            web.get("/v2/live/{id}/file", self._file),
        ]

    async def _create(self, request: web.Request) -> web.Response:
        if not self._authorised(request):
            return self._refuse(request, 401, "Invalid or missing gladia key")
        limit = self._options.gladia.concurrent_sessions
        if limit is not None and self._monitor.sessions_open["gladia"] >= limit:
            return self._refuse(request, 429, f"Maximum number of concurrent sessions reached: {limit}")
        parameters, errors = await self._parameters(request)
        if parameters is None:
            status = self._options.gladia.validation_status
            return self._refuse(request, status, "Validation error", errors)
        return self._open(request, parameters)

    def _open(self, request: web.Request, parameters: GladiaParameters) -> web.Response:
        ordinal = self._monitor.sessions_total["gladia"] + 1
        ids = new_ids(self._stage.seed, f"gladia/{ordinal}")
        session_id, token = ids(), ids()
        record = self._ledger.open(self._record(request, session_id, parameters.body))
        record.attempts = request.get(ATTEMPT, 1)
        live = Live(
            session_id,
            parameters,
            record=record,
            faults=self._stage.faults("gladia", ordinal, session_id),
            recordings=self._recordings,
            options=self._options,
            monitor=self._monitor,
        )
        self._live[session_id], self._tokens[token] = live, session_id
        live.listen(self._engine, StreamRequest("gladia", ordinal, parameters.wire_format, parameters.rules))
        while len(self._live) > self._options.keep_sessions:
            self._forget(next(iter(self._live)), "forgotten")
        answer = {"id": session_id, "created_at": live.created_at, "url": f"{self._base(request)}?token={token}"}
        return web.json_response(answer, status=self._options.gladia.created_status)

    def _base(self, request: web.Request) -> str:
        used = f"{'wss' if request.secure else 'ws'}://{request.host}"
        return f"{(self._options.gladia.public_url or used).rstrip('/')}/v2/live"

    def _forget(self, session_id: str, how: str) -> None:
        self._live.pop(session_id).end(how)
        self._recordings.forget(session_id)
        self._tokens = {token: owner for token, owner in self._tokens.items() if owner != session_id}

    async def _connect_or_list(self, request: web.Request) -> web.StreamResponse:
        if web.WebSocketResponse().can_prepare(request).ok:
            return await self._connect(request)
        if not self._authorised(request):
            return _failure(401, "Invalid or missing gladia key")
        try:
            newest_first = [live.head() for live in reversed(self._live.values())]
            found = page(newest_first, list(request.query.items()), lambda new: str(request.url.update_query(new)))
        except ListingError as error:
            return _failure(self._options.gladia.validation_status, "Validation error", [str(error)])
        return web.json_response({**found, "items": [self._live[item["id"]].result() for item in found["items"]]})

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        live = self._live.get(self._tokens.get(request.query.get("token", ""), ""))
        if live is None:
            return await self._refuse_socket(request)
        ws = await self._upgrade(request)
        if live.session.ended:
            live.refuse("dialled after its end")
            await ws.close(code=4403, message=b"Session ended")
        elif live.busy and self._options.gladia.second_socket == "refuse":
            live.refuse("dialled while it had a socket")
            await ws.close(code=4409, message=b"Session has another socket")
        else:
            await live.serve(ws)
        return ws

    async def _refuse_socket(self, request: web.Request) -> web.StreamResponse:
        if self._options.gladia.unknown_token == "http":  # noqa: S105 - the name of a behaviour
            return self._refuse(request, 403, "Unknown token")
        self._account_for(request, "closed with 4401: Unknown token", 4401)
        ws = await self._upgrade(request)
        await ws.close(code=4401, message=b"Unknown token")
        return ws

    async def _upgrade(self, request: web.Request) -> web.WebSocketResponse:
        return await upgrade(request, compress=self._options.compress, max_frame_bytes=_TOO_LARGE_BYTES)

    async def _result(self, request: web.Request) -> web.Response:
        found = self._find(request)
        return found if isinstance(found, web.Response) else web.json_response(found.result())

    async def _file(self, request: web.Request) -> web.Response:
        found = self._find(request)
        if isinstance(found, web.Response):
            return found
        audio = self._recordings.find(found.session.session_id)
        if audio is None:
            return _failure(404, "The recording is not kept any more")
        return web.Response(body=wav(audio, found.session.parameters.wire_format), content_type="audio/wav")

    async def _delete(self, request: web.Request) -> web.Response:
        found = self._find(request)
        if isinstance(found, web.Response):
            return found
        if found.session.status not in {"done", "error"}:
            return _failure(403, "The session is not in a terminal status")
        self._forget(found.session.session_id, "deleted")
        return web.Response(status=202)

    def _find(self, request: web.Request) -> Live | web.Response:
        if not self._authorised(request):
            return _failure(401, "Invalid or missing gladia key")
        return self._live.get(request.match_info["id"]) or _failure(404, "Live session not found")

    def _authorised(self, request: web.Request) -> bool:
        key = request.headers.get("x-gladia-key", "")
        return bool(key) and key not in self._options.reject_keys

    async def _parameters(self, request: web.Request) -> tuple[GladiaParameters | None, list[str]]:
        region = request.query.get("region")
        if region is not None and region not in _REGIONS:
            return None, [f"region must be one of the following values: {', '.join(_REGIONS)}"]
        try:
            text = await request.text()
            body = parse(text) if text.strip() else {}
            json.dumps(body, ensure_ascii=False).encode()  # half a character could not be sent back
        except (ValueError, LookupError):  # no JSON, no text, an unknown encoding
            return None, ["body must be JSON"]
        return parse_body(body, self._options.gladia)

    def _record(self, request: web.Request, session_id: str, body: dict[str, Any]) -> SessionRecord:
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _SECRETS}
        region = {"region": request.query["region"]} if "region" in request.query else {}
        return SessionRecord("gladia", session_id, {**body, **region}, headers)

    def _refuse(self, request: web.Request, status: int, message: str, errors: list[str] | None = None) -> web.Response:
        self._account_for(request, f"refused with HTTP {status}: {message}", None)
        return _failure(status, message, errors)

    def _account_for(self, request: web.Request, how: str, code: int | None) -> None:
        """An attempt that didn't become a session."""
        self._ledger.open(self._record(request, str(uuid4()), {})).close(how, code=code, billed_s=0.0)


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
