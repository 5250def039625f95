"""Everything derived from one session, once; the rows are views of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.corpus.model import Clip
from harness.metrics import normalize
from harness.metrics.accuracy import Accuracy, accuracy_of, delivered_text, delivered_tokens
from harness.metrics.coverage import Coverage, cover
from harness.metrics.endpoint_times import TimeMatch, match_session
from harness.metrics.endpointing import Ending, Role, endings_of, roles
from harness.metrics.hypothesis import Hypothesis, TokenCoder, hypothesis_of
from harness.metrics.other_words import counts_of, last_partials
from harness.metrics.reference import Reference
from harness.metrics.settings import ScoreSettings, TailPolicy
from harness.metrics.stability import Stability, stability_of
from harness.metrics.wire_latency import ack_lags_ms
from harness.metrics.word_counts import WordCounts
from harness.metrics.word_latency import WordTimings, word_timings
from harness.timeline.segments import FoldedSession


@dataclass(frozen=True, slots=True)
class SessionAnalysis:
    """One session against its reference.

    Attributes:
        clip: The clip streamed.
        reference: Its reference words.
        hypothesis: What was shown and delivered.
        coverage: Which token stands for which reference word.
        endings: The segments' ends.
        roles: What each end is to the reference turns.
        accuracy: Under the primary normaliser; None without a reference.
        words_secondary: Counts under the secondary one; None if it is off or does not support the language.
        language: Primary subtag that the texts were normalised by.
        delivered: L2 tokens of each segment.
        words_other_tail: Counts under the primary one and the other tail policy; None without a reference.
        words_partial: Counts of the last partials before each endpoint; None without a reference.
        stability: Per segment, what was taken back.
        timings: When each right word was shown; none without word times.
        ack_lags_ms: Per acknowledged chunk, from its write.
        by_time: Its endpoints against reference times; None where utterance times mean nothing.
    """

    clip: Clip
    reference: Reference
    hypothesis: Hypothesis
    coverage: Coverage
    endings: tuple[Ending, ...]
    roles: tuple[Role, ...]
    accuracy: Accuracy | None
    words_secondary: WordCounts | None
    words_other_tail: WordCounts | None
    words_partial: WordCounts | None
    stability: tuple[Stability, ...]
    timings: WordTimings
    ack_lags_ms: Sequence[float]
    by_time: TimeMatch | None
    language: str
    delivered: tuple[tuple[str, ...], ...]

    @property
    def tokens(self) -> tuple[str, ...]:
        """L2 tokens delivered, in order."""
        return tuple(token for tokens in self.delivered for token in tokens)

    @property
    def session(self) -> FoldedSession:
        """The folded session."""
        return self.hypothesis.session

    @property
    def has_speech(self) -> bool:
        """Whether text was to be expected: reference words or, without a reference, speech found by a VAD."""
        if self.accuracy is None:
            return bool(self.reference.utterances)
        return self.accuracy.counts.reference_words > 0


def analyse(
    clip: Clip, reference: Reference, session: FoldedSession, coder: TokenCoder, settings: ScoreSettings
) -> SessionAnalysis:
    """Derive everything from one session. `coder` is shared by all sessions of the clip."""
    hypothesis = hypothesis_of(session, settings.consume, coder)
    coverage = cover(coder.encode(reference.tokens), hypothesis)
    endings = endings_of(hypothesis, coverage)
    language = normalize.primary_subtag(clip.language, settings.default_language)
    accuracy, words_secondary, other_tail, partial = None, None, None, None
    primary = normalize.primary(settings.rewrites)
    if clip.text is not None:
        accuracy = accuracy_of(clip.utterances, hypothesis, primary, language, settings.tail_policy)
        secondary = normalize.secondary(settings.rewrites) if settings.use_secondary else None
        if secondary is not None and secondary.supports(language):
            second = accuracy_of(clip.utterances, hypothesis, secondary, language, settings.tail_policy)
            words_secondary = second.counts
        other_tail = accuracy.counts
        if any(view.segment.closed_by == "open" for view in hypothesis.segments):
            other_tail = counts_of(clip.utterances, _other_tail_texts(hypothesis, settings), primary, language)
        partial = counts_of(clip.utterances, last_partials(hypothesis), primary, language)
    return SessionAnalysis(
        clip=clip,
        reference=reference,
        hypothesis=hypothesis,
        coverage=coverage,
        endings=tuple(endings),
        roles=_roles(clip, endings, reference),
        accuracy=accuracy,
        words_secondary=words_secondary,
        language=language,
        delivered=tuple(delivered_tokens(hypothesis, primary, language, settings.tail_policy)),
        words_other_tail=other_tail,
        words_partial=partial,
        stability=tuple(stability_of(view) for view in hypothesis.segments),
        timings=word_timings(reference, hypothesis, coverage),
        ack_lags_ms=ack_lags_ms(session),
        by_time=match_session(reference, hypothesis) if reference.timed else None,
    )


def _other_tail_texts(hypothesis: Hypothesis, settings: ScoreSettings) -> list[str]:
    """What would be delivered if the tail left open were dropped, or included: what the project did not decide for."""
    policy: TailPolicy = "drop" if settings.tail_policy == "include" else "include"
    return [delivered_text(view, policy) for view in hypothesis.segments]


def _roles(clip: Clip, endings: list[Ending], reference: Reference) -> tuple[Role, ...]:
    if clip.text is None:  # nothing to be inside of
        return tuple("inside" if ending.endpoint_ns is None else "boundary" for ending in endings)
    return tuple(roles(endings, reference.turn_of))
