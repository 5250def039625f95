"""What really happened in each session, from the server's side: the truth that a client's record is checked against."""

import hashlib
import zlib
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from time import monotonic_ns
from typing import Any, Literal

_MOST_ENTRIES = 200_000  # of messages and of frames, per session: three hours of audio in 100 ms chunks


@dataclass(slots=True)
class SessionRecord:
    """One session's account; times are CLOCK_MONOTONIC nanoseconds.

    Attributes:
        provider: Whose session.
        session_id: As told to the client.
        parameters: What the client asked for, as received.
        headers: Request headers that are no secrets.
        effective: The settings in force, defaults applied.
        opened_ns: Upgrade or POST.
        ended: How it ended; None while it is open.
        close_code: As sent or received; None without a close frame.
        closed_ns: When.
        billed_s: Seconds by the provider's rule: AssemblyAI the time the socket was open, Gladia audio times channels.
        connections: Sockets accepted.
        attempts: How often the client dialled until it was let in.
        faults: How often each kind of injected fault happened.
    """

    provider: Literal["assemblyai", "gladia"]
    session_id: str
    parameters: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)
    effective: dict[str, Any] = field(default_factory=dict)
    opened_ns: int = field(default_factory=monotonic_ns)
    ended: str | None = None
    close_code: int | None = None
    closed_ns: int | None = None
    billed_s: float | None = None
    connections: int = 0
    attempts: int = 1
    audio_bytes: int = 0
    notes: list[str] = field(default_factory=list)
    faults: Mapping[str, int] = field(default_factory=dict)
    _digest: Any = field(default_factory=hashlib.sha256)
    _frames: "array[int]" = field(default_factory=lambda: array("q"))
    _messages: list[tuple[int | None, str, str, int, int, float, tuple[str, ...]]] = field(default_factory=list)
    _commands: list[tuple[int, str]] = field(default_factory=list)

    def audio(self, data: bytes, received_ns: int) -> None:
        """Account for audio received."""
        self.audio_bytes += len(data)
        self._digest.update(data)
        if len(self._frames) < 3 * _MOST_ENTRIES:
            self._frames.extend((received_ns, len(data), zlib.crc32(data)))

    def command(self, kind: str, received_ns: int) -> None:
        """Account for a text message received."""
        if len(self._commands) < _MOST_ENTRIES:
            self._commands.append((received_ns, kind))

    def message(
        self,
        kind: str,
        key: str,
        text: str,
        sent_ns: int | None,
        *,
        audio_ms: float = 0.0,
        faults: Iterable[str] = (),
    ) -> None:
        """Account for a message sent, or lost on purpose if `sent_ns` is None.

        Args:
            kind: Its `type`.
            key: Which turn or utterance it is about.
            text: As sent.
            sent_ns: When it was handed to the socket.
            audio_ms: Audio position it is about; what it took from there to `sent_ns` is the service's delay.
            faults: What happened to it on purpose.
        """
        if len(self._messages) < _MOST_ENTRIES:
            data = text.encode()
            self._messages.append((sent_ns, kind, key, len(data), zlib.crc32(data), audio_ms, tuple(faults)))

    def close(self, ended: str, *, code: int | None, billed_s: float) -> None:
        """Close the account; the first reason counts."""
        if self.ended is None:
            self.ended, self.close_code, self.billed_s = ended, code, round(billed_s, 3)
            self.closed_ns = monotonic_ns()

    def summary(self) -> dict[str, Any]:
        """The account without its entries, as JSON."""
        return {
            "provider": self.provider,
            "session_id": self.session_id,
            "parameters": self.parameters,
            "opened_ns": self.opened_ns,
            "closed_ns": self.closed_ns,
            "ended": self.ended,
            "close_code": self.close_code,
            "connections": self.connections,
            "attempts": self.attempts,
            "audio_bytes": self.audio_bytes,
            "audio_frames": len(self._frames) // 3,
            "audio_sha256": self._digest.hexdigest(),
            "messages_sent": len(self._messages),
            "billed_s": self.billed_s,
            "faults": dict(self.faults),
            "notes": self.notes,
        }

    def details(self) -> dict[str, Any]:
        """The whole account, as JSON: every message sent, every frame and command received."""
        frames = self._frames
        return {
            **self.summary(),
            "headers": self.headers,
            "effective": self.effective,
            "messages": [
                {
                    "sent_ns": sent_ns,
                    "type": kind,
                    "key": key,
                    "bytes": size,
                    "crc32": crc32,
                    "audio_ms": audio_ms,
                    **({"faults": list(faults)} if faults else {}),
                }
                for sent_ns, kind, key, size, crc32, audio_ms, faults in self._messages
            ],
            "commands": [{"received_ns": received_ns, "type": kind} for received_ns, kind in self._commands],
            "frames": [
                {"received_ns": frames[index], "bytes": frames[index + 1], "crc32": frames[index + 2]}
                for index in range(0, len(frames), 3)
            ],
        }


class Ledger:
    """The last `keep` sessions of both services."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._records: OrderedDict[str, SessionRecord] = OrderedDict()

    def open(self, record: SessionRecord) -> SessionRecord:
        """Remember a session; the oldest is forgotten when there are too many."""
        self._records[record.session_id] = record
        while len(self._records) > self._keep:
            self._records.popitem(last=False)
        return record

    def find(self, session_id: str) -> SessionRecord | None:
        """The session of that id, if it is remembered."""
        return self._records.get(session_id)

    def summaries(self) -> list[dict[str, Any]]:
        """All accounts in order of opening."""
        return [record.summary() for record in self._records.values()]
