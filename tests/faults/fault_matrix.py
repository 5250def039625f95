"""The matrix as data: what goes wrong, in which phase of a session, at which service, and what must come of it.

A row is a fault in a phase. It is played at AssemblyAI alone (the baseline), at Gladia alone (the candidate), and at both. What is
expected is told by the words of the failure that the harness records, and by how many of the three words said it then finds missing.
`docs/faults.md` has the table that `table` makes of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.timeline.events import SIDES, Side

SPOKEN_S, SILENT_S = 0.8, 6.0  # on a busy machine, finals may come seconds late, and audio in bursts
AUDIO_S = SPOKEN_S + SILENT_S
FOREVER_S = 30.0  # longer than any session is waited for
PHASES = ("dial", "open", "first chunk", "middle", "trailing silence", "stop", "close")

Order = Mapping[str, Any]
Span = tuple[int, int]
NONE, FINE = (0, 0), ""


@dataclass(frozen=True)
class Met:
    """What comes of a fault at one service.

    Attributes:
        failure: Pattern of the reason by which the session counts as failed; empty if it succeeds.
        missing: Fewest and most words that are then missing, of three.
        added: Words that nobody said.
        other: What may come of it instead, where that hangs on microseconds.
    """

    failure: str = FINE
    missing: Span = NONE
    added: int = 0
    other: "Met | None" = None


UNHARMED = Met()


@dataclass(frozen=True)
class Row:
    """One fault in one phase.

    Attributes:
        fault: Its kind, as the emulators name it, or in words.
        phase: When.
        orders: For each service that can have it, what the emulators are told.
        met: What must come of it, by service.
        network: Whether it is the network's, not the services', if both have it; None where that hangs on microseconds.
        both: Whether it is played at both too.
    """

    fault: str
    phase: str
    orders: Mapping[Side, Order]
    met: Mapping[Side, Met] = field(default_factory=dict)
    network: bool | None = False
    both: bool = True

    def cells(self) -> Iterator["Cell"]:
        """The pairs that are played of it."""
        for side in self.orders:
            yield Cell(self, (side,))
        if self.both and len(self.orders) == len(SIDES):
            yield Cell(self, SIDES)


@dataclass(frozen=True)
class Cell:
    """One pair: a row at one service or at both."""

    row: Row
    sides: Sequence[Side]

    @property
    def clip_id(self) -> str:
        """Names the call that is played for it."""
        where = "both" if len(self.sides) > 1 else self.sides[0]
        return f"{self.row.phase}.{self.row.fault}.{where}".replace(" ", "-")

    @property
    def network(self) -> bool | None:
        """Whether the pair must be run again, for the network's sake."""
        return self.row.network if len(self.sides) > 1 else False

    @property
    def orders(self) -> Mapping[Side, Order]:
        """What the emulators are told."""
        return {side: self.row.orders[side] for side in self.sides}

    def met(self, side: Side) -> Met:
        """What must come of it on a side, in the attempt that counts: the second one meets no fault."""
        return self.row.met.get(side, UNHARMED) if side in self.sides and not self.network else UNHARMED


def at_both(order: Order) -> Mapping[Side, Order]:
    return dict.fromkeys(SIDES, order)


def fault(kind: str, **more: Any) -> Order:
    return {"fault": [{"kind": kind, **more}]}


def met(baseline: Met = UNHARMED, candidate: Met = UNHARMED) -> Mapping[Side, Met]:
    return {"baseline": baseline, "candidate": candidate}


NEVER, SOME, ONE = (3, 3), (2, 3), (1, 1)
BAD_JSON = "gladia_error: "
LOST, CLOSED = "assemblyai_1006", "assemblyai_1011"
BACK = "reconnected 1 times"
OVER = "gladia_ended_|reconnected|close_timeout|closed|gladia_error"  # the SDK redials a session that has ended


def _opening() -> Iterator[Row]:
    yield Row(
        "never answered",
        "dial",
        at_both({"open": {"delay_s": FOREVER_S}}),
        met(Met("timed out", NEVER), Met("Gladia was not ready within 10 s|Request timed out after 10", NEVER)),
        network=True,
    )
    yield Row(
        "refused",
        "dial",
        at_both({"open": {"status": 503}}),
        met(Met("assemblyai_503", NEVER), Met("gladia_http_503", NEVER)),
        network=True,
    )
    broken = met(candidate=Met(BAD_JSON, NEVER))
    yield Row("answer is no JSON", "dial", {"candidate": {"open": {"body": "<html>"}}}, broken)
    yield Row("answer lacks a field", "dial", {"candidate": {"open": {"omit": ["url"]}}}, broken)
    yield Row("refused", "open", {"candidate": {"upgrade": {"status": 503}}}, met(candidate=Met("HTTP 503", NEVER)))
    yield Row(
        "let in and closed",
        "open",
        {"baseline": {"upgrade": {"close_code": 1011}}, "candidate": {"upgrade": {"close_code": 1011, "times": 9}}},
        met(Met(CLOSED, NEVER), Met("gladia_ended_1011", NEVER)),
    )
    first = {"baseline": "Begin", "candidate": "start_recording"}
    for kind, more, expected in (
        ("delay", {"delay_ms": 700}, met()),
        ("lose", {}, met(Met("did not send Begin within 10 s", NEVER))),
        ("malformed", {}, met(Met("did not send Begin within 10 s", NEVER), Met(BAD_JSON))),
    ):
        yield Row(kind, "open", {side: fault(kind, on=on, **more) for side, on in first.items()}, expected, both=False)


def _connection() -> Iterator[Row]:
    """Faults of the connection: `at_s` is when the audio up to there has arrived."""
    for phase, at_s, lost in (
        ("first chunk", 0.0, NEVER),
        ("middle", 0.4, SOME),
        ("trailing silence", 3.8, NONE),
        ("stop", AUDIO_S, NONE),
    ):
        gone = BACK if phase != "stop" else OVER
        yield Row("drop", phase, at_both(fault("drop", at_s=at_s)), met(Met(LOST, lost), Met(gone)), network=True)
        yield Row(
            "close",
            phase,
            at_both(fault("close", at_s=at_s)),
            met(Met(CLOSED, lost), Met(gone)),
            network=None if phase == "stop" else True,
        )
        for kind in ("stall", "deaf"):
            yield Row(kind, phase, at_both(fault(kind, at_s=at_s, for_s=1.0)))
    silent = met(Met("close_timeout", SOME), Met("close_timeout", SOME))
    for kind in ("stall", "deaf"):
        order = at_both(fault(kind, at_s=0.4, for_s=FOREVER_S))
        yield Row(f"{kind} for ever", "middle", order, silent, network=True)


MESSAGE_FAULTS: Mapping[str, Mapping[str, Any]] = {
    "delay": {"delay_ms": 700},
    "jitter": {"jitter_ms": 700},
    "throttle": {"bytes_per_s": 600},
    "duplicate": {},
    "reorder": {"times": 1},
    "lose": {},
    "malformed": {},
    "missing": {"field": "type"},
    "fraction": {"field": "start"},
    "oversize": {},
    "unknown_type": {},
    "language": {"language": "fr"},
}
UNREAD = "sdk_crashed: the SDK can't read a message: ValidationError"
OF_PARTIALS = {
    "malformed": met(candidate=Met(BAD_JSON)),
    "missing": met(candidate=Met(BAD_JSON)),
    "fraction": met(Met(UNREAD)),
    # On a busy machine the second one may count as sent by the socket that the first one breaks: the next has none.
    "oversize": met(Met(LOST, SOME), Met("gladia_ended_1006", SOME, other=Met(BACK))),
}
OF_FINALS = {
    "lose": met(Met("no final", ONE), Met("no final", ONE)),
    "malformed": met(Met("no final", ONE), Met(BAD_JSON, ONE)),
    "missing": met(Met("no final", ONE), Met(BAD_JSON, ONE)),
    "fraction": met(Met(UNREAD)),
    "oversize": met(Met(LOST, ONE), Met(BACK, ONE)),
    "unknown_type": met(Met("no final", ONE), Met("no final", ONE)),
}


def _messages() -> Iterator[Row]:
    """Faults of partials, of finals, of acknowledgements and of the last message."""
    for kind, more in MESSAGE_FAULTS.items():
        order = at_both(fault(kind, on="partial", **more))
        yield Row(kind, "first chunk", order, OF_PARTIALS.get(kind, {}), both=False)
    for kind, more in MESSAGE_FAULTS.items():
        order = at_both(fault(kind, on="final", **more))
        yield Row(kind, "trailing silence", order, OF_FINALS.get(kind, {}), network=kind == "oversize")
    yield Row("lose acknowledgements", "middle", {"candidate": fault("lose", on="ack")})
    yield Row("truncate", "trailing silence", at_both(fault("truncate")), met(Met(FINE, (2, 2)), Met(FINE, (2, 2))))
    yield Row(
        "hallucinate",
        "trailing silence",
        at_both(fault("hallucinate", at_s=1.6, for_s=0.4, text="thank you")),
        met(Met(added=2), Met(added=2)),
    )
    yield Row("late", "stop", at_both(fault("late", delay_ms=700)))
    last = {"baseline": "Termination", "candidate": "end_session"}
    for kind, more, expected in (
        ("delay", {"delay_ms": 700}, met()),
        ("duplicate", {}, met()),
        ("lose", {}, met()),
        ("malformed", {}, met(candidate=Met(BAD_JSON))),
        ("oversize", {}, met(Met(LOST), Met(OVER))),
    ):
        yield Row(kind, "close", {side: fault(kind, on=on, **more) for side, on in last.items()}, expected, both=False)
    fraction = fault("fraction", on="Termination", field="audio_duration_seconds")
    yield Row("fraction", "close", {"baseline": fraction}, met(Met(UNREAD)))


ROWS = sorted((*_opening(), *_connection(), *_messages()), key=lambda row: PHASES.index(row.phase))
CELLS = [cell for row in ROWS for cell in row.cells()]


IMPOSSIBLE = (
    (
        "drop, close, stall, deaf",
        "dial, open",
        "they hang on audio that has arrived; before there is any, a service refuses, does not answer, or lets in and closes",
    ),
    (
        "drop, close, stall, deaf",
        "close",
        "the audio has ended; what goes wrong with the end is a fault of the last message",
    ),
    ("faults of messages", "dial", "no message comes before the session is open"),
    ("faults of messages", "stop", "the stop itself is answered by no message of its own but Gladia's acknowledgement"),
    (
        "jitter, throttle, reorder, missing, unknown_type, language",
        "open, close",
        "one message, which has no other to change places with; as delayed or malformed",
    ),
    ("truncate, hallucinate, late", "any other", "they are of text, and stand where text comes"),
    ("refused, answer broken", "AssemblyAI, open", "its upgrade is its dial, and it has no answer in JSON"),
    (
        "faults of messages",
        "both sides, but for finals",
        "what one service says reaches its own session alone; finals are played on both all the same",
    ),
)
"""What, when or where, and why it cannot be or is not played."""


def table() -> str:
    """The matrix as Markdown: faults of a phase that have the same outcome share a line."""
    lines = ["| phase | fault | at AssemblyAI | at Gladia | at both |", "|---|---|---|---|---|"]
    shared: dict[tuple[str, str, str, str], list[str]] = {}
    for row in ROWS:
        shared.setdefault((row.phase, *(_told(row, side) for side in SIDES), _told_of_both(row)), []).append(row.fault)
    lines += [f"| {phase} | {', '.join(names)} | {' | '.join(rest)} |" for (phase, *rest), names in shared.items()]
    return "\n".join(lines)


def impossible() -> str:
    """What the matrix leaves out, as Markdown."""
    lines = ["| fault | where | why not |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {' | '.join(each)} |" for each in IMPOSSIBLE)])


def _told(row: Row, side: Side) -> str:
    if side not in row.orders:
        return ""
    outcome = row.met.get(side, UNHARMED)
    fewest, most = outcome.missing
    parts = ["failed"] if outcome.failure else []
    if most:
        parts.append(f"{fewest if fewest == most else f'{fewest} to {most}'} of 3 words missing")
    if outcome.added:
        parts.append(f"{outcome.added} words inserted")
    return ", ".join(parts) or "counts in full"


def _told_of_both(row: Row) -> str:
    if not row.both or len(row.orders) < len(SIDES):
        return ""
    return {True: "network: run again", None: "network, or each as alone", False: "each as alone"}[row.network]
