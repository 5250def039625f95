"""What is said in a clip, and what each side does with it: the truth that a calibration is held against, as values.

Everything is a function of the settings; nothing is drawn. The sides are made to differ in every metric, so that a mix-up of
sides would show.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Literal

from harness.calibration.settings import Settings
from harness.calibration.vocabulary import right_word, wrong_word
from harness.errors import ConfigError
from harness.timeline.events import Side

LEAD_MS = 437
WORD_MS = 290
HOLD_MS = 900
"""The pause inside every utterance: long enough for the final of a turn that is cut off there, delays included."""
GAP_MS = 1600
"""The pause behind every utterance: long enough for its final."""

EditKind = Literal["substitution", "deletion", "insertion"]


@dataclass(frozen=True, slots=True)
class Word:
    """A reference word and its times from the start of the clip, in whole milliseconds."""

    text: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Utterance:
    """A reference utterance, which is a turn of its own; `hold` is the number of words before the pause inside it."""

    words: tuple[Word, ...]
    hold: int

    @property
    def start_ms(self) -> int:
        """Onset of the first word."""
        return self.words[0].start_ms

    @property
    def end_ms(self) -> int:
        """End of the last word."""
        return self.words[-1].end_ms


@dataclass(frozen=True, slots=True)
class Edit:
    """One word error: `word` is substituted by `text`, deleted, or has `text` inserted before it."""

    kind: EditKind
    word: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Injection:
    """What one side does with one utterance.

    Attributes:
        edits: Its word errors, apart from each other and from the ends and the pause.
        first_words: How many words its first partial shows.
        partial_after_ms: Audio time between the end of a partial's last word and the partial.
        final_after_ms: Audio time between the end of the utterance and the end of its last segment.
        cut: The turn is ended early, at the pause, and goes on as a segment of its own.
        retracted: A partial shows a word that the next one takes back.
        corrected: A second final comes later, with another word: a mutation, and one more word error.
    """

    edits: tuple[Edit, ...]
    first_words: int
    partial_after_ms: int
    final_after_ms: int
    cut: bool
    retracted: bool
    corrected: bool


@dataclass(frozen=True, slots=True)
class SidePlan:
    """One side: its delays, the same in every session, and its injections, one an utterance.

    Attributes:
        provider: Whose protocol it speaks.
        partial_delay_ms: From the audio instant of a partial to its emission.
        final_delay_ms: From the end of a segment to its first final; not below `partial_delay_ms`.
        formatting_delay_ms: From there to the formatted final; None if the first one is formatted.
        injections: One an utterance.
        fails: The service closes the session of the longer clip.
    """

    provider: Literal["assemblyai", "gladia"]
    partial_delay_ms: int
    final_delay_ms: int
    formatting_delay_ms: int | None
    injections: tuple[Injection, ...]
    fails: bool


@dataclass(frozen=True, slots=True)
class Material:
    """All clips hold the same utterances; with more than one, the first is longer, and the candidate fails in it."""

    settings: Settings
    utterances: tuple[Utterance, ...]
    sides: Mapping[Side, SidePlan]

    @property
    def clip_ids(self) -> tuple[str, ...]:
        """One clip a lane; each is a call of its own."""
        return tuple(f"clip-{number:03d}" for number in range(self.settings.pairs))

    @property
    def longer_clip(self) -> str | None:
        """The clip in which a side fails; None for a single pair, which would be lost to everything else."""
        return self.clip_ids[0] if self.settings.pairs > 1 else None


def material_of(settings: Settings) -> Material:
    """The clips and the truth of a calibration.

    Raises:
        ConfigError: A clip is too short for one utterance.
    """
    utterances = _utterances(settings)
    numbers = range(len(utterances))
    fails = settings.pairs > 1
    last = numbers[-1]
    return Material(
        settings,
        utterances,
        {
            "baseline": SidePlan(
                "assemblyai", 130, 210, 60, tuple(_baseline(u, j, last) for j, u in enumerate(utterances)), fails=False
            ),
            "candidate": SidePlan(
                "gladia", 170, 340, None, tuple(_candidate(u, j, last) for j, u in enumerate(utterances)), fails=fails
            ),
        },
    )


def _utterances(settings: Settings) -> tuple[Utterance, ...]:
    size = settings.message_words
    period_ms = size * WORD_MS + HOLD_MS + GAP_MS
    fitting = int((settings.seconds * 1000 - LEAD_MS) // period_ms)
    if fitting < 1:
        raise ConfigError(
            f"--seconds is {settings.seconds:g}, which is too short for an utterance of {size} words. Give it "
            f"{(period_ms + LEAD_MS) / 1000:.1f} or more, or take fewer --message-words."
        )
    hold = max(3, size // 4)
    numbers = count()
    found = []
    for start_ms in range(LEAD_MS, LEAD_MS + fitting * period_ms, period_ms):
        starts = [start_ms + place * WORD_MS + (HOLD_MS if place >= hold else 0) for place in range(size)]
        words = tuple(Word(right_word(next(numbers)), at_ms, at_ms + WORD_MS) for at_ms in starts)
        found.append(Utterance(words, hold))
    return tuple(found)


def _baseline(utterance: Utterance, number: int, last: int) -> Injection:
    early, _ = _error_places(utterance)
    wrong = wrong_word(4 * number)
    edits = (Edit("substitution", early, wrong), Edit("deletion", early), Edit("insertion", early, wrong))
    return Injection(
        edits=(edits[number % 3],),
        first_words=1 + number % 2,
        partial_after_ms=20 * (number % 4),
        final_after_ms=40 * (number % 5),
        cut=number % 3 == 0,
        retracted=number % 2 == 0,
        corrected=number % 4 == 0 and number < last,
    )


def _candidate(utterance: Utterance, number: int, last: int) -> Injection:
    early, late = _error_places(utterance)
    one, other = wrong_word(4 * number + 1), wrong_word(4 * number + 2)
    edits = (
        (Edit("substitution", early, one), Edit("insertion", late, other)),
        (Edit("deletion", early), Edit("substitution", late, other)),
        (Edit("insertion", early, one), Edit("deletion", late)),
    )
    return Injection(
        edits=edits[number % 3],
        first_words=2 - number % 2,
        partial_after_ms=30 * (number % 3),
        final_after_ms=70 * (number % 4),
        cut=number % 4 == 1,
        retracted=number % 3 != 0,
        corrected=number % 3 != 2 and number < last,  # noqa: PLR2004 - two utterances of three
    )


def _error_places(utterance: Utterance) -> tuple[int, int]:
    """Two words with right words around each: not near the ends, which decide about turns, nor at the pause."""
    return utterance.hold + 2, len(utterance.words) - 3
