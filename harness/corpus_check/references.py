"""References that contradict each other, or that nobody can have said in the time they claim."""

import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise

from harness.corpus.model import Clip, ReferenceWord, Utterance
from harness.corpus_check.findings import Finding, of_clip
from harness.timeline.tokens import plain_tokens

# People say 12 to 18 characters a second in languages written with an alphabet (Pellegrino et al. 2011: 5 to 8 syllables),
# and nobody half as many again for long. What is outside these bounds is another text, or at another time.
MAX_CHARACTERS_PER_S = 30.0
MIN_CHARACTERS_PER_S = 2.0
_MIN_SLOW_S = 3.0  # a shorter segment may be a word with its pauses
_MIN_DURATION_S = 0.2  # shorter ones are rounded times
_DIGIT_CHARACTERS = 4.0  # in the name of a digit
_WIDE_CHARACTERS = 2.0  # in the pronunciation of a Chinese, Japanese or Korean one, against a letter's
_MAX_OVERLAP_S = 0.5
_SHOWN = 40


def reference_findings(clip: Clip, line: int) -> Iterator[Finding]:
    """What is doubtful about a clip's references, by themselves and against each other."""
    yield from _contradictions(clip, line)
    yield from _rates(clip, line)
    yield from _overlaps(clip, line)


def _contradictions(clip: Clip, line: int) -> Iterator[Finding]:
    """By their words, not their punctuation or case."""
    texts = [utterance.text for utterance in clip.utterances if utterance.text is not None]
    if clip.text is not None and texts and plain_tokens(clip.text) != plain_tokens(" ".join(texts)):
        found = "has segments of other words than its text, or in another order; the segments' are scored"
        yield of_clip(clip, line, "contradiction", "segments", found)
    for utterance in clip.utterances:
        if utterance.words and plain_tokens(utterance.text or "") != plain_tokens(_spelled(utterance.words)):
            found = f"has words from {utterance.start_s:g} s that don't spell the text {_short(utterance.text)}"
            yield of_clip(clip, line, "word_times", "words", found)


def _rates(clip: Clip, line: int) -> Iterator[Finding]:
    if clip.time_source == "none" and clip.text:
        whole = Utterance(clip.text, 0.0, clip.duration_s)
        yield from _rate(clip, line, whole, "text", with_pauses=True)
    else:
        for utterance in clip.utterances:
            yield from _rate(clip, line, utterance, "segments", with_pauses=clip.time_source == "vad")


def _rate(clip: Clip, line: int, utterance: Utterance, field: str, *, with_pauses: bool) -> Iterator[Finding]:
    """With long pauses inside, little text says nothing."""
    if not utterance.text:
        return
    length_s = max(utterance.end_s - utterance.start_s, _MIN_DURATION_S)
    rate = characters_said(utterance.text) / length_s
    span = f"{utterance.start_s:g} to {utterance.end_s:g} s"
    found = f"{_short(utterance.text)} in {length_s:.1f} s ({span}), {rate:.1f} characters a second"
    if rate > MAX_CHARACTERS_PER_S:
        yield of_clip(clip, line, "too_fast", field, f"has {found}", badness=rate)
    elif rate < MIN_CHARACTERS_PER_S and length_s >= _MIN_SLOW_S and not with_pauses:
        yield of_clip(clip, line, "too_slow", field, f"has only {found}", badness=length_s)


def characters_said(text: str) -> float:
    """How many letters of an alphabet it would take to write what is said."""
    if text.isascii():
        return len(text) + (_DIGIT_CHARACTERS - 1) * sum(map(text.count, "0123456789"))
    return sum(map(_characters, text))


@lru_cache(1 << 14)
def _characters(character: str) -> float:
    if character.isdecimal():
        return _DIGIT_CHARACTERS
    if unicodedata.category(character).startswith("M"):
        return 0.0
    return _WIDE_CHARACTERS if unicodedata.east_asian_width(character) in "WF" else 1.0


def _overlaps(clip: Clip, line: int) -> Iterator[Finding]:
    for before, after in pairwise(clip.utterances):
        shared_s = min(before.end_s, after.end_s) - after.start_s
        if shared_s > _MAX_OVERLAP_S and before.speaker == after.speaker:
            who = f"of {after.speaker!r} " if after.speaker else ""
            found = f"has segments {who}that share {shared_s:.1f} s from {after.start_s:g} s"
            yield of_clip(clip, line, "overlap", "segments", found, badness=shared_s)


def _short(text: str | None) -> str:
    text = text or ""
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


def _spelled(words: Iterable[ReferenceWord]) -> str:
    return " ".join(word.text for word in words)
