"""The search for the largest number of pairs that a machine carries."""

from collections.abc import Callable
from dataclasses import dataclass

from harness.calibration.settings import MOST_PAIRS

_FINENESS = 8  # the search ends when the smallest number that is too large is within an eighth of the largest good one


@dataclass(frozen=True, slots=True)
class Limit:
    """What a search found.

    Attributes:
        pairs: Largest number that held; 0 if not even one pair did.
        too_many: Smallest number tried that did not; None if none was found.
    """

    pairs: int
    too_many: int | None


def find_limit(holds: Callable[[int], bool], most: int = MOST_PAIRS) -> Limit:
    """Double until it breaks, then bisect.

    Args:
        holds: Tries a number of pairs. It is asked once more before a number counts as too many: a busy moment of a shared
            machine is no limit.
        most: Try no more than so many.
    """
    limit = Limit(0, None)
    while (trying := _next(limit, most)) is not None:
        limit = Limit(trying, limit.too_many) if holds(trying) or holds(trying) else Limit(limit.pairs, trying)
    return limit


def _next(limit: Limit, most: int) -> int | None:
    """What to try next; None if it is known well enough."""
    good, bad = limit.pairs, limit.too_many
    if bad is None:
        return min(max(1, 2 * good), most) if good < most else None
    return (good + bad) // 2 if bad - good > max(1, good // _FINENESS) else None
