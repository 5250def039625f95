"""The wire tap: stamps every frame at the socket, in both directions, underneath an unmodified SDK.

`websockets` lets a caller choose the connection class (`create_connection=`). `TappedConnection` is that class. It stamps

- an arriving text frame with the instant at which its last segment reached the machine (`kernel_clock`), whenever it is read;
- an outgoing frame when the socket write has returned;
- the handshake response and the end of the connection.

A stamp in the SDK's callback would charge the SDK's parsing, up to tens of milliseconds a transcript, to the service.
"""

import hashlib
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from websockets.frames import Frame, Opcode
from websockets.sync import client as websockets_client

from harness.providers.kernel_clock import StampedSocket


@dataclass(slots=True)
class ReceivedFrame:
    """A text frame. `handler_ns` is filled when the SDK calls the handler; None if it never does."""

    wire_ns: int
    data: bytes
    queued: int
    handler_ns: int | None = None


@dataclass(slots=True)
class SentFrame:
    """A frame written: `end_byte` is the position in the audio stream behind it, wherever it was sent before."""

    sent_ns: int
    end_byte: int


@dataclass(slots=True)
class Connection:
    """One socket of a session: a session has more than one only if the SDK reconnects.

    `next_byte` is the position in the audio stream of what is written next: on a further socket the SDK goes back to the
    last byte that the service acknowledged.
    """

    dial_ns: int
    socket: StampedSocket | None = None
    next_byte: int = 0
    open_ns: int | None = None
    closed_ns: int | None = None
    close_code: int | None = None
    close_reason: str = ""


@dataclass(slots=True)
class WireLog:
    """All that happened on the sockets of one session, on `time.monotonic_ns()`.

    The transport's threads put in, one other thread takes out what is settled (`settled_frames`, `sent_audio`), so that an
    hour of messages need not stay in memory. `closed` is set when a socket ends. `channels` of `sample_bytes` a sample are
    interleaved in the audio. `reader` is the SDK's thread that takes the messages.

    A text sent that holds one of `stop_words` is the stop command; a session that stops in another way appends to `finish_sent_ns`
    itself. `extra` goes into the timeline's header as it is. `secrets` that the service gave for this session, such as a token, are
    kept out of everything, as keys are.
    """

    stop_words: tuple[str, ...] = ()
    connections: list[Connection] = field(default_factory=list)
    sent_audio: deque[SentFrame] = field(default_factory=deque)
    sent_text: list[tuple[int, str]] = field(default_factory=list)
    finish_sent_ns: list[int] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    closed: threading.Event = field(default_factory=threading.Event)
    reader: threading.Thread | None = None
    acknowledged_bytes: int = 0
    channels: int = 1
    sample_bytes: int = 2
    kernel_stamps: int = 0
    process_stamps: int = 0
    _settled: deque[ReceivedFrame] = field(default_factory=deque)
    _current: ReceivedFrame | None = None
    _waiting: deque[ReceivedFrame] = field(default_factory=deque)
    _audio_bytes: int = 0
    _audio_hash: Any = field(default_factory=hashlib.sha256)
    _channel_hashes: list[Any] = field(default_factory=list)

    @property
    def audio_sha256(self) -> str:
        """Hash of the audio stream as written, what was re-sent counted once; empty if nothing was."""
        return str(self._audio_hash.hexdigest()) if self._audio_bytes else ""

    @property
    def channel_sha256(self) -> list[str]:
        """The same of each channel by itself; empty if there is one, or no audio was written."""
        return [str(each.hexdigest()) for each in self._channel_hashes]

    def _hash_channels(self, data: bytes | memoryview) -> None:
        """`data` begins and ends between samples of all channels: chunks do, and services acknowledge whole chunks."""
        self._channel_hashes = self._channel_hashes or [hashlib.sha256() for _ in range(self.channels)]
        samples = memoryview(data).cast("H") if self.sample_bytes == 2 else memoryview(data)  # noqa: PLR2004 - 16 bits
        for channel, own in enumerate(self._channel_hashes):
            own.update(samples[channel :: self.channels].tobytes())

    @property
    def received(self) -> list[ReceivedFrame]:
        """The frames that were not taken out yet, in the order of their arrival."""
        return [*self._settled, *([self._current] if self._current else []), *self._waiting]

    def cut(self) -> None:
        """Tear down every socket, so that whoever waits at one gets an error."""
        for connection in self.connections:
            if connection.socket is not None and connection.closed_ns is None:
                with suppress(OSError):  # it may be gone by now
                    connection.socket.shutdown(socket.SHUT_RDWR)

    def frame_arrived(self, wire_ns: int, data: bytes, *, by_kernel: bool = False) -> None:
        """Keep a text frame; `queued` says how many earlier ones the SDK has not taken yet."""
        self.kernel_stamps += by_kernel
        self.process_stamps += not by_kernel
        self._waiting.append(ReceivedFrame(wire_ns, data, len(self._waiting)))

    def message_read(self, read_ns: int, data: bytes) -> None:
        """Keep a message of a client that has no handler here: it is settled as soon as it is read."""
        self.process_stamps += 1
        self._settled.append(ReceivedFrame(read_ns, data, 0))

    def frame_taken(self) -> None:
        """The SDK took the oldest frame that waits; it parses it next, in the same thread."""
        if self._current is not None:
            self._settled.append(self._current)
        # Nothing waits if the session was given up, and all it had was taken out, while the SDK still goes through its queue.
        self._current = self._waiting.popleft() if self._waiting else None

    def handler_called(self) -> ReceivedFrame | None:
        """Stamp the frame whose handler runs now: the last one taken. Call it first thing in a handler."""
        now_ns = time.monotonic_ns()
        frame = self._current
        if frame is not None and frame.handler_ns is None:
            frame.handler_ns = now_ns
        return frame

    def settled_frames(self, *, all_of_them: bool = False) -> Iterator[ReceivedFrame]:
        """Take out the frames that the SDK is done with, oldest first; when the session is over, all of them."""
        while self._settled:
            yield self._settled.popleft()
        if all_of_them:
            rest, self._current = self.received, None
            self._waiting.clear()
            yield from rest

    def frame_sent(self, sent_ns: int, message: Any, connection: Connection) -> None:
        """Keep an outgoing frame: audio by its place in the stream, and hashed; text as it is."""
        if isinstance(message, str):
            self.sent_text.append((sent_ns, message))
            if any(word in message for word in self.stop_words):
                self.finish_sent_ns.append(sent_ns)
            return
        start = connection.next_byte
        connection.next_byte += len(message)
        new = message if start >= self._audio_bytes else memoryview(message)[self._audio_bytes - start :]
        self._audio_hash.update(new)
        if self.channels > 1:
            self._hash_channels(new)
        self._audio_bytes = max(self._audio_bytes, connection.next_byte)
        self.sent_audio.append(SentFrame(sent_ns, connection.next_byte))


class TappedConnection(websockets_client.ClientConnection):
    """A `ClientConnection` that reports to a `WireLog`. `process_event` is the library's own inner hook."""

    log: WireLog
    connection: Connection
    _fragments: list[bytes]

    def process_event(self, event: Any) -> None:
        """Keep the handshake response and data frames with the instant at which they arrived."""
        arrival: Any = self.socket  # a StampedSocket, for which the library knows no name
        if self.response is None:
            if getattr(event, "status_code", None) == 101:  # noqa: PLR2004 - Switching Protocols
                self.connection.open_ns = arrival.arrived_ns
        elif isinstance(event, Frame) and (event.opcode is Opcode.TEXT or event.opcode is Opcode.CONT):
            data = bytes(event.data)
            if self._fragments or not event.fin:
                self._fragments.append(data)
            if event.fin:  # a message exists for the application when its last fragment does
                if self._fragments:
                    data = b"".join(self._fragments)
                    self._fragments.clear()
                self.log.frame_arrived(arrival.arrived_ns, data, by_kernel=arrival.by_kernel)
        super().process_event(event)

    def recv(self, timeout: float | None = None, decode: bool | None = None) -> Any:
        """Hand a frame to the SDK, and note that its handler, if any, runs next."""
        self.log.reader = threading.current_thread()
        message = super().recv(timeout, decode)
        if isinstance(message, str):
            self.log.frame_taken()
        return message

    def send(self, message: Any, text: bool | None = None) -> None:
        """Write a frame, then stamp the return of the socket write."""
        super().send(message, text=text)
        self.log.frame_sent(time.monotonic_ns(), message, self.connection)

    def recv_events(self) -> None:
        """Run the library's receive loop; when it ends, the socket is closed."""
        try:
            super().recv_events()
        finally:
            if self.connection.open_ns is not None:
                self.connection.closed_ns = time.monotonic_ns()
                received = self.protocol.close_rcvd
                if received is not None:
                    self.connection.close_code = int(received.code)
                    self.connection.close_reason = received.reason
            self.log.closed.set()


def connect_tapped(log: WireLog, connect: Callable[..., Any], uri: str, **kwargs: Any) -> Any:
    """Dial `uri` with the library's own `connect`, reporting to `log`.

    The receive queue is unbounded: with the library's 16 frames, a slow consumer stops the socket from being read and
    the stamps of a burst come late.
    """
    connection = Connection(dial_ns=time.monotonic_ns(), next_byte=log.acknowledged_bytes)
    log.connections.append(connection)
    log.closed.clear()

    def create(sock: Any, *args: Any, **inner: Any) -> TappedConnection:
        # The receive thread starts in the constructor, so the log has to be there before it.
        connection.socket = StampedSocket(sock)
        tapped = TappedConnection.__new__(TappedConnection)
        tapped.log, tapped.connection, tapped._fragments = log, connection, []  # noqa: SLF001 - its own class
        tapped.__init__(connection.socket, *args, **inner)  # type: ignore[misc]  # the two-step construction explained above
        return tapped

    kwargs.setdefault("max_queue", None)
    # The SDKs dial without a context manager; this says so to the library, which otherwise warns.
    return connect(uri, create_connection=create, legacy=True, **kwargs)
