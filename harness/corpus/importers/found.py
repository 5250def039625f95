"""What an importer finds, before anything is written: recordings with their references, and where each was said."""

from dataclasses import dataclass
from pathlib import Path

from harness.errors import CorpusError


@dataclass(frozen=True, slots=True)
class Place:
    """A line (from 1; 0: the whole file) of a file of the source, or another `part` of it, such as a task."""

    path: Path
    line: int = 0
    part: str = ""

    def __str__(self) -> str:
        """`segments:12`, for messages."""
        line = f"{self.path}:{self.line}" if self.line else str(self.path)
        return f"{line}: {self.part}" if self.part else line

    def error(self, field: str, message: str) -> CorpusError:
        """An error about a field of this line."""
        return CorpusError(f"{self}: {field}: {message}")


@dataclass(frozen=True, slots=True)
class FoundSegment:
    """A stretch of speech.

    Attributes:
        place: Where it was said.
        start_s: From the start of the audio.
        end_s: None: to the end of the audio.
        text: None: not transcribed.
        speaker: Who speaks, if known.
        turn_id: As in the manifest.
        channel: From 0; None: the format doesn't say.
    """

    place: Place
    start_s: float
    end_s: float | None
    text: str | None = None
    speaker: str | None = None
    turn_id: str | None = None
    channel: int | None = None


@dataclass(frozen=True, slots=True)
class FoundWord:
    """A word and its times from the start of the audio; `channel` as for a segment."""

    place: Place
    text: str
    start_s: float
    end_s: float
    channel: int | None = None


@dataclass(frozen=True, slots=True)
class FoundRecording:
    """One line of the manifest to be written.

    Attributes:
        place: Where it was said; messages and the manifest's `source` name it.
        name: Its id in the source; what the manifest allows is made of it.
        audio: The file.
        text: Whole reference; None: there is none.
        call_id: The session it comes from, if the format has one.
        speaker: Of the whole recording.
        language: As the format writes it.
        tags: `key=value` or bare.
        segments: In any order.
        words: In any order.
    """

    place: Place
    name: str
    audio: Path
    text: str | None = None
    call_id: str | None = None
    speaker: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    segments: tuple[FoundSegment, ...] = ()
    words: tuple[FoundWord, ...] = ()


@dataclass(frozen=True, slots=True)
class Harvest:
    """All that an importer found; `notes` tell what was chosen or left out."""

    recordings: tuple[FoundRecording, ...]
    notes: tuple[str, ...] = ()


def tag(key: str, value: str | None) -> tuple[str, ...]:
    """`key=value`, none if there is no value; commas, which tags can't hold, become semicolons."""
    cleaned = (value or "").replace(",", ";").strip()
    return (f"{key}={cleaned}",) if cleaned else ()
