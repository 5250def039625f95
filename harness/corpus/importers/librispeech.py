"""LibriSpeech trees: `SPEAKER/CHAPTER/SPEAKER-CHAPTER.trans.txt` beside a file for each utterance."""

import re
from pathlib import Path

from harness.corpus.importers.found import FoundRecording, Harvest, Place, tag
from harness.corpus.importers.reading import audio_below, by_stem, files_below, shown, text_lines

_ENDING = ".trans.txt"
_UTTERANCE = re.compile(r"(?P<chapter>(?P<speaker>[^-\s]+)-[^-\s]+)-[^-\s]+")
_SPEAKERS = "SPEAKERS.TXT"
_SPEAKER_FIELDS = 3  # id, sex, subset; minutes and name follow


def detect(source: Path) -> str | None:
    """Why this may be LibriSpeech."""
    found = files_below(source, _ENDING)
    return f"{found[0].name} is a transcript of a LibriSpeech chapter" if found else None


def read(source: Path) -> Harvest:
    """One recording an utterance; the chapter is the call, because one reading is one session.

    Raises:
        CorpusError: A line is wrong, or audio is missing.
    """
    known = _speakers(source)
    recordings: list[FoundRecording] = []
    for transcript in files_below(source, _ENDING):
        audio = by_stem(path for path in audio_below(transcript.parent) if path.parent == transcript.parent)
        recordings += [_recording(place, line, audio, known) for place, line in text_lines(transcript)]
    return Harvest(tuple(recordings))


def _recording(place: Place, line: str, audio: dict[str, Path], known: dict[str, tuple[str, ...]]) -> FoundRecording:
    name, _, text = line.strip().partition(" ")
    if (parts := _UTTERANCE.fullmatch(name)) is None:
        raise place.error(
            "utterance", f"is {shown(name)}; allowed is SPEAKER-CHAPTER-NUMBER, then the text. Correct it"
        )
    if not text.strip():
        raise place.error("text", f"of {name} is missing; it stands behind the utterance and a space. Add it")
    if name not in audio:
        raise place.error("utterance", f"is {name}, but there is no {name}.flac beside the transcript. Put it there")
    speaker = parts["speaker"]
    return FoundRecording(
        place, name, audio[name], text.strip(), parts["chapter"], speaker, "en", known.get(speaker, ())
    )


def _speakers(source: Path) -> dict[str, tuple[str, ...]]:
    """Tags of each speaker, from the list that lies at or above the top of the tree."""
    folder = source if source.is_dir() else source.parent
    path = next((path for path in (folder / _SPEAKERS, folder.parent / _SPEAKERS) if path.is_file()), None)
    lines = text_lines(path) if path else ()
    fields = ([field.strip() for field in line.split("|")] for _, line in lines if not line.startswith(";"))
    return {
        one[0]: tag("gender", one[1].lower()) + tag("subset", one[2]) for one in fields if len(one) >= _SPEAKER_FIELDS
    }
