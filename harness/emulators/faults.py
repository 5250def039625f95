"""What can go wrong, as values: read from a scenario or from the control endpoint, the same for both services and engines."""

from dataclasses import dataclass, fields
from typing import Any, Literal

FaultKind = Literal[
    "drop", "close", "stall", "deaf",
    "delay", "jitter", "throttle", "duplicate", "reorder", "lose",
    "malformed", "missing", "fraction", "oversize", "unknown_type", "language",
    "truncate", "late", "hallucinate",
]  # fmt: skip
_WINDOW = frozenset({"for_s", "on", "times", "probability"})
_TEXT_WINDOW = frozenset({"for_s", "times", "probability"})
_TAKES: dict[FaultKind, tuple[frozenset[str], frozenset[str]]] = {  # what each kind needs, and what it may have besides
    "drop": (frozenset(), frozenset()),
    "close": (frozenset(), frozenset({"code", "reason"})),
    "stall": (frozenset({"for_s"}), frozenset()),
    "deaf": (frozenset({"for_s"}), frozenset()),
    "delay": (frozenset({"delay_ms"}), _WINDOW),
    "jitter": (frozenset({"jitter_ms"}), _WINDOW),
    "throttle": (frozenset({"bytes_per_s"}), _WINDOW),
    "duplicate": (frozenset(), _WINDOW),
    "reorder": (frozenset(), _WINDOW),
    "lose": (frozenset(), _WINDOW),
    "malformed": (frozenset(), _WINDOW | {"text"}),
    "missing": (frozenset({"field"}), _WINDOW),
    "fraction": (frozenset({"field"}), _WINDOW),
    "oversize": (frozenset(), _WINDOW | {"size_bytes"}),
    "unknown_type": (frozenset(), _WINDOW),
    "language": (frozenset({"language"}), _WINDOW),
    "truncate": (frozenset(), _TEXT_WINDOW | {"keep"}),
    "late": (frozenset(), frozenset({"delay_ms"})),
    "hallucinate": (frozenset({"text"}), frozenset({"for_s"})),
}
LARGEST_BYTES = 1 << 28
ON_CONNECTION = frozenset({"drop", "close", "stall", "deaf"})
ON_TEXT = frozenset({"truncate", "late", "hallucinate"})


@dataclass(frozen=True, slots=True)
class Fault:
    """Something going wrong.

    Attributes:
        kind: What happens; see docs/emulators.md.
        at_s: Audio time from which it happens.
        for_s: Audio time for which it goes on, to the end if None; `stall` and `deaf`: wall time; `hallucinate`: length.
        on: Which messages: a `type`, or `partial`, `final` or `ack` of either service; empty for all.
        times: At most so many messages.
        probability: Of each message to suffer it, drawn from the seed.
        code: Of a close.
        reason: Of a close.
        delay_ms: How much later than otherwise.
        jitter_ms: Up to so much later.
        bytes_per_s: Speed of a slow line.
        field: Path of a field, as `utterance.language`, found wherever it is in a message.
        size_bytes: Of an oversize message.
        text: Hallucinated, or sent in place of a malformed message (default: its first half).
        keep: Part of the words that a truncated final keeps.
        language: Claimed in place of the true one.
    """

    kind: FaultKind
    at_s: float = 0.0
    for_s: float | None = None
    on: str = ""
    times: int | None = None
    probability: float = 1.0
    code: int = 1011
    reason: str = ""
    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    bytes_per_s: float = 0.0
    field: str = ""
    size_bytes: int = 2 << 20
    text: str = ""
    keep: float = 0.5
    language: str = ""

    def __post_init__(self) -> None:
        needed, allowed = _TAKES[self.kind]
        given = {name for name, default in _DEFAULTS.items() if getattr(self, name) != default}
        if missing := sorted(needed - given):
            raise ValueError(f"a fault of kind {self.kind!r} needs {missing[0]}")
        if surplus := sorted(given - needed - allowed - {"at_s"}):
            takes = ", ".join(sorted({"at_s"} | needed | allowed))
            raise ValueError(f"a fault of kind {self.kind!r} takes no {surplus[0]}; it takes {takes}")
        if not 0 <= self.probability <= 1 or not 0 <= self.keep <= 1:
            raise ValueError("probability and keep are parts of one, from 0 to 1")
        if min(self.at_s, self.for_s or 0.0, self.delay_ms, self.jitter_ms, self.bytes_per_s, self.size_bytes) < 0:
            raise ValueError("no time, size or speed of a fault can be negative")
        if self.size_bytes > LARGEST_BYTES or 0 < self.bytes_per_s < 1:
            raise ValueError(f"size_bytes can be {LARGEST_BYTES} at most, and bytes_per_s 1 at least")
        if not 1000 <= self.code <= 4999:  # noqa: PLR2004 - the codes a close frame can carry
            raise ValueError(f"code is {self.code}; a close frame carries 1000 to 4999")


_DEFAULTS: dict[str, Any] = {each.name: each.default for each in fields(Fault) if each.name != "kind"}


@dataclass(frozen=True, slots=True)
class Opening:
    """What happens to the first `times` attempts to open a session: AssemblyAI's upgrade, Gladia's POST.

    Attributes:
        status: HTTP status they are refused with; 0 lets them through.
        times: How many attempts.
        delay_s: Wall time before the answer, whatever it is.
        retry_after_s: `Retry-After` of a refusal; None for none.
        omit: Fields left out of a successful answer to the POST.
        body: Sent in place of the JSON of the answer.
    """

    status: int = 0
    times: int = 1
    delay_s: float = 0.0
    retry_after_s: int | None = None
    omit: tuple[str, ...] = ()
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Upgrading:
    """What happens to the first `times` upgrades of a session.

    Attributes:
        status: HTTP status they are refused with; 0 lets them through.
        times: How many; accept-then-close is capped by the emulator, because one SDK redials for ever without a pause.
        delay_s: Wall time before the answer (a slow handshake) or, with `close_code`, between upgrade and close.
        close_code: Accept, then close with this code; None accepts as usual.
        reason: Of that close.
    """

    status: int = 0
    times: int = 1
    delay_s: float = 0.0
    close_code: int | None = None
    reason: str = ""


def names(message: dict[str, Any]) -> set[str]:
    """By which names `on` selects a message: its type, and what it is to either service."""
    kind = str(message.get("type"))
    if kind == "Turn":
        return {kind, "final" if message.get("end_of_turn") else "partial"}
    if kind == "transcript":
        return {kind, "final" if message["data"]["is_final"] else "partial"}
    return {kind, "ack"} if "acknowledged" in message else {kind}
