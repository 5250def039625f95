"""Which tokens of a segment's final an earlier update already showed."""

from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein, Prefix

from harness.metrics.words import align


class Shown(NamedTuple):
    """A token of an update that stands for a token of the final, rightly or not."""

    update_token: int
    final_token: int
    is_right: bool


def prefix_length(update: str, final: str) -> int:
    """Length p of the prefix of the final that the update stands for; both are coded token sequences.

    It minimises the edit distance between the update and `final[:p]`; ties go to the p nearest to the update's length,
    then to the smaller p. Up to the common prefix the distance only falls, so only the rest is searched.
    """
    if final.startswith(update):
        return len(update)
    common = int(Prefix.similarity(update, final))
    rest, target = update[common:], final[common:]
    return common + min(
        range(len(target) + 1),
        key=lambda length: (Levenshtein.distance(rest, target[:length]), abs(length - len(rest)), length),
    )


@lru_cache(maxsize=4096)  # utterances and words ask the same of a segment's updates
def shown_tokens(update: str, final: str) -> tuple[Shown, ...]:
    """The tokens of the final that an update showed, ascending."""
    if final.startswith(update):
        return tuple(Shown(index, index, True) for index in range(len(update)))
    return tuple(
        Shown(step.reference, step.hypothesis, step.op == "equal")
        for step in align(update, final[: prefix_length(update, final)])
        if step.reference is not None and step.hypothesis is not None
    )
