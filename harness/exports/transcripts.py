"""What was said and what was delivered, as lines of timed tokens: what every transcript format is written from.

Times of the reference are the reference's. Those of a delivered line are the provider's own, as its tools would report
them: fit for finding a word in the audio, and in no latency of this program.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.corpus.model import Clip, ReferenceWord, Utterance
from harness.metrics import normalize
from harness.metrics.accuracy import delivered_text
from harness.metrics.hypothesis import SegmentView, TokenCoder, hypothesis_of
from harness.metrics.normalize import UNINTELLIGIBLE, Normalizer, plain_tokens, raw_tokens
from harness.metrics.reference import word_times_s
from harness.metrics.settings import ScoreSettings
from harness.timeline.segments import FoldedSession, Word

_MS_PER_S = 1e3
_NS_PER_S = 1e9


@dataclass(frozen=True, slots=True)
class Token:
    """A word as it is written, with its times in seconds of the clip; confidence 0..1 where the provider gave one."""

    text: str
    start_s: float
    end_s: float
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One reference utterance or one delivered segment.

    Attributes:
        clip_id: The clip, which is one channel of a recording.
        channel: Of the recording, from 0.
        speaker: Of the reference; delivered segments have none.
        start_s: In seconds of the clip.
        end_s: Not before `start_s`.
        tokens: In order; none in the one line of a clip for which there is no text at all.
    """

    clip_id: str
    channel: int
    speaker: str | None
    start_s: float
    end_s: float
    tokens: tuple[Token, ...]

    @property
    def text(self) -> str:
        """All tokens, separated by single spaces."""
        return " ".join(token.text for token in self.tokens)


def reference_lines(clip: Clip, settings: ScoreSettings, *, normalized: bool) -> tuple[Line, ...]:
    """A clip's reference utterances; none if it is reference-free.

    Args:
        clip: The clip.
        settings: Whose rewrites and default language hold.
        normalized: Tokens as the word error rate counts them, instead of the text as it is written.
    """
    if clip.text is None:
        return ()
    lines = []
    for utterance in clip.utterances:
        text = utterance.text or ""
        timed = [Token(word.text, word.start_s, word.end_s) for word in utterance.words]
        tokens = _tokens(raw_tokens(text), timed, (utterance.start_s, utterance.end_s))
        if normalized:
            scored = _normalizer(settings).reference_tokens(text, _language(clip, settings))
            tokens = _retokenized(tokens, tuple(token for token in scored if token != UNINTELLIGIBLE))
        speaker = utterance.speaker or clip.speaker
        lines.append(Line(clip.clip_id, clip.channel, speaker, utterance.start_s, utterance.end_s, tokens))
    return _by_start(lines, clip)


def delivered_lines(
    clip: Clip, session: FoldedSession, settings: ScoreSettings, *, normalized: bool
) -> tuple[Line, ...]:
    """The text that a session's product consumed, segment by segment: what the word error rate is computed from.

    Where a provider gives no times, a segment lasts from the arrival of its first update to that of its last.
    """
    lines = []
    for view in hypothesis_of(session, settings.consume, TokenCoder()).segments:
        text = delivered_text(view, settings.tail_policy)
        span = _span_s(view)
        timed = [
            Token(word.text, max(0.0, word.start_ms / _MS_PER_S), word.end_ms / _MS_PER_S, word.confidence)
            for word in _words(view)
            if word.start_ms is not None and word.end_ms is not None and word.start_ms <= word.end_ms
        ]
        tokens = _tokens(raw_tokens(text), timed, span)
        if normalized:
            tokens = _retokenized(tokens, _normalizer(settings).tokens(text, _language(clip, settings)))
        lines.append(Line(clip.clip_id, clip.channel, None, *span, tokens))
    return _by_start(lines, clip)


def _by_start(lines: list[Line], clip: Clip) -> tuple[Line, ...]:
    """In order of time; a clip without any text has one empty line, so that no tool takes it for missing."""
    spoken = sorted((line for line in lines if line.tokens), key=lambda line: line.start_s)
    return tuple(spoken) or (Line(clip.clip_id, clip.channel, clip.speaker, 0.0, clip.duration_s, ()),)


def _normalizer(settings: ScoreSettings) -> Normalizer:
    return normalize.primary(settings.rewrites)


def _language(clip: Clip, settings: ScoreSettings) -> str:
    return normalize.primary_subtag(clip.language, settings.default_language)


def _words(view: SegmentView) -> tuple[Word, ...]:
    """The words of the update that the delivered text stands in."""
    return next((update.words for update in reversed(view.segment.updates) if update.text == view.text), ())


def _span_s(view: SegmentView) -> tuple[float, float]:
    segment = view.segment
    if segment.start_ms is not None and segment.end_ms is not None:
        start_s, end_s = segment.start_ms / _MS_PER_S, segment.end_ms / _MS_PER_S
    else:
        start_s, end_s = (segment.updates[index].wire_ns / _NS_PER_S for index in (0, -1))
    start_s = max(0.0, start_s)
    return start_s, max(start_s, end_s)


def _tokens(texts: tuple[str, ...], timed: Sequence[Token], span: tuple[float, float]) -> tuple[Token, ...]:
    """Give each text the times of its word; those without one share the gap, or the whole span, evenly."""
    words = tuple(ReferenceWord(word.text, word.start_s, word.end_s) for word in timed)
    keys = tuple(" ".join(plain_tokens(text)) or text for text in texts)
    known = word_times_s(Utterance(None, *span, words=words), keys)
    confidences = [word.confidence for word in timed] if len(timed) == len(texts) else [None] * len(texts)
    share_s = (span[1] - span[0]) / max(1, len(texts))
    return tuple(
        Token(text, *(times_s or (span[0] + share_s * index, span[0] + share_s * (index + 1))), confidence)
        for index, (text, times_s, confidence) in enumerate(zip(texts, known, confidences, strict=True))
    )


def _retokenized(tokens: tuple[Token, ...], texts: tuple[str, ...]) -> tuple[Token, ...]:
    """Other texts for the same speech: token j of m takes the times of word floor(j * n / m)."""
    if not tokens:
        return ()
    places = (tokens[index * len(tokens) // len(texts)] for index in range(len(texts)))
    return tuple(Token(text, place.start_s, place.end_s) for text, place in zip(texts, places, strict=True))


def spoken(lines: tuple[Line, ...]) -> Iterator[Line]:
    """Without the empty line of a clip that has no text."""
    return (line for line in lines if line.tokens)
