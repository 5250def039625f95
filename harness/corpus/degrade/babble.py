"""Babble: several people of the same corpus talking at once, each as loud as the others."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from harness.audio.convert import resample_blocks
from harness.audio.read import Samples
from harness.corpus.degrade.sound import Sound
from harness.corpus.recording import Recording
from harness.errors import CorpusError

TALKERS = 6
_FEWEST = 2
_BLOCK_FRAMES = 1 << 16


@dataclass(frozen=True, slots=True)
class Talker:
    """A recording that is heard in the background.

    Attributes:
        id: Of the recording.
        sound: All its channels; they are averaged.
        level_dbov: Active speech level of the average.
        start_s: Where it is entered; at its end it begins again.
    """

    id: str
    sound: Sound
    level_dbov: float
    start_s: float


def may_babble(candidate: Recording, beside: Recording) -> bool:
    """Whether a recording may be heard behind another: of another call and speaker, speech, and free to be copied."""
    speakers = {beside.speaker, *(segment.speaker for segment in beside.segments)} - {None}
    own = {candidate.speaker, *(segment.speaker for segment in candidate.segments)}
    other_call = (candidate.call_id or candidate.id) != (beside.call_id or beside.id)
    return other_call and candidate.copy_audio and candidate.text != "" and not speakers & own


def chosen(
    candidates: Sequence[Recording],
    beside: Recording,
    generator: np.random.Generator,
    heard: Callable[[Recording], tuple[Sound, float]],
) -> list[Talker]:
    """Six of those that may babble, or as many as there are.

    Args:
        candidates: All recordings of the corpus.
        beside: The one they are heard behind.
        generator: Chooses, and says where each begins.
        heard: Audio and active speech level of a recording.

    Raises:
        CorpusError: There are fewer than two.
    """
    allowed = [one for one in candidates if may_babble(one, beside)]
    if len(allowed) < _FEWEST:
        raise CorpusError(
            f"recording {beside.id!r}: babble needs {_FEWEST} recordings or more of other calls and speakers that may be copied "
            f"(`copy_audio`); this corpus has {len(allowed)}. Take noise:kind=pink instead."
        )
    talkers = []
    for number in generator.permutation(len(allowed))[:TALKERS]:
        sound, level_dbov = heard(allowed[number])
        start_s = round(float(generator.uniform(0, sound.duration_s)), 3)
        talkers.append(Talker(allowed[number].id, sound, level_dbov, start_s))
    return talkers


def babble(crowds: Sequence[Sequence[Talker]], rate_hz: int) -> Iterator[Samples]:
    """Endless babble of shape (frames, channels): a crowd for each channel."""
    voices = [[_regrouped(_voice(talker, rate_hz)) for talker in crowd] for crowd in crowds]
    while True:
        yield np.stack([np.sum([next(voice) for voice in crowd], axis=0) for crowd in voices], axis=1)


def averaged(sound: Sound) -> Iterator[Samples]:
    """All channels as one, blocks of shape (frames, 1)."""
    for block in sound.blocks():
        yield block.mean(axis=1, keepdims=True)


def _voice(talker: Talker, rate_hz: int) -> Iterator[Samples]:
    gain = np.float32(10 ** (-talker.level_dbov / 20))
    skipped = min(round(talker.start_s * talker.sound.rate_hz), talker.sound.frames - 1)
    while True:
        for block in resample_blocks(_from(averaged(talker.sound), skipped), talker.sound.rate_hz, rate_hz, 1):
            yield block[:, 0] * gain
        skipped = 0


def _from(blocks: Iterator[Samples], skipped: int) -> Iterator[Samples]:
    for block in blocks:
        now = min(skipped, len(block))
        skipped -= now
        if now < len(block):
            yield block[now:]


def _regrouped(blocks: Iterator[Samples]) -> Iterator[Samples]:
    """Of one length, whatever the files' own blocks are."""
    rest = np.zeros(0, np.float32)
    while True:
        while len(rest) < _BLOCK_FRAMES:
            rest = np.concatenate([rest, next(blocks)])
        yield rest[:_BLOCK_FRAMES]
        rest = rest[_BLOCK_FRAMES:]
