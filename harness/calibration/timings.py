"""How late chunks left and how wrong stamps are, held against the services' own send times.

A scripted service says in every message at which instant of the machine's monotonic clock it was handed to the socket, and a
timeline's header says where T0 lies on that clock.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from harness.calibration.material import Material
from harness.calibration.performance import PlayedSegment, perform
from harness.calibration.truth import LATENCIES
from harness.timeline.events import Audio, Frame, Side, Timeline
from harness.timeline.fold import fold
from harness.timeline.segments import Segment, Update

SENT = "_sent_ns"
_TEXT_BEARING = frozenset({"Turn", "transcript"})
_PERCENTILES = (50, 90, 99)


@dataclass(slots=True)
class Samples:
    """Milliseconds, in order of appearance; every list pools what sessions it was given.

    Attributes:
        lateness: A chunk's write against its due instant.
        wire_error: Wire stamp against the service's send time, every stamped message.
        handler_error: Handler stamp against it.
        sdk_overhead: Handler stamp against wire stamp, text-bearing messages only.
        source_delay: The service's send time against the script's, first partials and consumed finals: the chunk's lateness, its
            way, and what the emulator added.
    """

    lateness: list[float] = field(default_factory=list)
    wire_error: list[float] = field(default_factory=list)
    handler_error: list[float] = field(default_factory=list)
    sdk_overhead: list[float] = field(default_factory=list)
    source_delay: list[float] = field(default_factory=list)

    def extend(self, other: "Samples") -> None:
        """Pool the samples of another session."""
        for name in self.__dataclass_fields__:
            getattr(self, name).extend(getattr(other, name))


def spread(values: Sequence[float]) -> dict[str, float | int | None]:
    """`p50`, `p90`, `p99` and `max` in milliseconds, and `n`; None without values."""
    if not values:
        return {**{f"p{percent}": None for percent in _PERCENTILES}, "max": None, "n": 0}
    quantiles = np.quantile(values, [percent / 100 for percent in _PERCENTILES])
    return {
        **{f"p{percent}": round(float(value), 3) for percent, value in zip(_PERCENTILES, quantiles, strict=True)},
        "max": round(max(values), 3),
        "n": len(values),
    }


def samples_of(timeline: Timeline) -> Samples:
    """The samples of one session, but for what needs the script."""
    samples = Samples()
    t0_ns = _t0_ns(timeline)
    for event in timeline.events:
        if isinstance(event, Audio):
            samples.lateness.append((event.sent_ns - event.due_ns) / 1e6)
        elif isinstance(event, Frame):
            message = json.loads(event.raw)
            sent_ns = message.get(SENT)
            if sent_ns is not None:
                samples.wire_error.append((event.wire_ns + t0_ns - sent_ns) / 1e6)
            if event.handler_ns is None:
                continue
            if sent_ns is not None:
                samples.handler_error.append((event.handler_ns + t0_ns - sent_ns) / 1e6)
            if message.get("type") in _TEXT_BEARING:
                samples.sdk_overhead.append((event.handler_ns - event.wire_ns) / 1e6)
    return samples


def sent_latencies_ms(timeline: Timeline, material: Material, side: Side) -> dict[str, tuple[float, ...]]:
    """Each latency of each utterance, had it been measured where the service hands its messages to the socket.

    Empty if the session does not hold the segments that were scripted: something went wrong with it.
    """
    played = perform(material.utterances, material.sides[side])
    segments = fold(timeline).segments
    sent_ns = _sent_ns(timeline)
    if len(segments) != len(played):
        return {}
    rows = []
    for number, utterance in enumerate(material.utterances):
        own = _of_utterance(number, played, segments)
        partial = _first(own[0].updates, "partial")
        first_final = next((u for u in own[-1].updates if u.kind != "partial"), None)
        instants = [partial, _first(own[-1].updates, "final_formatted"), first_final]
        known_ns = [sent_ns[update.wire_ns] for update in instants if update is not None and update.wire_ns in sent_ns]
        if len(known_ns) != len(LATENCIES):
            return {}
        positions_ms = (utterance.start_ms, utterance.end_ms, utterance.end_ms)
        rows.append([at_ns / 1e6 - at_ms for at_ns, at_ms in zip(known_ns, positions_ms, strict=True)])
    return dict(zip(LATENCIES, zip(*rows, strict=True), strict=True))


def source_delays_ms(sent: Mapping[str, Sequence[float]], scripted: Mapping[str, Sequence[float]]) -> list[float]:
    """By how much first partials and consumed finals left later than scripted."""
    return [
        at_ms - wanted_ms
        for name in ("first_partial_ms", "final_ms")
        for at_ms, wanted_ms in zip(sent.get(name, ()), scripted[name], strict=False)
    ]


def _sent_ns(timeline: Timeline) -> dict[int, int]:
    """The service's send time of each stamped message, from T0, by its wire stamp."""
    t0_ns = _t0_ns(timeline)
    found: dict[int, int] = {}
    for event in timeline.events:
        if isinstance(event, Frame):
            sent_ns: Any = json.loads(event.raw).get(SENT)
            if sent_ns is not None:
                found.setdefault(event.wire_ns, sent_ns - t0_ns)
    return found


def _t0_ns(timeline: Timeline) -> int:
    return int(timeline.header.extra["t0_monotonic_ns"])


def _of_utterance(number: int, played: Sequence[PlayedSegment], segments: Sequence[Segment]) -> list[Segment]:
    return [segment for segment, plan in zip(segments, played, strict=True) if plan.utterance == number]


def _first(updates: Iterable[Update], kind: str) -> Update | None:
    return next((update for update in updates if update.kind == kind), None)
