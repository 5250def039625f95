"""When each word was first shown right, when it stopped changing, and when it was declared final.

Only for words that came out right and whose end is known; a comparison of two providers keeps the words right in both.
Words first shown after the stop command have no latency: they show the flush, not the service at work.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from harness.metrics.clock import NS_PER_MS, position_ns, provider_latency_ms, user_latency_ms
from harness.metrics.coverage import Coverage
from harness.metrics.hypothesis import Hypothesis, SegmentView
from harness.metrics.latency import EARLIEST_NS
from harness.metrics.normalize import plain_tokens
from harness.metrics.reference import Reference
from harness.metrics.shown import shown_tokens
from harness.timeline.segments import Update


@dataclass(frozen=True, slots=True)
class WordTiming:
    """Latencies of one reference word, in ms; emission and final count from the word's end.

    Attributes:
        word: Index of the reference word.
        emission_ms: First update that shows it right.
        stabilisation_ms: From then to the update from which it stays right up to the first final.
        final_ms: First update that shows it right and declares it final; None if none does.
        emission_prov_ms: As `emission_ms`, from the write of the chunk with the word's end; None if that is not known.
    """

    word: int
    emission_ms: float
    stabilisation_ms: float
    final_ms: float | None
    emission_prov_ms: float | None = None


@dataclass(frozen=True, slots=True)
class WordTimings:
    """Of the words that came out right and whose times are known.

    Attributes:
        timed: Timings by reference word, ascending; of words shown before the stop command.
        after_stop: How many words were first shown after it.
    """

    timed: dict[int, WordTiming]
    after_stop: int


def word_timings(reference: Reference, hypothesis: Hypothesis, coverage: Coverage) -> WordTimings:
    """Timings of all correct words with known times."""
    found: list[WordTiming | None] = []
    for view, links in zip(hypothesis.segments, coverage.by_segment, strict=True):
        correct = {token: word for token, word, is_correct in links if is_correct}
        if correct:
            found.extend(_segment_timings(view, correct, reference, hypothesis))
    timed = sorted((timing for timing in found if timing is not None), key=lambda timing: timing.word)
    return WordTimings({timing.word: timing for timing in timed}, after_stop=len(found) - len(timed))


def _segment_timings(
    view: SegmentView, correct: dict[int, int], reference: Reference, hypothesis: Hypothesis
) -> Iterator[WordTiming | None]:
    """A timing a word; None where it was first shown after the stop command."""
    right = [
        {pair.final_token: pair.update_token for pair in shown_tokens(state, view.final) if pair.is_right}
        for state in view.states
    ]
    settled = [_final_tokens(update) for update in view.updates]
    for token, word in correct.items():
        times_s = reference.times_s[word]
        if times_s is None:
            continue
        eligible_ns = position_ns(times_s[0]) - EARLIEST_NS
        shown = [
            index
            for index, update in enumerate(view.updates)
            if token in right[index] and update.wire_ns >= eligible_ns
        ]
        if not shown:
            continue
        if hypothesis.after_stop(view.updates[shown[0]].wire_ns):
            yield None
            continue
        lost = [index for index in range(shown[0], len(view.updates)) if token not in right[index]]
        stable_ns = view.updates[min(lost[-1] + 1 if lost else shown[0], len(view.updates) - 1)].wire_ns
        first_ns = view.updates[shown[0]].wire_ns
        final_ns = next((view.updates[index].wire_ns for index in shown if right[index][token] in settled[index]), None)
        yield WordTiming(
            word=word,
            emission_ms=user_latency_ms(times_s[1], first_ns),
            stabilisation_ms=(stable_ns - first_ns) / NS_PER_MS,
            final_ms=None if final_ns is None else user_latency_ms(times_s[1], final_ns),
            emission_prov_ms=provider_latency_ms(hypothesis.session, times_s[1], first_ns),
        )


def _final_tokens(update: Update) -> frozenset[int]:
    """Token indices of an update whose word the provider declared final; all of them in a final."""
    tokens = plain_tokens(update.text)
    if update.kind != "partial":
        return frozenset(range(len(tokens)))
    declared = [word.is_final for word in update.words for _ in plain_tokens(word.text)]
    if len(declared) != len(tokens):
        return frozenset()
    return frozenset(index for index, is_final in enumerate(declared) if is_final)
