"""What the errors are made of: each gets exactly one category, so that the categories add up to the error rate."""

from collections.abc import Collection, Iterator, Sequence
from itertools import chain

from harness.metrics.accuracy import Accuracy
from harness.metrics.bursts import bursts, runs
from harness.metrics.scores import ErrorCategory
from harness.metrics.words import Step

NEAR_CUT_S = 1.0


def categories(
    accuracy: Accuracy,
    *,
    failed: bool,
    entity_tokens: Collection[int] = (),
    onsets_s: Sequence[float | None] = (),
    cuts_s: Sequence[float] = (),
) -> list[ErrorCategory | None]:
    """The category of each step of a session's alignment; None where the word is right.

    The first that fits, in this order: the session failed; part of a dropout; part of the deletions at the session's end;
    part of an insertion burst; in an entity; within a second of an early cut; other.

    Args:
        accuracy: The session's alignment.
        failed: Whether the session failed.
        entity_tokens: Reference tokens that belong to entities.
        onsets_s: Onset of each reference token, in seconds; None, or empty, without word times.
        cuts_s: Ends of the words after which a turn was cut too early.
    """
    steps = accuracy.steps
    named: dict[ErrorCategory, Collection[int]] = {
        "failed_session": range(len(steps) if failed else 0),
        "dropout": set(chain.from_iterable(bursts(steps, "delete"))),
        "tail": next((run for run in runs(steps, "delete") if run.stop == len(steps)), range(0)),
        "insertion_burst": set(chain.from_iterable(bursts(steps, "insert"))),
        "entity": {place for place, step in enumerate(steps) if step.reference in entity_tokens},
        "near_cut": set(_near(steps, onsets_s, cuts_s)) if onsets_s else (),
    }
    return [
        None if step.op == "equal" else next((name for name, places in named.items() if place in places), "other")
        for place, step in enumerate(steps)
    ]


def _near(steps: Sequence[Step], onsets_s: Sequence[float | None], cuts_s: Sequence[float]) -> Iterator[int]:
    """Steps whose token begins within a second of a cut; an insertion has the time of the reference token before it."""
    onset_s: float | None = None
    for place, step in enumerate(steps):
        if step.reference is not None:
            onset_s = onsets_s[step.reference]
        if onset_s is not None and any(abs(onset_s - cut_s) <= NEAR_CUT_S for cut_s in cuts_s):
            yield place
