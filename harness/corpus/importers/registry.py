"""The formats that can be imported, and guessing which one a folder or file is."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.corpus.importers import (
    audacity,
    common_voice,
    folders,
    huggingface,
    kaldi,
    label_studio,
    lhotse,
    librispeech,
    nemo,
    stm,
)
from harness.corpus.importers.found import Harvest
from harness.corpus.importers.reading import HOW_TO_CONVERT, first_row, unread_below
from harness.errors import ConfigError, CorpusError


@dataclass(frozen=True, slots=True)
class Importer:
    """A format.

    Attributes:
        name: As for `--format`.
        detect: Why a source may be of this format; None if it isn't.
        read: What is in a source.
        general: Only guessed if no other format is: it would fit almost anything.
    """

    name: str
    detect: Callable[[Path], str | None]
    read: Callable[[Path], Harvest]
    general: int = 0


IMPORTERS = (
    Importer("nemo", nemo.detect, nemo.read),
    Importer("huggingface", huggingface.detect, huggingface.read),
    Importer("common-voice", common_voice.detect, common_voice.read),
    Importer("kaldi", kaldi.detect, kaldi.read),
    Importer("librispeech", librispeech.detect, librispeech.read),
    Importer("stm", stm.detect, stm.read),
    Importer("lhotse", lhotse.detect, lhotse.read),
    Importer("label-studio", label_studio.detect, label_studio.read),
    Importer("audacity", audacity.detect, audacity.read, general=1),
    Importer("text", folders.detect_text, folders.read_text, general=2),
    Importer("audio", folders.detect_audio, folders.read_audio, general=3),
)
FORMATS = tuple(importer.name for importer in IMPORTERS)


@dataclass(frozen=True, slots=True)
class Guess:
    """A format and the reason for it."""

    importer: Importer
    why: str


def named(name: str) -> Importer:
    """The format of that name.

    Raises:
        ConfigError: There is none.
    """
    for importer in IMPORTERS:
        if importer.name == name:
            return importer
    close = difflib.get_close_matches(name, FORMATS, n=1)
    meant = f" Did you mean {close[0]}?" if close else ""
    raise ConfigError(f"--format is {name!r}; allowed are {', '.join(FORMATS)}.{meant}")


def guess(source: Path) -> Guess:
    """Which format a source is of.

    Raises:
        CorpusError: None fits, or several do, or it is a corpus of our own already.
    """
    if source.is_dir() and "id" in first_row(source / "manifest.jsonl"):
        raise CorpusError(
            f"{source}: is a corpus already (its manifest.jsonl has ids). Use it as it is: `harness corpus check {source}`."
        )
    for generality in sorted({importer.general for importer in IMPORTERS}):
        candidates = (importer for importer in IMPORTERS if importer.general == generality)
        fitting = [Guess(one, why) for one in candidates if (why := one.detect(source)) is not None]
        if len(fitting) > 1:
            reasons = "; ".join(f"{one.importer.name}: {one.why}" for one in fitting)
            raise CorpusError(f"{source}: could be of several formats ({reasons}). Say which with --format NAME.")
        if fitting:
            return fitting[0]
    if source.is_dir() and (unread := unread_below(source)):
        raise CorpusError(
            f"{source}: no known format, and its recordings ({unread[0].name}) are of a kind that is not read. "
            f"{HOW_TO_CONVERT}."
        )
    raise CorpusError(
        f"{source}: no known format ({', '.join(FORMATS)}), and no audio. Name the folder or file that lists the "
        "recordings, or the format with --format NAME; docs/corpora.md shows what each looks like."
    )
