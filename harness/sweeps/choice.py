"""Which variant is best: within the margins first, then the fastest, and what no variant beats in everything."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

ELIGIBLE = ("pass", "inconclusive")
"""Verdicts with which a variant can be best, in the order in which they are preferred."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides about one variant; a figure that does not exist is None, a final that never came infinite.

    Attributes:
        name: The variant's.
        verdict: The gate's word on its run.
        final_p95_ms: 95th percentile of the finals' latency.
        cutoff_rate: Share of turns that were ended early.
        wer: Word error rate.
        beyond: The rules that block and whose difference, as measured, is beyond the margin.
    """

    name: str
    verdict: str
    final_p95_ms: float | None
    cutoff_rate: float | None
    wer: float | None
    beyond: tuple[str, ...] = ()

    @property
    def figures(self) -> tuple[float | None, float | None, float | None]:
        """The three that are traded against each other; smaller is better."""
        return self.final_p95_ms, self.cutoff_rate, self.wer


def ranked(standings: Sequence[Standing], tie_ms: float) -> list[Standing]:
    """The variants that can be best, best first.

    Those that pass come before those that are undecided, of which those with the fewest differences beyond a margin come first; a
    variant that fails, or was not measured validly, is no choice. Among equals in that, finals decide: the lowest p95 leads, together
    with all that are less than `tie_ms` above it, of which the one with the fewest early cuts comes first, then the one with the fewest
    word errors. The next is found in the same way among the rest.
    """
    found: list[Standing] = []
    eligible = [standing for standing in standings if standing.verdict in ELIGIBLE]
    for preference in sorted({_preference(standing) for standing in eligible}):
        left = [standing for standing in eligible if _preference(standing) == preference]
        while left:
            fastest_ms = min(_number(standing.final_p95_ms) for standing in left)
            level = [each for each in left if _level(_number(each.final_p95_ms), fastest_ms, tie_ms)]
            first = min(
                level, key=lambda each: (_number(each.cutoff_rate), _number(each.wer), _number(each.final_p95_ms))
            )
            left.remove(first)
            found.append(first)
    return found


def pareto_front(standings: Sequence[Standing]) -> list[str]:
    """The variants that none other beats: no worse in finals, early cuts and words, and better in one of them.

    Invalid ones, and those of which a figure does not exist, are left out.
    """
    known = [each for each in standings if each.verdict != "invalid" and None not in each.figures]
    return [each.name for each in known if not any(_beats(other, each) for other in known)]


def lucky_passes(variants: int, alpha: float = 0.05) -> float:
    """How likely one of so many candidates, each exactly as bad as a margin allows, passes by luck; at most, if independent."""
    return 1.0 - (1.0 - alpha) ** variants


def _preference(standing: Standing) -> tuple[int, int]:
    return ELIGIBLE.index(standing.verdict), len(standing.beyond)


def _level(value_ms: float, fastest_ms: float, tie_ms: float) -> bool:
    return value_ms == fastest_ms or value_ms < fastest_ms + tie_ms  # the first where none ever came


def _beats(one: Standing, other: Standing) -> bool:
    pairs = [(_number(a), _number(b)) for a, b in zip(one.figures, other.figures, strict=True)]
    return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)


def _number(value: float | None) -> float:
    return math.inf if value is None else value
