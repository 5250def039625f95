"""The socket side both emulators share: an ordered outbox, true send times, faults."""

import asyncio
import json
import random
import uuid
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic_ns
from typing import Any
from weakref import WeakSet

from aiohttp import WSCloseCode, web

from harness.emulators.ledger import SessionRecord
from harness.emulators.scenario import Fault

SOCKETS: web.AppKey[WeakSet[web.WebSocketResponse]] = web.AppKey("sockets", WeakSet)
_GOODBYE_S = 0.4


async def upgrade(request: web.Request, *, compress: bool, max_frame_bytes: int) -> web.WebSocketResponse:
    """Accept a WebSocket and remember it, so that it can be closed when the server stops."""
    ws = web.WebSocketResponse(compress=compress, max_msg_size=max_frame_bytes, timeout=2.0)
    await ws.prepare(request)
    request.app[SOCKETS].add(ws)
    return ws


async def close_sockets(app: web.Application) -> None:
    """Say goodbye to every open socket, without waiting long for the answers."""
    goodbyes = [ws.close(code=WSCloseCode.GOING_AWAY, message=b"Server shutdown") for ws in app[SOCKETS]]
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.gather(*goodbyes, return_exceptions=True), _GOODBYE_S)


@dataclass(frozen=True, slots=True)
class Send:
    """A message for the client, no earlier than `delay_s` from now; `key` says which turn or utterance it is about."""

    message: dict[str, Any]
    key: str = ""
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Close:
    """Close the socket after everything sent before."""

    code: int
    reason: str = ""


class Outbox:
    """Messages of one session in order, written by one task to whichever socket is attached.

    What is not written when a socket breaks waits for the next one.
    """

    def __init__(self, record: SessionRecord, *, stamp: bool) -> None:
        self._record = record
        self._stamp = stamp
        self._items: deque[tuple[int, Send | Close]] = deque()  # not before this instant
        self._wake = asyncio.Event()
        self.stalled_until_ns = 0

    def put(self, item: Send | Close) -> None:
        """Queue a message or the close."""
        delay_ns = int(item.delay_s * 1e9) if isinstance(item, Send) else 0
        self._items.append((monotonic_ns() + delay_ns, item))
        self._wake.set()

    def withdraw(self, kind: str) -> list[Send]:
        """Take back the messages of one `type` that were not written yet, in order."""
        waiting, self._items = self._items, deque()
        withdrawn = []
        for due_ns, item in waiting:
            if isinstance(item, Send) and item.message.get("type") == kind:
                withdrawn.append(item)
            else:
                self._items.append((due_ns, item))
        return withdrawn

    async def run(self, ws: web.WebSocketResponse) -> None:
        """Write to `ws` until it breaks or a close was written."""
        while True:
            while not self._items:
                self._wake.clear()
                await self._wake.wait()
            due_ns, item = self._items[0]
            wait_ns = max(due_ns, self.stalled_until_ns) - monotonic_ns()
            if wait_ns > 0:
                await asyncio.sleep(wait_ns / 1e9)
                continue
            if isinstance(item, Close):
                self._items.popleft()
                await ws.close(code=item.code, message=item.reason.encode()[:123])
                return
            try:
                await self._write(ws, item)
            except ConnectionError:  # aiohttp raises it once the transport is gone; the reader ends the session
                return
            self._items.popleft()

    async def _write(self, ws: web.WebSocketResponse, item: Send) -> None:
        sent_ns = monotonic_ns()
        message = {**item.message, "_sent_ns": sent_ns} if self._stamp else item.message
        text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
        sent_ns = monotonic_ns()
        await ws.send_str(text)
        self._record.message(str(message.get("type")), item.key, len(text), sent_ns)


class Faults:
    """The faults of one session, each happening once when the audio clock reaches it."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self._waiting = sorted(faults, key=lambda fault: fault.at_s)

    def happen(self, audio_s: float, outbox: Outbox, transport: asyncio.Transport | None) -> bool:
        """Let due faults happen; True if the connection is gone."""
        while self._waiting and self._waiting[0].at_s <= audio_s:
            fault = self._waiting.pop(0)
            if fault.kind == "close":
                outbox.put(Close(fault.code, fault.reason))
                return True
            if fault.kind == "drop":
                if transport:
                    transport.abort()
                return True
            outbox.stalled_until_ns = monotonic_ns() + int(fault.for_s * 1e9)
        return False


def new_ids(seed: int | None, name: str) -> Callable[[], str]:
    """A source of UUIDs: the same ones for the same seed and name, random ones without a seed."""
    if seed is None:
        return lambda: str(uuid.uuid4())
    source = random.Random(f"{seed}/{name}")  # noqa: S311 - reproducible on purpose
    return lambda: str(uuid.UUID(int=source.getrandbits(128), version=4))


def message_type(text: str) -> str:
    """The `type` of a client's message, for the ledger; says so if it has none."""
    try:
        message = json.loads(text)
    except json.JSONDecodeError:
        return "not JSON"
    return str(message.get("type")) if isinstance(message, dict) else "not an object"
