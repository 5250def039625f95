"""The corpus as values: recordings, the clips they split into, and reference speech."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

TimeSource = Literal["words", "segments", "vad", "none"]


@dataclass(frozen=True, slots=True)
class ReferenceWord:
    """One reference word with its times on the clip's audio clock, in seconds."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Utterance:
    """One reference span, from the onset of its first word to the end of its last.

    Attributes:
        text: Reference text; None for speech found by a VAD in a reference-free clip.
        start_s: Onset of the first word.
        end_s: End of the last word.
        turn_id: Utterances that share it are one turn; None: the utterance is its own turn.
        speaker: Who speaks, if known.
        words: Word times, empty where there are none.
    """

    text: str | None
    start_s: float
    end_s: float
    turn_id: str | None = None
    speaker: str | None = None
    words: tuple[ReferenceWord, ...] = ()


@dataclass(frozen=True, slots=True)
class Entity:
    """A stretch of reference text that has to be right: a name, a number, a code.

    Attributes:
        utterance: Index of the utterance in its clip.
        char_start: First character of it in the utterance's text.
        char_end: The character behind its last.
        entity_class: What it is; of `number`, `phone` and `code` the digits count.
    """

    utterance: int
    char_start: int
    char_end: int
    entity_class: str


@dataclass(frozen=True, slots=True)
class Clip:
    """One mono stream of a recording: what is sent in one session.

    Attributes:
        clip_id: The recording's id, with `.chN` appended for a multi-channel file.
        recording_id: The manifest's id.
        call_id: The statistical cluster.
        audio_filepath: Relative to the corpus folder, as in the manifest.
        channel: Channel of the file; 0 for a mono file.
        channels: Channels in the file.
        duration_s: Length of the clip.
        sample_rate_hz: Of the file.
        language: BCP-47 tag, if given.
        speaker: Of the whole clip, if given.
        tags: `key=value` or bare.
        text: Whole reference; None: reference-free.
        utterances: In time order.
        time_source: Where the utterance times come from.
        audio_sha256: Of the file's bytes.
        copy_audio: False if the manifest forbids copying audio into reports.
        entities: Annotated entities of the utterances' texts, in the manifest's order.
    """

    clip_id: str
    recording_id: str
    call_id: str
    audio_filepath: str
    channel: int
    channels: int
    duration_s: float
    sample_rate_hz: int
    language: str | None
    speaker: str | None
    tags: tuple[str, ...]
    text: str | None
    utterances: tuple[Utterance, ...]
    time_source: TimeSource
    audio_sha256: str
    copy_audio: bool = True
    entities: tuple[Entity, ...] = ()


@dataclass(frozen=True, slots=True)
class Corpus:
    """A folder of recordings, read and checked: the clips selected from it.

    Attributes:
        path: The folder.
        name: Its last part, for titles.
        clips: In the manifest's order, channels of one recording side by side.
        manifest_sha256: Of the manifest's bytes.
        recordings: Lines in the manifest, selected or not.
    """

    path: Path
    name: str
    clips: tuple[Clip, ...]
    manifest_sha256: str
    recordings: int

    @property
    def audio_s(self) -> float:
        """Length of all clips together, in seconds."""
        return sum(clip.duration_s for clip in self.clips)
