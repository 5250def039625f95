"""Asterisk's recorded prompts: files by name in folders, and a list of what is said in each."""

import re
from collections import Counter
from pathlib import Path

from harness.corpus.importers.found import FoundRecording, Harvest, Place
from harness.corpus.importers.reading import files_below, text_lines
from harness.errors import CorpusError

# Brackets hold remarks: "[ascending tones]", "(10 seconds of silence)", "at [@]". What is said beside them can't be told.
_REMARK = re.compile(r"[\[\]()]")
TAGS = ("band=narrow", "style=ivr")


def read(package: Path, texts: Path, *, speaker: str, language: str) -> Harvest:
    """One recording for each prompt that has one text, without remarks; tones, silences and doubtful ones are left out.

    Args:
        package: The unpacked audio.
        texts: The list: `name: text`, one a line, comments behind `;`.
        speaker: Who reads them.
        language: BCP-47 tag.

    Raises:
        CorpusError: There is no audio, or the list can't be read.
    """
    said: dict[str, str] = {}
    places: dict[str, Place] = {}
    doubtful: set[str] = set()
    for place, line in text_lines(texts):
        name, colon, text = (part.strip() for part in line.partition(":"))
        if not colon or line.lstrip().startswith(";"):
            continue
        if name in said and said[name] != text:
            doubtful.add(name)
        said[name], places[name] = text, place
    left_out: Counter[str] = Counter()
    found: list[FoundRecording] = []
    for audio, name in _prompts(package):
        why = _why_not(name, said, doubtful)
        if why:
            left_out[why] += 1
            continue
        found.append(
            FoundRecording(places[name], name, audio, said[name], speaker=speaker, language=language, tags=TAGS)
        )
    notes = tuple(f"{count} prompts left out: {why}" for why, count in left_out.items())
    return Harvest(tuple(found), notes)


def _prompts(package: Path) -> list[tuple[Path, str]]:
    """Audio files and their names in the list: the path below the voice's folder, without suffix."""
    voices = sorted(
        path for path in package.glob("usr/share/asterisk/sounds/*") if path.is_dir() and not path.is_symlink()
    )
    if len(voices) != 1:
        raise CorpusError(
            f"{package.name}: holds {len(voices)} voices; expected is one. Another version may be packed otherwise."
        )
    return [(path, path.relative_to(voices[0]).with_suffix("").as_posix()) for path in files_below(voices[0], ".wav")]


def _why_not(name: str, said: dict[str, str], doubtful: set[str]) -> str:
    if not said.get(name):
        return "no text"
    if name in doubtful:
        return "two texts"
    return (
        "a remark in the text (a tone, a silence, or words that may not be said)" if _REMARK.search(said[name]) else ""
    )
