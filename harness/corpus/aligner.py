"""Forced alignment: when each word of a known text is said. English, by pocketsphinx, whose model lies in its package.

Install it with the extra `align`.
"""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from harness.audio.convert import Pcm16
from harness.corpus.importers.found import Place
from harness.corpus.importers.reading import text_lines
from harness.errors import ConfigError

ALIGNER_HZ = 16000
FRAME_S = 0.01
_SCALE = 1 / 4  # spreads scores, logarithms a frame of the likelihood beside that of the best sound, over 0 to 1
_SILENCE_PROBABILITY = 0.1  # twenty times pocketsphinx's own, at which words swallow the short pauses beside them
_VARIANT = re.compile(r"\(\d+\)$")
_FILLERS = re.compile(r"<.*>|\[.*\]|\+\+.*\+\+|\(NULL\)")
_WORD_END = re.compile(r"[-–—/]+")  # noqa: RUF001 - what joins words in print


@dataclass(frozen=True, slots=True)
class AlignedWord:
    """A word as the text writes it, its times in seconds, and how well the audio fits it, from 0 to 1."""

    text: str
    start_s: float
    end_s: float
    confidence: float


class Aligner:
    """pocketsphinx with its English model, and pronunciations of words that it doesn't know."""

    def __init__(self, lexicon: Path | None = None) -> None:
        """Load the model.

        Args:
            lexicon: Lines of a word and its phones in CMU's alphabet: `gladia G L AA D IY AH`.

        Raises:
            ConfigError: pocketsphinx isn't installed.
            CorpusError: The lexicon is wrong.
        """
        try:
            import pocketsphinx  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise ConfigError(
                "aligning needs pocketsphinx, which is not installed. Install it: `pip install 'cutover-harness[align]'`."
            ) from error
        self.name = f"pocketsphinx {version('pocketsphinx')} forced alignment (10 ms frames)"
        self._decoder: Any = pocketsphinx.Decoder(
            lm=None, loglevel="FATAL", samprate=ALIGNER_HZ, silprob=_SILENCE_PROBABILITY
        )
        for place, line in text_lines(lexicon) if lexicon else ():
            self._add(place, *line.split())

    def _add(self, place: Place, word: str, *phones: str) -> None:
        name, number = word.lower(), 1
        while self._decoder.lookup_word(name) is not None:  # one more pronunciation of a known word
            number += 1
            name = f"{word.lower()}({number})"
        try:
            self._decoder.add_word(name, " ".join(phones), update=True)
        except RuntimeError as error:
            message = f"of {word!r} are {' '.join(phones)!r}; allowed are those of the CMU dictionary, as in G L AA D. Correct it"
            raise place.error("phones", message) from error

    def unknown(self, text: str) -> tuple[str, ...]:
        """Words of a text for which there is no pronunciation."""
        parts = {part for token in text.split() for part in _parts(token)}
        return tuple(sorted(part for part in parts if self._decoder.lookup_word(part) is None))

    def align(self, pcm: Pcm16, text: str) -> tuple[AlignedWord, ...] | None:
        """When each word is said; None if the text doesn't fit the audio at all.

        Args:
            pcm: Mono, 16 kHz, shape (frames,).
            text: Without `unknown` words.
        """
        tokens = [(token, parts) for token in text.split() if (parts := _parts(token))]
        spoken = [part for _, parts in tokens for part in parts]
        if not spoken:
            return ()
        decoder = self._decoder
        decoder.set_align_text(" ".join(spoken))
        decoder.start_utt()
        decoder.process_raw(pcm.tobytes(), full_utt=True)
        decoder.end_utt()
        found = [one for one in decoder.seg() or () if not _FILLERS.fullmatch(one.word)]
        if [_VARIANT.sub("", one.word) for one in found] != spoken:
            return None
        remaining = iter(found)
        return tuple(_joined(token, [next(remaining) for _ in parts]) for token, parts in tokens)


def _joined(token: str, segments: Sequence[Any]) -> AlignedWord:
    frames = sum(one.end_frame - one.start_frame + 1 for one in segments)
    scores = [one.ascore for one in segments]
    fit = sum(map(math.log, scores)) / frames if all(scores) else -math.inf
    return AlignedWord(
        text=token,
        start_s=segments[0].start_frame * FRAME_S,
        end_s=(segments[-1].end_frame + 1) * FRAME_S,
        confidence=round(math.exp(min(0.0, fit) * _SCALE), 3),
    )


def _parts(token: str) -> list[str]:
    """What of a printed word is looked up: small letters, no punctuation around, two words where a hyphen joins them."""
    plain = unicodedata.normalize("NFKC", token).replace("’", "'").casefold()  # noqa: RUF001 - the typographic one
    return [bare for part in _WORD_END.split(plain) if (bare := part.strip('"“”‘.,;:!?()[]{}<>*…¿¡«»'))]  # noqa: RUF001
