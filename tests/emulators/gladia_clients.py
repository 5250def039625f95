"""The clients that the tests of Gladia's emulator drive it with: both SDKs, plain httpx and websockets."""

import asyncio
import json
import queue
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import httpx
import patient
import pytest
from gladiaio_sdk import GladiaClient
from gladiaio_sdk.client_options import LiveV2Timeouts
from gladiaio_sdk.v2.live.session import LiveV2Session
from loopback import Loopback
from patient import connect
from websockets.exceptions import ConnectionClosed, ConnectionClosedOK
from websockets.sync.client import ClientConnection

SDK_WARNINGS = [
    # The SDK calls websockets' connect() in the way that websockets 17 deprecates, and never closes its HTTP client.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    # Its worker thread ends with the exception that it has reported.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
]
KEY = {"x-gladia-key": "key"}
CHUNK = bytes(range(100)) * 32  # 100 ms at 16 kHz
STOP = '{"type": "stop_recording"}'
EVERYTHING = {
    "receive_partial_transcripts": True,
    "receive_lifecycle_events": True,
}
WRONG = [  # bodies of a POST, and the field that is refused
    ({"endpointing": 0.005}, "endpointing"),
    ({"endpointing": 10.1}, "endpointing"),
    ({"channels": 0}, "channels"),
    ({"channels": 9}, "channels"),
    ({"sample_rate": 22050}, "sample_rate"),
    ({"encoding": "mp3"}, "encoding"),
    ({"bit_depth": 12}, "bit_depth"),
    ({"maximum_duration_without_endpointing": -1}, "maximum_duration_without_endpointing"),
]
TWO_UTTERANCES = """
seed = 7
[[session]]
[[session.segment]]
text = "Call me back."
start_s = 0.2
end_s = 0.8
[[session.segment]]
text = "Thank you!"
start_s = 1.0
end_s = 1.4
"""


def create(emulators: Loopback, body: Any = None, **request: Any) -> dict[str, Any]:
    """The answer to a POST that succeeds."""
    answer = patient.post(f"{emulators.gladia}/v2/live", json=body or {}, headers=KEY, **request)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    return document


def get(emulators: Loopback, path: str, **parameters: Any) -> httpx.Response:
    """A GET below `/v2/live`."""
    return patient.get(f"{emulators.gladia}/v2/live{path}", params=parameters or None, headers=KEY)


def talk(url: str, *frames: bytes | str, stop: bool = True) -> list[dict[str, Any]]:
    """All messages of a session that sends these frames at once, and stops, through a plain socket.

    A server that has closed cleanly, after a stop among the frames, need not be told the rest.
    """
    with connect(url, max_size=None) as client:
        with suppress(ConnectionClosedOK):
            for frame in (*frames, STOP) if stop else frames:
                client.send(frame)
        return [json.loads(text) for text in client]


def replies(client: ClientConnection, count: int) -> list[dict[str, Any]]:
    """The next messages."""
    return [json.loads(client.recv(patient.LIMIT_S)) for _ in range(count)]


def close_code(client: ClientConnection) -> int | None:
    """The code that the server closes with, after whatever it still says."""
    try:
        while True:
            client.recv(patient.LIMIT_S)
    except ConnectionClosed as closed:
        return closed.rcvd and closed.rcvd.code


def break_off(client: ClientConnection) -> None:
    """The client's end of the connection is gone without a word."""
    with suppress(OSError):  # if it is gone already
        client.socket.shutdown(socket.SHUT_RDWR)
    client.socket.close()


def of_type(messages: list[dict[str, Any]], *kinds: str) -> list[dict[str, Any]]:
    """The messages of some types."""
    return [message for message in messages if message["type"] in kinds]


@dataclass
class Played:
    """What the SDK told in a session: `events` are (name, value) in order, each but messages."""

    messages: list[Any] = field(default_factory=list)
    events: list[tuple[str, Any]] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """The names of all events but messages, in order."""
        return [name for name, _ in self.events]

    @property
    def ends(self) -> list[int]:
        """The codes of `ended`."""
        return [value.code for name, value in self.events if name == "ended"]

    @property
    def errors(self) -> list[Any]:
        """What `error` carried."""
        return [value for name, value in self.events if name == "error"]

    def of(self, *kinds: str) -> list[Any]:
        """The messages of some types."""
        return [message for message in self.messages if message.type in kinds]


def sdk_client(emulators: Loopback, **options: Any) -> GladiaClient:
    """The SDK's client; time limits that a busy machine keeps."""
    jobs = LiveV2Timeouts(get=patient.LIMIT_S, list=patient.LIMIT_S)
    limits = {"http_timeout": patient.LIMIT_S, "live_timeouts": jobs, "ws_timeout": patient.LIMIT_S}
    return GladiaClient(api_key="key", api_url=emulators.gladia, **{**limits, **options})


_EVENTS = ("started", "connecting", "connected", "ending", "ended", "error")
Play = Callable[..., Played]


def listen(session: Any, played: Played, acknowledged: Any) -> None:
    """Note everything that a session of either SDK tells, and put where each acknowledgement ends."""

    def message(told: Any) -> None:
        played.messages.append(told)
        if told.type == "audio_chunk":
            acknowledged.put_nowait(told.data.byte_range[1])

    session.on("message", message)
    for name in _EVENTS:
        session.on(name, lambda value, name=name: played.events.append((name, value)))


@contextmanager
def _held_back() -> Iterator[None]:
    """A session of the sync SDK made in this block does nothing before its end.

    The SDK starts the session's thread before it returns the session, so that whoever attaches listeners may come too late.
    What users make of that race is tested elsewhere (`tests/clients`, `test_server.py`); here it would only hide what was told.
    """
    gate, work = threading.Event(), LiveV2Session._lifecycle_worker

    def wait_and_work(session: LiveV2Session) -> None:
        gate.wait(patient.LIMIT_S)
        work(session)

    try:
        with patch.object(LiveV2Session, "_lifecycle_worker", wait_and_work):
            yield
    finally:
        gate.set()


def play(
    emulators: Loopback,
    config: dict[str, Any] | None = None,
    chunks: int = 20,
    *,
    stop: bool = True,
    sockets: int = 1,
    lockstep: bool = False,
    url: str | None = None,
    **client: Any,
) -> Played:
    """A session through the sync SDK: so many chunks at once, then, once it has had so many sockets, the stop.

    In lockstep each chunk waits until the one before was acknowledged, and the config must not hide acknowledgements.
    """
    played, ended, connected = Played(), threading.Event(), threading.Semaphore(0)
    live = sdk_client(emulators, **client).live_v2()
    acknowledged: queue.Queue[int] = queue.Queue()
    with _held_back():
        session = live.connect_session(_existing(url)) if url else live.start_session(config or {})
        listen(session, played, acknowledged)
        session.on("connected", lambda _: connected.release())
        session.on("ended", lambda _: (ended.set(), connected.release()))
    assert connected.acquire(timeout=patient.LIMIT_S)
    for sent in range(1, chunks + 1):
        session.send_audio(CHUNK)
        while lockstep and acknowledged.get(timeout=patient.LIMIT_S) < sent * len(CHUNK):
            pass
    if stop:
        for _ in range(1, sockets):
            assert connected.acquire(timeout=patient.LIMIT_S)
        session.stop_recording()
    assert ended.wait(patient.LIMIT_S)
    live._http_client.close()
    return played


def play_async(
    emulators: Loopback,
    config: dict[str, Any] | None = None,
    chunks: int = 20,
    *,
    stop: bool = True,
    sockets: int = 1,
    lockstep: bool = False,
    url: str | None = None,
    **client: Any,
) -> Played:
    """The same through the async SDK."""
    played = Played()

    async def run() -> None:
        ended, connected = asyncio.Event(), asyncio.Semaphore(0)
        live = sdk_client(emulators, **client).live_v2_async()
        session = live.connect_session(_existing(url)) if url else live.start_session(config or {})
        acknowledged: asyncio.Queue[int] = asyncio.Queue()
        listen(session, played, acknowledged)
        session.on("connected", lambda _: connected.release())
        session.on("ended", lambda _: (ended.set(), connected.release()))
        await asyncio.wait_for(connected.acquire(), patient.LIMIT_S)
        for sent in range(1, chunks + 1):
            session.send_audio(CHUNK)
            while lockstep and await asyncio.wait_for(acknowledged.get(), patient.LIMIT_S) < sent * len(CHUNK):
                pass
        if stop:
            for _ in range(1, sockets):
                await asyncio.wait_for(connected.acquire(), patient.LIMIT_S)
            session.stop_recording()
        await asyncio.wait_for(ended.wait(), patient.LIMIT_S)
        await live._http_client.close()

    asyncio.run(run())
    return played


BOTH = pytest.mark.parametrize("sdk", [play, play_async])


def _existing(url: str) -> Any:
    from gladiaio_sdk.v2.live.types import LiveV2ConnectSessionOptions  # noqa: PLC0415 - no public name

    return LiveV2ConnectSessionOptions(id="sid", url=url)
