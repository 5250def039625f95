"""Places where the sides differ, as words: what was said, and what each side wrote there, with a little of what stands around."""

import heapq
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from harness.metrics.scores import WordScore
from harness.report.clip_rows import PairKey

Column = tuple[WordScore | None, WordScore | None]
Mark = Literal["around", "right", "wrong", "nothing", "more"]
Piece = tuple[str, Mark]
"""Words, and what they are: beyond the place, right, wrong, missing, or the sign that more follow."""

AROUND = 3
"""Words shown before and after a place."""

_LONGEST = 16


@dataclass(frozen=True, slots=True)
class Example:
    """One place in one clip.

    Attributes:
        clip_id: The clip.
        pass_number: The repetition.
        at_s: Where it is in the audio; 0 where nobody knows.
        reference: What was said.
        baseline: What the baseline wrote.
        candidate: What the candidate wrote.
        note: Anything else worth saying.
    """

    clip_id: str
    pass_number: int
    at_s: float
    reference: tuple[Piece, ...]
    baseline: tuple[Piece, ...]
    candidate: tuple[Piece, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of columns of one pair.

    Attributes:
        key: The pair.
        start: First column.
        stop: Behind the last.
        more: Errors that the candidate makes here beyond the baseline's; negative where it makes fewer.
        errors: Of both sides.
    """

    key: PairKey
    start: int
    stop: int
    more: int
    errors: int


def passages(
    key: PairKey, columns: Sequence[Column], kind_of: Callable[[WordScore], Hashable | None]
) -> Iterator[tuple[Hashable, Passage]]:
    """Runs of columns in which either side shows the same kind, by that kind."""
    by_kind: dict[Hashable, list[tuple[int, int]]] = defaultdict(list)
    for place, column in enumerate(columns):
        kinds = [None if step is None else kind_of(step) for step in column]
        for kind in {kind for kind in kinds if kind is not None}:
            by_kind[kind].append((place, (kinds[1] == kind) - (kinds[0] == kind)))
    for kind, found in by_kind.items():
        numbered = enumerate(found)
        for _, group in groupby(numbered, lambda item: item[1][0] - item[0]):
            run = [item for _, item in group]
            errors = sum(2 if more == 0 else 1 for _, more in run)
            yield kind, Passage(key, run[0][0], run[-1][0] + 1, sum(more for _, more in run), errors)


def worst(found: Iterable[Passage], most: int) -> list[Passage]:
    """Those in which the candidate is worse than the baseline by most, one a clip."""
    by_clip: dict[str, Passage] = {}
    for passage in found:
        before = by_clip.get(passage.key[0])
        if before is None or _badness(passage) < _badness(before):
            by_clip[passage.key[0]] = passage
    return heapq.nsmallest(most, by_clip.values(), key=_badness)


def _badness(passage: Passage) -> tuple[int, int, PairKey, int]:
    return -passage.more, -passage.errors, passage.key, passage.start


def example(passage: Passage, columns: Sequence[Column], fallback_s: float = 0.0) -> Example:
    """The words of a passage and those around it.

    Args:
        passage: Where.
        columns: All columns of its pair.
        fallback_s: When it is, where words have no times.
    """
    start, stop = passage.start, min(passage.stop, passage.start + _LONGEST)
    before, after = columns[max(0, start - AROUND) : start], columns[stop : stop + AROUND]
    is_cut = stop < passage.stop
    sides = [
        (
            *_pieces([column[side] for column in before], around=True),
            *_pieces([column[side] for column in columns[start:stop]]),
            *((("…", "more"),) if is_cut else _pieces([column[side] for column in after], around=True)),
        )
        for side in range(2)
    ]
    said = (
        *_said(before, "around"),
        *(_said(columns[start:stop], "right") or (("nothing", "nothing"),)),
        *((("…", "more"),) if is_cut else _said(after, "around")),
    )
    return Example(*passage.key, _onset_s(columns, start, fallback_s), said, sides[0], sides[1])


def _said(columns: Sequence[Column], mark: Mark) -> tuple[Piece, ...]:
    steps = [column[0] or column[1] for column in columns]
    words = " ".join(step.reference for step in steps if step is not None and step.reference is not None)
    return ((words, mark),) if words else ()


def _pieces(steps: Sequence[WordScore | None], *, around: bool = False) -> Iterator[Piece]:
    """What one side wrote, words of the same mark together."""
    marked = [("" if step is None else step.hypothesis or "", _mark(step, around=around)) for step in steps]
    for mark, group in groupby(marked, lambda piece: piece[1]):
        if mark is not None:
            words = " ".join(word for word, _ in group if word)
            yield (words or "nothing"), mark


def _mark(step: WordScore | None, *, around: bool) -> Mark | None:
    """None for a column in which this side has nothing to show: the other's insertion."""
    if step is None:
        return None
    if step.op == "delete":
        return "nothing"
    return "wrong" if step.op != "equal" else "around" if around else "right"


def _onset_s(columns: Sequence[Column], start: int, fallback_s: float) -> float:
    """Onset of the first word there; of an insertion, that of the word before."""
    for column in (*columns[start : start + 1], *reversed(columns[:start])):
        for step in column:
            if step is not None and step.reference_start_s is not None:
                return step.reference_start_s
    return fallback_s
