"""How a side plays its plan: segments with every partial, from which the scenario of the emulators is written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.calibration.material import Injection, SidePlan, Utterance, Word
from harness.calibration.vocabulary import wrong_word


@dataclass(frozen=True, slots=True)
class Partial:
    """The whole segment as shown at an audio instant."""

    at_ms: int
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlayedSegment:
    """One segment as a service tells it.

    Attributes:
        utterance: Index of the utterance it is about.
        words: Of its final.
        start_ms: Onset.
        end_ms: What its final's delay is counted from.
        partials: In order.
        correction: Words of the second final; empty if there is none.
    """

    utterance: int
    words: tuple[str, ...]
    start_ms: int
    end_ms: int
    partials: tuple[Partial, ...]
    correction: tuple[str, ...] = ()


def perform(utterances: Sequence[Utterance], plan: SidePlan) -> tuple[PlayedSegment, ...]:
    """All segments of a session of one side, in order."""
    return tuple(
        segment
        for number, (utterance, injection) in enumerate(zip(utterances, plan.injections, strict=True))
        for segment in _segments(number, utterance, injection)
    )


def _segments(number: int, utterance: Utterance, injection: Injection) -> Iterator[PlayedSegment]:
    heard = list(_heard(utterance, injection))
    if injection.cut:
        early, heard = heard[: utterance.hold], heard[utterance.hold :]
        partials = _partials(early, injection, injection.first_words)
        yield PlayedSegment(number, _texts(early), early[0].start_ms, early[-1].end_ms, partials)
    partials = _partials(heard, injection, 1 if injection.cut else injection.first_words)
    if injection.retracted:
        partials = _with_retraction(partials, 2 if injection.cut else utterance.hold + 2, number)
    words = _texts(heard)
    yield PlayedSegment(
        number,
        words,
        heard[0].start_ms,
        utterance.end_ms + injection.final_after_ms,
        partials,
        (*words[:-2], wrong_word(4 * number + 3), words[-1]) if injection.corrected else (),
    )


def _heard(utterance: Utterance, injection: Injection) -> Iterator[Word]:
    """The utterance's words with the word errors in them; what is inserted takes its time from the word behind."""
    edits = {edit.word: edit for edit in injection.edits}
    for place, word in enumerate(utterance.words):
        edit = edits.get(place)
        if edit is not None and edit.kind == "insertion":
            middle_ms = (word.start_ms + word.end_ms) // 2
            yield Word(edit.text, word.start_ms, middle_ms)
            yield Word(word.text, middle_ms, word.end_ms)
        elif edit is not None and edit.kind == "substitution":
            yield Word(edit.text, word.start_ms, word.end_ms)
        elif edit is None:
            yield word


def _partials(heard: Sequence[Word], injection: Injection, first_words: int) -> tuple[Partial, ...]:
    """One more word at the end of each, up to the last but one: the last comes with the final."""
    return tuple(
        Partial(heard[shown - 1].end_ms + injection.partial_after_ms, _texts(heard[:shown]))
        for shown in range(first_words, len(heard))
    )


def _with_retraction(partials: tuple[Partial, ...], shown: int, number: int) -> tuple[Partial, ...]:
    """The partial of so many words ends with a word that nobody said."""
    false_word = f"{wrong_word(4 * number)}{wrong_word(4 * number + 3)}"
    return tuple(
        Partial(partial.at_ms, (*partial.words[:-1], false_word)) if len(partial.words) == shown else partial
        for partial in partials
    )


def _texts(words: Sequence[Word]) -> tuple[str, ...]:
    return tuple(word.text for word in words)
