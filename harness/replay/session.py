"""One side of a pair: opens its session, sends chunks on the absolute schedule, and turns what happened into a timeline."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from harness.audio.chunking import Stream
from harness.errors import ProviderError
from harness.providers.base import Provider, Session, SessionSpec
from harness.replay.clock import sleep_until
from harness.timeline.events import (
    Audio,
    AudioFormat,
    Closed,
    Connected,
    ConnectStarted,
    ErrorRaised,
    Event,
    FinishSent,
    Frame,
    Header,
    Side,
    Timeline,
)

CLOSE_DEADLINE_S = 10.0


@dataclass(frozen=True, slots=True)
class SideSettings:
    """How one side is reached: its provider, the session's parameters as sent, and its role."""

    side: Side
    provider: Provider
    spec: SessionSpec


@dataclass(slots=True)
class SideReplay:
    """Drives one session. `open`, then `send_all`, then `close`, then `timeline`; each is called once, in one thread."""

    settings: SideSettings
    stream: Stream
    stop: threading.Event
    session: Session = field(init=False)
    failure: str | None = None

    def __post_init__(self) -> None:
        self.session = self.settings.provider.session(self.settings.spec)

    def open(self) -> bool:
        """Dial until ready; False if the service refused or did not answer in time."""
        try:
            self.session.open()
        except ProviderError as error:
            self.session.errors.append((time.monotonic_ns(), "not_ready", str(error)))
            self.failure = str(error)
            return False
        return True

    def send_all(self, t0_ns: int) -> None:
        """Send every chunk when it is due. A late chunk leaves at once; later due instants never move.

        The loop waits for nothing but the clock: not for the receiver, not for the other side.
        """
        for index in range(self.stream.plan.chunks):
            if not sleep_until(t0_ns + self.due_ns(index), self.stop):
                return
            if not self.session.accepting():
                self.session.errors.append(
                    (time.monotonic_ns(), "dropped", f"the service stopped accepting audio at chunk {index}")
                )
                return
            self.session.send(self.stream.chunk(index))

    def close(self) -> None:
        """Send the stop command and wait for a clean end; then let go of everything."""
        if self.failure is None and not self.stop.is_set():
            self.session.finish()
            if not self.session.wait_closed(CLOSE_DEADLINE_S):
                self.session.errors.append(
                    (time.monotonic_ns(), "close_timeout", f"no clean close within {CLOSE_DEADLINE_S:g} s of the stop")
                )
        self.session.abort()

    def due_ns(self, index: int) -> int:
        """When chunk `index` is due, from T0: once its last sample exists, as a microphone would deliver it."""
        plan = self.stream.plan
        return (index + 1) * plan.chunk_samples * 1_000_000_000 // plan.sample_rate_hz

    def timeline(self, clip_id: str, pass_number: int, t0_ns: int, **header: Any) -> Timeline:
        """Everything that happened, relative to `t0_ns`."""
        session, plan = self.session, self.stream.plan
        anchor = datetime.now(UTC) - timedelta(microseconds=(time.monotonic_ns() - t0_ns) / 1000)
        return Timeline(
            Header(
                clip_id=clip_id,
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
                ),
                wall_anchor=anchor.isoformat(timespec="milliseconds"),
                t0_reached=self.failure is None,
                audio_sha256=session.wire.audio_sha256,
                params=self.settings.spec.params,
                sdk=self.settings.provider.sdk,
                # Where T0 lies on this machine's monotonic clock: an emulator's own log can be compared with the timeline.
                extra={"t0_monotonic_ns": t0_ns},
                **header,
            ),
            tuple(sorted(self._events(t0_ns), key=lambda event: event.t_ns)),
        )

    def _events(self, t0_ns: int) -> Iterator[Event]:
        session = self.session
        if session.connect_started_ns is not None:
            yield ConnectStarted(session.connect_started_ns - t0_ns)
        yield from self._connected_events(t0_ns)
        yield from self._audio_events(t0_ns)
        for frame in session.wire.received:
            handler_ns = frame.handler_ns - t0_ns if frame.handler_ns is not None else None
            wire_ns = frame.wire_ns - t0_ns
            yield Frame(wire_ns, wire_ns, handler_ns, self._clean(frame.data.decode("utf-8", "replace")), frame.queued)
        for sent_ns, text in session.wire.sent_text:
            if "Terminate" in text or "stop_recording" in text:
                yield FinishSent(sent_ns - t0_ns)
        for at_ns, kind, message in session.errors:
            yield ErrorRaised(at_ns - t0_ns, kind, self._clean(message))
        for connection in session.wire.connections:
            if connection.closed_ns is not None:
                yield Closed(connection.closed_ns - t0_ns, connection.close_code, self._clean(connection.close_reason))

    def _connected_events(self, t0_ns: int) -> Iterator[Event]:
        """Ready, and ready again each time the SDK came back after losing its socket."""
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

    def _clean(self, text: str) -> str:
        """Foreign text as it may be stored: without our key, should somebody quote it, and valid Unicode."""
        return text.replace(self.settings.spec.api_key, "[key]").encode("utf-8", "replace").decode("utf-8")

    def _audio_events(self, t0_ns: int) -> Iterator[Event]:
        """One event a chunk, stamped by the first write that carried its last byte."""
        plan = self.stream.plan
        chunk_bytes = len(self.stream.chunk(0))
        index = 0
        for write in self.session.wire.sent_audio:
            while index < plan.chunks and write.end_byte >= (index + 1) * chunk_bytes:
                sent_ns = write.sent_ns - t0_ns
                last = index == plan.chunks - 1
                yield Audio(
                    t_ns=sent_ns,
                    index=index,
                    bytes=chunk_bytes,
                    due_ns=self.due_ns(index),
                    sent_ns=sent_ns,
                    sha256=self.session.wire.audio_sha256 if last else None,
                )
                index += 1
