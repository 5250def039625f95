"""One session of a pair: opens it, sends chunks on the absolute schedule, and hands out what happened."""

import socket
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from urllib.request import getproxies

from harness.audio.chunking import Stream
from harness.audio.convert import BYTES_PER_SAMPLE
from harness.errors import ProviderError, ThrottledError
from harness.providers.base import Provider, Session, SessionSpec
from harness.redaction import redacted
from harness.replay.clock import sleep_until
from harness.replay.jobs import SessionJob
from harness.replay.spool import AudioRow, FrameRow
from harness.timeline.account import CLOSE_TIMEOUT, DEADLINE
from harness.timeline.events import (
    AudioFormat,
    Closed,
    Connected,
    ConnectStarted,
    ErrorRaised,
    Event,
    FinishSent,
    Header,
    Side,
)
from harness.timeline.validity import SDK_CRASHED, UNRESOLVED

CLOSE_DEADLINE_S = 10.0


@dataclass(frozen=True, slots=True)
class SideSettings:
    """How one side is reached: its provider, the session's parameters as sent, and its role."""

    side: Side
    provider: Provider
    spec: SessionSpec


@dataclass(slots=True)
class SessionReplay:
    """Drives one session. `open`, then `send_all`, then `close`; each is called once, in one thread.

    `audio_rows` and `frame_rows` take out what has happened so far, for whoever holds `taking`; `early`, `late` and `header` tell
    the rest when it is over.
    """

    settings: SideSettings
    job: SessionJob
    stream: Stream
    stop: threading.Event
    session: Session = field(init=False)
    failure: str | None = None
    throttled: bool = False
    overdue: bool = False
    taking: threading.Lock = field(default_factory=threading.Lock)
    _next_chunk: int = 0

    def __post_init__(self) -> None:
        self.session = self.settings.provider.session(self.settings.spec)
        plan = self.stream.plan
        self.session.wire.channels = plan.channels
        self.session.wire.sample_bytes = BYTES_PER_SAMPLE[plan.encoding]

    def open(self) -> bool:
        """Dial until ready; False if the service refused or did not answer in time."""
        try:
            self.session.open()
        except ProviderError as error:
            self.throttled = isinstance(error, ThrottledError)
            self.session.errors.append((time.monotonic_ns(), "not_ready", str(error)))
            self.failure = str(error)
            return False
        return True

    def send_all(self, t0_ns: int) -> None:
        """Send every chunk when it is due. A late chunk leaves at once; later due instants never move.

        The loop waits for nothing but the clock: not for the receiver, not for the other side.
        """
        for index in range(self.stream.plan.chunks):
            if not sleep_until(t0_ns + self.due_ns(index), self.stop) or self.overdue:
                return
            if not self.session.accepting():
                self.session.errors.append(
                    (time.monotonic_ns(), "dropped", f"the service stopped accepting audio at chunk {index}")
                )
                return
            self.session.send(self.stream.chunk(index))

    def close(self) -> None:
        """Send the stop command and wait for a clean end; then let go of everything."""
        if self.failure is not None and not self.stop.is_set() and not resolves(self._host):
            self.session.errors.append((time.monotonic_ns(), UNRESOLVED, f"{self._host}: no address is known here"))
        if self.failure is None and not (self.stop.is_set() or self.overdue):
            self.session.finish()
            if not self.session.wait_closed(CLOSE_DEADLINE_S):
                self.session.errors.append(
                    (time.monotonic_ns(), CLOSE_TIMEOUT, f"no clean close within {CLOSE_DEADLINE_S:g} s of the stop")
                )
        self.session.abort()

    @property
    def _host(self) -> str:
        return self.settings.spec.host or self.settings.provider.default_host

    def cut_off(self) -> None:
        """The session is overdue: something waits that will not come. Give it up, and tear its sockets from under it."""
        self.overdue = True
        self.session.errors.append((time.monotonic_ns(), DEADLINE, "the session did not end in time and was cut off"))
        self.session.abort()
        self.session.wire.cut()

    def due_ns(self, index: int) -> int:
        """When chunk `index` is due, from T0: once its last sample exists, as a microphone would deliver it."""
        plan = self.stream.plan
        return (index + 1) * plan.chunk_samples * 1_000_000_000 // plan.sample_rate_hz

    def crashed(self, thread: threading.Thread | None, error: BaseException) -> bool:
        """A thread died of `error`: note it if it is the one that reads this session's messages for the SDK."""
        if thread is None or thread is not self.session.wire.reader:
            return False
        reason = " ".join(str(error).split())
        self.session.errors.append(
            (time.monotonic_ns(), SDK_CRASHED, f"the SDK can't read a message: {type(error).__name__}: {reason}")
        )
        return True

    def audio_rows(self, t0_ns: int) -> list[AudioRow]:
        """The chunks that left since the last call, each stamped by the first write that carried its last byte."""
        plan, sent = self.stream.plan, self.session.wire.sent_audio
        rows = []
        while sent:
            write = sent.popleft()
            while self._next_chunk < plan.chunks and write.end_byte >= (self._next_chunk + 1) * plan.chunk_bytes:
                rows.append((self._next_chunk, self.due_ns(self._next_chunk), write.sent_ns - t0_ns))
                self._next_chunk += 1
        return rows

    def frame_rows(self, t0_ns: int, *, all_of_them: bool = False) -> list[FrameRow]:
        """The messages that the SDK was done with since the last call; when the session is over, all."""
        return [
            (
                frame.wire_ns - t0_ns,
                frame.handler_ns - t0_ns if frame.handler_ns is not None else None,
                self._clean(frame.data.decode("utf-8", "replace")),
                frame.queued,
            )
            for frame in self.session.wire.settled_frames(all_of_them=all_of_them)
        ]

    def header(self, pass_number: int, t0_ns: int, *, paired: bool) -> Header:
        """What the session was."""
        plan = self.stream.plan
        anchor = datetime.now(UTC) - timedelta(microseconds=(time.monotonic_ns() - t0_ns) / 1000)
        return Header(
            clip_id=self.job.clip_ids[0],
            side=self.settings.side,
            provider=self.settings.provider.name,
            pass_number=pass_number,
            audio=AudioFormat(
                encoding=plan.encoding,
                sample_rate_hz=plan.sample_rate_hz,
                chunk_ms=plan.chunk_ms,
                chunk_samples=plan.chunk_samples,
                chunks=plan.chunks,
                clip_samples=plan.clip_samples,
                channels=plan.channels,
            ),
            wall_anchor=anchor.isoformat(timespec="milliseconds"),
            t0_reached=self.failure is None,
            paired=paired,
            send_stamp=self.settings.provider.send_stamp,
            recv_stamp=self.settings.provider.recv_stamp,
            audio_sha256=self.session.wire.audio_sha256,
            params=self.settings.spec.params,
            sdk=self.settings.provider.sdk,
            # Where T0 lies on this machine's monotonic clock, so that an emulator's own log can be held against the timeline;
            # and how many messages were stamped by the kernel, and how many only when the process read them.
            extra={
                "t0_monotonic_ns": t0_ns,
                "stamps": {"kernel": self.session.wire.kernel_stamps, "process": self.session.wire.process_stamps},
                **{
                    name: self._clean(value) if isinstance(value, str) else value
                    for name, value in self.session.wire.extra.items()
                },
                **({"channel_sha256": self.session.wire.channel_sha256} if plan.channels > 1 else {}),
            },
        )

    def early(self, t0_ns: int) -> tuple[Event, ...]:
        """Dialling and readiness, and readiness again each time the SDK came back after losing its socket."""
        return _ordered([*self._dialled(t0_ns), *self._connected(t0_ns)])

    def late(self, t0_ns: int) -> tuple[Event, ...]:
        """The stop command, errors, the ends of sockets."""
        return _ordered(self._ended(t0_ns))

    def _dialled(self, t0_ns: int) -> Iterator[Event]:
        if self.session.connect_started_ns is not None:
            yield ConnectStarted(self.session.connect_started_ns - t0_ns)

    def _connected(self, t0_ns: int) -> Iterator[Event]:
        session = self.session
        if session.ready_ns is None:
            return
        for number, connection in enumerate(session.wire.connections):
            if connection.open_ns is None:
                continue
            open_ms = (connection.open_ns - connection.dial_ns) / 1e6
            if number == 0:
                yield Connected(session.ready_ns - t0_ns, session.http_post_ms, open_ms)
            else:
                yield Connected(connection.open_ns - t0_ns, ws_open_ms=open_ms)

    def _ended(self, t0_ns: int) -> Iterator[Event]:
        session = self.session
        for sent_ns in session.wire.finish_sent_ns:
            yield FinishSent(sent_ns - t0_ns)
        for at_ns, kind, message in session.errors:
            yield ErrorRaised(at_ns - t0_ns, kind, self._clean(message))
        for connection in session.wire.connections:
            if connection.closed_ns is not None:
                yield Closed(connection.closed_ns - t0_ns, connection.close_code, self._clean(connection.close_reason))

    def _clean(self, text: str) -> str:
        """Foreign text as it may be stored: without keys and tokens, should somebody quote them, and valid Unicode."""
        text = redacted(text, {*self.settings.spec.api_keys.values(), *self.session.wire.secrets})
        return text.encode("utf-8", "replace").decode("utf-8")


def resolves(host: str) -> bool:
    """Whether this machine knows an address for a host, given by its URL or its name; behind a proxy that is not its task."""
    name = urlsplit(host if "//" in host else f"//{host}").hostname
    if name is None or getproxies().keys() - {"no"}:  # exceptions alone, which workers always have, are none
        return True
    try:
        socket.getaddrinfo(name, None)
    except OSError:
        return False
    return True


def _ordered(events: Iterable[Event]) -> tuple[Event, ...]:
    return tuple(sorted(events, key=lambda event: event.t_ns))
