"""Turn ends against reference turns, decided by text: early cuts, merges and the delay of the rest.

A segment's end is judged by the reference words it covers, so it does not matter how the provider numbers or times its
segments. A cut and a delay trade against each other: neither is quoted without the other.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from harness.metrics.clock import user_latency_ms
from harness.metrics.coverage import Coverage
from harness.metrics.hypothesis import Hypothesis
from harness.metrics.scores import EndClass
from harness.timeline.segments import ClosedBy

EARLY_LIMIT_MS = -250.0
LATE_LIMIT_MS = 3000.0
SHORTEST_HOLD_S = 0.1

Role = Literal["boundary", "early_cut", "forced_cut", "spurious", "inside"]


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of one segment.

    Attributes:
        words: Reference words that the segment covers, ascending.
        endpoint_ns: First final, ns from T0; None without one.
        closed_by: How the segment was closed.
        has_tokens: Whether its first final holds any token.
    """

    words: tuple[int, ...]
    endpoint_ns: int | None
    closed_by: ClosedBy
    has_tokens: bool = True


@dataclass(frozen=True, slots=True)
class TurnEnd:
    """How one reference turn was ended.

    Attributes:
        end_class: None if the turn has no words (or its class needs times that the reference lacks).
        endpoint_ms: Endpoint after the end of the turn, signed; `+inf` if missing, merged or flushed.
        early_cuts: Segment ends inside the turn.
    """

    end_class: EndClass | None
    endpoint_ms: float | None
    early_cuts: int


def endings_of(hypothesis: Hypothesis, coverage: Coverage) -> list[Ending]:
    """The ends of a session's segments."""
    return [
        Ending(coverage.words(index), view.endpoint_ns, view.segment.closed_by, bool(view.final))
        for index, view in enumerate(hypothesis.segments)
    ]


def last_covered_words(endings: Sequence[Ending], turn_of: Sequence[int]) -> dict[int, int]:
    """Per turn with a covered word, the last of them over all segments."""
    last: dict[int, int] = {}
    for word in sorted(word for ending in endings for word in ending.words):
        last[turn_of[word]] = word
    return last


def roles(endings: Sequence[Ending], turn_of: Sequence[int]) -> list[Role]:
    """What the end of each segment is to the reference turns; an open segment ends nothing."""
    last = last_covered_words(endings, turn_of)
    return [_role(ending, turn_of, last) for ending in endings]


def turn_ends(endings: Sequence[Ending], turn_of: Sequence[int], turn_ends_s: Sequence[float]) -> list[TurnEnd]:
    """How each turn was ended, in the order of turns.

    Args:
        endings: The ends of a session's segments, in order.
        turn_of: Turn of each reference word.
        turn_ends_s: End of each turn's last word, in seconds.
    """
    last = last_covered_words(endings, turn_of)
    cuts = [0] * len(turn_ends_s)
    for ending in endings:
        if _role(ending, turn_of, last) == "early_cut":
            cuts[turn_of[ending.words[-1]]] += 1
    spoken = set(turn_of)
    holder = {word: ending for ending in endings for word in ending.words}
    ends = []
    for turn, end_s in enumerate(turn_ends_s):
        if turn not in spoken:
            ends.append(TurnEnd(None, None, 0))
            continue
        last_word = last.get(turn)
        end_class, endpoint_ms = _end_class(None if last_word is None else holder[last_word], last_word, end_s)
        ends.append(TurnEnd(end_class, endpoint_ms, cuts[turn]))
    return ends


def holds(times_s: Sequence[tuple[float, float] | None], turn_of: Sequence[int]) -> list[int]:
    """Words followed by a pause of at least 100 ms inside their turn; needs word times."""
    found = []
    for word in range(len(times_s) - 1):
        here, following = times_s[word], times_s[word + 1]
        if here is not None and following is not None and turn_of[word] == turn_of[word + 1]:
            pause_s = round(following[0] - here[1], 9)
            if pause_s >= SHORTEST_HOLD_S:
                found.append(word)
    return found


def holds_fired_on(endings: Sequence[Ending], turn_of: Sequence[int], hold_words: Sequence[int]) -> list[int]:
    """The holds that an early cut fell on: after the cut's last word and before the next segment's first."""
    fired: set[int] = set()
    for index, role in enumerate(roles(endings, turn_of)):
        if role == "early_cut":
            following = min(word for ending in endings[index + 1 :] for word in ending.words)
            fired.update(word for word in hold_words if endings[index].words[-1] <= word < following)
    return sorted(fired)


def _role(ending: Ending, turn_of: Sequence[int], last: dict[int, int]) -> Role:
    if not ending.words:
        return "spurious" if ending.has_tokens else "inside"
    if ending.endpoint_ns is None:
        return "inside"
    final_word = ending.words[-1]
    if final_word == last[turn_of[final_word]]:
        return "boundary"
    return "forced_cut" if ending.closed_by == "forced" else "early_cut"


def _end_class(ending: Ending | None, last_word: int | None, end_s: float) -> tuple[EndClass, float]:
    if ending is None:
        return "missing", math.inf
    if ending.words[-1] != last_word:
        return "merged", math.inf
    if ending.endpoint_ns is None or ending.closed_by in {"flush", "open"}:
        return "flush", math.inf
    endpoint_ms = user_latency_ms(end_s, ending.endpoint_ns)
    if ending.closed_by == "forced":
        return "forced", endpoint_ms
    if endpoint_ms < EARLY_LIMIT_MS:
        return "early", endpoint_ms
    return ("late" if endpoint_ms > LATE_LIMIT_MS else "ok"), endpoint_ms
