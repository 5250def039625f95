"""Whether what has to be right is right: annotated names, numbers and codes, each heard exactly or missed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.corpus.model import Clip, Entity
from harness.metrics.accuracy import Accuracy
from harness.metrics.normalize import UNINTELLIGIBLE, Normalizer
from harness.metrics.words import owners

_DIGIT_CLASSES = frozenset({"number", "phone", "code"})
_DIGITS = frozenset("0123456789")


@dataclass(frozen=True, slots=True)
class Mention:
    """One annotated entity and what became of it in a session.

    Attributes:
        entity: As annotated.
        text: As written in the reference.
        span: Its L2 tokens among the session's reference tokens; None if the normaliser merges it with its neighbours.
        is_hit: Whether it was delivered exactly.
        heard: The L2 tokens delivered in its place; for one without a span, those of its whole utterance.
    """

    entity: Entity
    text: str
    span: range | None
    is_hit: bool
    heard: tuple[str, ...]


def mentions_of(clip: Clip, accuracy: Accuracy, normalizer: Normalizer, language: str) -> list[Mention]:
    """The clip's entities in a session; one that is unintelligible, or that the normaliser removes, is no mention."""
    if not clip.entities:
        return []
    places = {step.reference: place for place, step in enumerate(accuracy.steps) if step.reference is not None}
    return list(_mentions(clip, accuracy, normalizer, language, places))


def _mentions(
    clip: Clip, accuracy: Accuracy, normalizer: Normalizer, language: str, places: dict[int, int]
) -> Iterator[Mention]:
    for entity in clip.entities:
        whole = clip.utterances[entity.utterance].text or ""
        text = whole[entity.char_start : entity.char_end]
        before, own, after = (
            normalizer.reference_tokens(part, language)
            for part in (whole[: entity.char_start], text, whole[entity.char_end :])
        )
        if not own or UNINTELLIGIBLE in own:
            continue
        if (*before, *own, *after) == normalizer.reference_tokens(whole, language):
            start = accuracy.utterance_of.index(entity.utterance) + len(before)
            span = range(start, start + len(own))
            stretch = range(places[span[0]], places[span[-1]] + 1)
            heard = _heard(accuracy, stretch)
            is_hit = _is_hit(accuracy, span, stretch, entity.entity_class)
            yield Mention(entity, text, span, is_hit, heard)
        else:
            heard = _heard_in_utterance(accuracy, entity.utterance)
            yield Mention(entity, text, None, _contains(heard, own), heard)


def _is_hit(accuracy: Accuracy, span: range, stretch: range, entity_class: str) -> bool:
    """Exact tokens; of a class of digits, the same digits however they are grouped. Without any, its tokens count."""
    expected = _digits(accuracy.reference[index] for index in span)
    if entity_class not in _DIGIT_CLASSES or not expected:
        return all(accuracy.steps[place].op == "equal" for place in stretch)
    first, last = stretch.start, stretch.stop
    while first > 0 and _is_inserted_number(accuracy, first - 1):
        first -= 1
    while last < len(accuracy.steps) and _is_inserted_number(accuracy, last):
        last += 1
    return _digits(_heard(accuracy, range(first, last))) == expected


def _is_inserted_number(accuracy: Accuracy, place: int) -> bool:
    step = accuracy.steps[place]
    return (
        step.op == "insert" and step.hypothesis is not None and _DIGITS.issuperset(accuracy.hypothesis[step.hypothesis])
    )


def _digits(tokens: Iterator[str] | Sequence[str]) -> str:
    return "".join(character for token in tokens for character in token if character in _DIGITS)


def _heard(accuracy: Accuracy, stretch: range) -> tuple[str, ...]:
    heard = (accuracy.steps[place].hypothesis for place in stretch)
    return tuple(accuracy.hypothesis[index] for index in heard if index is not None)


def _heard_in_utterance(accuracy: Accuracy, utterance: int) -> tuple[str, ...]:
    """Delivered tokens that the alignment gives to an utterance."""
    groups = owners(accuracy.steps, accuracy.utterance_of)
    return tuple(
        accuracy.hypothesis[step.hypothesis]
        for step, owner in zip(accuracy.steps, groups, strict=True)
        if owner == utterance and step.hypothesis is not None
    )


def _contains(tokens: Sequence[str], wanted: Sequence[str]) -> bool:
    size = len(wanted)
    return any(tuple(tokens[start : start + size]) == tuple(wanted) for start in range(len(tokens) - size + 1))
