"""Everything the clip view draws for one clip and pass, as plain JSON values; instants in ms from the start of audio."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from harness.corpus.model import Clip
from harness.metrics.scores import Scores, SegmentScore, TurnScore, UtteranceScore, WordScore
from harness.timeline.events import SIDES, Side
from harness.timeline.segments import FoldedSession, Segment
from harness.verdict.validity import spoilt_pairs

SessionKey = tuple[str, Side, int]

FORBIDDEN = (
    "The corpus forbids copying this clip's audio (copy_audio is false): nothing of it is here, no waveform either."
)
GONE = "This clip's recording is gone, or has changed since the run."


class ScoreIndex:
    """The tables of a run by session, so that each clip's rows are found without a search."""

    def __init__(self, scores: Scores) -> None:
        self.sessions = {(row.clip_id, row.side, row.pass_number): row for row in scores.sessions}
        self.utterances = _by_session(scores.utterances)
        self.turns = _by_session(scores.turns)
        self.segments = _by_session(scores.segments)
        self.words = _by_session(scores.words)


def clip_detail(
    clip: Clip,
    pass_number: int,
    index: ScoreIndex,
    folded: Mapping[Side, FoldedSession | None],
    audio: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """One pair of sessions for the clip view.

    Args:
        clip: What was streamed.
        pass_number: Which repetition.
        index: The run's scores.
        folded: Both sides' sessions.
        audio: `{"file", "peaks", "peaks_per_s"}`, or None if the clip has no audio in the report.
    """
    keys: dict[Side, SessionKey] = {side: (clip.clip_id, side, pass_number) for side in SIDES}
    words = {side: index.words.get(key, []) for side, key in keys.items()}
    scored = [index.sessions[key] for key in keys.values() if key in index.sessions]
    return {
        "id": clip.clip_id,
        "pass": pass_number,
        "duration": clip.duration_s,
        "audio": audio,
        "no_audio": None if audio else GONE if clip.copy_audio else FORBIDDEN,
        "time_source": clip.time_source,
        "left_out": [finding for pair in spoilt_pairs(scored) for finding in pair.findings or ("no reason recorded",)],
        "utterances": [
            {
                "text": utterance.text,
                "start": utterance.start_s,
                "end": utterance.end_s,
                "speaker": utterance.speaker,
                "words": [[word.text, word.start_s, word.end_s] for word in utterance.words],
            }
            for utterance in clip.utterances
        ],
        "columns": align(words["baseline"], words["candidate"]),
        "sides": {side: _side(keys[side], index, folded[side]) for side in SIDES},
    }


def align(baseline: Sequence[WordScore], candidate: Sequence[WordScore]) -> list[dict[str, Any]]:
    """Lay two alignments of one reference over each other: columns of reference, baseline and candidate.

    Insertions at the same place of the reference share columns, in their order.

    Args:
        baseline: Alignment steps of the baseline's session, in order.
        candidate: Alignment steps of the candidate's session, in order.

    Returns:
        Columns with `ref` (None in a column of insertions), per side `[op, word]` or None, `at` (s) and `utterance`.
    """
    return [_column(*steps) for steps in align_steps(baseline, candidate)]


def align_steps(
    baseline: Sequence[WordScore], candidate: Sequence[WordScore]
) -> list[tuple[WordScore | None, WordScore | None]]:
    """As `align`, but the steps themselves: of each column the baseline's and the candidate's."""
    before_a, at_a = _by_reference(baseline)
    before_b, at_b = _by_reference(candidate)
    columns: list[tuple[WordScore | None, WordScore | None]] = []
    for place in range(max(len(at_a), len(at_b)) + 1):
        inserted_a, inserted_b = before_a.get(place, []), before_b.get(place, [])
        widest = max(len(inserted_a), len(inserted_b))
        columns.extend((_item(inserted_a, number), _item(inserted_b, number)) for number in range(widest))
        if place < max(len(at_a), len(at_b)):
            columns.append((_item(at_a, place), _item(at_b, place)))
    return columns


def _by_reference(steps: Sequence[WordScore]) -> tuple[dict[int, list[WordScore]], list[WordScore]]:
    inserted: dict[int, list[WordScore]] = {}
    at: list[WordScore] = []
    for step in steps:
        if step.op == "insert":
            inserted.setdefault(len(at), []).append(step)
        else:
            at.append(step)
    return inserted, at


def _item(steps: Sequence[WordScore], index: int) -> WordScore | None:
    return steps[index] if index < len(steps) else None


def _column(baseline: WordScore | None, candidate: WordScore | None) -> dict[str, Any]:
    known = baseline or candidate
    assert known is not None  # noqa: S101 - a column is made from at least one step
    return {
        "ref": known.reference,
        "at": known.reference_start_s,
        "utterance": known.utterance,
        "baseline": [baseline.op, baseline.hypothesis] if baseline else None,
        "candidate": [candidate.op, candidate.hypothesis] if candidate else None,
    }


def _side(key: SessionKey, index: ScoreIndex, folded: FoldedSession | None) -> dict[str, Any] | None:
    session = index.sessions.get(key)
    if session is None and folded is None:
        return None
    return {
        "score": session
        and {
            "succeeded": session.succeeded,
            "failure_reason": session.failure_reason,
            "has_reference": session.has_reference,
            "hits": session.words.hits,
            "substitutions": session.words.substitutions,
            "deletions": session.words.deletions,
            "insertions": session.words.insertions,
            "text": session.text,
            "lateness_p99_ms": session.lateness_p99_ms,
            "sdk_overhead_p99_ms": session.sdk_overhead_p99_ms,
            "session_init_ms": session.session_init_ms,
            "partials": session.partials,
            "segments": session.segments,
            "audio_sha256": session.audio_sha256,
        },
        "utterances": [_utterance(row) for row in index.utterances.get(key, [])],
        "turns": [_turn(row) for row in index.turns.get(key, [])],
        "segments": _segments(index.segments.get(key, []), folded),
        "finish": _ms(folded.finish_ns) if folded else None,
        "closed": _ms(folded.closed_ns) if folded else None,
        "errors": [list(error) for error in folded.errors] if folded else [],
        "violations": [
            {"kind": violation.kind, "at": _ms(violation.t_ns), "detail": violation.detail}
            for violation in folded.violations
        ]
        if folded
        else [],
    }


def _utterance(row: UtteranceScore) -> dict[str, Any]:
    return {
        "start": row.start_s,
        "end": row.end_s,
        "first_partial_ms": row.first_partial_ms,
        "errors": row.errors,
        "words": row.reference_words,
    }


def _turn(row: TurnScore) -> dict[str, Any]:
    return {
        "end": row.end_s,
        "final_ms": row.final_ms,
        "endpoint_ms": row.endpoint_ms,
        "end_class": row.end_class,
        "cuts": row.early_cuts,
    }


def _segments(scored: Sequence[SegmentScore], folded: FoldedSession | None) -> list[dict[str, Any]]:
    """Segments as recorded, each with the role that scoring gave it."""
    by_key = {row.key: row for row in scored}
    if folded is None:
        return [_segment(None, row) for row in scored]
    return [_segment(segment, by_key.get(segment.key)) for segment in folded.segments]


def _segment(segment: Segment | None, row: SegmentScore | None) -> dict[str, Any]:
    return {
        "key": segment.key if segment else row.key if row else "",
        "closed_by": segment.closed_by if segment else row.closed_by if row else "",
        "role": row.role if row else None,
        "endpoint": row.endpoint_at_ms if row else _first_final(segment),
        "consumed": row.consumed_at_ms if row else None,
        "text": row.text if row else "",
        "updates": [[_ms(update.wire_ns), update.kind, update.text] for update in segment.updates] if segment else [],
    }


def _first_final(segment: Segment | None) -> float | None:
    finals = (update.wire_ns for update in (segment.updates if segment else ()) if update.kind != "partial")
    return _ms(next(finals, None))


def _ms(t_ns: int | None) -> float | None:
    return None if t_ns is None else round(t_ns / 1e6, 1)


Row = UtteranceScore | TurnScore | SegmentScore | WordScore


def _by_session(rows: Iterable[Any]) -> dict[SessionKey, list[Any]]:
    def key(row: Row) -> SessionKey:
        return row.clip_id, row.side, row.pass_number

    grouped: dict[SessionKey, list[Any]] = {}
    for session, group in groupby(rows, key):
        grouped.setdefault(session, []).extend(group)
    return grouped
