"""What a session's timeline is made of: one header, then events in the order of their instants.

All instants are integer nanoseconds of one monotonic clock, relative to `T0` of the pair: the instant at which audio
position 0 "happens". What comes before T0 (dialling) is negative. Raw first: a frame keeps the exact text received, and
everything derived is derived again from it.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

SCHEMA = "harness.timeline/1"

Side = Literal["baseline", "candidate"]
SIDES: tuple[Side, Side] = ("baseline", "candidate")


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """What both services were sent.

    Attributes:
        encoding: `pcm_s16le` or `pcm_mulaw`.
        sample_rate_hz: Samples a second.
        chunk_ms: Nominal duration of a chunk.
        chunk_samples: Samples in every chunk (`n_c` of the methodology).
        chunks: Planned number of chunks, trailing silence included.
        clip_samples: Samples of the clip itself, before trailing silence and padding.
        channels: Channels interleaved in the session's audio; counts of samples are of one of them.
    """

    encoding: str
    sample_rate_hz: int
    chunk_ms: float
    chunk_samples: int
    chunks: int
    clip_samples: int
    channels: int = 1

    @property
    def bytes_per_sample(self) -> int:
        """Bytes of one sample on the wire."""
        return 1 if self.encoding == "pcm_mulaw" else 2


@dataclass(frozen=True, slots=True)
class Header:
    """First line of a timeline: what the session was.

    Attributes:
        clip_id: The clip streamed.
        side: The role in the comparison.
        provider: `assemblyai`, `gladia` or the name of a plug-in.
        pass_number: Repetition, from 1.
        audio: What was sent.
        wall_anchor: ISO-8601 wall-clock time of T0, for correlation with server logs only.
        t0_reached: False if the session never became ready, so that T0 is only the instant at which it was given up.
        paired: False if the session ran alone, with its own T0.
        send_stamp: `wire` or `handoff`.
        recv_stamp: `wire` or `handler`.
        channel: Which channel of a multi-channel session the clip was; None if it had the session to itself.
        audio_sha256: Hash of all audio bytes written to the socket, in order; empty if none was.
        params: Provider parameters as sent.
        sdk: Name and version of the client used.
        loop_lag_ms: Lag of a 10 ms probe in the recording process: `p50`, `p99`, `max`, `n`.
        extra: Anything else worth keeping; never needed to derive a metric.
    """

    clip_id: str
    side: Side
    provider: str
    pass_number: int
    audio: AudioFormat
    wall_anchor: str = ""
    t0_reached: bool = True
    paired: bool = True
    send_stamp: str = "wire"
    recv_stamp: str = "wire"
    channel: int | None = None
    audio_sha256: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    sdk: str = ""
    loop_lag_ms: dict[str, float] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConnectStarted:
    """The session was dialled (for Gladia: before the POST)."""

    t_ns: int


@dataclass(frozen=True, slots=True)
class Connected:
    """The session became ready: AssemblyAI `Begin` arrived, the Gladia socket opened."""

    t_ns: int
    http_post_ms: float | None = None
    ws_open_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Audio:
    """Chunk `index` left. `sent_ns` is the return of the socket write; `sha256` stands on the last one only."""

    t_ns: int
    index: int
    bytes: int
    due_ns: int
    sent_ns: int
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """A text frame arrived. `queued` counts frames received but not yet taken by the SDK."""

    t_ns: int
    wire_ns: int
    handler_ns: int | None
    raw: str
    queued: int = 0


@dataclass(frozen=True, slots=True)
class FinishSent:
    """The stop command (`Terminate`, `stop_recording`) was written."""

    t_ns: int


@dataclass(frozen=True, slots=True)
class ErrorRaised:
    """Something failed: `type` is a short class of error, `message` what the service or the SDK said."""

    t_ns: int
    type: str
    message: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The socket closed, with the close code as seen by the client (None: no close frame)."""

    t_ns: int
    code: int | None
    reason: str


Event = ConnectStarted | Connected | Audio | Frame | FinishSent | ErrorRaised | Closed


@dataclass(frozen=True, slots=True)
class Timeline:
    """One session: its header and all its events, ordered by `t_ns`."""

    header: Header
    events: tuple[Event, ...]
