"""One row per clip and pass: what the table of clips shows, filters and sorts by."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from harness.corpus.model import Clip
from harness.metrics.scores import Scores, SessionScore
from harness.report.inputs import ReportInput
from harness.timeline.events import SIDES, Side

PairKey = tuple[str, int]

POINT_MS = 500.0
POINTS_CAP = 4.0
FAILURE_POINTS = 100.0
"""One point of regression: one word error more, one early cut more, or 500 ms more delay (at most four points a metric).

A session that failed where the baseline's did not outweighs all of that. The points order the table, nothing else.
"""


@dataclass(frozen=True, slots=True)
class SideScores:
    """What one session scored, gathered from the tables."""

    session: SessionScore | None
    first_partial_ms: tuple[float, ...]
    final_ms: tuple[float, ...]


def pairs(inputs: ReportInput) -> list[tuple[Clip, int]]:
    """Every clip with each pass that was scored, in corpus order; a clip never streamed appears once, as pass 1."""
    passes: dict[str, set[int]] = defaultdict(set)
    for session in inputs.scores.sessions:
        passes[session.clip_id].add(session.pass_number)
    return [(clip, number) for clip in inputs.clips for number in sorted(passes.get(clip.clip_id, {1}))]


def pair_keys(inputs: ReportInput) -> list[PairKey]:
    """The pairs in the order of the table's rows as they are first told."""
    return [(clip.clip_id, number) for clip, number in pairs(inputs)]


def gather(scores: Scores) -> Mapping[tuple[str, Side, int], SideScores]:
    """Index the tables by session.

    Args:
        scores: All tables of a run.
    """
    first: dict[tuple[str, Side, int], list[float]] = defaultdict(list)
    final: dict[tuple[str, Side, int], list[float]] = defaultdict(list)
    for utterance in scores.utterances:
        if utterance.first_partial_ms is not None:
            first[utterance.clip_id, utterance.side, utterance.pass_number].append(utterance.first_partial_ms)
    for turn in scores.turns:
        if turn.final_ms is not None:
            final[turn.clip_id, turn.side, turn.pass_number].append(turn.final_ms)
    return {
        key: SideScores(session, tuple(first[key]), tuple(final[key]))
        for session in scores.sessions
        for key in [(session.clip_id, session.side, session.pass_number)]
    }


def table_rows(inputs: ReportInput, places: Mapping[PairKey, tuple[int, int]]) -> list[dict[str, Any]]:
    """Rows for the table of clips, in corpus order.

    Args:
        inputs: The run.
        places: Where each pair's details lie: chunk, and index in the chunk.
    """
    scored = gather(inputs.scores)
    nothing = SideScores(None, (), ())
    return [
        _row(clip, number, {side: scored.get((clip.clip_id, side, number), nothing) for side in SIDES})
        | {"place": places[clip.clip_id, number]}
        for clip, number in pairs(inputs)
    ]


def first_order(scores: Scores) -> str:
    """What the table is sorted by at first: the regression or, where no session has a reference, how far the texts differ."""
    return "regression" if any(session.has_reference for session in scores.sessions) else "disagreement"


def _row(clip: Clip, number: int, sides: Mapping[Side, SideScores]) -> dict[str, Any]:
    baseline, candidate = sides["baseline"], sides["candidate"]
    state = status(baseline.session, candidate.session)
    counts = state in {"ok", "failed"}
    return {
        "id": clip.clip_id,
        "pass": number,
        "call": clip.call_id,
        "tags": list(clip.tags),
        "language": clip.language,
        "speaker": clip.speaker,
        "duration": round(clip.duration_s, 3),
        "reference": clip.text,
        "baseline": _side(baseline, counts=counts),
        "candidate": _side(candidate, counts=counts),
        "regression": round(regression_points(baseline, candidate), 2) if counts else None,
        "differ": baseline.session.changed_words if counts and baseline.session else None,
        "longer": baseline.session.longer_words if counts and baseline.session else None,
        "status": state,
    }


def _side(scores: SideScores, *, counts: bool) -> dict[str, Any] | None:
    """One session's figures; none for a pair that counts for neither side, so that no order or filter finds it by them."""
    session = scores.session
    if session is None:
        return None
    figures = {
        "n": session.words.reference_words,
        "e": session.words.errors if session.has_reference else None,
        "wer": session.words.rate if session.has_reference else None,
        "first": _median(scores.first_partial_ms),
        "final": _median(scores.final_ms),
        "cuts": session.early_cut_turns if session.has_reference else None,
        "turns": session.turns,
    }
    return (figures if counts else dict.fromkeys(figures)) | {"ok": session.succeeded, "text": session.text}


def status(baseline: SessionScore | None, candidate: SessionScore | None) -> str:
    """`ok`, `invalid` (the harness was at fault), `failed` (a service was), or `missing` (never recorded)."""
    if baseline is None or candidate is None:
        return "missing"
    if not (baseline.valid and candidate.valid):
        return "invalid"
    return "ok" if baseline.succeeded and candidate.succeeded else "failed"


def regression_points(baseline: SideScores, candidate: SideScores) -> float:
    """How much worse the candidate did, in points; negative where it did better.

    Args:
        baseline: What the baseline's session scored.
        candidate: What the candidate's session scored.
    """
    a, b = baseline.session, candidate.session
    if a is None or b is None:
        return 0.0
    points = FAILURE_POINTS * (int(a.succeeded) - int(b.succeeded))
    points += b.words.errors - a.words.errors + b.early_cut_turns - a.early_cut_turns
    points += _delay_points(baseline.final_ms, candidate.final_ms)
    return points + _delay_points(baseline.first_partial_ms, candidate.first_partial_ms)


def _delay_points(baseline: Iterable[float], candidate: Iterable[float]) -> float:
    a, b = _median(baseline), _median(candidate)
    if a is None or b is None or (math.isinf(a) and math.isinf(b)):
        return 0.0
    return max(-POINTS_CAP, min(POINTS_CAP, (b - a) / POINT_MS))


def _median(values: Iterable[float]) -> float | None:
    ordered = sorted(values)
    if not ordered:
        return None
    if math.isinf(ordered[len(ordered) // 2]):
        return math.inf
    return round(median(ordered), 1)
