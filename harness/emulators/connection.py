"""The socket side both emulators share: an ordered outbox, true send times, faults."""

import asyncio
import random
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from time import monotonic_ns
from typing import Any
from weakref import WeakSet

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from harness.emulators.faults import Fault
from harness.emulators.injection import Parcel, SessionFaults, dump
from harness.emulators.ledger import SessionRecord
from harness.emulators.ticks import HALF_A_TICK_NS
from harness.emulators.wire_json import parse

SOCKETS: web.AppKey[WeakSet[web.WebSocketResponse]] = web.AppKey("sockets", WeakSet)
_GOODBYE_S = 0.4
_ANSWER_S = 2.0


def _key(kind: str, name: str) -> Any:
    """A key of a request's or a response's storage: aiohttp 3.14 wishes for typed ones, older releases know only text."""
    typed = getattr(web, kind, None)
    return typed(name, object) if typed else name


ATTEMPT = _key("RequestKey", "attempt")  # how often the client dialled until it was let in
OPENING = _key("RequestKey", "opening")  # the fault of a session's opening that is yet to happen
_TRANSPORT = _key("ResponseKey", "transport")
_HEARS = _key("ResponseKey", "hears")


class PoliteSocket(web.WebSocketResponse):
    """A WebSocket that closes as the protocol asks for, whoever is reading: it waits for the client's answer.

    aiohttp hangs up as soon as it has sent the close frame if another task is reading. A client that is still sending meets
    a reset then, and may lose what it had not read yet: the very error that explains the close.
    """

    _reader_task: "asyncio.Task[Any] | None" = None
    _leaving: asyncio.Event | None = None  # set once the close from here is through

    async def receive(self, timeout: float | None = None) -> WSMessage:  # noqa: ASYNC109 - aiohttp's signature
        """The next message; `CLOSED` once a close from here is through."""
        if self._leaving is None:
            self._reader_task = asyncio.current_task()
            try:
                await self[_HEARS].wait()
                return await super().receive(timeout)
            except asyncio.CancelledError:
                if not self._let_go():
                    raise
            finally:
                self._reader_task = None
        assert self._leaving is not None  # noqa: S101 - who was not let go has returned
        await self._leaving.wait()
        return WSMessage(WSMsgType.CLOSED, None, None)

    async def close(self, *, code: int = WSCloseCode.OK, message: bytes = b"", drain: bool = True) -> bool:
        """Say goodbye and read on until the client has answered, for `_ANSWER_S` at most."""
        reader = self._reader_task
        if self.closed or (reader is not None and reader is asyncio.current_task()):
            return await super().close(code=code, message=message, drain=drain)
        self._leaving = asyncio.Event()
        try:
            if reader is not None:
                reader.cancel()
            while self._waiting:  # noqa: ASYNC110 - that the reader has let go, aiohttp tells by this flag alone
                await asyncio.sleep(0)
            return await super().close(code=code, message=message, drain=drain)
        finally:
            self._leaving.set()

    def _let_go(self) -> bool:
        """True if the reader was only cancelled by `close`."""
        return self._leaving is not None and self._reader_task is not None and not self._reader_task.uncancel()


async def upgrade(
    request: web.Request, *, compress: bool, max_frame_bytes: int, autoping: bool = True
) -> web.WebSocketResponse:
    """Accept a WebSocket and remember it, so that it can be closed when the server stops."""
    ws = PoliteSocket(compress=compress, max_msg_size=max_frame_bytes, timeout=_ANSWER_S, autoping=autoping)
    ws[_HEARS] = hears = asyncio.Event()
    hears.set()
    await ws.prepare(request)
    ws[_TRANSPORT] = request.transport  # for faults of the connection
    request.app[SOCKETS].add(ws)
    return ws


async def close_sockets(app: web.Application) -> None:
    """Say goodbye to every open socket, without waiting long for the answers."""
    goodbyes = [ws.close(code=WSCloseCode.GOING_AWAY, message=b"Server shutdown") for ws in app[SOCKETS]]
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.gather(*goodbyes, return_exceptions=True), _GOODBYE_S)


@dataclass(frozen=True, slots=True)
class Send:
    """A message for the client, `delay_s` from now; `key` says which turn or utterance it is about."""

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

    What is not written when a socket breaks waits for the next one. Faults of messages happen on the way in, faults of the
    connection when the audio clock reaches them.
    """

    def __init__(self, record: SessionRecord, *, stamp: bool, faults: SessionFaults | None = None) -> None:
        self._record = record
        self._stamp = stamp
        self._faults = faults or SessionFaults()
        self._faults.on_connection = self._on_fault
        record.faults = self._faults.happened
        self._items: list[tuple[int, int, Parcel | Close]] = []  # a heap: not before this instant, in this order
        self._numbers = count()
        self._last_ns: dict[str, int] = {}  # of each lane, so that its order stays
        self._wake = asyncio.Event()
        self._transport: asyncio.Transport | None = None
        self._hears: asyncio.Event | None = None
        self._stalled_until_ns = 0

    def put(self, item: Send | Close) -> None:
        """Queue a message or the close, which waits for all that was queued before."""
        if isinstance(item, Close):
            for parcel in self._faults.release():
                self._queue(parcel)
            self._push(max(self._last_ns.values(), default=0), item)
            return
        for parcel in self._faults.pack(item.message, item.key, item.delay_s):
            self._queue(parcel)

    def withdraw(self, kind: str) -> list[Send]:
        """Take back the messages of one `type` that were not written yet, in order."""
        waiting, self._items = sorted(self._items), []
        withdrawn = []
        for entry in waiting:
            item = entry[2]
            if isinstance(item, Parcel) and item.message.get("type") == kind:
                withdrawn.append(Send(item.message, item.key))
            else:
                self._items.append(entry)  # a sorted list is a heap
        return withdrawn

    def attach(self, ws: web.WebSocketResponse) -> None:
        """What faults of the connection are about from now on."""
        self._transport, self._hears = ws.get(_TRANSPORT), ws.get(_HEARS)

    async def run(self, ws: web.WebSocketResponse) -> None:
        """Write to `ws` until it breaks or a close was written."""
        self.attach(ws)
        while True:
            due_ns = max(self._items[0][0], self._stalled_until_ns) if self._items else None
            wait_s = None if due_ns is None else (due_ns - HALF_A_TICK_NS - monotonic_ns()) / 1e9
            if wait_s is None or wait_s > 0:
                await self._sleep(wait_s)
                continue
            entry = heappop(self._items)
            if isinstance(entry[2], Close):
                await ws.close(code=entry[2].code, message=entry[2].reason.encode()[:123])
                return
            try:
                await self._write(ws, entry[2])
            except ConnectionError:  # aiohttp raises it once the transport is gone; the reader ends the session
                heappush(self._items, entry)
                return
            except asyncio.CancelledError:
                heappush(self._items, entry)
                raise

    async def _sleep(self, wait_s: float | None) -> None:
        """Until something new is queued, at most `wait_s`."""
        self._wake.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._wake.wait()

    def _queue(self, parcel: Parcel) -> None:
        if parcel.lost:
            kind = str(parcel.message.get("type"))
            self._record.message(
                kind, parcel.key, dump(parcel.message), None, audio_ms=parcel.position_ms, faults=parcel.suffered
            )
            return
        due_ns = max(monotonic_ns() + int(parcel.delay_s * 1e9), self._last_ns.get(parcel.lane, 0))
        self._last_ns[parcel.lane] = due_ns
        self._push(due_ns, parcel)

    def _push(self, due_ns: int, item: Parcel | Close) -> None:
        heappush(self._items, (due_ns, next(self._numbers), item))
        self._wake.set()

    def _on_fault(self, fault: Fault) -> None:
        """A fault of the connection, now. What was read behind the audio that brought it is not heeded, as if it had not come."""
        length_s = fault.for_s or 0.0
        if fault.kind in ("close", "drop") and self._hears is not None:
            self._hears.clear()
        if fault.kind == "close":
            self.put(Close(fault.code, fault.reason))
        elif fault.kind == "stall":
            self._stalled_until_ns = monotonic_ns() + int(length_s * 1e9)
            self._wake.set()
        elif self._transport is None or self._hears is None:
            return
        elif fault.kind == "drop":
            self._transport.abort()
        else:
            _deafen(self._transport, self._hears, length_s)

    async def _write(self, ws: web.WebSocketResponse, parcel: Parcel) -> None:
        message = {**parcel.message, "_sent_ns": monotonic_ns()} if self._stamp else parcel.message
        text = dump(message) if parcel.text is None else parcel.text
        sent_ns = monotonic_ns()
        await ws.send_str(text)
        kind = str(message.get("type"))
        self._record.message(kind, parcel.key, text, sent_ns, audio_ms=parcel.position_ms, faults=parcel.suffered)


def _deafen(transport: asyncio.Transport, hears: asyncio.Event, length_s: float) -> None:
    """Read nothing for so long, nor heed what has been read: of a client in a hurry, that may be all it had to say."""

    def hear() -> None:
        transport.resume_reading()
        hears.set()

    transport.pause_reading()  # of a transport that is closing, neither this nor resuming does anything
    hears.clear()
    asyncio.get_running_loop().call_later(length_s, hear)


def new_ids(seed: int | None, name: str) -> Callable[[], str]:
    """A source of UUIDs: the same ones for the same seed and name, random ones without a seed."""
    if seed is None:
        return lambda: str(uuid.uuid4())
    source = random.Random(f"{seed}/{name}")  # noqa: S311 - reproducible on purpose
    return lambda: str(uuid.UUID(int=source.getrandbits(128), version=4))


def message_type(text: str) -> str:
    """The `type` of a client's message, for the ledger; says so if it has none."""
    try:
        message = parse(text)
    except ValueError:
        return "not JSON"
    return str(message.get("type")) if isinstance(message, dict) else "not an object"
