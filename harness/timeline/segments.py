"""The unified segment model: what both services' messages are folded into."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from harness.timeline.events import Header

UpdateKind = Literal["partial", "final_unformatted", "final_formatted"]
ClosedBy = Literal["natural", "forced", "flush", "open", "vanished"]


@dataclass(frozen=True, slots=True)
class Word:
    """A recognised word; times are the provider's own estimate on the audio clock, never a latency reference."""

    text: str
    start_ms: int | None
    end_ms: int | None
    confidence: float | None
    is_final: bool


@dataclass(frozen=True, slots=True)
class Update:
    """One text-bearing message about a segment, at its arrival at the wire (ns from T0)."""

    key: str
    wire_ns: int
    handler_ns: int | None
    kind: UpdateKind
    text: str
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """One provider object (an AssemblyAI turn, a Gladia utterance) and its updates in order of arrival."""

    key: str
    updates: tuple[Update, ...]
    closed_by: ClosedBy
    start_ms: int | None
    end_ms: int | None


@dataclass(frozen=True, slots=True)
class Violation:
    """One breach of the contract, with the instant it was seen."""

    kind: str
    key: str
    t_ns: int
    detail: str


@dataclass(frozen=True, slots=True)
class SpeechEvent:
    """`speech_start` or `speech_end` as the provider signalled it: arrival and its own audio time."""

    kind: Literal["speech_start", "speech_end"]
    wire_ns: int
    audio_ms: float | None


@dataclass(frozen=True, slots=True)
class FoldedSession:
    """A timeline folded: segments in order, and the instants that metrics need.

    Attributes:
        header: The timeline's header.
        segments: In the provider's own order; one without a place in it stays behind the one that arrived before it.
        violations: Breaches of the contract.
        speech_events: Diagnostic only.
        connect_started_ns: Dial start, ns from T0.
        ready_ns: Ready, ns from T0; None if never.
        finish_ns: Stop command written; None if never.
        closed_ns: Socket closed, for good; None if never seen.
        dropped_ns: Socket lost for the first time: before the stop command, or behind it without a goodbye; None if it was not.
        close_code: As seen by the client.
        errors: `(type, message)` in order.
        sent_ns: Per chunk, the instant its write returned; may be shorter than planned.
        due_ns: Per chunk sent, its due instant.
        ended_ns: Arrival of the service's goodbye (`Termination`, `end_session`); None if there was none.
        http_post_ms: Duration of the POST that created the session; None where there is no POST.
        ws_open_ms: Duration of the WebSocket's opening.
        reconnects: Times the session became ready again.
        sdk_overhead_ms: Per frame that reached our handler, handler minus wire.
        acks: `(arrival, bytes)` of the service's acknowledgements of audio, in order; empty if it sends none.
        conduct: How the service went about its messages, see `harness.timeline.conduct`.
    """

    header: Header
    segments: tuple[Segment, ...]
    violations: tuple[Violation, ...]
    speech_events: tuple[SpeechEvent, ...]
    connect_started_ns: int | None
    ready_ns: int | None
    finish_ns: int | None
    closed_ns: int | None
    close_code: int | None
    errors: tuple[tuple[str, str], ...]
    sent_ns: tuple[int, ...]
    due_ns: tuple[int, ...]
    ended_ns: int | None = None
    http_post_ms: float | None = None
    ws_open_ms: float | None = None
    reconnects: int = 0
    sdk_overhead_ms: tuple[float, ...] = ()
    dropped_ns: int | None = None
    acks: tuple[tuple[int, int], ...] = ()
    conduct: Counter[tuple[str, str]] = field(default_factory=Counter)
