"""AssemblyAI clients for tests: plain `websockets`, and the SDK's two clients behind one call."""

import asyncio
import contextlib
import json
from time import monotonic, sleep
from urllib.parse import urlencode

from assemblyai.streaming.v3 import (
    AsyncRealTimeTranscriber,
    RealTimeEvents,
    RealTimeParameters,
    RealTimeTranscriber,
    RealTimeTranscriberOptions,
)
from patient import connect
from websockets.exceptions import ConnectionClosed

CHUNK = bytes(3200)  # 100 ms at 16 kHz
_PATIENCE_S = 60.0


def chunks(audio, size=3200):
    """Pieces of 100 ms; the last is longer rather than too short."""
    cuts = list(range(0, len(audio) - size // 2, size)) or [0]
    return [audio[start:end] for start, end in zip(cuts, [*cuts[1:], len(audio)], strict=True)]


class Plain:
    """A session of a plain client, which keeps all it receives."""

    def __init__(self, socket):
        self.socket = socket
        self.raw = []
        self.close = None

    @property
    def messages(self):
        return [json.loads(text) for text in self.raw]

    @property
    def id(self):
        return self.messages[0]["id"]

    @property
    def turns(self):
        return [message for message in self.messages if message["type"] == "Turn"]

    @property
    def finals(self):
        return [turn["transcript"] for turn in self.turns if turn["end_of_turn"]]

    def send(self, *frames):
        """Send frames until the server has closed."""
        with contextlib.suppress(ConnectionClosed):
            for frame in frames:
                self.socket.send(frame)

    def audio(self, data):
        for chunk in chunks(data):
            self.socket.send(chunk)

    def command(self, kind, **fields):
        self.socket.send(json.dumps({"type": kind, **fields}))

    def next(self):
        text = self.socket.recv(_PATIENCE_S)
        self.raw.append(text)
        return json.loads(text)

    def drain(self):
        """Receive what has come already: a client that doesn't stops reading, pongs too."""
        with contextlib.suppress(TimeoutError):
            while True:
                self.raw.append(self.socket.recv(0))

    def until(self, kind, **fields):
        """Receive up to the first message of a type with these values."""
        while True:
            message = self.next()
            if message["type"] == kind and fields.items() <= message.items():
                return message

    def rest(self):
        """Receive until the socket closes; its code and reason are kept in `close`."""
        try:
            while True:
                self.next()
        except ConnectionClosed as closed:
            self.close = (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else None
        return self

    def terminate(self):
        self.command("Terminate")
        return self.rest()


@contextlib.contextmanager
def plain(emulators, key="key", headers=None, compression="deflate", **query):
    """A session by `websockets`; `Begin` or `Error` is still to be received."""
    given = {"sample_rate": 16000, **query}
    url = (
        f"{emulators.assemblyai}/v3/ws?{urlencode({name: value for name, value in given.items() if value is not None})}"
    )
    with connect(url, additional_headers={"Authorization": key, **(headers or {})}, compression=compression) as socket:
        yield Plain(socket)


def said(emulators, audio, **query):
    """A whole session of a plain client: all of the audio, then `Terminate`."""
    with plain(emulators, **query) as client:
        client.audio(audio)
        return client.terminate()


def in_step(emulators, audio, **query):
    """The same, but each chunk is sent when the server has heard the one before."""
    with plain(emulators, **query) as client:
        for chunk in chunks(audio):
            client.socket.send(chunk)
            client.socket.ping().wait(_PATIENCE_S)
            client.drain()
        return client.terminate()


def closed(emulators, *frames, **query):
    """The messages and the close of a client that sends these frames, as long as it is let, and waits."""
    with plain(emulators, **query) as client:
        client.send(*frames)
        return client.rest()


def command(kind, **fields):
    return json.dumps({"type": kind, **fields})


def errors(client):
    return [(message["error_code"], message["error"]) for message in client.messages if message["type"] == "Error"]


def options(emulators, **changes):
    """The SDK's options for an emulator; time limits that a busy machine keeps."""
    given = {"api_key": "key", "connect_timeout": _PATIENCE_S, "terminate_timeout": _PATIENCE_S, **changes}
    return RealTimeTranscriberOptions(api_host=emulators.assemblyai, **given)


def _sync(emulators, pieces, parameters, changes):
    events, client = [], RealTimeTranscriber(options(emulators, **changes))
    client.events = events
    for kind in RealTimeEvents:
        client.on(kind, lambda _, event: events.append(event))
    client.connect(parameters)
    if client._websocket is not None:
        for piece in pieces:
            piece(client) if callable(piece) else client.stream(piece)
        client.disconnect(terminate=True)
    return events, client._websocket


def _async(emulators, pieces, parameters, changes):
    events = []

    async def run():
        client = AsyncRealTimeTranscriber(options(emulators, **changes))
        client.events = events
        for kind in RealTimeEvents:
            client.on(kind, lambda _, event: events.append(event))
        await client.connect(parameters)
        if client._websocket is not None:
            for piece in pieces:
                await (piece(client) if callable(piece) else client.stream(piece))
        await client.disconnect(terminate=True)
        return client._websocket

    return events, asyncio.run(run())


def received(kind, count=1, **fields):
    """A step of an SDK's session: wait until so many events of a type have come, with these values."""

    def missing(client, deadline):
        assert monotonic() < deadline, client.events
        return sum(event.type == kind and fields.items() <= vars(event).items() for event in client.events) < count

    async def wait(client, deadline):
        while missing(client, deadline):  # noqa: ASYNC110 - the SDK signals nothing that could be awaited
            await asyncio.sleep(0.005)

    def step(client):
        deadline = monotonic() + _PATIENCE_S
        if isinstance(client, AsyncRealTimeTranscriber):
            return wait(client, deadline)
        while missing(client, deadline):
            sleep(0.005)
        return None

    return step


SDKS = {"sync": _sync, "async": _async}


def sdk(flavour, emulators, pieces=(CHUNK,), *, changes=None, **parameters):
    """A whole session of one of the SDK's clients.

    Args:
        flavour: `sync` or `async`.
        emulators: Where to.
        pieces: Audio chunks, and calls with the client.
        changes: Of the SDK's options.
        **parameters: Of the session.

    Returns:
        All events in order, errors included, and the websocket.
    """
    return SDKS[flavour](emulators, pieces, RealTimeParameters(**{"sample_rate": 16000, **parameters}), changes or {})
