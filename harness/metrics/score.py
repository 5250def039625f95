"""Scoring: one clip's sessions into rows, and a run's rows into `Scores`. Pure and deterministic.

Who is in which population:
- validity is of the pair: a fault of the harness on either side marks both sessions, and the pair then has no utterance,
  turn or boundary rows;
- turns, early cuts, spurious segments and erasure count only in pairs where both sessions succeeded: a dead session cuts
  nobody off. In a session's row they are 0 elsewhere; `SegmentScore` tells every segment's own story regardless.
"""

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, TypeVar

from harness.corpus.model import Clip
from harness.metrics import normalize
from harness.metrics.accuracy_rows import entity_rows, keyword_rows, with_words, word_details
from harness.metrics.analysis import SessionAnalysis, analyse
from harness.metrics.conduct_totals import ConductTotals
from harness.metrics.hold_sweep import HoldTally, add_tallies, sweep, tally
from harness.metrics.hypothesis import TokenCoder
from harness.metrics.leaks import with_leak_counts, with_leaks
from harness.metrics.pair_rows import beside_other, boundary_rows, segmentations, word_timing_rows
from harness.metrics.reference import reference_of
from harness.metrics.repeats import with_repeats
from harness.metrics.rows import (
    BesideOther,
    Standing,
    finding_rows,
    formatting_delay_ms,
    segment_rows,
    session_row,
    turn_rows,
    utterance_rows,
    word_rows,
)
from harness.metrics.scores import (
    POOLED,
    BoundaryScore,
    EntityScore,
    FindingScore,
    KeywordScore,
    PooledScore,
    Scores,
    SegmentScore,
    SessionScore,
    TurnScore,
    UtteranceScore,
    WordScore,
    WordTimingScore,
)
from harness.metrics.settings import ScoreSettings
from harness.metrics.spread import Spread
from harness.metrics.validity import harness_fault, provider_failure
from harness.timeline.events import SIDES, Side
from harness.timeline.segments import FoldedSession
from harness.timeline.validity import lateness_ms

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
    WordTimingScore,
    FindingScore,
)
ClipSessions = tuple[Clip, Mapping[Side, FoldedSession | None], int]


@dataclass(frozen=True, slots=True)
class ClipScores:
    """All rows of one clip in one pass, each table in the order side, index; and its part of what is pooled over the run.

    Attributes:
        recv_stamp: What instants are taken from.
        delivered: Each side's L2 tokens, which passes are compared by.
        tallies: Per side that counts, its turns under each waiting time.
        spreads: By metric and side, values of `PooledScore`.
        conduct: By side, how its messages came.
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
    word_timings: tuple[WordTimingScore, ...] = ()
    findings: tuple[FindingScore, ...] = ()
    tallies: Mapping[Side, tuple[HoldTally, ...]] = field(default_factory=dict)
    spreads: Mapping[tuple[str, Side], Spread] = field(default_factory=dict)
    conduct: Mapping[Side, Mapping[tuple[str, str], int]] = field(default_factory=dict)


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
    standings = _standings(analyses, settings.sides)
    failed = {side: standing.failure_reason is not None for side, standing in standings.items()}
    details = word_details(analyses, failed, settings)
    valid = [(analysis, standings[side]) for side, analysis in analyses.items() if not standings[side].invalid_reason]
    paired = [analysis for analysis, _ in valid]
    words, placed = segmentations(clip, reference, coder, paired)
    timings = word_timing_rows(clip, reference, paired)
    beside = beside_other(clip, words, placed, timings)
    return ClipScores(
        recv_stamp=recv_stamp,
        sessions=tuple(
            with_words(
                session_row(analysis, standings[side], settings.tail_policy, beside.get(side, BesideOther())),
                analysis,
                details[side],
                settings,
            )
            for side, analysis in analyses.items()
        ),
        utterances=tuple(row for analysis, _ in valid for row in utterance_rows(analysis)),
        turns=tuple(
            row for analysis, standing in valid for row in turn_rows(analysis, is_compared=standing.is_compared)
        ),
        segments=tuple(row for analysis in analyses.values() for row in segment_rows(analysis)),
        words=tuple(row for side, analysis in analyses.items() for row in word_rows(analysis, details[side].marks)),
        entities=tuple(
            row for analysis, _ in valid for row in entity_rows(analysis, details[analysis.session.header.side])
        ),
        keywords=tuple(row for analysis, _ in valid for row in keyword_rows(analysis, settings)),
        delivered={side: analysis.tokens for side, analysis in analyses.items()},
        boundaries=boundary_rows(clip, pass_number, words, placed),
        word_timings=tuple(timings),
        findings=tuple(row for analysis in analyses.values() for row in finding_rows(analysis)),
        tallies={
            side: tally(analysis.endings, reference)
            for side, analysis in analyses.items()
            if standings[side].is_compared and reference.timed and clip.text is not None
        },
        spreads=_spreads(analyses, standings),
        conduct={side: session.conduct for side, session in present.items()},
    )


def score_run(items: Iterable[ClipSessions], settings: ScoreSettings) -> Scores:
    """Score a run, one `(clip, sessions, pass_number)` at a time; only rows are kept.

    Tables are ordered by clip id, then side (baseline first), pass and index, in whatever order the items come.
    """
    scored: dict[tuple[str, int], ClipScores] = {}
    clips: dict[str, Clip] = {}
    for clip, sessions, pass_number in items:
        clips[clip.clip_id] = clip
        scored[clip.clip_id, pass_number] = score_clip(clip, sessions, pass_number, settings)
    return assemble(across_clips([scored[key] for key in sorted(scored)], clips.values()), settings)


def across_clips(scored: Sequence[ClipScores], clips: Iterable[Clip]) -> list[ClipScores]:
    """Add what shows only across sessions: words of one channel heard on another, and how far each side repeats itself.

    Args:
        scored: All passes of a clip, and all channels of a recording, are here together; in the order of clip id and pass.
        clips: Theirs.
    """
    channels = {clip.clip_id: (clip.recording_id, clip.channel) for clip in clips if clip.channels > 1}
    segments = with_leaks((row for one in scored for row in one.segments), channels)
    sessions = with_leak_counts(with_repeats((one.sessions, one.delivered) for one in scored), segments)
    rest = iter(segments)
    return [
        replace(
            one,
            sessions=tuple(itertools.islice(sessions, len(one.sessions))),
            segments=tuple(itertools.islice(rest, len(one.segments))),
            delivered={},
        )
        for one in scored
    ]


def assemble(by_clip: Iterable[ClipScores], settings: ScoreSettings) -> Scores:
    """The run's scores from those of its clips, which come in the order of clip id and pass."""
    tables: dict[str, list[Any]] = {name: [] for name in _TABLES}
    stamps: set[str] = set()
    spreads: dict[tuple[str, Side], Spread] = {}
    totals: dict[Side, tuple[HoldTally, ...]] = {}
    conduct = ConductTotals()
    for one in by_clip:
        stamps.add(one.recv_stamp)
        conduct.add(one.sessions, one.conduct)
        for name, rows in tables.items():
            rows.extend(getattr(one, name))
        for key, spread in one.spreads.items():
            spreads.setdefault(key, Spread()).add(spread)
        for side, tallies in one.tallies.items():
            add_tallies(totals.setdefault(side, tuple(HoldTally() for _ in tallies)), tallies)
    ordered = {name: _ordered(rows) for name, rows in tables.items()}
    return Scores(
        norm_id=normalize.primary(settings.rewrites).norm_id,
        secondary_norm_id=normalize.secondary(settings.rewrites).norm_id if settings.use_secondary else None,
        recv_stamp="/".join(sorted(stamps)) or "wire",
        holds=tuple(point for side in SIDES if side in totals for point in sweep(side, [totals[side]])),
        pooled=tuple(_pooled_rows(spreads)),
        conduct=conduct.rows(),
        **(ordered | {"turns": _with_missing_forms(ordered["turns"])}),
    )


_TABLES = tuple(
    table.name
    for table in fields(Scores)
    if table.name in {own.name for own in fields(ClipScores)} - {"recv_stamp", "conduct"}
)


def _spreads(
    analyses: Mapping[Side, SessionAnalysis], standings: Mapping[Side, Standing]
) -> dict[tuple[str, Side], Spread]:
    found: dict[tuple[str, Side], Spread] = {}
    for side, analysis in analyses.items():
        session = analysis.session
        found["send_lateness_ms", side] = Spread(lateness_ms(session))
        found["sdk_overhead_ms", side] = Spread(session.sdk_overhead_ms)
        found["ack_lag_ms", side] = Spread(analysis.ack_lags_ms)
        if not standings[side].invalid_reason:
            delays_ms = (formatting_delay_ms(segment) for segment in session.segments)
            found["formatting_delay_ms", side] = Spread(delay for delay in delays_ms if delay is not None)
    return found


def _pooled_rows(spreads: Mapping[tuple[str, Side], Spread]) -> Iterator[PooledScore]:
    for metric in POOLED:
        both = Spread()
        for side in SIDES:
            if (metric, side) in spreads:
                both.add(spreads[metric, side])
                yield _pooled_row(metric, side, spreads[metric, side])
        if len(both):
            yield _pooled_row(metric, "both", both)


def _pooled_row(metric: str, side: Side | Literal["both"], spread: Spread) -> PooledScore:
    p50_ms, p95_ms, p99_ms = spread.quantiles_ms(0.5, 0.95, 0.99)
    return PooledScore(metric, side, len(spread), p50_ms, p95_ms, p99_ms, spread.max_ms())


def _with_missing_forms(turns: tuple[TurnScore, ...]) -> tuple[TurnScore, ...]:
    """A form of final that the side has anywhere is missing, `+inf`, where it did not come; else it is not available."""
    plain = {row.side for row in turns if row.final_unformatted_ms is not None}
    formatted = {row.side for row in turns if row.final_formatted_ms is not None}

    def known(row: TurnScore) -> TurnScore:
        if row.final_ms is None:
            return row
        if row.final_unformatted_ms is None and row.side in plain:
            row = replace(row, final_unformatted_ms=math.inf)
        if row.final_formatted_ms is None and row.side in formatted:
            row = replace(row, final_formatted_ms=math.inf)
        return row

    return tuple(known(row) for row in turns)


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


def _standings(analyses: Mapping[Side, SessionAnalysis], planned: Sequence[Side]) -> dict[Side, Standing]:
    fault = harness_fault({side: analysis.session for side, analysis in analyses.items()}, planned)
    failures = {
        side: provider_failure(analysis.session, expects_text=analysis.accuracy is not None and analysis.has_speech)
        for side, analysis in analyses.items()
    }
    is_compared = fault is None and not any(failures.values())
    return {side: Standing(fault, failure, is_compared) for side, failure in failures.items()}


def _ordered(rows: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(sorted(rows, key=lambda row: (row.clip_id, getattr(row, "side", ""), row.pass_number)))
