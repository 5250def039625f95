"""Word alignment, its counts, and what is derived from counts.

Unit-cost Levenshtein alignment. Only the number of errors is unique; which of several shortest paths is taken decides
hits, substitutions, deletions and insertions, so one tool decides everywhere: rapidfuzz, as jiwer 4 does.
"""

from collections.abc import Collection, Hashable, Iterable, Sequence
from typing import Literal, NamedTuple

from rapidfuzz.distance import Levenshtein

from harness.metrics.word_counts import WordCounts

Op = Literal["equal", "replace", "delete", "insert"]


class Step(NamedTuple):
    """One step of an alignment: indices of the tokens it consumes, None on the side where it consumes nothing."""

    op: Op
    reference: int | None
    hypothesis: int | None


def align(reference: Sequence[Hashable], hypothesis: Sequence[Hashable]) -> list[Step]:
    """Shortest edit path from reference to hypothesis, token by token, in order."""
    steps: list[Step] = []
    for block in Levenshtein.opcodes(reference, hypothesis):
        if block.tag == "insert":
            steps.extend(Step("insert", None, j) for j in range(block.dest_start, block.dest_end))
        elif block.tag == "delete":
            steps.extend(Step("delete", i, None) for i in range(block.src_start, block.src_end))
        else:
            op: Op = "equal" if block.tag == "equal" else "replace"
            offset = block.dest_start - block.src_start
            steps.extend(Step(op, i, i + offset) for i in range(block.src_start, block.src_end))
    return steps


def count(steps: Iterable[Step]) -> WordCounts:
    """Counts of an alignment."""
    tally = {"equal": 0, "replace": 0, "delete": 0, "insert": 0}
    for step in steps:
        tally[step.op] += 1
    return WordCounts(tally["equal"], tally["replace"], tally["delete"], tally["insert"])


def without_masked(steps: Sequence[Step], masked: Collection[int]) -> list[Step]:
    """Leave out the steps on masked reference tokens, and the runs of insertions that touch them.

    A span nobody could understand becomes one masked token: whatever a provider heard there is neither right nor wrong.
    """
    if not masked:
        return list(steps)
    dropped = set()
    for index, step in enumerate(steps):
        if step.reference in masked:
            dropped.add(index)
            for neighbours in (range(index - 1, -1, -1), range(index + 1, len(steps))):
                for neighbour in neighbours:
                    if steps[neighbour].op != "insert":
                        break
                    dropped.add(neighbour)
    return [step for index, step in enumerate(steps) if index not in dropped]


def align_unmasked(reference: Sequence[Hashable], hypothesis: Sequence[Hashable], mask: Hashable) -> list[Step]:
    """The alignment without what is excused by reference tokens that equal `mask`."""
    masked = {index for index, token in enumerate(reference) if token == mask}
    return without_masked(align(reference, hypothesis), masked)


def owners(steps: Iterable[Step], group_of: Sequence[int]) -> list[int]:
    """Group (utterance) each step counts for, given the group of each reference token.

    An insertion belongs to the group of the preceding reference token, before the first one to group 0.
    """
    group = 0
    groups = []
    for step in steps:
        if step.reference is not None:
            group = group_of[step.reference]
        groups.append(group)
    return groups


def back_project(steps: Sequence[Step], group_of: Sequence[int], groups: int) -> list[WordCounts]:
    """Counts per group; they sum exactly to the counts of the whole alignment."""
    per_group: list[list[Step]] = [[] for _ in range(groups)]
    for step, owner in zip(steps, owners(steps, group_of), strict=True):
        per_group[owner].append(step)
    return [count(group) for group in per_group]


def word_information_lost(counts: WordCounts) -> float | None:
    """WIL = 1 - (H/N)(H/P) (Morris, Maier & Green 2004). Depends on ties: never a gate."""
    hypothesis_words = counts.hits + counts.substitutions + counts.insertions
    if not counts.reference_words:
        return None
    return 1 - (counts.hits / counts.reference_words) * (counts.hits / hypothesis_words if hypothesis_words else 0)


def disagreement(one: Sequence[Hashable], other: Sequence[Hashable]) -> tuple[int, int]:
    """`(errors, words of the longer side)` between two transcripts; both add over sessions, their ratio lies in 0..1."""
    return Levenshtein.distance(one, other), max(len(one), len(other))
