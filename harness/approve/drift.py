"""Comparing a run's candidate with what an approved run's candidate did: the ordinary rules, on rows of a baseline file."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from harness.approve.baseline_file import (
    BaselineFile,
    Key,
    StoredSession,
    candidate_sessions,
    conditions_of,
    identity_of,
    told_ms,
)
from harness.errors import RunError
from harness.metrics.scores import Scores, SessionScore, TurnScore, UtteranceScore
from harness.verdict.results import Against

_Row = TypeVar("_Row", UtteranceScore, TurnScore)


def compared(baseline: BaselineFile, document: Mapping[str, Any], scores: Scores) -> tuple[Scores, Against]:
    """The run's candidate beside that of the baseline file, as the two sides of a run.

    Args:
        baseline: The file.
        document: `run.json`.
        scores: The run's scores.

    Returns:
        Scores in which the baseline is the approved candidate, and what the verdict says of the comparison.

    Raises:
        RunError: The two can't be compared; the message names every value that differs.
    """
    now = identity_of(document, scores)
    differing = list(_differences(baseline.identity, now))
    if differing:
        raise RunError(
            f"{baseline.name}: can't be compared with run {document['run_id']}, because these differ: {'; '.join(differing)}. Use the "
            "corpus and the configuration that the file was made with, or approve a new baseline file."
        )
    mine = list(candidate_sessions(scores))
    for row in mine:
        stored = baseline.sessions.get(_key(row))
        if stored is not None and _references(stored) != _references(row):
            raise RunError(
                f"{baseline.name}: damaged: clip {row.clip_id!r} has {_references(stored)} reference words there and "
                f"{_references(row)} in run {document['run_id']}. Restore the file from your repository."
            )
    pairs = [_alike(baseline.sessions[_key(row)], row) for row in mine if _key(row) in baseline.sessions]
    return (
        scores.with_rows(
            (row for pair in pairs for row in pair),
            _beside(scores.utterances, baseline, "first_partial_ms", "utterance"),
            _beside(scores.turns, baseline, "final_ms", "turn"),
        ),
        Against(
            baseline.name,
            baseline.run_id,
            baseline.recorded_at,
            tuple(_differences(baseline.conditions, conditions_of(document))),
            len(mine) - len(pairs),
        ),
    )


def summary_of(scores: Scores, summary: Mapping[str, Any]) -> dict[str, Any]:
    """What the text views need of `summary.json`, for a comparison with a baseline file."""
    then = [row for row in scores.sessions if row.side == "baseline"]
    now = {_key(row): row for row in scores.sessions if row.side == "candidate"}
    completed = [row for row in then if row.succeeded and now[_key(row)].succeeded]
    same = all(now[_key(row)].audio_sha256.startswith(row.audio_sha256) for row in completed)
    counts = {"planned": len(then), "completed": sum(row.succeeded for row in then), "invalid": 0, "not_recorded": 0}
    return {
        "normalizer": summary["normalizer"],
        "sessions": {
            "baseline": counts | {"failed": len(then) - counts["completed"]},
            "candidate": summary["sessions"]["candidate"],
        },
        "audio_identical": same if completed else None,
        "harness": summary["harness"],
    }


def _differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for key in dict.fromkeys((*then, *now)):
        if then.get(key) != now.get(key):
            yield f"{key} was {_shown(then.get(key))} and is {_shown(now.get(key))}"


def _shown(value: object) -> str:
    return "not set" if value is None else str(value)


def _key(row: SessionScore | UtteranceScore | TurnScore) -> Key:
    return row.clip_id, row.pass_number


def _references(row: StoredSession | SessionScore) -> tuple[int, ...]:
    """Words of the reference, by either normaliser: a property of the corpus, which both runs have in common."""
    both = (row.words, row.words_secondary)
    return tuple(counts.hits + counts.substitutions + counts.deletions for counts in both if counts is not None)


def _alike(stored: StoredSession, row: SessionScore) -> tuple[SessionScore, SessionScore]:
    """Then and now; turns count only where they do on both sides, as a session beside one that failed has none."""
    then = stored.beside(row)
    if not (then.turns and row.turns):
        then, row = (replace(one, turns=0, early_cut_turns=0) for one in (then, row))
    if not (then.time_hold_turns and row.time_hold_turns):
        then, row = (replace(one, time_hold_turns=0, time_hold_turns_fired=0) for one in (then, row))
    return then, row


def _beside(rows: tuple[_Row, ...], baseline: BaselineFile, column: str, index: str) -> Iterator[_Row]:
    for row in rows:
        stored = baseline.sessions.get(_key(row))
        if row.side == "candidate" and stored is not None:
            values, number = getattr(stored, column), getattr(row, index)
            then = values[number] if number < len(values) else None
            told: dict[str, Any] = {column: told_ms(getattr(row, column))}
            yield replace(row, side="baseline", **(told | {column: then}))
            yield replace(row, **told)
