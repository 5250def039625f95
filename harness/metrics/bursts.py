"""Where words are lost or invented in a row, and where a recogniser got stuck.

A dropout (deletion burst) or an insertion burst is a longest run of five or more such steps of the alignment. Words a
recogniser invents in noise come in bursts and in loops (a phrase over and over), its gaps as dropouts; in the error rate
all of them are just words.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

from harness.metrics.words import Step

SHORTEST_BURST = 5
LONGEST_LOOPED = 5
LEAST_REPEATS = 4


def runs(steps: Sequence[Step], op: Literal["insert", "delete"]) -> list[range]:
    """The longest runs of one operation, as places in `steps`; an unintelligible span, left out of them, ends a run."""
    found: list[range] = []
    for place, step in enumerate(steps):
        if step.op != op:
            continue
        if found and found[-1].stop == place and _follows(steps[place - 1], step):
            found[-1] = range(found[-1].start, place + 1)
        else:
            found.append(range(place, place + 1))
    return found


def bursts(steps: Sequence[Step], op: Literal["insert", "delete"]) -> list[range]:
    """The runs that are bursts."""
    return [run for run in runs(steps, op) if len(run) >= SHORTEST_BURST]


def loop_count(reference: Sequence[str], hypothesis: Sequence[str]) -> int:
    """Phrases of up to five words that the hypothesis repeats four times or more in a row, and the reference does not."""
    spoken = set(_loops(reference))
    return sum(phrase not in spoken for phrase in _loops(hypothesis))


def _loops(tokens: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The repeated phrases in order, each in the rotation that sorts first: where a loop begins is chance."""
    start = 0
    while start < len(tokens):
        for length in range(1, LONGEST_LOOPED + 1):
            repeats = _repeats(tokens, start, length)
            if repeats >= LEAST_REPEATS:
                phrase = tuple(tokens[start : start + length])
                yield min(phrase[turn:] + phrase[:turn] for turn in range(length))
                start += repeats * length
                break
        else:
            start += 1


def _repeats(tokens: Sequence[str], start: int, length: int) -> int:
    same = start
    while same + length < len(tokens) and tokens[same] == tokens[same + length]:
        same += 1
    return (same - start) // length + 1


def _follows(before: Step, step: Step) -> bool:
    if before.reference is not None and step.reference is not None:
        return step.reference == before.reference + 1
    return before.hypothesis is not None and step.hypothesis == before.hypothesis + 1
