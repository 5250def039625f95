"""Rows and columns that need both sides of a pair: words right on both, boundaries side against side."""

from collections.abc import Mapping, Sequence

from harness.corpus.model import Clip
from harness.metrics.analysis import SessionAnalysis
from harness.metrics.boundaries import Segmentation, compare, segmentation_of
from harness.metrics.clock import NS_PER_MS
from harness.metrics.hypothesis import TokenCoder
from harness.metrics.reference import Reference
from harness.metrics.rows import BesideOther
from harness.metrics.scores import BoundaryScore, WordTimingScore
from harness.metrics.wire_latency import backlog_slope_ms_per_s
from harness.metrics.word_latency import WordTiming
from harness.timeline.events import SIDES, Side


def word_timing_rows(clip: Clip, reference: Reference, analyses: Sequence[SessionAnalysis]) -> list[WordTimingScore]:
    """One row a reference word that both sides got right and showed before the stop; needs both sessions."""
    if len(analyses) != len(SIDES):
        return []
    baseline, candidate = analyses
    rows = []
    for word, a in baseline.timings.timed.items():
        b = candidate.timings.timed.get(word)
        times_s = reference.times_s[word]
        if b is not None and times_s is not None:
            rows.append(_word_timing(clip, reference, baseline.session.header.pass_number, times_s, (a, b)))
    return rows


def _word_timing(
    clip: Clip,
    reference: Reference,
    pass_number: int,
    times_s: tuple[float, float],
    timings: tuple[WordTiming, WordTiming],
) -> WordTimingScore:
    a, b = timings
    return WordTimingScore(
        clip_id=clip.clip_id,
        call_id=clip.call_id,
        pass_number=pass_number,
        word=a.word,
        utterance=reference.utterance_of[a.word],
        turn=reference.turn_of[a.word],
        reference=reference.tokens[a.word],
        reference_start_s=times_s[0],
        reference_end_s=times_s[1],
        baseline_emission_ms=a.emission_ms,
        candidate_emission_ms=b.emission_ms,
        baseline_emission_prov_ms=a.emission_prov_ms,
        candidate_emission_prov_ms=b.emission_prov_ms,
        baseline_stabilisation_ms=a.stabilisation_ms,
        candidate_stabilisation_ms=b.stabilisation_ms,
        baseline_final_ms=a.final_ms,
        candidate_final_ms=b.final_ms,
    )


def segmentations(
    clip: Clip, reference: Reference, coder: TokenCoder, analyses: Sequence[SessionAnalysis]
) -> tuple[int, tuple[Segmentation, ...]]:
    """Common words and each side's segments in them: words of the reference, else of the baseline; needs both sessions."""
    if len(analyses) != len(SIDES):
        return 0, ()
    common = analyses[0].hypothesis.tokens if clip.text is None else coder.encode(reference.tokens)
    return len(common), tuple(segmentation_of(common, analysis.hypothesis) for analysis in analyses)


def boundary_rows(
    clip: Clip, pass_number: int, words: int, placed: tuple[Segmentation, ...]
) -> tuple[BoundaryScore, ...]:
    """Boundaries of the candidate against the baseline's."""
    if not placed:
        return ()
    baseline, candidate = placed
    return tuple(
        BoundaryScore(
            clip_id=clip.clip_id,
            pass_number=pass_number,
            kind=pair.kind,
            baseline_position=pair.baseline.position if pair.baseline else None,
            candidate_position=pair.candidate.position if pair.candidate else None,
            baseline_at_ms=_at_ms(pair.baseline.at_ns) if pair.baseline else None,
            candidate_at_ms=_at_ms(pair.candidate.at_ns) if pair.candidate else None,
            offset_ms=pair.offset_ms,
            offset_class=pair.offset_class,
            common_tokens=words,
        )
        for pair in compare(baseline, candidate, words)
    )


def beside_other(
    clip: Clip, words: int, placed: tuple[Segmentation, ...], timings: Sequence[WordTimingScore]
) -> Mapping[Side, BesideOther]:
    """What each session's row holds of the comparison; nothing without a valid pair."""
    if not placed:
        return {}
    ends_s = [row.reference_end_s for row in timings]
    return {
        side: BesideOther(
            common_tokens=words,
            spurious_boundaries=segmentation.extras(words),
            backlog_slope_ms_per_s=backlog_slope_ms_per_s(
                ends_s, [getattr(row, f"{side}_emission_ms") for row in timings], clip.duration_s
            ),
        )
        for side, segmentation in zip(SIDES, placed, strict=True)
    }


def _at_ms(at_ns: int | None) -> float | None:
    return None if at_ns is None else at_ns / NS_PER_MS
