"""The rows of one session: how an analysis is written down."""

import math
from collections import Counter
from dataclasses import dataclass

from harness.metrics.accuracy import delivered_text
from harness.metrics.accuracy_rows import WordMarks
from harness.metrics.analysis import SessionAnalysis
from harness.metrics.clock import NS_PER_MS
from harness.metrics.endpointing import TurnEnd, turn_ends
from harness.metrics.hypothesis import first_of
from harness.metrics.latency import (
    consumed_instants_ns,
    first_shown,
    first_shown_in_spans,
    form_instants_ns,
    last_covered_segments,
    last_segments_in_spans,
    provider_ms,
    user_ms,
)
from harness.metrics.quantiles import quantile_sorted
from harness.metrics.scores import FindingScore, SegmentScore, SessionScore, TurnScore, UtteranceScore, WordScore
from harness.metrics.settings import TailPolicy
from harness.metrics.side_columns import hold_columns, stability_columns, wire_columns, word_latency_columns
from harness.metrics.token_times import token_spans
from harness.metrics.word_counts import WordCounts
from harness.metrics.words import owners
from harness.timeline.segments import Segment, UpdateKind
from harness.timeline.validity import lateness_ms


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of the pair when a session's row is written.

    Attributes:
        invalid_reason: Fault of the harness; None: the pair is valid.
        failure_reason: Fault of the provider in this session; None: it succeeded.
        is_compared: The pair is valid and both its sessions succeeded.
    """

    invalid_reason: str | None
    failure_reason: str | None
    is_compared: bool


@dataclass(frozen=True, slots=True)
class BesideOther:
    """What a session's row holds that only exists beside the other side.

    Attributes:
        common_tokens: Words in which the boundaries of both sides are placed.
        spurious_boundaries: Boundaries of this side where it had one already.
        backlog_slope_ms_per_s: Over the words right on both sides.
    """

    common_tokens: int = 0
    spurious_boundaries: int = 0
    backlog_slope_ms_per_s: float | None = None


def segment_rows(analysis: SessionAnalysis) -> list[SegmentScore]:
    """One row a segment, in order."""
    header = analysis.session.header
    rows = []
    breaches = Counter(breach.key for breach in analysis.session.violations)
    parts = zip(analysis.hypothesis.segments, analysis.roles, analysis.stability, strict=True)
    for index, (view, role, stability) in enumerate(parts):
        segment = view.segment
        rows.append(
            SegmentScore(
                clip_id=analysis.clip.clip_id,
                side=header.side,
                pass_number=header.pass_number,
                segment=index,
                key=segment.key,
                closed_by=segment.closed_by,
                first_update_ms=_ms(view.updates[0].wire_ns if view.updates else None),
                endpoint_at_ms=_ms(view.endpoint_ns),
                consumed_at_ms=_ms(view.consumed_ns),
                start_ms=segment.start_ms,
                end_ms=segment.end_ms,
                partials=sum(update.kind == "partial" for update in segment.updates),
                tokens=len(view.final),
                erased_tokens=stability.erased_tokens,
                role=role,
                text=view.text,
                unstable_tokens=stability.unstable_tokens,
                grid_erased_tokens=stability.grid_erased_tokens,
                raw_final_tokens=stability.raw_final_tokens,
                raw_erased_tokens=stability.raw_erased_tokens,
                raw_unstable_tokens=stability.raw_unstable_tokens,
                formatting_delay_ms=formatting_delay_ms(segment),
                contract_violations=breaches[segment.key],
            )
        )
    return rows


def formatting_delay_ms(segment: Segment) -> float | None:
    """From the first unformatted to the first formatted final; None unless both came."""
    plain, formatted = first_of(segment, "final_unformatted"), first_of(segment, "final_formatted")
    return None if plain is None or formatted is None else _between_ms(plain.wire_ns, formatted.wire_ns)


def finding_rows(analysis: SessionAnalysis) -> list[FindingScore]:
    """One row a breach of the contract, in order of arrival."""
    header = analysis.session.header
    return [
        FindingScore(
            clip_id=analysis.clip.clip_id,
            side=header.side,
            provider=header.provider,
            pass_number=header.pass_number,
            kind=breach.kind,
            key=breach.key,
            at_ms=breach.t_ns / NS_PER_MS,
            detail=breach.detail,
        )
        for breach in analysis.session.violations
    ]


def word_rows(analysis: SessionAnalysis, marks: WordMarks) -> list[WordScore]:
    """One row a step of the session's alignment; none without a reference."""
    accuracy, reference, header = analysis.accuracy, analysis.reference, analysis.session.header
    if accuracy is None:
        return []
    spans = list(token_spans(accuracy, reference))
    groups = owners(accuracy.steps, accuracy.utterance_of)
    rows = []
    for position, (step, utterance) in enumerate(zip(accuracy.steps, groups, strict=True)):
        span = None if step.reference is None else spans[step.reference]
        rows.append(
            WordScore(
                clip_id=analysis.clip.clip_id,
                side=header.side,
                pass_number=header.pass_number,
                position=position,
                op=step.op,
                reference=None if step.reference is None else accuracy.reference[step.reference],
                hypothesis=None if step.hypothesis is None else accuracy.hypothesis[step.hypothesis],
                utterance=utterance if reference.utterances else -1,
                segment=None if step.hypothesis is None else accuracy.segment_of[step.hypothesis],
                reference_start_s=None if span is None else span[0],
                reference_end_s=None if span is None else span[1],
                category=marks.categories[position],
                suspect=position in marks.suspects,
                entity=None if step.reference is None else marks.entities.get(step.reference),
            )
        )
    return rows


def utterance_rows(analysis: SessionAnalysis) -> list[UtteranceScore]:
    """One row an utterance."""
    reference, session, clip = analysis.reference, analysis.session, analysis.clip
    count = len(reference.utterances)
    counts = [WordCounts()] * count
    if analysis.accuracy is None:
        shown = first_shown_in_spans(reference, analysis.hypothesis)
        in_population = set(range(count))
    else:
        counts = analysis.accuracy.by_utterance(count)
        shown = first_shown(reference, analysis.hypothesis, analysis.coverage)
        in_population = set(reference.utterance_of)
    rows = []
    for index, (utterance, first) in enumerate(zip(reference.utterances, shown, strict=True)):
        is_timed = reference.timed and index in in_population
        start_s = utterance.start_s
        rows.append(
            UtteranceScore(
                clip_id=clip.clip_id,
                call_id=clip.call_id,
                side=session.header.side,
                pass_number=session.header.pass_number,
                utterance=index,
                turn=reference.turn_of_utterance[index],
                start_s=start_s,
                end_s=utterance.end_s,
                time_source="words" if utterance.words else _coarser(clip.time_source),
                text=utterance.text,
                reference_words=counts[index].reference_words,
                errors=counts[index].errors,
                first_partial_ms=user_ms(start_s, first.partial_ns) if is_timed else None,
                first_text_ms=user_ms(start_s, first.text_ns) if is_timed else None,
                false_start=is_timed and first.is_false_start,
                first_partial_prov_ms=provider_ms(session, start_s, first.partial_ns) if is_timed else None,
                first_text_prov_ms=provider_ms(session, start_s, first.text_ns) if is_timed else None,
            )
        )
    return rows


def turn_rows(analysis: SessionAnalysis, *, is_compared: bool) -> list[TurnScore]:
    """One row a turn; end classes and endpoints only where both sessions of the pair succeeded."""
    by_time = analysis.by_time if is_compared else None
    reference, session, clip = analysis.reference, analysis.session, analysis.clip
    ends = _turn_ends(analysis)
    segments = (
        last_segments_in_spans(reference, analysis.hypothesis)
        if analysis.accuracy is None
        else last_covered_segments(reference, analysis.coverage)
    )
    consumed_ns = consumed_instants_ns(analysis.hypothesis, segments)
    spoken = set(reference.turn_of) if analysis.accuracy is not None else set(range(reference.turns))
    by_form = {kind: form_instants_ns(analysis.hypothesis, segments, kind) for kind in _forms(analysis)}
    rows = []
    for turn, (end_s, end) in enumerate(zip(reference.turn_ends_s, ends, strict=True)):
        is_timed = reference.timed and turn in spoken
        by_form_ms = {kind: user_ms(end_s, instants[turn]) for kind, instants in by_form.items() if is_timed}
        rows.append(
            TurnScore(
                clip_id=clip.clip_id,
                call_id=clip.call_id,
                side=session.header.side,
                pass_number=session.header.pass_number,
                turn=turn,
                end_s=end_s,
                final_ms=user_ms(end_s, consumed_ns[turn]) if is_timed else None,
                endpoint_ms=end.endpoint_ms if is_compared else None,
                end_class=end.end_class if is_compared else None,
                early_cuts=end.early_cuts if is_compared else 0,
                final_prov_ms=provider_ms(session, end_s, consumed_ns[turn]) if is_timed else None,
                final_unformatted_ms=by_form_ms.get("final_unformatted"),
                final_formatted_ms=by_form_ms.get("final_formatted"),
                endpoint_by_time_ms=_by_time_ms(end_s, by_time.claimed_s[turn]) if by_time and is_timed else None,
            )
        )
    return rows


def _by_time_ms(end_s: float, endpoint_s: float | None) -> float:
    return math.inf if endpoint_s is None else round((endpoint_s - end_s) * 1000, 6)


def session_row(
    analysis: SessionAnalysis, standing: Standing, tail_policy: TailPolicy, beside: BesideOther
) -> SessionScore:
    """The session's own row."""
    clip, session, views = analysis.clip, analysis.session, analysis.hypothesis.segments
    header, accuracy = session.header, analysis.accuracy
    ends = _turn_ends(analysis) if standing.is_compared and accuracy is not None else []
    late_ms = lateness_ms(session)
    overhead_ms = sorted(session.sdk_overhead_ms)
    texts = (delivered_text(view, tail_policy) for view in views)
    return SessionScore(
        clip_id=clip.clip_id,
        call_id=clip.call_id,
        side=header.side,
        provider=header.provider,
        pass_number=header.pass_number,
        tags=clip.tags,
        language=clip.language,
        speaker=clip.speaker,
        duration_s=clip.duration_s,
        valid=standing.invalid_reason is None,
        invalid_reason=standing.invalid_reason,
        succeeded=standing.failure_reason is None,
        failure_reason=standing.failure_reason,
        has_reference=accuracy is not None,
        words=accuracy.counts if accuracy else WordCounts(),
        words_secondary=analysis.words_secondary,
        non_speech_insertions=accuracy.non_speech_insertions if accuracy else 0,
        open_tail_words=sum(len(view.final) for view in views if view.segment.closed_by == "open"),
        turns=sum(end.end_class is not None for end in ends),
        early_cut_turns=sum(end.early_cuts > 0 for end in ends),
        segments=len(views),
        spurious_segments=analysis.roles.count("spurious") if standing.is_compared else 0,
        partials=sum(update.kind == "partial" for view in views for update in view.segment.updates),
        post_final_mutations=sum(breach.kind == "post_final_mutation" for breach in session.violations),
        formatted_missing=sum(view.is_formatted_missing for view in views),
        session_init_ms=_between_ms(session.connect_started_ns, session.ready_ns),
        http_post_ms=session.http_post_ms,
        ws_open_ms=session.ws_open_ms,
        flush_ms=_between_ms(session.finish_ns, _last_text_ns(analysis)),
        close_ms=_between_ms(session.finish_ns, session.closed_ns),
        first_text_from_audio_start_ms=_first_text_ms(analysis),
        lateness_p50_ms=quantile_sorted(late_ms, 0.5),
        lateness_p99_ms=quantile_sorted(late_ms, 0.99),
        lateness_max_ms=late_ms[-1] if late_ms else None,
        sdk_overhead_p50_ms=quantile_sorted(overhead_ms, 0.5),
        sdk_overhead_p99_ms=quantile_sorted(overhead_ms, 0.99),
        reconnects=session.reconnects,
        audio_sha256=header.audio_sha256,
        text=" ".join(text for text in texts if text),
        channel=clip.channel,
        turns_derived=all(utterance.turn_id is None for utterance in clip.utterances),
        contract_violations=len(session.violations),
        words_other_tail=analysis.words_other_tail,
        words_partial=analysis.words_partial,
        common_tokens=beside.common_tokens,
        spurious_boundaries=beside.spurious_boundaries,
        backlog_slope_ms_per_s=beside.backlog_slope_ms_per_s,
        **stability_columns(analysis, is_compared=standing.is_compared),
        **hold_columns(analysis, is_compared=standing.is_compared),
        **word_latency_columns(analysis),
        **wire_columns(analysis),
    )


def _turn_ends(analysis: SessionAnalysis) -> list[TurnEnd]:
    reference = analysis.reference
    if analysis.accuracy is None:
        segments = last_segments_in_spans(reference, analysis.hypothesis)
        instants_ns = (None if index is None else analysis.hypothesis.segments[index].endpoint_ns for index in segments)
        return [
            TurnEnd(None, user_ms(end_s, at_ns), 0)
            for end_s, at_ns in zip(reference.turn_ends_s, instants_ns, strict=True)
        ]
    ends = turn_ends(analysis.endings, reference.turn_of, reference.turn_ends_s)
    return ends if reference.timed else [_without_times(end) for end in ends]


def _without_times(end: TurnEnd) -> TurnEnd:
    is_by_text = end.end_class in {"missing", "merged", "flush", "forced"}
    return TurnEnd(end.end_class if is_by_text else None, None, end.early_cuts)


def _forms(analysis: SessionAnalysis) -> set[UpdateKind]:
    return {update.kind for segment in analysis.session.segments for update in segment.updates}


def _last_text_ns(analysis: SessionAnalysis) -> int | None:
    instants_ns = (
        update.wire_ns
        for segment in analysis.session.segments
        for update in segment.updates
        if update.text and analysis.hypothesis.after_stop(update.wire_ns)
    )
    return max(instants_ns, default=None)


def _first_text_ms(analysis: SessionAnalysis) -> float | None:
    if not analysis.has_speech:
        return None
    views = analysis.hypothesis.segments
    instants_ns = (
        update.wire_ns for view in views for update, state in zip(view.updates, view.states, strict=True) if state
    )
    return user_ms(0.0, min(instants_ns, default=None))


def _coarser(time_source: str) -> str:
    return "segments" if time_source == "words" else time_source


def _ms(at_ns: int | None) -> float | None:
    return None if at_ns is None else at_ns / NS_PER_MS


def _between_ms(start_ns: int | None, end_ns: int | None) -> float | None:
    return None if start_ns is None or end_ns is None else (end_ns - start_ns) / NS_PER_MS
