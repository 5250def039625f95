"""How long a user waits for text: first partial, first text, finals. All instants are of the wire, ns from T0.

Whether an update shows a word is decided from text alone, never from the provider's own word times. An update more than
250 ms before a word's onset can't be about that word; values between -250 ms and 0 are kept with their sign.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from harness.metrics.clock import NS_PER_MS, position_ns, provider_latency_ms, user_latency_ms
from harness.metrics.coverage import Coverage
from harness.metrics.hypothesis import Hypothesis, first_of
from harness.metrics.reference import Reference
from harness.metrics.shown import shown_tokens
from harness.timeline.segments import FoldedSession, UpdateKind

EARLIEST_NS = 250 * NS_PER_MS


@dataclass(frozen=True, slots=True)
class FirstShown:
    """When an utterance first appeared; None: never.

    Attributes:
        partial_ns: First partial that showed one of its words.
        text_ns: First update of any kind that did.
        is_false_start: Whether an update showed one of its words before it can have been spoken.
    """

    partial_ns: int | None = None
    text_ns: int | None = None
    is_false_start: bool = False


def first_shown(reference: Reference, hypothesis: Hypothesis, coverage: Coverage) -> list[FirstShown]:
    """Per utterance with words, when it first appeared."""
    partial_ns: dict[int, int] = {}
    text_ns: dict[int, int] = {}
    false_starts: set[int] = set()
    eligible_ns = [position_ns(reference.onset_s(word)) - EARLIEST_NS for word in range(len(reference.tokens))]
    for view, links in zip(hypothesis.segments, coverage.by_segment, strict=True):
        waiting = {reference.utterance_of[word] for _, word, _ in links}
        for update, state in zip(view.updates, view.states, strict=True):
            if not waiting:
                break
            shown = {pair.final_token for pair in shown_tokens(state, view.final)}
            for token, word, _ in links:
                if token not in shown:
                    continue
                utterance = reference.utterance_of[word]
                if update.wire_ns < position_ns(reference.utterances[utterance].start_s) - EARLIEST_NS:
                    false_starts.add(utterance)
                if update.wire_ns < eligible_ns[word]:
                    continue
                text_ns[utterance] = min(update.wire_ns, text_ns.get(utterance, update.wire_ns))
                if update.kind == "partial":
                    partial_ns[utterance] = min(update.wire_ns, partial_ns.get(utterance, update.wire_ns))
                    waiting.discard(utterance)
    return [
        FirstShown(partial_ns.get(index), text_ns.get(index), index in false_starts)
        for index in range(len(reference.utterances))
    ]


def first_shown_in_spans(reference: Reference, hypothesis: Hypothesis) -> list[FirstShown]:
    """The same for speech found by a VAD, whose words nobody knows: by time instead of by word."""
    texts = [
        (update.wire_ns, update.kind == "partial")
        for view in hypothesis.segments
        for update, state in zip(view.updates, view.states, strict=True)
        if state
    ]
    found = []
    for start_ns, end_ns in _spans_ns(reference):
        inside = [(at_ns, is_partial) for at_ns, is_partial in texts if start_ns <= at_ns < end_ns]
        found.append(
            FirstShown(
                min((at_ns for at_ns, is_partial in inside if is_partial), default=None),
                min((at_ns for at_ns, _ in inside), default=None),
            )
        )
    return found


def last_covered_segments(reference: Reference, coverage: Coverage) -> list[int | None]:
    """Per turn, the segment that holds the turn's last covered word; None if none of its words is covered."""
    segments: list[int | None] = [None] * reference.turns
    for word, segment in enumerate(coverage.segment_of):
        if segment is not None:
            segments[reference.turn_of[word]] = segment
    return segments


def last_segments_in_spans(reference: Reference, hypothesis: Hypothesis) -> list[int | None]:
    """The same for speech found by a VAD: the last segment with text that ends, before the stop, while a turn is the last.

    The last, because an endpoint inside a turn is followed by another one, and would make the turn's end look early.
    """
    segments: list[int | None] = [None] * reference.turns
    for (start_ns, end_ns), turn in zip(_spans_ns(reference), reference.turn_of_utterance, strict=True):
        for index, view in enumerate(hypothesis.segments):
            at_ns = _before_stop(hypothesis, view.endpoint_ns)
            if view.final and at_ns is not None and start_ns <= at_ns < end_ns:
                segments[turn] = index
    return segments


def consumed_instants_ns(hypothesis: Hypothesis, segments: Sequence[int | None]) -> list[int | None]:
    """Per turn, when the product got the final it uses; None if never, or only after the stop command."""
    return [
        None if segment is None else _before_stop(hypothesis, hypothesis.segments[segment].consumed_ns)
        for segment in segments
    ]


def form_instants_ns(hypothesis: Hypothesis, segments: Sequence[int | None], kind: UpdateKind) -> list[int | None]:
    """Per turn, when the first final of one form came; None as above."""
    instants: list[int | None] = []
    for segment in segments:
        update = None if segment is None else first_of(hypothesis.segments[segment].segment, kind)
        instants.append(None if update is None else _before_stop(hypothesis, update.wire_ns))
    return instants


def user_ms(position_s: float, at_ns: int | None) -> float:
    """`L_user` with a missing event as `+inf`: it stays in the population."""
    return math.inf if at_ns is None else user_latency_ms(position_s, at_ns)


def provider_ms(session: FoldedSession, position_s: float, at_ns: int | None) -> float | None:
    """`L_prov` with a missing event as `+inf`."""
    return math.inf if at_ns is None else provider_latency_ms(session, position_s, at_ns)


def _before_stop(hypothesis: Hypothesis, at_ns: int | None) -> int | None:
    return None if at_ns is None or hypothesis.after_stop(at_ns) else at_ns


def _spans_ns(reference: Reference) -> list[tuple[int, float]]:
    """Per utterance, from when to when an update or endpoint belongs to it if only times are known."""
    starts = [position_ns(utterance.start_s) - EARLIEST_NS for utterance in reference.utterances]
    return list(zip(starts, [*starts[1:], math.inf], strict=False))
