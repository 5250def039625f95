"""References that may be what is wrong: both services, independent of each other, make the same change to the same word.

Nothing is edited; the steps are marked, and the error rate without them stands beside the real one.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from harness.metrics.accuracy import Accuracy

Marks = frozenset[int]
_Gap = Mapping[int, list[tuple[str, int]]]


def suspect_steps(baseline: Accuracy, candidate: Accuracy) -> tuple[Marks, Marks]:
    """Places of the steps of either side that both make.

    That is: a word replaced by the same word, deleted by both, or the same word inserted by both behind the same word.
    """
    a, b = _changes(baseline), _changes(candidate)
    shared = [word for word, (heard, _) in a.items() if word in b and b[word][0] == heard]
    first, second = [a[word][1] for word in shared], [b[word][1] for word in shared]
    inserted_a, inserted_b = _insertions(baseline), _insertions(candidate)
    for gap in inserted_a.keys() & inserted_b.keys():
        common = Counter(word for word, _ in inserted_a[gap]) & Counter(word for word, _ in inserted_b[gap])
        first += _first_places(inserted_a[gap], common)
        second += _first_places(inserted_b[gap], common)
    return frozenset(first), frozenset(second)


def _changes(accuracy: Accuracy) -> dict[int, tuple[str | None, int]]:
    """What became of each reference word that is not right (None: nothing), and at which step."""
    return {
        step.reference: (None if step.hypothesis is None else accuracy.hypothesis[step.hypothesis], place)
        for place, step in enumerate(accuracy.steps)
        if step.reference is not None and step.op != "equal"
    }


def _insertions(accuracy: Accuracy) -> _Gap:
    """The words inserted behind each reference word (-1: before the first), with their steps."""
    gaps: dict[int, list[tuple[str, int]]] = defaultdict(list)
    before = -1
    for place, step in enumerate(accuracy.steps):
        if step.reference is not None:
            before = step.reference
        elif step.hypothesis is not None:
            gaps[before].append((accuracy.hypothesis[step.hypothesis], place))
    return gaps


def _first_places(inserted: Sequence[tuple[str, int]], wanted: Counter[str]) -> list[int]:
    left = Counter(wanted)
    places = []
    for word, place in inserted:
        if left[word]:
            left[word] -= 1
            places.append(place)
    return places
