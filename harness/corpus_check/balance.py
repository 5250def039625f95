"""How a corpus is made up: what its calls have in common, and how large each slice of it is."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any

from harness.corpus.model import Clip
from harness.corpus_check.findings import Finding
from harness.metrics.normalize import UNSPACED_LANGUAGES, primary_subtag
from harness.metrics.settings import ScoreSettings
from harness.verdict.rules import MINIMUM_CALLS
from harness.verdict.slice_names import DURATIONS, duration_class

MAX_CALL_SHARE = 0.2
MAX_SPEAKER_SHARE = 1 / 3
_FEW = 2  # calls of which nothing can be said to dominate
CountWords = Callable[[Clip], int]


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the corpus.

    Attributes:
        dimension: `language`, `speaker`, `channels`, `sample rate`, `duration`, a tag's key, or `tag`.
        value: As in the manifest; empty where it gives none.
        clips: In the slice.
        calls: They belong to; fewer than 20 decide nothing.
        audio_s: Their length together.
        words: Of their references.
    """

    dimension: str
    value: str
    clips: int
    calls: int
    audio_s: float
    words: int

    @property
    def decides(self) -> bool:
        """Whether there are enough calls for any rule of the gate."""
        return self.calls >= MINIMUM_CALLS

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self) | {"decides": self.decides}


@dataclass(frozen=True, slots=True)
class Balance:
    """How independent the calls are of each other.

    Attributes:
        calls: Statistical clusters.
        speakers: Named ones.
        clips_without_speaker: Clips that name none.
        groups: Of calls, if those that share a speaker are one.
        largest_call: Its id; None in an empty corpus.
        largest_share: Its part of the reference words, or of the audio where there are no words.
        equal_calls: As many calls of one size weigh as much (Kish's effective sample size).
        busiest_speaker: Who is in most calls; None where no speaker is named.
        busiest_calls: In how many.
    """

    calls: int
    speakers: int
    clips_without_speaker: int
    groups: int
    largest_call: str | None
    largest_share: float
    equal_calls: float
    busiest_speaker: str | None
    busiest_calls: int


def words_in(clip: Clip) -> int:
    """Reference words as they are written: the normaliser that scoring uses would take a minute for a large corpus.

    As in scoring, a word of a language without spaces is a character.
    """
    words = (clip.text or "").split()
    return sum(map(len, words)) if words and _is_unspaced(clip.language) else len(words)


@cache
def _is_unspaced(language: str | None) -> bool:
    return primary_subtag(language, "") in UNSPACED_LANGUAGES


def balance_of(clips: Iterable[Clip], count_words: CountWords = words_in) -> Balance:
    """Calls and speakers of a corpus."""
    words: Counter[str] = Counter()
    audio_s: Counter[str] = Counter()
    calls_of: defaultdict[str, set[str]] = defaultdict(set)
    unnamed = 0
    for clip in clips:
        words[clip.call_id] += count_words(clip)
        audio_s[clip.call_id] += clip.duration_s  # type: ignore[assignment]  # a Counter adds whatever is a number
        speakers = _speakers(clip)
        unnamed += not speakers
        for speaker in speakers:
            calls_of[speaker].add(clip.call_id)
    weights = words if any(words.values()) else audio_s
    total = sum(weights.values())
    largest, weight = max(weights.items(), key=lambda item: item[1], default=(None, 0))
    busiest = max(calls_of, key=lambda speaker: len(calls_of[speaker]), default=None)
    return Balance(
        calls=len(words),
        speakers=len(calls_of),
        clips_without_speaker=unnamed,
        groups=_groups(words, calls_of.values()),
        largest_call=largest,
        largest_share=weight / total if total else 0.0,
        equal_calls=total**2 / squares if (squares := sum(each**2 for each in weights.values())) else 0.0,
        busiest_speaker=busiest,
        busiest_calls=len(calls_of[busiest]) if busiest is not None else 0,
    )


def _speakers(clip: Clip) -> set[str]:
    return {name for name in (clip.speaker, *(one.speaker for one in clip.utterances)) if name is not None}


def _groups(calls: Iterable[str], together: Iterable[set[str]]) -> int:
    """How many groups of calls remain if those of each set are joined."""
    parent = {call: call for call in calls}

    def root(call: str) -> str:
        while parent[call] != call:
            parent[call] = call = parent[parent[call]]
        return call

    for members in together:
        first, *others = members
        for other in others:
            parent[root(other)] = root(first)
    return sum(call == above for call, above in parent.items())


def balance_findings(balance: Balance) -> Iterator[Finding]:
    """Too few calls, and calls that are less independent or more equal than they look."""
    if 0 < balance.calls < MINIMUM_CALLS:
        found = f"{balance.calls} calls; with fewer than {MINIMUM_CALLS} every rule of the gate is inconclusive"
        yield Finding("few_calls", "warning", 0, "call_id", found)
    if balance.largest_share > max(MAX_CALL_SHARE, _FEW / max(1, balance.calls)):
        found = (
            f"{balance.largest_call!r} holds {balance.largest_share:.0%} of the reference words; the {balance.calls} calls "
            f"weigh as much as {balance.equal_calls:.1f} of one size"
        )
        yield Finding("one_call", "warning", 0, "call_id", found)
    if balance.busiest_calls > max(_FEW, MAX_SPEAKER_SHARE * balance.calls):
        found = f"{balance.busiest_speaker!r} is in {balance.busiest_calls} of {balance.calls} calls"
        yield Finding("one_speaker", "warning", 0, "speaker", found)


def language_findings(clips: Sequence[Clip]) -> Iterator[Finding]:
    """Clips with a text whose language is only supposed."""
    without = sum(clip.language is None and bool(clip.text) for clip in clips)
    if without:
        language = ScoreSettings().default_language
        found = f"{without} of {len(clips)} clips have a text and no language; they are scored as {language!r}"
        yield Finding("no_language", "warning", 0, "language", found)


@dataclass(slots=True)
class _Sums:
    clips: int = 0
    audio_s: float = 0.0
    words: int = 0
    calls: set[str] = field(default_factory=set)


def slices_of(clips: Sequence[Clip], count_words: CountWords = words_in) -> tuple[Slice, ...]:
    """The parts of a corpus, dimension by dimension, large ones first; durations and tags in their order."""
    words = list(map(count_words, clips))
    slices = [one for dimension in _DIMENSIONS for one in _sliced(clips, words, dimension)]
    return tuple(sorted(slices, key=_order))


def _sliced(clips: Iterable[Clip], words: Iterable[int], dimension: str) -> list[Slice]:
    """One dimension at a time: the calls of all slices of all dimensions would take as much memory as the clips."""
    sums: defaultdict[str, _Sums] = defaultdict(_Sums)
    for clip, count in zip(clips, words, strict=True):
        for value in _DIMENSIONS[dimension](clip):
            one = sums[value]
            one.clips += 1
            one.audio_s += clip.duration_s
            one.words += count
            one.calls.add(clip.call_id)
    return [Slice(dimension, value, one.clips, len(one.calls), one.audio_s, one.words) for value, one in sums.items()]


def _order(one: Slice) -> tuple[int, int, str]:
    size = -one.clips
    if one.dimension == "duration":
        size = DURATIONS.index(one.value)
    elif one.dimension == "tag":
        size = 0
    return list(_DIMENSIONS).index(one.dimension), size, one.value


def _tags(clip: Clip) -> Iterable[str]:
    return clip.tags


def _speaker_names(clip: Clip) -> Iterable[str]:
    return _speakers(clip) or ("",)


_DIMENSIONS: dict[str, Callable[[Clip], Iterable[str]]] = {
    "language": lambda clip: (clip.language or "",),
    "sample rate": lambda clip: (f"{clip.sample_rate_hz} Hz",),
    "channel": lambda clip: ("mono" if clip.channels == 1 else f"{clip.channel} of {clip.channels}",),
    "duration": lambda clip: (duration_class(clip.duration_s),),
    "tag": _tags,
    "speaker": _speaker_names,
}
