"""Scoring: one clip's sessions into rows, and a run's rows into `Scores`. Pure and deterministic.

Who is in which population:
- validity is of the pair: a fault of the harness on either side marks both sessions, and the pair then has no utterance,
  turn or boundary rows;
- turns, early cuts, spurious segments and erasure count only in pairs where both sessions succeeded: a dead session cuts
  nobody off. In a session's row they are 0 elsewhere; `SegmentScore` tells every segment's own story regardless.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from harness.corpus.model import Clip
from harness.metrics import normalize
from harness.metrics.accuracy_rows import entity_rows, keyword_rows, with_words, word_details
from harness.metrics.analysis import SessionAnalysis, analyse
from harness.metrics.boundaries import compare, segmentation_of
from harness.metrics.clock import NS_PER_MS
from harness.metrics.hypothesis import TokenCoder
from harness.metrics.leaks import with_leak_counts, with_leaks
from harness.metrics.reference import Reference, reference_of
from harness.metrics.repeats import with_repeats
from harness.metrics.rows import Standing, segment_rows, session_row, turn_rows, utterance_rows, word_rows
from harness.metrics.scores import (
    BoundaryScore,
    EntityScore,
    KeywordScore,
    Scores,
    SegmentScore,
    SessionScore,
    TurnScore,
    UtteranceScore,
    WordScore,
)
from harness.metrics.settings import ScoreSettings
from harness.metrics.validity import harness_fault, provider_failure
from harness.timeline.events import SIDES, Side
from harness.timeline.segments import FoldedSession

__all__ = ["ClipScores", "ClipSessions", "ScoreSettings", "score_clip", "score_run"]

Row = TypeVar(
    "Row",
    SessionScore,
    UtteranceScore,
    TurnScore,
    SegmentScore,
    WordScore,
    BoundaryScore,
    EntityScore,
    KeywordScore,
)
ClipSessions = tuple[Clip, Mapping[Side, FoldedSession | None], int]


@dataclass(frozen=True, slots=True)
class ClipScores:
    """All rows of one clip in one pass; each table in the order side, index.

    `delivered` is what passes are compared by: each side's L2 tokens.
    """

    recv_stamp: str
    sessions: tuple[SessionScore, ...] = ()
    utterances: tuple[UtteranceScore, ...] = ()
    turns: tuple[TurnScore, ...] = ()
    segments: tuple[SegmentScore, ...] = ()
    words: tuple[WordScore, ...] = ()
    boundaries: tuple[BoundaryScore, ...] = ()
    entities: tuple[EntityScore, ...] = ()
    keywords: tuple[KeywordScore, ...] = ()
    delivered: Mapping[Side, tuple[str, ...]] = field(default_factory=dict)


def score_clip(
    clip: Clip, sessions: Mapping[Side, FoldedSession | None], pass_number: int, settings: ScoreSettings
) -> ClipScores:
    """Score the sessions of one clip in one pass.

    Args:
        clip: The clip and its reference.
        sessions: The folded session of each side; None (or absent) where none was recorded.
        pass_number: Repetition, from 1; it overrides what the sessions' headers say.
        settings: What the project decided.
    """
    present = {side: session for side in SIDES if (session := sessions.get(side)) is not None}
    recv_stamp = "handler" if any(session.header.recv_stamp == "handler" for session in present.values()) else "wire"
    reference = reference_of(clip)
    coder = TokenCoder()
    analyses: dict[Side, SessionAnalysis] = {}
    for side, session in present.items():
        named = replace(session, header=replace(session.header, side=side, pass_number=pass_number))
        stamped = with_handler_stamps(named) if recv_stamp == "handler" else named
        analyses[side] = analyse(clip, reference, stamped, coder, settings)
    standings = _standings(analyses)
    failed = {side: standing.failure_reason is not None for side, standing in standings.items()}
    details = word_details(analyses, failed, settings)
    valid = [(analysis, standings[side]) for side, analysis in analyses.items() if not standings[side].invalid_reason]
    return ClipScores(
        recv_stamp=recv_stamp,
        sessions=tuple(
            with_words(session_row(analysis, standings[side], settings.tail_policy), analysis, details[side], settings)
            for side, analysis in analyses.items()
        ),
        utterances=tuple(row for analysis, _ in valid for row in utterance_rows(analysis)),
        turns=tuple(
            row for analysis, standing in valid for row in turn_rows(analysis, is_compared=standing.is_compared)
        ),
        segments=tuple(row for analysis in analyses.values() for row in segment_rows(analysis)),
        words=tuple(row for side, analysis in analyses.items() for row in word_rows(analysis, details[side].marks)),
        boundaries=_boundary_rows(clip, reference, coder, [analysis for analysis, _ in valid]),
        entities=tuple(
            row for analysis, _ in valid for row in entity_rows(analysis, details[analysis.session.header.side])
        ),
        keywords=tuple(row for analysis, _ in valid for row in keyword_rows(analysis, settings)),
        delivered={side: analysis.tokens for side, analysis in analyses.items()},
    )


def score_run(items: Iterable[ClipSessions], settings: ScoreSettings) -> Scores:
    """Score a run, one `(clip, sessions, pass_number)` at a time; only rows are kept.

    Tables are ordered by clip id, then side (baseline first), pass and index, in whatever order the items come.
    """
    scored: dict[tuple[str, int], ClipScores] = {}
    channels: dict[str, tuple[str, int]] = {}
    for clip, sessions, pass_number in items:
        scored[clip.clip_id, pass_number] = score_clip(clip, sessions, pass_number, settings)
        if clip.channels > 1:
            channels[clip.clip_id] = (clip.recording_id, clip.channel)
    by_clip = [scored[key] for key in sorted(scored)]
    segments = with_leaks((row for one in by_clip for row in one.segments), channels)
    stamps = {one.recv_stamp for one in by_clip}
    return Scores(
        norm_id=normalize.primary(settings.rewrites).norm_id,
        secondary_norm_id=normalize.secondary(settings.rewrites).norm_id if settings.use_secondary else None,
        recv_stamp="/".join(sorted(stamps)) or "wire",
        sessions=_ordered(with_leak_counts(with_repeats((one.sessions, one.delivered) for one in by_clip), segments)),
        utterances=_ordered(row for one in by_clip for row in one.utterances),
        turns=_ordered(row for one in by_clip for row in one.turns),
        segments=_ordered(segments),
        words=_ordered(row for one in by_clip for row in one.words),
        boundaries=_ordered(row for one in by_clip for row in one.boundaries),
        entities=_ordered(row for one in by_clip for row in one.entities),
        keywords=_ordered(row for one in by_clip for row in one.keywords),
    )


def with_handler_stamps(session: FoldedSession) -> FoldedSession:
    """The session with every update at the instant our handler saw it, for runs where one side has no wire tap."""
    segments = tuple(
        replace(
            segment,
            updates=tuple(
                update if update.handler_ns is None else replace(update, wire_ns=update.handler_ns)
                for update in segment.updates
            ),
        )
        for segment in session.segments
    )
    return replace(session, segments=segments)


def _standings(analyses: Mapping[Side, SessionAnalysis]) -> dict[Side, Standing]:
    fault = harness_fault({side: analysis.session for side, analysis in analyses.items()})
    failures = {
        side: provider_failure(analysis.session, expects_text=analysis.accuracy is not None and analysis.has_speech)
        for side, analysis in analyses.items()
    }
    is_compared = fault is None and not any(failures.values())
    return {side: Standing(fault, failure, is_compared) for side, failure in failures.items()}


def _boundary_rows(
    clip: Clip, reference: Reference, coder: TokenCoder, analyses: list[SessionAnalysis]
) -> tuple[BoundaryScore, ...]:
    """Boundaries of B against A in reference words or, without a reference, in A's own; needs both sessions."""
    if len(analyses) != len(SIDES):
        return ()
    baseline, candidate = analyses
    common = baseline.hypothesis.tokens if clip.text is None else coder.encode(reference.tokens)
    pairs = compare(
        segmentation_of(common, baseline.hypothesis), segmentation_of(common, candidate.hypothesis), len(common)
    )
    return tuple(
        BoundaryScore(
            clip_id=clip.clip_id,
            pass_number=baseline.session.header.pass_number,
            kind=pair.kind,
            baseline_position=pair.baseline.position if pair.baseline else None,
            candidate_position=pair.candidate.position if pair.candidate else None,
            baseline_at_ms=_at_ms(pair.baseline.at_ns) if pair.baseline else None,
            candidate_at_ms=_at_ms(pair.candidate.at_ns) if pair.candidate else None,
            offset_ms=pair.offset_ms,
            offset_class=pair.offset_class,
            common_tokens=len(common),
        )
        for pair in pairs
    )


def _ordered(rows: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(sorted(rows, key=lambda row: (row.clip_id, getattr(row, "side", ""), row.pass_number)))


def _at_ms(at_ns: int | None) -> float | None:
    return None if at_ns is None else at_ns / NS_PER_MS
