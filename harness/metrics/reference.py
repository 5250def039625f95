"""The reference of a clip as plain (L1) words with times: what latency and endpointing are measured against.

Times come from the best source there is: word times, else the utterance's start and end. A provider's own times are never
used: measuring an endpoint from the predicted last word would hide delay.
"""

from dataclasses import dataclass
from itertools import groupby

from harness.corpus.model import Clip, Utterance
from harness.metrics.normalize import plain_tokens, reference_plain_tokens
from harness.metrics.words import align

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Reference:
    """All reference words of a clip in time order; the first four tuples have one entry a word.

    Attributes:
        tokens: L1 tokens.
        utterance_of: Index of each word's utterance.
        turn_of: Index of each word's turn.
        times_s: Start and end of each word in seconds; None without word times.
        utterances: The clip's utterances.
        turn_of_utterance: Index of each utterance's turn; turns are numbered by their first utterance.
        turn_ends_s: End of each turn's last word in seconds.
        timed: Whether utterance times mean anything.
    """

    tokens: tuple[str, ...]
    utterance_of: tuple[int, ...]
    turn_of: tuple[int, ...]
    times_s: tuple[Span | None, ...]
    utterances: tuple[Utterance, ...]
    turn_of_utterance: tuple[int, ...]
    turn_ends_s: tuple[float, ...]
    timed: bool

    @property
    def turns(self) -> int:
        """Number of turns."""
        return len(self.turn_ends_s)

    def onset_s(self, word: int) -> float:
        """Onset of a word, or that of its utterance without word times."""
        times_s = self.times_s[word]
        return times_s[0] if times_s is not None else self.utterances[self.utterance_of[word]].start_s


def reference_of(clip: Clip) -> Reference:
    """The reference words of a clip; no words if the clip is reference-free or holds no speech."""
    turn_of_utterance = _turns(clip.utterances)
    tokens: list[str] = []
    utterance_of: list[int] = []
    times_s: list[Span | None] = []
    for index, utterance in enumerate(clip.utterances):
        own = reference_plain_tokens(utterance.text or "")
        tokens.extend(own)
        utterance_of.extend(index for _ in own)
        times_s.extend(word_times_s(utterance, own))
    turn_ends_s = [float("-inf")] * (max(turn_of_utterance, default=-1) + 1)
    for turn, utterance in zip(turn_of_utterance, clip.utterances, strict=True):
        turn_ends_s[turn] = max(turn_ends_s[turn], utterance.end_s)
    return Reference(
        tokens=tuple(tokens),
        utterance_of=tuple(utterance_of),
        turn_of=tuple(turn_of_utterance[index] for index in utterance_of),
        times_s=tuple(times_s),
        utterances=clip.utterances,
        turn_of_utterance=turn_of_utterance,
        turn_ends_s=tuple(turn_ends_s),
        timed=clip.time_source != "none",
    )


def spoken_units(clip: Clip) -> tuple[int, int]:
    """How many utterances and turns hold a reference word; all of them where there is no reference.

    As `reference_of` has them, at a fraction of its cost: corpora are counted before they are played.
    """
    turn_of = _turns(clip.utterances)
    if clip.text is None:
        return len(turn_of), len(set(turn_of))
    spoken = [index for index, each in enumerate(clip.utterances) if reference_plain_tokens(each.text or "")]
    return len(spoken), len({turn_of[index] for index in spoken})


def word_times_s(utterance: Utterance, tokens: tuple[str, ...]) -> list[Span | None]:
    """Start and end in seconds of each L1 token of an utterance's text; all None without word times.

    Equal counts map one to one. Otherwise the two token lists are aligned, and tokens without a partner share evenly the
    gap between their timed neighbours.
    """
    timed: list[tuple[str, Span]] = []
    for word in utterance.words:
        split = plain_tokens(word.text)
        timed.extend(zip(split, _shares((word.start_s, word.end_s), len(split)), strict=True))
    if not timed:
        return [None] * len(tokens)
    if len(timed) == len(tokens):
        return [span for _, span in timed]
    spans: list[Span | None] = [None] * len(tokens)
    for step in align(tokens, [token for token, _ in timed]):
        if step.reference is not None and step.hypothesis is not None:
            spans[step.reference] = timed[step.hypothesis][1]
    return _filled(spans, (utterance.start_s, utterance.end_s))


def _turns(utterances: tuple[Utterance, ...]) -> tuple[int, ...]:
    numbers: dict[object, int] = {}
    return tuple(
        numbers.setdefault(index if utterance.turn_id is None else utterance.turn_id, len(numbers))
        for index, utterance in enumerate(utterances)
    )


def _shares(span: Span, parts: int) -> list[Span]:
    start_s, length_s = span[0], span[1] - span[0]
    return [(start_s + length_s * part / parts, start_s + length_s * (part + 1) / parts) for part in range(parts)]


def _filled(spans: list[Span | None], outer: Span) -> list[Span | None]:
    filled: list[Span | None] = []
    for is_missing, run in groupby(enumerate(spans), key=lambda item: item[1] is None):
        indices = [index for index, _ in run]
        if not is_missing:
            filled.extend(spans[index] for index in indices)
            continue
        before = filled[-1] if filled else None
        after = spans[indices[-1] + 1] if indices[-1] + 1 < len(spans) else None
        start_s = before[1] if before else outer[0]
        end_s = after[0] if after else outer[1]
        filled.extend(_shares((start_s, max(start_s, end_s)), len(indices)))
    return filled
