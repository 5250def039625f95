"""Folders of audio: with a text file of the same name beside each, or alone."""

from pathlib import Path

from harness.corpus.importers.found import FoundRecording, Harvest, Place
from harness.corpus.importers.reading import HOW_TO_CONVERT, audio_below, text_lines, unread_below


def detect_text(source: Path) -> str | None:
    """Why this may be audio with transcripts."""
    for audio in audio_below(source):
        if (path := audio.with_suffix(".txt")).is_file():
            return f"{path.name} lies beside {audio.name}"
    return None


def detect_audio(source: Path) -> str | None:
    """Why this may be audio alone."""
    found = audio_below(source)
    return f"it holds audio ({found[0].name}) and nothing that describes it" if found else None


def read_text(source: Path) -> Harvest:
    """One recording for each audio file; its text is the lines of the file beside it. An empty file: nobody speaks.

    Raises:
        CorpusError: A text file is no UTF-8.
    """
    found = [_transcribed(audio) for audio in audio_below(source)]
    without = sum(recording.text is None for recording in found)
    notes = [f"recordings without a text file beside them, and so without a reference: {without}"] if without else []
    return Harvest(tuple(found), (*notes, *_left_out(source)))


def _transcribed(audio: Path) -> FoundRecording:
    path = audio.with_suffix(".txt")
    if not path.is_file():
        return FoundRecording(Place(audio), audio.stem, audio)
    text = " ".join(line.strip() for _, line in text_lines(path))
    return FoundRecording(Place(path), audio.stem, audio, text)


def read_audio(source: Path) -> Harvest:
    """One recording without a reference for each audio file."""
    found = tuple(FoundRecording(Place(audio), audio.stem, audio) for audio in audio_below(source))
    without = "no references: words can't be scored, latencies start at the speech that is found"
    return Harvest(found, (without, *_left_out(source)))


def _left_out(source: Path) -> list[str]:
    """Recordings that are missing from a corpus without a word would be calls that nobody compares."""
    unread = unread_below(source)
    if not unread:
        return []
    names = ", ".join(path.name for path in unread[:3]) + (", ..." if len(unread) > 3 else "")  # noqa: PLR2004 - examples
    return [f"left out, of kinds that are not read: {len(unread)} ({names}). {HOW_TO_CONVERT}, and import again"]
